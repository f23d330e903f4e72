//! `$util`: AWS's six functions.

use std::fmt::Write as _;
use std::rc::Rc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use stagegate_vtl::{Fault, Object, Value};

use super::document;
use super::work::Work;
use crate::integrate::values::form_decode;

/// Java's decoder takes text with and without padding.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The object that `$util` is.
pub(super) struct Functions(pub(super) Rc<Work>);

impl Object for Functions {
    fn call(&self, method: &str, arguments: &[Value]) -> Result<Option<Value>, Fault> {
        let [argument] = arguments else { return Ok(None) };
        let text = if argument.is_null() { String::new() } else { argument.to_string() };
        Ok(Some(match method {
            "escapeJavaScript" => escape_java_script(&text).into(),
            "parseJson" => document::value(&document::parse(&text, &self.0)?, &self.0)?,
            "urlEncode" => url_encode(&text).into(),
            "urlDecode" => String::from_utf8_lossy(&form_decode(text.as_bytes())).into_owned().into(),
            "base64Encode" => STANDARD.encode(text).into(),
            "base64Decode" => base64_decode(&text)?,
            _ => return Ok(None),
        }))
    }

    fn print(&self) -> String {
        "$util".to_owned()
    }
}

/// Commons Lang's `escapeJavaScript`: quotes of both kinds, backslash and slash escaped, all but ASCII by number (fact 72).
fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for unit in text.encode_utf16() {
        let plain = u8::try_from(unit).ok().filter(|byte| (0x20..0x7f).contains(byte)).map(char::from);
        match plain {
            Some(character @ ('\'' | '"' | '\\' | '/')) => out.extend(['\\', character]),
            Some(character) => out.push(character),
            None => match unit {
                8 => out.push_str("\\b"),
                9 => out.push_str("\\t"),
                10 => out.push_str("\\n"),
                12 => out.push_str("\\f"),
                13 => out.push_str("\\r"),
                _ => _ = write!(out, "\\u{unit:04X}"),
            },
        }
    }
    out
}

/// Java's `URLEncoder`: a space becomes `+` (fact 72).
fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'*' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}

fn base64_decode(text: &str) -> Result<Value, Fault> {
    let compact: String = text.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let decoded = DECODER.decode(compact);
    let decoded = decoded.map_err(|error| Fault::method(format!("$util.base64Decode: {error}")))?;
    Ok(String::from_utf8_lossy(&decoded).into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions() -> Functions {
        Functions(Rc::new(Work::unlimited()))
    }

    #[test]
    fn fact_72_functions_write_what_java_writes() {
        let cases = [
            ("escapeJavaScript", "it's \"a/b\"\\\n\u{1}é\u{1f600}", r#"it\'s \"a\/b\"\\\n\u0001\u00E9\uD83D\uDE00"#),
            ("urlEncode", "a b&c=d/é*~", "a+b%26c%3Dd%2F%C3%A9*%7E"),
            ("urlDecode", "a+b%26c%3Dd", "a b&c=d"),
            ("base64Encode", "héllo", "aMOpbGxv"),
            ("base64Decode", "aMOpbGxv", "héllo"),
            ("base64Decode", "aGk", "hi"),
            ("parseJson", r#"{"a":[1]}"#, "{a=[1]}"),
        ];
        for (method, argument, expected) in cases {
            let answer = functions().call(method, &[argument.into()]).unwrap().expect("a method");
            assert_eq!(answer.to_string(), expected, "{method}");
        }
        assert!(functions().call("base64Decode", &["?".into()]).is_err());
        assert!(functions().call("nothing", &["".into()]).unwrap().is_none());
        assert!(functions().call("urlEncode", &[]).unwrap().is_none());
    }

    #[test]
    fn lists_in_a_loop_are_printed_within_the_budget() {
        let source = "#set($list = [1..1000])#foreach($i in [1..1000])$util.urlEncode($list)#end";
        let template = stagegate_vtl::Template::parse(source).unwrap();
        let mut context = stagegate_vtl::Context::new();
        context.set("util", Value::object(functions()));
        let budget = stagegate_vtl::Budget { output_bytes: 1 << 30, ..stagegate_vtl::Budget::default() };
        let options = stagegate_vtl::Options { budget, ..stagegate_vtl::Options::default() };
        assert!(template.render(&mut context, &options, &mut String::new()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn encodings_have_inverses(text in ".{0,60}") {
            let through = |there: &str, back: &str| {
                let encoded = functions().call(there, &[text.as_str().into()]).unwrap().unwrap();
                functions().call(back, &[encoded]).unwrap().unwrap().to_string()
            };
            proptest::prop_assert_eq!(through("urlEncode", "urlDecode"), text.clone());
            proptest::prop_assert_eq!(through("base64Encode", "base64Decode"), text.clone());
        }
    }
}
