//! Filling in what differs from client to client, and writing text as string literals.

use std::fmt::Write;

use crate::client::Operation;

/// The template with each `{{name}}` replaced. Names stand in the template once or more, values are not looked into.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, name, after)) = next_mark(rest) {
        filled.push_str(before);
        if let Some((_, value)) = values.iter().find(|(have, _)| *have == name) {
            filled.push_str(value);
        }
        rest = after;
    }
    filled + rest
}

fn next_mark(text: &str) -> Option<(&str, &str, &str)> {
    let (before, marked) = text.split_once("{{")?;
    let (name, after) = marked.split_once("}}")?;
    Some((before, name, after))
}

/// A literal of JavaScript and of Java, in ASCII.
pub(crate) fn double_quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit).map(char::from) {
            Ok(quoted @ ('"' | '\\')) => literal.extend(['\\', quoted]),
            Ok(plain @ ' '..='~') => literal.push(plain),
            Ok('\n') => literal.push_str("\\n"),
            Ok('\r') => literal.push_str("\\r"),
            // Java reads such an escape before it reads the literal; that hurts only line ends, which are done above.
            _ => write!(literal, "\\u{unit:04x}").expect("a string takes every text"),
        }
    }
    literal + "\""
}

/// A literal of Ruby in which nothing is interpolated.
pub(crate) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A literal of Objective-C in ASCII, without trigraphs; escapes of code points below U+00A0 are no C.
pub(crate) fn objc_quoted(text: &str) -> String {
    let mut literal = String::from("@\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '?' => literal.extend(['\\', letter]),
            ' '..='~' => literal.push(letter),
            '\0'..='\u{9f}' => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    write!(literal, "\\{byte:03o}").expect("a string takes every text");
                }
            }
            _ => write!(literal, "\\U{:08x}", u32::from(letter)).expect("a string takes every text"),
        }
    }
    literal + "\""
}

/// A literal of Swift in ASCII, in which nothing is interpolated.
pub(crate) fn swift_quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            ' '..='~' => literal.push(letter),
            _ => write!(literal, "\\u{{{:x}}}", u32::from(letter)).expect("a string takes every text"),
        }
    }
    literal + "\""
}

/// A line for each operation: what its method is called, and what it calls.
pub(crate) fn explain(operations: &[Operation], name: fn(&Operation) -> String) -> String {
    let line = |operation: &Operation| format!("- `{}`: `{} {}`", name(operation), operation.verb, operation.path);
    operations.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The literals of a list, with commas between them.
pub(crate) fn list(names: &[String], quoted: fn(&str) -> String) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_filled_once() {
        let filled = fill("a {{x}} b {{y}} {{x}}", &[("x", "{{y}}"), ("y", "2")]);
        assert_eq!(filled, "a {{y}} b 2 {{y}}");
    }

    #[test]
    fn literals_hold_whatever_they_are_given() {
        for (text, double, single, objc, swift) in [
            ("a", "\"a\"", "'a'", "@\"a\"", "\"a\""),
            ("'\"\\", r#""'\"\\""#, r#"'\'"\\'"#, r#"@"'\"\\""#, r#""'\"\\""#),
            ("#{x}\n", "\"#{x}\\n\"", "'#{x}\n'", r##"@"#{x}\012""##, r##""#{x}\u{a}""##),
            ("\\(x)??/", r#""\\(x)??/""#, r"'\\(x)??/'", r#"@"\\(x)\?\?/""#, r#""\\(x)??/""#),
            (
                "\u{e9}\u{1f600}\u{2028}\u{85}",
                r#""\u00e9\ud83d\ude00\u2028\u0085""#,
                "'\u{e9}\u{1f600}\u{2028}\u{85}'",
                r#"@"\U000000e9\U0001f600\U00002028\302\205""#,
                r#""\u{e9}\u{1f600}\u{2028}\u{85}""#,
            ),
        ] {
            assert_eq!(double_quoted(text), double);
            assert_eq!(single_quoted(text), single);
            assert_eq!(objc_quoted(text), objc);
            assert_eq!(swift_quoted(text), swift);
        }
    }
}
