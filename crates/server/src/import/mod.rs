//! Importing a definition into a running control plane: idempotent, by calls that any AWS client could make.
//!
//! The API of a source is found by its tag `stagegate:source`; what a stage serves is told by the description of the
//! deployment it points at. So the same file and stage update the same API, and an unchanged file does nothing.

mod error;
mod source;
mod turn;

use serde_json::{Value, json};

pub(crate) use error::ImportFailure;
pub(crate) use source::Source;
pub(crate) use turn::{Turn, take as take_turn};

use crate::client::{CallError, Client};
use crate::progress::Progress;

/// The tag that names the source of an API.
const SOURCE_TAG: &str = "stagegate:source";
/// APIs asked for at once, AWS's maximum.
const PAGE_APIS: u32 = 500;

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There was no API of this source.
    Created,
    /// There was one, or the stage pointed elsewhere.
    Updated,
    /// The stage serves exactly this already.
    Unchanged,
}

impl Outcome {
    /// The outcome in a word.
    pub(crate) fn in_a_word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) api_id: String,
    pub(crate) outcome: Outcome,
    /// What the definition says and is not served, one sentence each.
    pub(crate) warnings: Vec<String>,
}

/// Imports a definition and deploys it to a stage, in a turn that was taken before.
pub(crate) async fn import(
    client: &Client,
    source: &Source,
    stage: &str,
    progress: &Progress,
    _turn: Option<&Turn>,
) -> Result<Imported, ImportFailure> {
    progress.step("looking for the API");
    let known = find(client, &source.id).await?;
    if let Some(api_id) = &known
        && is_deployed(client, api_id, stage, &source.description()).await?
    {
        return Ok(Imported { api_id: api_id.clone(), outcome: Outcome::Unchanged, warnings: Vec::new() });
    }
    source.check()?;
    let (api_id, outcome) = match known {
        Some(api_id) => (api_id, Outcome::Updated),
        None => (create(client, source).await?, Outcome::Created),
    };
    match fill(client, source, &api_id, stage, progress).await {
        Ok(warnings) => Ok(Imported { api_id, outcome, warnings }),
        Err(error) => {
            if outcome == Outcome::Created {
                discard(client, &api_id).await;
            }
            Err(error.into())
        }
    }
}

/// Puts the definition into its API and deploys it; what the control plane warns of.
async fn fill(
    client: &Client,
    source: &Source,
    api_id: &str,
    stage: &str,
    progress: &Progress,
) -> Result<Vec<String>, CallError> {
    progress.step(format!("importing {}", source.name));
    let path = format!("/restapis/{api_id}?mode=overwrite");
    let written = client.call("PUT", &path, source.content.clone()).await?;
    progress.step(format!("deploying to {stage}"));
    let deployment = json!({ "stageName": stage, "description": source.description() });
    client.call("POST", &format!("/restapis/{api_id}/deployments"), deployment.to_string()).await?;
    Ok(strings(&written["warnings"]))
}

/// The API of a source.
async fn find(client: &Client, source: &str) -> Result<Option<String>, CallError> {
    let mut position: Option<String> = None;
    loop {
        let from = position.map(|position| format!("&position={}", encode(&position))).unwrap_or_default();
        let page = client.call("GET", &format!("/restapis?limit={PAGE_APIS}{from}"), "").await?;
        let items = page["item"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = items.iter().find(|api| api["tags"][SOURCE_TAG].as_str() == Some(source));
        if let Some(id) = found.and_then(|api| api["id"].as_str()) {
            return Ok(Some(id.to_owned()));
        }
        match page["position"].as_str() {
            Some(next) => position = Some(next.to_owned()),
            None => return Ok(None),
        }
    }
}

/// Whether the stage points at a deployment with this description.
async fn is_deployed(client: &Client, api_id: &str, stage: &str, description: &str) -> Result<bool, CallError> {
    let stage = match client.call("GET", &format!("/restapis/{api_id}/stages/{stage}"), "").await {
        Ok(stage) => stage,
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) => return Err(error),
    };
    let deployment = stage["deploymentId"].as_str().unwrap_or_default();
    match client.call("GET", &format!("/restapis/{api_id}/deployments/{deployment}"), "").await {
        Ok(deployment) => Ok(deployment["description"].as_str() == Some(description)),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the API, tagged from its first moment, so that an import that is cut short is found again.
async fn create(client: &Client, source: &Source) -> Result<String, ImportFailure> {
    let api = json!({ "name": source.name, "tags": { SOURCE_TAG: source.id } });
    let api = client.call("POST", "/restapis", api.to_string()).await?;
    api["id"].as_str().map(str::to_owned).ok_or(ImportFailure::NoId)
}

/// Takes back an API whose definition or deployment was refused.
async fn discard(client: &Client, api_id: &str) {
    if let Err(error) = client.call("DELETE", &format!("/restapis/{api_id}"), "").await {
        tracing::warn!(api_id, %error, "the empty API of a refused import could not be deleted");
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Encodes a query's value.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_encoded() {
        assert_eq!(encode("a/b+c=é"), "a%2Fb%2Bc%3D%C3%A9");
    }
}
