//! The JSON text that json-smart's lists print as, whatever they hold.

use std::fmt::Write as _;

use super::{Key, Value, print};
use crate::budget::{BYTES_PER_STEP, Meter};
use crate::error::Outcome;

/// Appends a value as json-smart's `JSONStyle.NO_COMPRESS` writes it: with `/` escaped.
pub(crate) fn print_json(value: &Value, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Long(_) | Value::Big(_) | Value::Double(_) => {
            print(value, output, meter)
        }
        Value::Text(text) => quote(text, output, meter),
        Value::List(_) | Value::Map(_) => {
            meter.enter()?;
            let result = print_container(value, output, meter);
            meter.leave();
            result
        }
        Value::Object(_) | Value::Native(_) => {
            let mut text = String::new();
            print(value, &mut text, meter)?;
            quote(&text, output, meter)
        }
    }
}

fn print_container(value: &Value, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    match value {
        Value::List(list) => {
            meter.push(output, "[")?;
            for (index, value) in list.values().iter().enumerate() {
                separate(index, output, meter)?;
                print_json(value, output, meter)?;
            }
            meter.push(output, "]")
        }
        Value::Map(map) => {
            meter.push(output, "{")?;
            for (index, (key, value)) in map.entries().iter().enumerate() {
                separate(index, output, meter)?;
                print_member(key, value, output, meter)?;
            }
            meter.push(output, "}")
        }
        _ => Ok(()),
    }
}

fn separate(index: usize, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    meter.work(1)?;
    if index > 0 { meter.push(output, ",") } else { Ok(()) }
}

fn print_member(key: &Key, value: &Value, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    let mut name = String::new();
    print(&key.value(), &mut name, meter)?;
    quote(&name, output, meter)?;
    meter.push(output, ":")?;
    print_json(value, output, meter)
}

/// Appends a JSON string; control characters and U+2000–U+20FF are escaped by number, as json-smart does.
fn quote(text: &str, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    meter.work(text.len() / (BYTES_PER_STEP / 4))?;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '/' => quoted.push_str("\\/"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2000}'..='\u{20ff}' => {
                _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    meter.push(output, &quoted)
}

#[cfg(test)]
mod tests {
    use crate::{Budget, Context, Key, List, Map, Options, Template, Value};

    fn rendered(value: Value) -> String {
        let template = Template::parse("$v").unwrap();
        let mut context = Context::new();
        context.set("v", value);
        let mut output = String::new();
        template
            .render(&mut context, &Options { budget: Budget::default(), ..Options::default() }, &mut output)
            .unwrap();
        output
    }

    #[test]
    fn fact_69_lists_print_json_and_maps_print_java() {
        let map = |name: &str, value: Value| {
            let map = Map::new();
            map.put(Key::Text(name.into()), value);
            Value::Map(map)
        };
        let list = |values| Value::List(List::json(values));
        let cases = [
            (map("foo", "bar".into()), "{foo=bar}"),
            (list(vec![map("foo", "bar".into())]), r#"[{"foo":"bar"}]"#),
            (map("foo", list(vec![map("nested", "bar".into())])), r#"{foo=[{"nested":"bar"}]}"#),
            (
                list(vec![Value::Null, Value::Double(1.5), Value::Bool(true), "x/y\"\u{1}é\u{2028}'<".into()]),
                r#"[null,1.5,true,"x\/y\"\u0001é\u2028'<"]"#,
            ),
            (list(vec![]), "[]"),
        ];
        for (value, text) in cases {
            assert_eq!(rendered(value), text);
        }
    }
}
