//! The responses that a method declares.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stagegate_model::rest::{DocumentationPartType, HttpMethod, Method, MethodResponse};

use super::{Object, Plan, schemas};

/// Writes `responses`, which both standards require, and `produces`.
pub(super) fn write(plan: &Plan<'_>, place: (&str, HttpMethod), method: &Method, operation: &mut Object) {
    let declared = method.method_responses.iter().flatten();
    if plan.is_swagger() {
        let models = declared.clone().filter_map(|(_, response)| response.response_models.as_ref());
        let types: BTreeSet<&str> = models.flatten().map(|(content_type, _)| content_type.as_str()).collect();
        if !types.is_empty() {
            operation.insert("produces".to_owned(), types.into_iter().collect());
        }
    }
    let all: Object = declared.map(|(status, one)| (status.to_string(), response(plan, place, one))).collect();
    operation.insert("responses".to_owned(), all.into());
}

fn response(plan: &Plan<'_>, (path, verb): (&str, HttpMethod), declared: &MethodResponse) -> Value {
    let status = declared.status_code.to_string();
    let mut response = Object::new();
    let place = (path, verb.as_str(), status.as_str(), "");
    plan.descriptions.describe(DocumentationPartType::Response, place, &mut response);
    response.entry("description").or_insert_with(|| format!("{status} response").into());
    let names = declared.response_parameters.iter().flatten();
    let headers: Object = names
        .filter_map(|(target, _)| target.strip_prefix("method.response.header."))
        .map(|name| (name.to_owned(), header(plan, (path, verb.as_str(), &status, name))))
        .collect();
    if !headers.is_empty() {
        response.insert("headers".to_owned(), headers.into());
    }
    if let Some(models) = declared.response_models.as_ref().filter(|models| !models.is_empty()) {
        if !plan.is_swagger() {
            response.insert("content".to_owned(), schemas::content(plan, models));
        } else if let Some(name) = schemas::one_of(models) {
            response.insert("schema".to_owned(), json!({"$ref": schemas::reference(plan, name)}));
        }
    }
    response.into()
}

fn header(plan: &Plan<'_>, place: (&str, &str, &str, &str)) -> Value {
    let mut header = Object::new();
    plan.descriptions.describe(DocumentationPartType::ResponseHeader, place, &mut header);
    schemas::put_text_type(plan, &mut header);
    header.into()
}
