//! One route becomes one operation.

use serde_json::{Value, json};
use stagegate_model::http::{Route, RouteKey};
use stagegate_model::rest::HttpMethod;

use super::{Object, PREFIX, Plan, beyond};
use crate::http_definition::RouteDefinition;

/// Where the route `$default` is.
const DEFAULT_PATH: &str = "/$default";

/// Every path with its operations, ascending.
pub(super) fn write_all(plan: &Plan<'_>) -> Value {
    let mut keyed: Vec<(String, HttpMethod, &RouteDefinition)> = Vec::new();
    // A path has one `ANY` operation. AWS takes `$default` without a slash, too, though with a warning.
    let any_of_default = plan.api.routes.iter().any(|one| one.noun.route.route_key.as_deref() == Some("ANY /$default"));
    let default_path = if any_of_default { "$default" } else { DEFAULT_PATH };
    for placed in &plan.api.routes {
        match RouteKey::parse(placed.noun.route.route_key.as_deref().unwrap_or_default()) {
            Ok(RouteKey::Default) => keyed.push((default_path.to_owned(), HttpMethod::Any, &placed.noun)),
            Ok(RouteKey::Path(method, path)) => keyed.push((path, method, &placed.noun)),
            // The control plane stores no other key.
            Err(_) => {}
        }
    }
    keyed.sort_by(|a, b| (&a.0, a.1.as_str()).cmp(&(&b.0, b.1.as_str())));
    let mut paths = Object::new();
    for (path, method, definition) in keyed {
        let item = paths.entry(path.clone()).or_insert_with(|| json!({}));
        let key = match method {
            HttpMethod::Any => format!("{PREFIX}any-method"),
            method => method.as_str().to_ascii_lowercase(),
        };
        item[key] = operation(plan, &path, definition);
        let parameters = path_parameters(&path);
        if !parameters.is_empty() {
            item["parameters"] = parameters.into();
        }
    }
    Value::Object(paths)
}

/// The parameters of a path as AWS generates them.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let description = format!("Generated path parameter for {name}");
        json!({"name": name, "in": "path", "description": description, "required": true, "schema": {"type": "string"}})
    };
    names.map(parameter).collect()
}

fn operation(plan: &Plan<'_>, path: &str, definition: &RouteDefinition) -> Value {
    let Route { route_key, operation_name, beyond, .. } = &definition.route;
    let mut operation = Object::new();
    if let Some(name) = operation_name {
        operation.insert("operationId".to_owned(), name.as_str().into());
    }
    if [DEFAULT_PATH, "$default"].contains(&path) && plan.shows_extensions {
        operation.insert("isDefaultRoute".to_owned(), Value::Bool(route_key.as_deref() == Some("$default")));
    }
    operation.extend(beyond.iter().flat_map(|beyond| beyond::request(plan.api, beyond)));
    let key = route_key.as_deref().unwrap_or_default();
    let responses = json!({"default": {"description": format!("Default response for {key}")}});
    operation.insert("responses".to_owned(), responses);
    let security = plan.schemes.requirement(&definition.route);
    operation.extend(security.map(|security| ("security".to_owned(), json!([security]))));
    if plan.shows_extensions {
        operation.extend(beyond.iter().flat_map(beyond::of_route));
        let integration = definition.integration.and_then(|index| plan.integrations.of_route(plan.api, index));
        operation.extend(integration.map(|value| (format!("{PREFIX}integration"), value)));
    }
    Value::Object(operation)
}
