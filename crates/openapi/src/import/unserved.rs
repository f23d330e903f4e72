//! What is kept for later: families that API Gateway serves and Stagegate does not yet, each with one warning.

use serde_json::{Map, Value};

use super::{models, scope::Scope, security};
use crate::{document::Cursor, error::ImportError};

/// Collects the families, after everything else was read.
pub(super) fn collect(scope: &mut Scope<'_>) -> Result<Value, ImportError> {
    let mut kept = Map::new();
    collect_models(scope, &mut kept)?;
    if let Some(schemes) = security::defined(scope) {
        kept.insert("securitySchemes".to_owned(), schemes.json());
    }
    if let Some(place) = scope.root.get("security")
        && place.items()?.len() > 0
    {
        scope.warn(place, "API Gateway does not use security at the root of a definition: state it for each operation");
    }
    for (key, family, what) in [
        ("x-amazon-apigateway-request-validators", "requestValidators", "request validators"),
        ("x-amazon-apigateway-gateway-responses", "gatewayResponses", "gateway responses"),
    ] {
        if let Some(place) = scope.root.get(key) {
            keep(scope, &mut kept, place, family, what);
        }
    }
    if let Some(place) = scope.root.get("x-amazon-apigateway-request-validator") {
        kept.insert("requestValidator".to_owned(), place.json());
    }
    for (family, members) in
        [("operations", std::mem::take(&mut scope.operations)), ("extensions", std::mem::take(&mut scope.extensions))]
    {
        if !members.is_empty() {
            kept.insert(family.to_owned(), Value::Object(members));
        }
    }
    Ok(Value::Object(kept))
}

fn keep(scope: &mut Scope<'_>, kept: &mut Map<String, Value>, place: Cursor<'_>, family: &str, what: &str) {
    let value = place.json();
    let is_empty = value.as_object().is_some_and(Map::is_empty);
    if !is_empty {
        scope.not_served(place, format!("{what} are kept and not served yet"));
        kept.insert(family.to_owned(), value);
    }
}

fn collect_models(scope: &mut Scope<'_>, kept: &mut Map<String, Value>) -> Result<(), ImportError> {
    let mut all = std::mem::take(&mut scope.inline_models);
    let mut place = scope.root;
    if let Some(models) = models::defined(scope) {
        models::check_references(scope, models);
        place = models;
        for (name, schema) in models.members()? {
            all.insert(name.to_owned(), schema.json());
        }
    }
    if !all.is_empty() {
        scope.not_served(place, format!("models ({}) are kept and not served yet", all.len()));
        kept.insert("models".to_owned(), Value::Object(all));
    }
    Ok(())
}
