//! `$context.requestOverride` and `$context.responseOverride`: what templates set over the configured mappings.

use std::fmt;

use stagegate_vtl::{Key, Map, Value};

use super::put;

/// The overrides of one request; a request template's hold for the response, too (facts 73 and 74).
pub(crate) struct Overrides {
    /// `requestOverride`, with `header`, `path` and `querystring`.
    pub(super) request: Map,
    /// `responseOverride`, with `header` and perhaps `status`.
    pub(super) response: Map,
}

impl Default for Overrides {
    fn default() -> Self {
        let with = |parts: &[&str]| {
            let map = Map::new();
            for part in parts {
                put(&map, part, Value::Map(Map::new()));
            }
            map
        };
        Self { request: with(&["header", "path", "querystring"]), response: with(&["header"]) }
    }
}

impl Overrides {
    /// Headers of the request, by name.
    pub(crate) fn request_headers(&self) -> Vec<(String, String)> {
        entries(&self.request, "header")
    }

    /// Query parameters of the request, by name.
    pub(crate) fn request_query(&self) -> Vec<(String, String)> {
        entries(&self.request, "querystring")
    }

    /// The value of a placeholder of the URI.
    pub(crate) fn request_path(&self, name: &str) -> Option<String> {
        entries(&self.request, "path").into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Headers of the response, by name.
    pub(crate) fn response_headers(&self) -> Vec<(String, String)> {
        entries(&self.response, "header")
    }

    /// The status of the response: an integer that a final response can have, else nothing (fact 74).
    pub(crate) fn status(&self) -> Option<u16> {
        let status = match self.response.get(&Key::Text("status".into()))? {
            Value::Int(status) => u16::try_from(status).ok()?,
            Value::Long(status) => u16::try_from(status).ok()?,
            _ => return None,
        };
        (200..600).contains(&status).then_some(status)
    }
}

/// A part's members as text; what is null is not set.
fn entries(root: &Map, part: &str) -> Vec<(String, String)> {
    let Some(Value::Map(members)) = root.get(&Key::Text(part.into())) else { return Vec::new() };
    let set = members.entries().into_iter().filter(|(_, value)| !value.is_null());
    set.map(|(name, value)| (name.value().to_string(), value.to_string())).collect()
}

impl fmt::Debug for Overrides {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Overrides").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use stagegate_vtl::{Context, Options, Template};

    use super::*;

    fn after(source: &str) -> Overrides {
        let overrides = Overrides::default();
        let root = Map::new();
        put(&root, "requestOverride", Value::Map(overrides.request.clone()));
        put(&root, "responseOverride", Value::Map(overrides.response.clone()));
        let mut context = Context::new();
        context.set("context", Value::Map(root));
        let template = Template::parse(source).unwrap();
        template.render(&mut context, &Options::default(), &mut String::new()).unwrap();
        overrides
    }

    #[test]
    fn fact_73_overrides_are_set_in_every_form() {
        for source in [
            "#set($context.requestOverride.querystring.n = \"v\")",
            "#set($k = \"n\")#set($context.requestOverride.querystring[$k] = \"v\")",
            "#set($context.requestOverride.querystring[\"n\"] = \"v\")",
            "$context.requestOverride.querystring.put(\"n\", \"v\")",
            "#set($context.requestOverride.querystring = {\"n\": \"v\"})",
        ] {
            assert_eq!(after(source).request_query(), [("n".to_owned(), "v".to_owned())], "{source}");
        }
    }

    #[test]
    fn fact_74_a_status_is_an_integer_that_a_response_can_have() {
        for (value, status) in
            [("404", Some(404)), ("599", Some(599)), ("600", None), ("100", None), ("-1", None), ("\"404\"", None)]
        {
            assert_eq!(after(&format!("#set($context.responseOverride.status = {value})")).status(), status, "{value}");
        }
    }
}
