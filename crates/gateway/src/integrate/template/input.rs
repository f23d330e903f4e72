//! `$input`: the body and the parameters of the request.

use std::cell::OnceCell;
use std::rc::Rc;

use serde_json::Value as Json;
use stagegate_http1::Known;
use stagegate_jsonpath::{Budget, Path};
use stagegate_vtl::{Fault, Key, Map, Object, Text, Value};

use super::work::Work;
use super::{document, put};
use crate::integrate::method_headers::method_headers;
use crate::integrate::values::{Lookup, form_decode, query_pairs};

/// The object that `$input` is.
pub(super) struct Input {
    text: Text,
    document: OnceCell<Result<Json, Fault>>,
    params: Map,
    work: Rc<Work>,
}

impl Input {
    /// `$input` over a body, with the parameters of the request.
    pub(super) fn new(body: &[u8], params: Map, work: Rc<Work>) -> Self {
        Self { text: String::from_utf8_lossy(body).into(), document: OnceCell::new(), params, work }
    }

    /// What a path finds; `None` where it finds nothing.
    fn find(&self, path: &Value) -> Result<Option<Json>, Fault> {
        let text = path.to_string();
        let failed = |error: &dyn std::fmt::Display| Fault::method(format!("the path {text}: {error}"));
        let path = Path::parse(&text).map_err(|error| failed(&error))?;
        let document = self.document.get_or_init(|| document::parse(&self.text, &self.work));
        let document = document.as_ref().map_err(Clone::clone)?;
        let one = Budget::default();
        let most = one.max_steps.min(self.work.left());
        let mut budget = Budget { max_steps: most, ..one };
        let found = path.spend(document, &mut budget).map_err(|error| failed(&error));
        self.work.spend(most - budget.max_steps)?;
        Ok(found?.into_value())
    }

    /// What a path finds, as JSON; what is not there is the empty string.
    fn json(&self, path: &Value) -> Result<Value, Fault> {
        let Some(found) = self.find(path)? else { return Ok("\"\"".into()) };
        let text = document::text(&found);
        self.work.text(text.len())?;
        Ok(text.into())
    }

    /// What a path finds, as a value.
    fn value(&self, path: &Value) -> Result<Value, Fault> {
        let Some(found) = self.find(path)? else { return Ok(Value::Null) };
        document::value(&found, &self.work)
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
            ("json", [path]) => Some(self.json(path)?),
            ("path", [path]) => Some(self.value(path)?),
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
        let answer =
            Input::new(body.as_bytes(), Map::new(), Rc::new(Work::unlimited())).call(method, &[argument.into()]);
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
    fn paths_in_a_loop_share_a_budget() {
        let body = format!("{{\"a\":[{}0],\"text\":\"{}\"}}", "0,".repeat(400_000), "x".repeat(1 << 20));
        for method in ["$input.path('$.a').size()", "$input.path('$..none').size()", "$input.json('$').length()"] {
            let source = format!("#foreach($i in [1..1000]){method}#end");
            let template = stagegate_vtl::Template::parse(&source).unwrap();
            let mut context = stagegate_vtl::Context::new();
            let work = Rc::new(Work::unlimited());
            let input = Rc::new(Input::new(body.as_bytes(), Map::new(), Rc::clone(&work)));
            context.set("input", Value::Object(input.clone()));
            let rendered = template.render(&mut context, &stagegate_vtl::Options::default(), &mut String::new());
            let error = rendered.expect_err(method).fault.to_string();
            let reasons = ["cost more than", "visits more than", "steps"];
            assert!(reasons.iter().any(|reason| error.contains(reason)), "{method}: {error}");
            assert!(work.left() < 9_000_000, "{method}: {}", work.left());
        }
        let input = Input::new(br#"{"items":[1,2,3]}"#, Map::new(), Rc::new(Work::unlimited()));
        for _ in 0..10_000 {
            assert_eq!(input.json(&"$.items[1]".into()).unwrap().to_string(), "2");
        }
    }

    #[test]
    fn fact_71_an_empty_body_is_an_empty_object() {
        let body = |text: &str| {
            Input::new(text.as_bytes(), Map::new(), Rc::new(Work::unlimited()))
                .property("body")
                .map(|value| value.to_string())
        };
        assert_eq!(body("").as_deref(), Some("{}"));
        assert_eq!(body("plain").as_deref(), Some("plain"));
        assert!(Input::new(b"", Map::new(), Rc::new(Work::unlimited())).property("other").is_none());
    }
}
