//! Documentation parts that come with a definition: `ImportDocumentationParts`, and the imports of whole APIs.

use serde_json::json;
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::DocumentationPart;
use stagegate_openapi::{DocumentationPartDefinition, ImportedDocumentation};

use super::documentation_part::{admit, all, new_id};
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
    let ids = write(&parts, overwrite, &api, call, transaction).await?;
    bump(&api, transaction).await?;
    let mut answer = json!({ "ids": ids });
    if !warnings.is_empty() {
        answer["warnings"] = warnings.iter().map(ToString::to_string).collect();
    }
    Ok(Reply::Document(answer))
}

/// Writes parts beside or instead of what an API has, and answers their ids. A part for a location that is documented
/// already takes that part's place and keeps its id.
pub(super) async fn write(
    parts: &[DocumentationPartDefinition],
    overwrite: bool,
    api: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Vec<String>, Fault> {
    let mut old = all(api, transaction).await?;
    let mut ids = Vec::with_capacity(parts.len());
    for definition in parts {
        let same = |part: &DocumentationPart| part.location.target() == definition.location.target();
        let id = match old.iter().position(same) {
            Some(index) => old.swap_remove(index).id,
            None => new_id(call),
        };
        let DocumentationPartDefinition { location, properties } = definition.clone();
        let part = DocumentationPart { id: id.clone(), location, properties };
        transaction.put(&api.noun(ApiNoun::DocumentationPart, &id).to_string(), &part)?;
        ids.push(id);
    }
    if overwrite {
        for part in &old {
            transaction.delete(&api.noun(ApiNoun::DocumentationPart, &part.id).to_string());
        }
        old.clear();
    }
    admit((old.len() + ids.len()).saturating_sub(1), call)?;
    Ok(ids)
}
