//! Importing a definition into a running control plane: idempotent, by calls that any AWS client could make.
//!
//! The API of a source is found by its tag `stagegate:source`; what a stage serves is told by the description of the
//! deployment it points at. So the same file and stage update the same API, and an unchanged file does nothing.

mod error;
mod protocol;
mod source;
mod turn;

use serde_json::{Value, json};

pub(crate) use error::ImportFailure;
pub(crate) use protocol::Protocol;
pub(crate) use source::Source;
pub(crate) use turn::{Turn, take as take_turn};

use crate::client::{CallError, Client};
use crate::progress::Progress;

/// The tag that names the source of an API.
const SOURCE_TAG: &str = "stagegate:source";

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
    let known = find(client, source).await?;
    if let Some(api_id) = &known
        && is_deployed(client, source, api_id, stage).await?
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
                discard(client, source, &api_id).await;
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
    let written = source.protocol.fill(client, source, api_id).await?;
    progress.step(format!("deploying to {stage}"));
    source.protocol.deploy(client, source, api_id, stage).await?;
    Ok(strings(&written["warnings"]))
}

/// The API of a source.
async fn find(client: &Client, source: &Source) -> Result<Option<String>, CallError> {
    let mut after: Option<String> = None;
    loop {
        let page = source.protocol.page(client, after.as_deref()).await?;
        let found = page.items.iter().find(|api| api["tags"][SOURCE_TAG].as_str() == Some(&source.id));
        if let Some(id) = found.and_then(|api| source.protocol.id(api)) {
            return Ok(Some(id));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(None),
        }
    }
}

/// Whether the stage points at a deployment of exactly this content.
async fn is_deployed(client: &Client, source: &Source, api_id: &str, stage: &str) -> Result<bool, CallError> {
    let protocol = source.protocol;
    let stage = match client.call("GET", &protocol.stage(api_id, stage), "").await {
        Ok(stage) => stage,
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) => return Err(error),
    };
    let deployment = stage["deploymentId"].as_str().unwrap_or_default();
    match client.call("GET", &format!("{}/deployments/{deployment}", protocol.api(api_id)), "").await {
        Ok(deployment) => Ok(deployment["description"].as_str() == Some(source.description().as_str())),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the API, tagged from its first moment, so that an import that is cut short is found again.
async fn create(client: &Client, source: &Source) -> Result<String, ImportFailure> {
    let tags = json!({ SOURCE_TAG: source.id });
    let api = source.protocol.create(client, &source.name, tags).await?;
    source.protocol.id(&api).ok_or(ImportFailure::NoId)
}

/// Takes back an API whose definition or deployment was refused.
async fn discard(client: &Client, source: &Source, api_id: &str) {
    if let Err(error) = client.call("DELETE", &source.protocol.api(api_id), "").await {
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
