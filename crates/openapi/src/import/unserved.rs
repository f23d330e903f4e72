//! What is kept of a definition although no noun has a place for it.

use serde_json::{Map, Value};

use super::scope::Scope;
use crate::error::ImportError;

/// Collects the families, after everything else was read.
pub(super) fn collect(scope: &mut Scope<'_>) -> Result<Value, ImportError> {
    let mut kept = Map::new();
    if let Some(place) = scope.root.get("security")
        && place.items()?.len() > 0
    {
        scope.warn(place, "API Gateway does not use security at the root of a definition: state it for each operation");
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
