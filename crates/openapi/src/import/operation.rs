//! Operations: each becomes a method with its responses and, if it has one, its integration.

use serde_json::{Map, Value};
use stagegate_model::rest::{AuthorizationType, HttpMethod, Method, StringMap};

use super::{
    descriptions::OF_OPERATION,
    extensions, integration, models,
    parameters::{self, Parameters},
    reference::resolve,
    responses,
    scope::{Dialect, Scope},
    security,
};
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// Extensions that mean something in an operation, without their prefix.
const KNOWN: &[&str] = &["auth", "integration", "request-validator"];

/// Members of an operation that are held elsewhere, or nowhere ("important notes for REST APIs": `deprecated` is dropped);
/// every other one is kept beside the method.
const MODELLED: &[&str] = &[
    "deprecated",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "consumes",
    "produces",
    "x-amazon-apigateway-auth",
    "x-amazon-apigateway-integration",
    "x-amazon-apigateway-request-validator",
];

pub(super) fn read<'d>(
    scope: &mut Scope<'d>,
    path: &str,
    verb: HttpMethod,
    operation: Cursor<'d>,
    shared: &Parameters<'d>,
) -> Result<Method, ImportError> {
    extensions::check(scope, operation, KNOWN)?;
    keep_rest(scope, path, verb, operation)?;
    let mut method = Method::new(verb, AuthorizationType::None);
    method.operation_name = operation.get("operationId").map(|id| id.text().map(str::to_owned)).transpose()?;
    security::apply(scope, operation, &mut method)?;
    apply_validator(scope, operation, &mut method)?;
    let parameters = parameters::read(scope, operation, shared)?;
    method.request_models = present(request_models(scope, operation, &parameters)?);
    method.request_parameters = Some(parameters.request).filter(|declared| !declared.is_empty());
    let responses = responses::read(scope, operation)?;
    method.method_responses = Some(responses).filter(|declared| !declared.is_empty());
    if let Some(place) = operation.get("x-amazon-apigateway-integration") {
        let step = || format!("Unable to put integration on '{verb}' for resource at path '{path}'");
        method.method_integration =
            Some(integration::read(scope, place, &method).map_err(|error| error.during(&step()))?);
    }
    Ok(method)
}

fn present(map: StringMap) -> Option<StringMap> {
    (!map.is_empty()).then_some(map)
}

fn request_models<'d>(
    scope: &mut Scope<'d>,
    operation: Cursor<'d>,
    parameters: &Parameters<'d>,
) -> Result<StringMap, ImportError> {
    if scope.dialect == Dialect::Swagger2 {
        let types = operation.get("consumes").or_else(|| scope.root.get("consumes"));
        return models::of_schema(scope, parameters.body, types, models::Body::Request);
    }
    let Some(body) = operation.get("requestBody") else { return Ok(StringMap::new()) };
    let body = resolve(scope, body)?;
    models::of_content(scope, body.get("content"), models::Body::Request)
}

/// The validator of the operation, or else the API's, marks the method by its name.
fn apply_validator(scope: &mut Scope<'_>, operation: Cursor<'_>, method: &mut Method) -> Result<(), ImportError> {
    const KEY: &str = "x-amazon-apigateway-request-validator";
    let Some(place) = operation.get(KEY).or_else(|| scope.root.get(KEY)) else { return Ok(()) };
    let name = place.text()?;
    scope.repeat(place, place.weight())?;
    let defined = scope.root.get("x-amazon-apigateway-request-validators");
    if defined.is_none_or(|validators| validators.get(name).is_none()) {
        scope.warn(place, format!("the request validator {:?} is not defined", excerpt(name)));
    }
    method.request_validator_id = Some(name.to_owned());
    Ok(())
}

/// Keeps what the model has no place for, such as extensions that are not known.
fn keep_rest(scope: &mut Scope<'_>, path: &str, verb: HttpMethod, operation: Cursor<'_>) -> Result<(), ImportError> {
    let rest: Map<String, Value> = operation
        .members()?
        .filter(|(key, _)| !MODELLED.contains(key) && !OF_OPERATION.contains(key))
        .map(|(key, member)| (key.to_owned(), member.json()))
        .collect();
    if !rest.is_empty() {
        scope.operations.insert(format!("{verb} {path}"), Value::Object(rest));
    }
    Ok(())
}
