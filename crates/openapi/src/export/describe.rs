//! Documentation parts where the standards have a place for them; the most specific part of an entity counts.

use std::collections::HashMap;

use serde_json::Value;
use stagegate_model::rest::{DocumentationPartLocation, DocumentationPartType};

use super::Object;
use crate::definition::DocumentationPartDefinition;

/// What the standards let an API say of itself under `info`.
const OF_INFO: &[&str] = &["description", "termsOfService", "contact", "license"];

/// The parts by type and name: what is asked for at once.
pub(super) struct Descriptions {
    parts: HashMap<(DocumentationPartType, String), Vec<(DocumentationPartLocation, Object)>>,
}

impl Descriptions {
    pub(super) fn of(definitions: &[DocumentationPartDefinition]) -> Self {
        let mut parts: HashMap<_, Vec<_>> = HashMap::new();
        for DocumentationPartDefinition { location, properties } in definitions {
            let Ok(properties) = serde_json::from_str::<Object>(properties) else { continue };
            let name = location.name.clone().unwrap_or_default();
            parts.entry((location.kind, name)).or_default().push((location.clone(), properties));
        }
        Self { parts }
    }

    /// Adds what is documented of an entity, given by path, verb, status and name, to what it says of itself.
    pub(super) fn describe(&self, kind: DocumentationPartType, place: (&str, &str, &str, &str), entity: &mut Object) {
        let Some(properties) = self.find(kind, place) else { return };
        fill(properties, allowed(kind), entity);
    }

    /// Adds what is documented of the API: properties of its own, and those under `info`.
    pub(super) fn describe_api(&self, info: &mut Object) {
        let Some(properties) = self.find(DocumentationPartType::Api, ("/", "*", "*", "")) else { return };
        if let Some(Value::Object(own)) = properties.get("info") {
            fill(own, OF_INFO, info);
        }
        fill(properties, OF_INFO, info);
    }

    fn find(&self, kind: DocumentationPartType, place: (&str, &str, &str, &str)) -> Option<&Object> {
        let (path, verb, status, name) = place;
        let applying = self.parts.get(&(kind, name.to_owned()))?.iter().filter(|(location, _)| {
            let (_, at, of_verb, of_status, _) = location.target();
            is_at_or_below(path, at) && matches(of_verb, verb) && matches(of_status, status)
        });
        let rank = |location: &DocumentationPartLocation| {
            let (_, at, of_verb, of_status, _) = location.target();
            (at.len(), of_verb != "*", of_status != "*")
        };
        applying.max_by_key(|(location, _)| rank(location)).map(|(_, properties)| properties)
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    pattern == "*" || pattern == text
}

fn is_at_or_below(path: &str, above: &str) -> bool {
    above == "/" || path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The properties that OpenAPI has a place for.
fn allowed(kind: DocumentationPartType) -> &'static [&'static str] {
    match kind {
        DocumentationPartType::Method => &["description", "summary", "tags", "deprecated", "externalDocs"],
        DocumentationPartType::Resource => &["description", "summary"],
        DocumentationPartType::Model => &["description", "title"],
        _ => &["description"],
    }
}

fn fill(properties: &Object, keys: &[&str], entity: &mut Object) {
    for key in keys {
        if let Some(property) = properties.get(*key) {
            entity.entry(*key).or_insert_with(|| property.clone());
        }
    }
}
