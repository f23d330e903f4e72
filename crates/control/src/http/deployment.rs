//! `Deployment`: an HTTP API as it was, made by a call or by stages with `autoDeploy`.

use std::collections::BTreeSet;

use serde_json::Value;
use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_model::http::{Deployment, DeploymentRow, DeploymentStatus, Stage};
use stagegate_model::keys::{ApiScope, HttpNoun};
use stagegate_sigv4::sha256_hex;
use stagegate_store::Holders;

use super::edit::Place;
use super::members::{self, Form, Member, at_first, member};
use super::stage::no_such_stage;
use super::{now, page};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;

/// How many automatic deployments an API keeps that no stage serves: the newest ones, to go back to. Every edit makes one, each
/// with a copy of the whole API, and AWS documents no number.
const MOST_UNSERVED_AUTOMATIC: usize = 20;

const MEMBERS: &[Member] = &[member("description", Form::Text(0, 1024)), at_first("stageName", Form::Text(1, 128))];

/// What AWS says where there is nothing to serve.
const NO_ROUTES: &str = "Unable to deploy API because no routes exist in this API";

pub(super) fn missing(id: &str) -> Fault {
    Fault::not_found(format!("Invalid Deployment identifier specified {id}"))
}

/// The API as a deployment would freeze it now.
pub(super) async fn current(place: &Place<'_>) -> Result<FrozenHttpApi, Fault> {
    fn bare<T>(rows: Vec<(String, T)>) -> Vec<T> {
        rows.into_iter().map(|(_, row)| row).collect()
    }
    let routes = bare(place.nouns(HttpNoun::Route).await?);
    let integrations = bare(place.nouns(HttpNoun::Integration).await?);
    let authorizers = bare(place.nouns(HttpNoun::Authorizer).await?);
    Ok(FrozenHttpApi::new(&place.api, routes, integrations, authorizers))
}

/// Freezes the API as the edit leaves it; the id is of a row that is written.
async fn freeze(place: &mut Place<'_>, description: Option<String>, auto_deployed: bool) -> Result<Deployment, Fault> {
    let current = current(place).await?;
    if current.routes.is_empty() {
        return Err(Fault::bad_request(NO_ROUTES));
    }
    let bytes = current.canonical_bytes();
    let frozen = sha256_hex(&bytes);
    place.transaction.put_blob(frozen.clone(), bytes.into());
    let deployment = Deployment {
        auto_deployed: Some(auto_deployed),
        created_date: Some(now(place.call)),
        deployment_id: place.call.new_noun_id(),
        deployment_status: Some(DeploymentStatus::Deployed),
        deployment_status_message: None,
        description,
    };
    let row = DeploymentRow { deployment: deployment.clone(), frozen, edit: place.edit };
    place.put(HttpNoun::Deployment, &deployment.deployment_id, &row)?;
    Ok(deployment)
}

/// `CreateDeployment`, also of a stage that is there.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut made = members::made(call, MEMBERS)?;
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let (description, stage_name) = (text(made.shift_remove("description")), text(made.shift_remove("stageName")));
    let mut place = Place::edit(call, transaction).await?;
    let mut stage: Option<Stage> = match &stage_name {
        Some(name) => Some(place.noun(HttpNoun::Stage, name, || no_such_stage(name)).await?),
        None => None,
    };
    if stage.as_ref().is_some_and(|stage| stage.auto_deploy == Some(true)) {
        return Err(Fault::bad_request("Deployments cannot be made for a stage that deploys automatically"));
    }
    let deployment = freeze(&mut place, description, false).await?;
    if let Some(stage) = &mut stage {
        stage.deployment_id = Some(deployment.deployment_id.clone());
        stage.last_updated_date = Some(now(call));
        place.put(HttpNoun::Stage, &stage.stage_name.clone(), stage)?;
    }
    Place::reply(&deployment)
}

