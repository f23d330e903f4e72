//! Documentation parts that come with a definition: `ImportDocumentationParts`, and the imports of whole APIs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::{DocumentationPart, DocumentationPartLocation};
use stagegate_openapi::{DocumentationPartDefinition, ImportedDocumentation};

use super::documentation_part::{admit, all};
use super::{import, rest_api};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::bump;

/// `ImportDocumentationParts`: `PUT /restapis/{id}/documentation/parts`, with `mode` and `failonwarnings`.
pub(crate) async fn put(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let overwrite = import::overwrites(call)?;
    let ImportedDocumentation { parts, warnings } = import::read_documentation(call).await?;
    let (api, _) = rest_api::load(call, transaction).await?;
    bump(&api, transaction).await?;
    let ids = write(&parts, overwrite, &api, call, transaction).await?;
    let mut answer = json!({ "ids": ids });
    if !warnings.is_empty() {
        answer["warnings"] = warnings.iter().map(ToString::to_string).collect();
    }
    Ok(Reply::Document(answer))
}

/// Writes parts beside or instead of what an API has, and answers their ids. A part for a location that is documented
/// already keeps that part's id, and in a merge those attributes that it does not have itself (developer guide, "Import API
/// documentation").
pub(super) async fn write(
    parts: &[DocumentationPartDefinition],
    overwrite: bool,
    api: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Vec<String>, Fault> {
    let old = all(api, transaction).await?;
    let mut old: BTreeMap<_, _> = old.into_iter().map(|part| (target(&part.location), part)).collect();
    let mut ids = Vec::with_capacity(parts.len());
    for definition in parts {
        let DocumentationPartDefinition { location, mut properties } = definition.clone();
        let id = match old.remove(&target(&location)) {
            Some(part) => {
                if !overwrite {
                    properties = merged(&part.properties, &properties);
                }
                part.id
            }
            None => call.new_noun_id(),
        };
        let part = DocumentationPart { id: id.clone(), location, properties };
        transaction.put(&api.noun(ApiNoun::DocumentationPart, &id).to_string(), &part)?;
        ids.push(id);
    }
    if overwrite {
        for part in old.values() {
            transaction.delete(&api.noun(ApiNoun::DocumentationPart, &part.id).to_string());
        }
        old.clear();
    }
    admit((old.len() + ids.len()).saturating_sub(1), call)?;
    Ok(ids)
}

/// What a part is about, as a key.
fn target(location: &DocumentationPartLocation) -> (&'static str, [String; 4]) {
    let (kind, path, method, status, name) = location.target();
    (kind.as_str(), [path, method, status, name].map(str::to_owned))
}

/// Attributes of two parts, the new ones before the old. Both are JSON objects, else the new text stands.
fn merged(old: &str, new: &str) -> String {
    let read = |text| serde_json::from_str::<Map<String, Value>>(text).ok();
    match (read(old), read(new)) {
        (Some(mut all), Some(new)) if new.iter().any(|(name, value)| all.get(name) != Some(value)) => {
            all.extend(new);
            Value::Object(all).to_string()
        }
        (Some(_), Some(_)) => old.to_owned(),
        _ => new.to_owned(),
    }
}
