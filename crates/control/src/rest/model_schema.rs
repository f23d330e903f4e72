//! A model's schema: whether it is one, which models it refers to, and the same without references to others.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::Model;

use crate::fault::Fault;
use crate::transaction::Transaction;

/// How references to models begin (fact section 1.8).
const MODEL_URI: &str = "https://apigateway.amazonaws.com/restapis/";
/// How deep a schema may nest.
const MOST_DEPTH: usize = 100;

/// The schema as JSON; nothing for models of other content types and for what is no object.
pub(crate) fn parse(model: &Model) -> Option<Value> {
    let schema = serde_json::from_str(model.schema.as_deref()?).ok();
    schema.filter(|schema: &Value| is_json(model) && schema.is_object())
}

/// Whether the model's content type is JSON's, the only one whose schemas are read.
pub(crate) fn is_json(model: &Model) -> bool {
    let content_type = model.content_type.as_deref().unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// The URI by which schemas of an API refer to a model.
pub(crate) fn uri(api: &ApiScope, name: &str) -> String {
    format!("{MODEL_URI}{}/models/{name}", api.api_id)
}

/// API id and name of the model that a reference names.
fn target(reference: &str) -> Option<(&str, &str)> {
    let (api_id, name) = reference.strip_prefix(MODEL_URI)?.split_once("/models/")?;
    Some((api_id, name)).filter(|(api_id, name)| !api_id.is_empty() && !name.is_empty() && !name.contains('/'))
}

/// Refuses what is no schema, and references to models that are not there.
pub(crate) async fn check(model: &Model, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    if !is_json(model) || model.schema.is_none() {
        return Ok(());
    }
    let invalid = |error: &str| {
        let message = format!("Invalid model specified: Validation Result: warnings : [], errors : [{error}]");
        Fault::bad_request(message)
    };
    let schema = parse(model).ok_or_else(|| invalid("Invalid model schema specified"))?;
    let unsupported = stagegate_openapi::unsupported_keywords(&schema);
    if !unsupported.is_empty() {
        return Err(invalid(&format!("Invalid model schema specified. Unsupported keyword(s): {unsupported:?}")));
    }
    for reference in all_references(&schema) {
        if let Some(pointer) = reference.strip_prefix('#') {
            if schema.pointer(pointer).is_none() {
                return Err(invalid(&format!("Invalid model schema specified. Unresolved reference: {reference}")));
            }
            continue;
        }
        let Some((api_id, name)) = target(reference) else {
            return Err(invalid("Invalid model schema specified. Model reference must be in canonical form"));
        };
        let itself = model.name.as_deref() == Some(name);
        let known = itself || transaction.exists(&api.noun(ApiNoun::Model, name).to_string()).await?;
        if api_id != api.api_id || !known {
            return Err(invalid(&format!("Invalid model schema specified. Reference to unknown model: {reference}")));
        }
    }
    Ok(())
}

/// Every `$ref` of a schema, once.
fn all_references(schema: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut pending = vec![schema];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    found
}

/// The names of the models that a model refers to.
pub(crate) fn references(model: &Model) -> Vec<String> {
    let Some(schema) = parse(model) else { return Vec::new() };
    all_references(&schema).into_iter().filter_map(target).map(|(_, name)| name.to_owned()).collect()
}

/// Changes every reference that `rename` has an answer for.
pub(crate) fn rewrite(value: &mut Value, rename: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some(new) = rename(reference)
            {
                *reference = new;
            }
            members.values_mut().for_each(|member| rewrite(member, rename));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, rename)),
        _ => {}
    }
}

/// The schema with every model it refers to, directly or not, among its `definitions`.
pub(crate) fn flatten(model: &Model, all: &[(String, Model)]) -> Option<Value> {
    let local = |reference: &str| target(reference).map(|(_, name)| format!("#/definitions/{name}"));
    let mut schema = parse(model)?;
    let mut wanted = references(model);
    let mut done = BTreeSet::new();
    let mut definitions = Map::new();
    while let Some(name) = wanted.pop() {
        if !done.insert(name.clone()) {
            continue;
        }
        let Some((_, other)) = all.iter().find(|(have, _)| *have == name) else { continue };
        let Some(mut definition) = parse(other) else { continue };
        wanted.extend(references(other));
        rewrite(&mut definition, &local);
        definitions.insert(name, definition);
    }
    rewrite(&mut schema, &local);
    if let Some(members) = schema.as_object_mut().filter(|_| !definitions.is_empty()) {
        let own = members.entry("definitions").or_insert_with(|| Value::Object(Map::new()));
        if let Some(own) = own.as_object_mut() {
            own.extend(definitions);
        }
    }
    Some(schema)
}

/// Follows references within a flattened schema to what is meant; nothing for a loop of references.
pub(crate) fn resolve<'s>(root: &'s Value, mut schema: &'s Value) -> Option<&'s Value> {
    for _ in 0..MOST_DEPTH {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some(schema) };
        schema = root.pointer(reference.strip_prefix('#')?)?;
    }
    None
}
