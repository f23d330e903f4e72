//! What a method's validator checks before anything is invoked (facts 4–6).

use std::sync::Arc;

use jsonschema::Validator;

use crate::templates::essence;

/// A method's checks.
#[derive(Debug, Clone, Default)]
pub struct ValidationPlan {
    /// Parameters that must be there and not blank: headers, then path, then query.
    pub required: Box<[RequiredParameter]>,
    /// The models of the body, when bodies are checked.
    pub body: Option<BodyModels>,
}

/// A required parameter. Names are case-sensitive (fact 47) where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequiredParameter {
    /// `method.request.header.NAME`
    Header(Box<str>),
    /// `$request.header.NAME`, in any letter case: HTTP/2 has small letters only.
    HeaderOfAnyCase(Box<str>),
    /// `method.request.path.NAME`
    Path(Box<str>),
    /// `method.request.querystring.NAME`
    Query(Box<str>),
}

impl RequiredParameter {
    /// The parameter's name.
    pub fn name(&self) -> &str {
        let (Self::Header(name) | Self::HeaderOfAnyCase(name) | Self::Path(name) | Self::Query(name)) = self;
        name
    }
}

/// Compiled models by media type.
#[derive(Debug, Clone, Default)]
pub struct BodyModels {
    /// Media type (or `$default`) and the model's schema.
    pub entries: Box<[(Box<str>, Arc<Validator>)]>,
}

impl BodyModels {
    /// The model of a Content-Type, an absent one counting as `application/json`; then `$default`; then none, which accepts
    /// anything, as the model `Empty` does (fact 6).
    pub fn select(&self, content_type: Option<&[u8]>) -> Option<&Validator> {
        let wanted = content_type.map_or(&b"application/json"[..], essence);
        let named =
            |name: &[u8]| self.entries.iter().find(|(media_type, _)| media_type.as_bytes().eq_ignore_ascii_case(name));
        named(wanted).or_else(|| named(b"$default")).map(|(_, model)| &**model)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fact_6_a_media_type_has_its_model_or_the_default_or_none() {
        let model = |kind: &str| Arc::new(jsonschema::draft4::new(&json!({"type": kind})).expect("a schema"));
        let models = BodyModels {
            entries: [("application/json".into(), model("object")), ("$default".into(), model("string"))].into(),
        };
        let takes_object =
            |content_type: Option<&[u8]>| models.select(content_type).expect("a model").is_valid(&json!({}));
        assert!(takes_object(None));
        assert!(takes_object(Some(b"Application/JSON; charset=utf-8")));
        assert!(!takes_object(Some(b"text/plain")));
        assert!(BodyModels::default().select(None).is_none());
    }
}
