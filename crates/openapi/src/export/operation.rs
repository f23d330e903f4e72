//! One method becomes one operation.

use serde_json::{Value, json};
use stagegate_model::rest::{DocumentationPartType, HttpMethod, Method};

use super::{Extension, Object, Plan, integration, parameters, responses};

/// What the keys of API Gateway's own extensions begin with.
pub(super) const PREFIX: &str = "x-amazon-apigateway-";

pub(super) fn write(plan: &Plan<'_>, path: &str, verb: HttpMethod, method: &Method) -> Value {
    let mut operation = kept(plan, path, verb);
    plan.descriptions.describe(DocumentationPartType::Method, (path, verb.as_str(), "*", ""), &mut operation);
    if let Some(name) = &method.operation_name {
        operation.insert("operationId".to_owned(), name.as_str().into());
    }
    parameters::write(plan, (path, verb), method, &mut operation);
    responses::write(plan, (path, verb), method, &mut operation);
    let security = plan.schemes.requirements(method);
    if !security.is_empty() {
        operation.insert("security".to_owned(), security.into());
    }
    write_extensions(plan, method, &mut operation);
    Value::Object(operation)
}

/// What an import kept beside the method: descriptions, and extensions that nobody knows.
fn kept(plan: &Plan<'_>, path: &str, verb: HttpMethod) -> Object {
    let all = plan.api.unserved.get("operations").and_then(|all| all.get(format!("{verb} {path}")));
    let Some(Value::Object(kept)) = all else { return Object::new() };
    let shown = |key: &str| plan.shows(Extension::Apigateway) || !key.starts_with(PREFIX);
    kept.iter().filter(|(key, _)| shown(key)).map(|(key, member)| (key.clone(), member.clone())).collect()
}

fn write_extensions(plan: &Plan<'_>, method: &Method, operation: &mut Object) {
    let mut put = |name: &str, value: Value| operation.insert(format!("{PREFIX}{name}"), value);
    if plan.shows(Extension::Apigateway)
        && let Some(name) = &method.request_validator_id
    {
        put("request-validator", name.as_str().into());
    }
    if plan.shows(Extension::Authorizers)
        && let Some(kind) = plan.schemes.bare(method)
    {
        put("auth", json!({"type": kind}));
    }
    if plan.shows(Extension::Integrations)
        && let Some(integration) = &method.method_integration
    {
        put("integration", integration::write(integration));
    }
}