/// Deploys an edit on every stage that does so by itself. One deployment serves them all.
pub(super) async fn deploy_automatically(place: &mut Place<'_>) -> Result<(), Fault> {
    let mut stages: Vec<(String, Stage)> = place.nouns(HttpNoun::Stage).await?;
    stages.retain(|(_, stage)| stage.auto_deploy == Some(true));
    if stages.is_empty() {
        return Ok(());
    }
    let deployed =
        freeze(place, Some("Automatic deployment triggered by changes to the Api configuration".to_owned()), true)
            .await;
    for (name, mut stage) in stages {
        let message = match &deployed {
            Ok(deployment) => {
                stage.deployment_id = Some(deployment.deployment_id.clone());
                format!("Successfully deployed stage with deployment ID '{}'", deployment.deployment_id)
            }
            Err(fault) => format!("Deployment attempt failed: {}", fault.message),
        };
        stage.last_deployment_status_message = Some(message);
        stage.last_updated_date = Some(now(place.call));
        place.put(HttpNoun::Stage, &name, &stage)?;
    }
    prune(place).await
}

/// Deletes the oldest automatic deployments that no stage serves. Those that somebody made by a call are never deleted.
async fn prune(place: &mut Place<'_>) -> Result<(), Fault> {
    let stages: Vec<(String, Stage)> = place.nouns(HttpNoun::Stage).await?;
    let served: BTreeSet<String> = stages.into_iter().filter_map(|(_, stage)| stage.deployment_id).collect();
    let mut unserved: Vec<(String, DeploymentRow)> = place.nouns(HttpNoun::Deployment).await?;
    unserved.retain(|(id, row)| row.deployment.auto_deployed == Some(true) && !served.contains(id));
    unserved.sort_by(|(_, one), (_, other)| age(other).cmp(&age(one)));
    let old = unserved.split_off(unserved.len().min(MOST_UNSERVED_AUTOMATIC));
    for (id, _) in &old {
        place.delete(HttpNoun::Deployment, id);
    }
    drop_frozen(old.iter().map(|(_, row)| row.frozen.as_str()), &place.scope, place.transaction);
    Ok(())
}

/// What grows with every deployment of an API.
fn age(row: &DeploymentRow) -> (u64, Option<&str>) {
    (row.edit, row.deployment.created_date.as_ref().map(|date| date.0.as_str()))
}

async fn load(place: &mut Place<'_>) -> Result<DeploymentRow, Fault> {
    let id = place.call.parameter("deploymentId");
    place.noun(HttpNoun::Deployment, id, || missing(id)).await
}

/// `GetDeployment`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut place = Place::read(call, transaction).await?;
    Place::reply(&load(&mut place).await?.deployment)
}

/// `GetDeployments`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let place = Place::read(call, transaction).await?;
    let rows = place.nouns::<Value>(HttpNoun::Deployment).await?;
    page::cut(call, rows.into_iter().map(|(id, mut row)| (id, row["deployment"].take())))
}

/// `UpdateDeployment`.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut change = members::changed(call, MEMBERS)?;
    let mut place = Place::edit(call, transaction).await?;
    let mut row = load(&mut place).await?;
    if let Some(Value::String(description)) = change.shift_remove("description") {
        row.deployment.description = Some(description).filter(|text| !text.is_empty());
    }
    place.put(HttpNoun::Deployment, &row.deployment.deployment_id, &row)?;
    Place::reply(&row.deployment)
}

/// `DeleteDeployment`: not of one that a stage serves.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut place = Place::edit(call, transaction).await?;
    let DeploymentRow { deployment, frozen, .. } = load(&mut place).await?;
    let id = deployment.deployment_id;
    let stages: Vec<(String, Stage)> = place.nouns(HttpNoun::Stage).await?;
    if stages.iter().any(|(_, stage)| stage.deployment_id.as_ref() == Some(&id)) {
        // The service model has no other error for it (fact 119 has the words).
        return Err(Fault::bad_request("Active stages pointing to this deployment must be moved or deleted"));
    }
    place.delete(HttpNoun::Deployment, &id);
    drop_frozen([frozen.as_str()], &place.scope, place.transaction);
    Ok(Reply::Empty)
}

/// Lets go of what an API's deployments froze and none freezes any more: it has the API's id in it, so that it is no other API's.
pub(super) fn drop_frozen<'h>(
    hashes: impl IntoIterator<Item = &'h str>,
    api: &ApiScope,
    transaction: &mut Transaction,
) {
    for hash in BTreeSet::from_iter(hashes) {
        transaction.drop_blob(hash, Holders::Below(api.http_nouns_prefix(HttpNoun::Deployment)));
    }
}
