//! `x-amazon-apigateway-documentation`: documentation parts; what is wrong with one is a warning, and it is left out.

use serde_json::Value;
use stagegate_model::rest::{DocumentationPartLocation, DocumentationPartType};

use super::extensions;
use super::scope::Scope;
use crate::definition::DocumentationPartDefinition;
use crate::document::Cursor;
use crate::error::ImportError;

/// The extension's key.
const KEY: &str = "x-amazon-apigateway-documentation";

/// Reads the parts, at most one for each location; of two the later counts.
pub(super) fn read(scope: &mut Scope<'_>) -> Result<Vec<DocumentationPartDefinition>, ImportError> {
    let mut parts: Vec<DocumentationPartDefinition> = Vec::new();
    let Some(list) = scope.root.get(KEY).and_then(|place| place.get("documentationParts")) else {
        return Ok(parts);
    };
    let mut seen = std::collections::BTreeMap::new();
    for place in list.items()? {
        let Some(part) = part(scope, place)? else { continue };
        let (kind, path, method, status, name) = part.location.target();
        let target = [kind.as_str(), path, method, status, name].map(str::to_owned);
        if let Some(index) = seen.get(&target) {
            scope.warn(place, "Duplicate documentation part for one location: the last one is used");
            parts[*index] = part;
        } else {
            seen.insert(target, parts.len());
            parts.push(part);
        }
    }
    Ok(parts)
}

fn part(scope: &mut Scope<'_>, place: Cursor<'_>) -> Result<Option<DocumentationPartDefinition>, ImportError> {
    let Some(location) = place.get("location") else {
        scope.warn(place, "Documentation part ignored: it has no location");
        return Ok(None);
    };
    let location = location_of(location)?.completed();
    if let Err(error) = location.check() {
        scope.warn(place, format!("Documentation part ignored: {error}"));
        return Ok(None);
    }
    let properties = match place.get("properties").map(Cursor::json) {
        Some(object @ Value::Object(_)) => object.to_string(),
        Some(Value::String(text)) if serde_json::from_str::<serde_json::Map<_, _>>(&text).is_ok() => text,
        _ => {
            scope.warn(place, "Documentation part ignored: its properties are not a JSON object");
            return Ok(None);
        }
    };
    Ok(Some(DocumentationPartDefinition { location, properties }))
}

fn location_of(place: Cursor<'_>) -> Result<DocumentationPartLocation, ImportError> {
    let kind = place.get("type").ok_or_else(|| place.error("a location needs a type", "`type`"))?;
    let text = |member: &str| place.get(member).map(|member| member.text().map(str::to_owned)).transpose();
    Ok(DocumentationPartLocation {
        path: text("path")?,
        method: text("method")?,
        status_code: text("statusCode")?,
        name: text("name")?,
        ..DocumentationPartLocation::of(extensions::choice::<DocumentationPartType>(kind)?)
    })
}
