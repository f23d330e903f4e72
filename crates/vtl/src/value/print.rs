//! Java's `toString`.

use super::json::print_json;
use super::{Inner, Key, Value, print_double};
use crate::budget::Meter;
use crate::error::Outcome;

/// Appends what Java's `toString` answers; nested values count as work and depth.
pub(crate) fn print(value: &Value, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    match value {
        Value::Null => meter.push(output, "null"),
        Value::Bool(value) => meter.push(output, if *value { "true" } else { "false" }),
        Value::Int(value) => meter.push(output, itoa::Buffer::new().format(*value)),
        Value::Long(value) => meter.push(output, itoa::Buffer::new().format(*value)),
        Value::Big(value) => meter.push(output, &value.to_string()),
        Value::Double(value) => meter.push(output, &print_double(*value)),
        Value::Text(value) => meter.push(output, value),
        Value::Object(object) => {
            let text = object.print();
            meter.push(output, &text)
        }
        Value::List(_) | Value::Map(_) | Value::Native(_) => {
            meter.enter()?;
            let result = print_container(value, output, meter);
            meter.leave();
            result
        }
    }
}

fn print_container(value: &Value, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    match value {
        Value::List(list) if list.prints_json() => print_json(value, output, meter),
        Value::List(list) => {
            meter.push(output, "[")?;
            for (index, value) in list.values().iter().enumerate() {
                meter.work(1)?;
                if index > 0 {
                    meter.push(output, ", ")?;
                }
                print(value, output, meter)?;
            }
            meter.push(output, "]")
        }
        Value::Map(map) => {
            meter.push(output, "{")?;
            map.try_each(|index, key, value| {
                meter.work(1)?;
                if index > 0 {
                    meter.push(output, ", ")?;
                }
                print_entry(key, value, output, meter)
            })?;
            meter.push(output, "}")
        }
        Value::Native(native) => match &native.0 {
            Inner::Entry(key, value) => {
                print(key, output, meter)?;
                meter.push(output, "=")?;
                print(value, output, meter)
            }
            Inner::Cursor(_) => meter.push(output, "java.util.Iterator"),
            Inner::Scope(scope) => print(&Value::Map(scope.members().clone()), output, meter),
            Inner::Block(..) => Ok(()),
        },
        _ => Ok(()),
    }
}

fn print_entry(key: &Key, value: &Value, output: &mut String, meter: &mut Meter) -> Outcome<()> {
    match key {
        Key::Text(text) => meter.push(output, text)?,
        key => print(&key.value(), output, meter)?,
    }
    meter.push(output, "=")?;
    print(value, output, meter)
}
