//! Schemas: the names of the models that requests and responses are declared with.

use stagegate_model::rest::StringMap;

use super::{
    reference::unescape,
    schema,
    scope::{Dialect, Scope},
};
use crate::{
    document::{self, Cursor, excerpt},
    error::ImportError,
};

/// Models that every API has (fact 1.8).
const BUILT_IN: &[&str] = &["Empty", "Error"];

/// How references to models of API Gateway itself begin (fact 1.8).
const MODEL_URI: &str = "https://apigateway.amazonaws.com/restapis/";

/// Whose schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Request,
    Response,
}

/// The object in which a document defines its models.
pub(super) fn defined<'d>(scope: &Scope<'d>) -> Option<Cursor<'d>> {
    match scope.dialect {
        Dialect::Swagger2 => scope.root.get("definitions"),
        Dialect::OpenApi3 => scope.root.get("components")?.get("schemas"),
    }
}

/// The models of a `content` object (OpenAPI 3.0): content type to model name.
pub(super) fn of_content<'d>(
    scope: &mut Scope<'d>,
    content: Option<Cursor<'d>>,
    body: Body,
) -> Result<StringMap, ImportError> {
    let mut models = StringMap::new();
    let Some(content) = content else { return Ok(models) };
    for (content_type, media) in content.members()? {
        if let Some(schema) = media.get("schema").filter(is_object) {
            models.extend(name(scope, schema, body)?.map(|name| (content_type.to_owned(), name)));
        }
    }
    Ok(models)
}

/// The models of a schema (Swagger 2.0) for every content type of `types`, or else `application/json`.
pub(super) fn of_schema<'d>(
    scope: &mut Scope<'d>,
    schema: Option<Cursor<'d>>,
    types: Option<Cursor<'d>>,
    body: Body,
) -> Result<StringMap, ImportError> {
    let Some(schema) = schema.filter(is_object) else { return Ok(StringMap::new()) };
    let Some(name) = name(scope, schema, body)? else { return Ok(StringMap::new()) };
    let Some(types) = types else { return Ok(StringMap::from([("application/json".to_owned(), name)])) };
    scope.repeat(types, types.weight())?;
    types.items()?.map(|item| Ok((item.text()?.to_owned(), name.clone()))).collect()
}

fn is_object(place: &Cursor<'_>) -> bool {
    matches!(place.value(), document::Value::Mapping(_))
}

/// Whether a schema says that it is of a primitive type.
fn is_primitive(schema: Cursor<'_>) -> bool {
    let kind = schema.get("type").and_then(|kind| kind.text().ok());
    kind.is_some_and(|kind| ["boolean", "integer", "number", "string"].contains(&kind))
}

/// The name of the model that a schema refers to, if there is such a model, or a name made up for an inline schema.
fn name<'d>(scope: &mut Scope<'d>, schema: Cursor<'d>, body: Body) -> Result<Option<String>, ImportError> {
    let Some(reference) = schema.get("$ref") else {
        if body == Body::Response && is_primitive(schema) {
            // "In method responses, schema definition must be of an object type and cannot be of primitive types."
            scope.warn(schema, "the schema of a response must be an object, or refer to a model. Ignoring.");
            return Ok(None);
        }
        return inline(scope, schema).map(Some);
    };
    let text = reference.text()?;
    let local = match scope.dialect {
        Dialect::Swagger2 => text.strip_prefix("#/definitions/"),
        Dialect::OpenApi3 => text.strip_prefix("#/components/schemas/"),
    };
    if let Some(name) = local.filter(|name| !name.contains('/')) {
        let name = unescape(name);
        let exists = defined(scope).is_some_and(|models| models.get(&name).is_some_and(|model| is_object(&model)));
        if !exists && !BUILT_IN.contains(&&*name) {
            scope.warn(reference, format!("Reference to model '{}' not found. Ignoring.", excerpt(&name)));
            return Ok(None);
        }
        return Ok(Some(name.into_owned()));
    }
    if let Some((_, name)) = text.strip_prefix(MODEL_URI).and_then(|rest| rest.split_once("/models/")) {
        return Ok(Some(name.to_owned()));
    }
    let message = format!("the reference {:?} names no model of this document; nothing is fetched", excerpt(text));
    Err(reference.error(message, "a reference such as #/definitions/Pet or #/components/schemas/Pet"))
}

/// Keeps an inline schema under a name that depends on nothing but its content, so that an import can be repeated.
fn inline(scope: &mut Scope<'_>, place: Cursor<'_>) -> Result<String, ImportError> {
    let name = inline_name(place);
    if !scope.inline_models.contains_key(&name) {
        let schema = schema(scope, &name, place)?;
        scope.inline_models.insert(name.clone(), schema);
    }
    Ok(name)
}

/// The name of an inline schema.
pub(super) fn inline_name(place: Cursor<'_>) -> String {
    format!("MODEL{:016x}", fnv1a(place.json().to_string().as_bytes()))
}

/// A schema as API Gateway takes it, or refuses it.
pub(super) fn schema(scope: &mut Scope<'_>, name: &str, place: Cursor<'_>) -> Result<serde_json::Value, ImportError> {
    let mut schema = place.json();
    let unsupported = schema::unsupported_keywords(&schema);
    let wrong = match schema::malformed(&schema) {
        Some(keyword) => Some(format!(". The value of `{keyword}` is not valid")),
        None => (!unsupported.is_empty()).then(|| format!(". Unsupported keyword(s): {unsupported:?}")),
    };
    if let Some(wrong) = wrong {
        let message = format!(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified{wrong}]"
        );
        let error = place.error(message, "a schema of JSON Schema draft 4");
        return Err(error.during(&format!("Unable to create model for '{}'", excerpt(name))));
    }
    let gone: Vec<_> = schema::reduce(&mut schema).into_iter().collect();
    if !gone.is_empty() {
        scope.left_out(place, format!("models have no {}; it is left out", gone.join(", ")));
    }
    Ok(schema)
}

/// FNV-1a, 64 bits: stable between versions and machines, which the standard library's hashers do not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Warns of references in kept models that lead out of the document; loops between models are no error (fact 133).
pub(super) fn check_references(scope: &mut Scope<'_>, models: Cursor<'_>) {
    let mut pending = vec![models];
    while let Some(place) = pending.pop() {
        if let Ok(members) = place.members() {
            for (key, member) in members {
                let remote = member.text().ok().filter(|text| !text.starts_with('#') && !text.starts_with(MODEL_URI));
                if let Some(text) = remote.filter(|_| key == "$ref") {
                    let message =
                        format!("the reference {:?} leads out of this document; it is not fetched", excerpt(text));
                    scope.warn(member, message);
                }
                pending.push(member);
            }
        } else if let Ok(items) = place.items() {
            pending.extend(items);
        }
    }
}
