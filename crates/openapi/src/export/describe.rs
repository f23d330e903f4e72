//! Documentation parts where the standards have a place for them; the most specific part of an entity counts.

use std::collections::HashMap;

use serde_json::Value;
use stagegate_model::rest::{DocumentationPartLocation, DocumentationPartType};

use super::Object;
use crate::definition::DocumentationPartDefinition;

/// What the standards let an API say of itself under `info`.
const OF_INFO: &[&str] = &["description", "termsOfService", "contact", "license"];

/// What one part is about: type, name, path.
type Key = (DocumentationPartType, String, String);

/// The parts; those that differ in verb and status only stand together.
pub(crate) struct Descriptions {
    parts: HashMap<Key, Vec<(DocumentationPartLocation, Object)>>,
}

impl Descriptions {
    pub(crate) fn of(definitions: &[DocumentationPartDefinition]) -> Self {
        let mut parts: HashMap<_, Vec<_>> = HashMap::new();
        for DocumentationPartDefinition { location, properties } in definitions {
            let Ok(properties) = serde_json::from_str::<Object>(properties) else { continue };
            let (kind, path, _, _, name) = location.target();
            let key = (kind, name.to_owned(), path.to_owned());
            parts.entry(key).or_default().push((location.clone(), properties));
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

    /// Whether the parts say of an entity what `part` says of it.
    pub(crate) fn say(&self, part: &DocumentationPartDefinition) -> bool {
        let (kind, path, verb, status, name) = part.location.target();
        let Ok(wanted) = serde_json::from_str::<Object>(&part.properties) else { return false };
        let said = self.find(kind, (path, verb, status, name));
        said.is_some_and(|said| wanted.iter().all(|(key, value)| said.get(key) == Some(value)))
    }

    fn find(&self, kind: DocumentationPartType, place: (&str, &str, &str, &str)) -> Option<&Object> {
        let (path, verb, status, name) = place;
        let rank = |(location, _): &&(DocumentationPartLocation, Object)| {
            let (_, _, of_verb, of_status, _) = location.target();
            let applies = matches(of_verb, verb) && matches(of_status, status);
            applies.then_some((of_verb != "*", of_status != "*"))
        };
        above(path).find_map(|path| {
            let parts = self.parts.get(&(kind, name.to_owned(), path.to_owned()))?;
            let best = parts.iter().filter(|part| rank(part).is_some()).max_by_key(rank)?;
            Some(&best.1)
        })
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    pattern == "*" || pattern == text
}

/// A path, then every path above it, the root last.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| {
        let end = path.rfind('/').filter(|_| *path != "/")?;
        Some(if end == 0 { "/" } else { &path[..end] })
    })
}

/// The properties that OpenAPI has a place for.
fn allowed(kind: DocumentationPartType) -> &'static [&'static str] {
    match kind {
        DocumentationPartType::Method => &["description", "summary", "tags", "externalDocs"],
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
