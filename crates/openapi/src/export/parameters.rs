//! What a method takes: parameters, and the body's models.

use serde_json::{Value, json};
use stagegate_model::rest::{DocumentationPartType, HttpMethod, Method};

use super::{Object, Plan, schemas};

/// Writes `parameters`, and `requestBody` or `consumes`.
pub(super) fn write(plan: &Plan<'_>, place: (&str, HttpMethod), method: &Method, operation: &mut Object) {
    let declared = method.request_parameters.iter().flatten();
    let mut list: Vec<Value> =
        declared.filter_map(|(source, required)| parameter(plan, place, source, *required)).collect();
    let models = method.request_models.as_ref().filter(|models| !models.is_empty());
    if plan.is_swagger()
        && let Some(models) = models
    {
        operation.insert("consumes".to_owned(), models.keys().cloned().collect());
        list.extend(schemas::one_of(models).map(|name| body_parameter(plan, place, name)));
    }
    if !list.is_empty() {
        operation.insert("parameters".to_owned(), list.into());
    }
    if !plan.is_swagger()
        && let Some(models) = models
    {
        let mut body = Object::new();
        describe_body(plan, place, &mut body);
        body.insert("content".to_owned(), schemas::content(plan, models));
        body.insert("required".to_owned(), true.into());
        operation.insert("requestBody".to_owned(), body.into());
    }
}

fn parameter(plan: &Plan<'_>, (path, verb): (&str, HttpMethod), source: &str, required: bool) -> Option<Value> {
    let (place, name) = source.strip_prefix("method.request.")?.split_once('.')?;
    let (location, kind) = match place {
        "path" => ("path", DocumentationPartType::PathParameter),
        "querystring" => ("query", DocumentationPartType::QueryParameter),
        "header" => ("header", DocumentationPartType::RequestHeader),
        _ => return None,
    };
    let mut parameter = Object::new();
    parameter.insert("name".to_owned(), name.into());
    parameter.insert("in".to_owned(), location.into());
    plan.descriptions.describe(kind, (path, verb.as_str(), "*", name), &mut parameter);
    if required || location == "path" {
        parameter.insert("required".to_owned(), true.into());
    }
    schemas::put_text_type(plan, &mut parameter);
    Some(parameter.into())
}

fn body_parameter(plan: &Plan<'_>, place: (&str, HttpMethod), model: &str) -> Value {
    let mut body = Object::new();
    body.insert("in".to_owned(), "body".into());
    body.insert("name".to_owned(), model.into());
    describe_body(plan, place, &mut body);
    body.insert("required".to_owned(), true.into());
    body.insert("schema".to_owned(), json!({"$ref": schemas::reference(plan, model)}));
    body.into()
}

fn describe_body(plan: &Plan<'_>, (path, verb): (&str, HttpMethod), body: &mut Object) {
    plan.descriptions.describe(DocumentationPartType::RequestBody, (path, verb.as_str(), "*", ""), body);
}
