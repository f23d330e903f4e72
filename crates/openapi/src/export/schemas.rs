//! Models become schemas, and references to models references within the document.

use serde_json::{Value, json};
use stagegate_model::rest::{DocumentationPartType, Model, StringMap};

use super::{Extension, Object, Plan};

/// How references to models of API Gateway begin (fact 1.8).
const MODEL_URI: &str = "https://apigateway.amazonaws.com/restapis/";
/// How references within documents of both formats begin.
const LOCAL: &[&str] = &["#/components/schemas/", "#/definitions/"];

/// Every model of the API by its name.
pub(super) fn write(plan: &Plan<'_>) -> Object {
    let named = plan.api.nouns.models.iter().filter_map(|model| Some((model.name.clone()?, schema(plan, model))));
    named.collect()
}

/// A schema that is no JSON object says nothing here: a document has no place for schemas of other content types.
fn schema(plan: &Plan<'_>, model: &Model) -> Value {
    let written = model.schema.as_deref().and_then(|schema| serde_json::from_str(schema).ok());
    let Some(Value::Object(mut schema)) = written else { return json!({"type": "object"}) };
    schema.values_mut().for_each(|member| localise(plan, member));
    if let Some(Value::String(text)) = schema.get_mut("$ref") {
        localise_reference(plan, text);
    }
    if let Some(description) = &model.description {
        schema.entry("description").or_insert_with(|| description.as_str().into());
    }
    let name = model.name.as_deref().unwrap_or_default();
    // Where the parts themselves are exported, an import must not take their words for the schema's own.
    if !plan.shows(Extension::Documentation) {
        plan.descriptions.describe(DocumentationPartType::Model, ("/", "*", "*", name), &mut schema);
    }
    schema.into()
}

/// Rewrites every `$ref` within a schema.
fn localise(plan: &Plan<'_>, value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get_mut("$ref") {
                localise_reference(plan, text);
            }
            members.values_mut().for_each(|member| localise(plan, member));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| localise(plan, item)),
        _ => {}
    }
}

fn localise_reference(plan: &Plan<'_>, text: &mut String) {
    if let Some((_, name)) = text.strip_prefix(MODEL_URI).and_then(|rest| rest.split_once("/models/")) {
        *text = reference(plan, name);
        return;
    }
    let Some(rest) = LOCAL.iter().find_map(|prefix| text.strip_prefix(prefix)) else { return };
    let name = rest.split('/').next().unwrap_or_default();
    if plan.models.contains(name) {
        *text = format!("{}{rest}", prefix(plan));
    }
}

fn prefix(plan: &Plan<'_>) -> &'static str {
    LOCAL[usize::from(plan.is_swagger())]
}

/// The reference to a model of this document (RFC 6901 §6).
pub(super) fn reference(plan: &Plan<'_>, name: &str) -> String {
    let token = name.replace('~', "~0").replace('/', "~1").replace('%', "%25");
    format!("{}{token}", prefix(plan))
}

/// `content`: each content type with its model.
pub(super) fn content(plan: &Plan<'_>, models: &StringMap) -> Value {
    let media = models.iter().map(|(content_type, name)| {
        let schema = json!({"schema": {"$ref": reference(plan, name)}});
        (content_type.clone(), schema)
    });
    Value::Object(media.collect())
}

/// The one model that Swagger 2.0 has room for: that of JSON, or else the first.
pub(super) fn one_of(models: &StringMap) -> Option<&str> {
    models.get("application/json").or_else(|| models.values().next()).map(String::as_str)
}

/// Parameters and headers are texts.
pub(super) fn put_text_type(plan: &Plan<'_>, place: &mut Object) {
    if plan.is_swagger() {
        place.insert("type".to_owned(), "string".into());
    } else {
        place.insert("schema".to_owned(), json!({"type": "string"}));
    }
}
