//! `$input`: the body and the parameters of the request.

use std::cell::OnceCell;

use serde_json::Value as Json;
use stagegate_http1::Known;
use stagegate_jsonpath::{Budget, Path};
use stagegate_vtl::{Fault, Key, Map, Object, Text, Value};

use super::{document, put};
use crate::integrate::method_headers::method_headers;
use crate::integrate::values::{Lookup, form_decode, query_pairs};

/// The object that `$input` is.
pub(super) struct Input {
    text: Text,
    document: OnceCell<Json>,
    params: Map,
}

impl Input {
    /// `$input` over a body, with the parameters of the request.
    pub(super) fn new(body: &[u8], params: Map) -> Self {
        Self { text: String::from_utf8_lossy(body).into(), document: OnceCell::new(), params }
    }

    /// What a path finds; `None` where it finds nothing.
    fn find(&self, path: &Value) -> Result<Option<Json>, Fault> {
        let text = path.to_string();
        let failed = |error: &dyn std::fmt::Display| Fault::method(format!("the path {text}: {error}"));
        let path = Path::parse(&text).map_err(|error| failed(&error))?;
        let document = self.document.get_or_init(|| document::parse(&self.text));
        let found = path.evaluate(document, &Budget::default()).map_err(|error| failed(&error))?;
        Ok(found.into_value())
    }

    /// A parameter by name: of the path, then of the query, then of the headers.
    fn param(&self, name: &Value) -> Value {
        let name = Key::Text(name.to_string().into());
        let within = |part: &str| match self.params.get(&Key::Text(part.into())) {
            Some(Value::Map(values)) => values.get(&name),
            _ => None,
        };
        ["path", "querystring", "header"].into_iter().find_map(within).unwrap_or_default()
    }
}

impl Object for Input {
    fn property(&self, name: &str) -> Option<Value> {
        // An empty body reads as an empty object (fact 71).
        let body = || if self.text.is_empty() { Value::text("{}") } else { Value::text(&*self.text) };
        (name == "body").then(body)
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Result<Option<Value>, Fault> {
        Ok(match (method, arguments) {
            // What is not there is the empty string, as JSON too.
            ("json", [path]) => {
                Some(self.find(path)?.map_or_else(|| "\"\"".into(), |found| document::text(&found).into()))
            }
            ("path", [path]) => Some(self.find(path)?.map_or(Ok(Value::Null), |found| document::value(&found))?),
            ("params", []) => Some(Value::Map(self.params.clone())),
            ("params", [name]) => Some(self.param(name)),
            _ => None,
        })
    }

    fn print(&self) -> String {
        self.text.to_string()
    }
}

/// `$input.params()`: path, query and headers, each name with its last value (fact 49).
pub(super) fn params(lookup: Lookup<'_>) -> Map {
    let routed = lookup.routed;
    let (path, query, header) = (Map::new(), Map::new(), Map::new());
    for name in &routed.route.parameters {
        if let Some(raw) = routed.parameter(name) {
            put(&path, name, text(raw));
        }
    }
    let head = routed.addressed.arrival.head;
    for (name, value) in query_pairs(head.query().unwrap_or_default()) {
        query.put(Key::Text(String::from_utf8_lossy(&form_decode(name)).into()), text(&form_decode(value)));
    }
    let trace = head.find(Known::XAmznTraceId).map_or(&b""[..], |field| field.value);
    for (name, value) in method_headers(lookup, trace) {
        header.put(Key::Text(String::from_utf8_lossy(&name).into()), text(&value));
    }
    let params = Map::new();
    for (part, values) in [("path", path), ("querystring", query), ("header", header)] {
        put(&params, part, Value::Map(values));
    }
    params
}

fn text(bytes: &[u8]) -> Value {
    Value::text(&*String::from_utf8_lossy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(body: &str, method: &str, argument: &str) -> Option<String> {
        let answer = Input::new(body.as_bytes(), Map::new()).call(method, &[argument.into()]);
        answer.ok().flatten().map(|value| if value.is_null() { "(null)".to_owned() } else { value.to_string() })
    }

    #[test]
    fn bodies_are_read_by_path() {
        let cases = [
            (r#"{"a":{"b":[1,2]}}"#, "json", "$.a", r#"{"b":[1,2]}"#),
            (r#"{"a":{"b":[1,2]}}"#, "path", "$.a", "{b=[1,2]}"),
            (r#"{"a":"x"}"#, "json", "$.a", "\"x\""),
            (r#"{"a":"x"}"#, "path", "$.a", "x"),
            (r#"{"a":"x"}"#, "json", "$.b", "\"\""),
            (r#"{"a":"x"}"#, "path", "$.b", "(null)"),
            ("", "json", "$", "{}"),
            ("a=1&b=2", "path", "$", "a=1&b=2"),
            ("a=1&b=2", "json", "$", "\"a=1&b=2\""),
        ];
        for (body, method, path, expected) in cases {
            assert_eq!(call(body, method, path).as_deref(), Some(expected), "{body} {method} {path}");
        }
        assert_eq!(call("{}", "json", "$["), None);
        assert_eq!(call("{}", "nothing", "$"), None);
    }

    #[test]
    fn fact_71_an_empty_body_is_an_empty_object() {
        let body = |text: &str| Input::new(text.as_bytes(), Map::new()).property("body").map(|value| value.to_string());
        assert_eq!(body("").as_deref(), Some("{}"));
        assert_eq!(body("plain").as_deref(), Some("plain"));
        assert!(Input::new(b"", Map::new()).property("other").is_none());
    }
}
