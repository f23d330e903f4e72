//! What a function's result says in payload format 2.0: an HTTP answer, if it has a `statusCode`; otherwise it is the content
//! (fact 98).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::integrate::lambda::described::Malformed;

/// Entries of `headers` and of `cookies`; more are none any more.
const ENTRIES_MAX: usize = 1000;

/// A result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FunctionResult<'p> {
    /// It describes an answer.
    Answer(Box<Response<'p>>),
    /// It is the content, as the function wrote it.
    Content(&'p [u8]),
}

/// A described answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response<'p> {
    /// `statusCode`: 200 to 599.
    pub(super) status: u16,
    /// `headers`, in their order.
    pub(super) headers: Vec<(String, String)>,
    /// `cookies`
    pub(super) cookies: Vec<String>,
    /// `body`: a string's text, or anything else as JSON.
    pub(super) body: Cow<'p, str>,
    /// `isBase64Encoded`
    pub(super) is_base64: bool,
}

/// The members that count, before they are judged. Others are none of ours.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'p> {
    status_code: Option<Value>,
    headers: Option<serde_json::Map<String, Value>>,
    cookies: Option<Vec<Value>>,
    #[serde(borrow)]
    body: Option<Body<'p>>,
    is_base64_encoded: Option<Value>,
}

/// Whether a result has the member that makes it an answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marked {
    status_code: Option<serde::de::IgnoredAny>,
}

/// Reads a result.
///
/// # Errors
/// It has a `statusCode`, but breaks the format.
pub(super) fn read(payload: &[u8]) -> Result<FunctionResult<'_>, Malformed> {
    let is_object = payload.trim_ascii_start().first() == Some(&b'{');
    let is_answer =
        is_object && serde_json::from_slice(payload).is_ok_and(|marked: Marked| marked.status_code.is_some());
    if !is_answer {
        return Ok(FunctionResult::Content(payload));
    }
    let members: Members<'_> = serde_json::from_slice(payload).map_err(|_error| Malformed)?;
    let headers = members.headers.unwrap_or_default();
    let cookies = members.cookies.unwrap_or_default();
    if headers.len() > ENTRIES_MAX || cookies.len() > ENTRIES_MAX {
        return Err(Malformed);
    }
    let headers = headers.into_iter().filter(|(_, value)| !value.is_null());
    Ok(FunctionResult::Answer(Box::new(Response {
        status: members.status_code.as_ref().and_then(status).ok_or(Malformed)?,
        headers: headers.map(|(name, value)| Ok((name, scalar(value)?))).collect::<Result<_, Malformed>>()?,
        cookies: cookies.into_iter().map(scalar).collect::<Result<_, Malformed>>()?,
        body: members.body.map(Body::into_text).unwrap_or_default(),
        is_base64: flag(members.is_base64_encoded.as_ref())?,
    })))
}

/// A status that can be sent, as a whole number or as its digits.
fn status(value: &Value) -> Option<u16> {
    let number = match value {
        Value::String(digits) => digits.trim().parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    };
    number.filter(|status| (200..=599).contains(status))
}

/// A text, a number or a boolean, as text.
fn scalar(value: Value) -> Result<String, Malformed> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Malformed),
    }
}

/// A body: most are long strings, which are not copied where nothing in them is escaped.
#[derive(Deserialize)]
#[serde(untagged)]
enum Body<'p> {
    Borrowed(&'p str),
    Other(Value),
}

impl<'p> Body<'p> {
    fn into_text(self) -> Cow<'p, str> {
        match self {
            Self::Borrowed(text) => Cow::Borrowed(text),
            Self::Other(Value::String(text)) => Cow::Owned(text),
            Self::Other(value) => Cow::Owned(value.to_string()),
        }
    }
}

fn flag(value: Option<&Value>) -> Result<bool, Malformed> {
    match value {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::String(text)) => text.parse().map_err(|_error| Malformed),
        Some(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_98_without_a_status_code_a_result_is_the_content() {
        for payload in [
            r#"{"name": "John Doe", "age": 30}"#,
            r#"{"statusCode":null,"body":"x"}"#,
            r#"{"body":"x","headers":{}}"#,
            "[200]",
            "42",
            "true",
            "null",
            r#""Hello, \"world\"!""#,
            r#"{"name": "John"#,
            "",
        ] {
            assert_eq!(read(payload.as_bytes()), Ok(FunctionResult::Content(payload.as_bytes())), "{payload}");
        }
    }

    #[test]
    fn fact_98_a_status_code_makes_it_an_answer() {
        let cases = [
            (r#"{"statusCode":204}"#, 204, "", false),
            (r#"{"statusCode":"201","body":"a\nb","isBase64Encoded":false,"more":[1]}"#, 201, "a\nb", false),
            (r#"{"statusCode":200,"body":{"b": 1,"a":[2]},"isBase64Encoded":null}"#, 200, r#"{"b":1,"a":[2]}"#, false),
            (r#"{"statusCode":200,"body":null,"isBase64Encoded":true}"#, 200, "", true),
        ];
        for (payload, status, body, is_base64) in cases {
            let Ok(FunctionResult::Answer(answer)) = read(payload.as_bytes()) else { panic!("{payload}") };
            assert_eq!((answer.status, &*answer.body, answer.is_base64), (status, body, is_base64), "{payload}");
        }
        let payload = r#"{"statusCode":200,"headers":{"A":"1","b":2,"c":true,"d":null},"cookies":["x=1; Path=/","y"]}"#;
        let Ok(FunctionResult::Answer(answer)) = read(payload.as_bytes()) else { panic!("{payload}") };
        let headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("A", "1"), ("b", "2"), ("c", "true")]);
        assert_eq!(answer.cookies, ["x=1; Path=/", "y"]);
    }

    #[test]
    fn an_answer_that_breaks_the_format_is_none() {
        for payload in [
            r#"{"statusCode":0}"#,
            r#"{"statusCode":200.5}"#,
            r#"{"statusCode":"OK"}"#,
            r#"{"statusCode":100}"#,
            r#"{"statusCode":[200]}"#,
            r#"{"statusCode":200,"headers":[]}"#,
            r#"{"statusCode":200,"headers":{"a":["b"]}}"#,
            r#"{"statusCode":200,"cookies":"a=1"}"#,
            r#"{"statusCode":200,"cookies":[null]}"#,
            r#"{"statusCode":200,"isBase64Encoded":"maybe"}"#,
            r#"{"statusCode":200,"isBase64Encoded":1}"#,
        ] {
            assert_eq!(read(payload.as_bytes()), Err(Malformed), "{payload}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_content(payload in "[{}\\[\\]\":,a-z0-9 ]{0,40}|\\{\"statusCode\":.{0,20}\\}") {
            _ = read(payload.as_bytes());
        }
    }
}
