//! Responses: the statuses that a method declares, with their headers and models.

use std::collections::BTreeMap;

use stagegate_model::rest::{FlagMap, MethodResponse, StatusCode};

use super::{
    models::{self, Body},
    reference::resolve,
    scope::{Dialect, Scope},
};
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// The method responses of an operation.
pub(super) fn read<'d>(
    scope: &mut Scope<'d>,
    operation: Cursor<'d>,
) -> Result<BTreeMap<StatusCode, MethodResponse>, ImportError> {
    let mut responses = BTreeMap::new();
    let Some(declared) = operation.get("responses") else { return Ok(responses) };
    for (key, place) in declared.members()? {
        if let Some(status_code) = status_code(scope, key, place)? {
            responses.insert(status_code, response(scope, operation, status_code, place)?);
        }
    }
    Ok(responses)
}

/// The status of a response's key; nothing for keys that stand for many statuses.
fn status_code(scope: &mut Scope<'_>, key: &str, place: Cursor<'_>) -> Result<Option<StatusCode>, ImportError> {
    if key.starts_with("x-") {
        return Ok(None);
    }
    let is_range = key.len() == 3 && key.to_ascii_uppercase().ends_with("XX");
    if key == "default" || is_range {
        scope.warn(place, format!("the response {key:?} has no status code of its own and makes no method response"));
        return Ok(None);
    }
    let refused = || place.error(format!("{:?} is no status code", excerpt(key)), "a status code from 100 to 599");
    key.parse().map(Some).map_err(|_| refused())
}

fn response<'d>(
    scope: &mut Scope<'d>,
    operation: Cursor<'d>,
    status_code: StatusCode,
    place: Cursor<'d>,
) -> Result<MethodResponse, ImportError> {
    let place = resolve(scope, place)?;
    let models = match scope.dialect {
        Dialect::OpenApi3 => models::of_content(scope, place.get("content"), Body::Response)?,
        Dialect::Swagger2 => {
            let types = operation.get("produces").or_else(|| scope.root.get("produces"));
            models::of_schema(scope, place.get("schema"), types, Body::Response)?
        }
    };
    let mut headers = FlagMap::new();
    if let Some(declared) = place.get("headers") {
        headers.extend(declared.members()?.map(|(name, _)| (format!("method.response.header.{name}"), false)));
    }
    Ok(MethodResponse {
        status_code,
        response_parameters: (!headers.is_empty()).then_some(headers),
        response_models: (!models.is_empty()).then_some(models),
    })
}
