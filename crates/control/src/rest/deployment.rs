//! `Deployment`: a snapshot of an API, made with or without the stage that serves it.

use std::collections::BTreeSet;

use serde_json::Value;
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{CacheClusterSize, CanarySettings, Deployment, DeploymentRow, Stage, StringMap};
use stagegate_store::{BoxFuture, Holders};

use super::{freeze, rest_api, stage};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::{Holds, Listed, Loading, Noun, bump, document, row_at};

/// AWS's page "Patch Operations", `UpdateDeployment`.
pub(crate) const PATCH: &[PatchRow<Deployment>] = &[row("/description", SET, |deployment, edit| {
    deployment.description = edit.optional_text();
    Ok(())
})];

fn missing() -> Fault {
    Fault::not_found("Invalid Deployment identifier specified")
}

impl Holds<Deployment> for DeploymentRow {
    fn noun(&mut self, _call: &Call) -> Result<&mut Deployment, Fault> {
        Ok(&mut self.deployment)
    }
}

impl Noun for Deployment {
    type Row = DeploymentRow;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, DeploymentRow> {
        let key = api.deployment(call.parameter("deployment_id"));
        Box::pin(row_at(transaction, key, missing))
    }

    fn release<'c>(
        row: &'c DeploymentRow,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            check_unused(&row.deployment.id, api, transaction).await?;
            // What was frozen goes with the last deployment that froze it, so that this one has to be gone by then.
            transaction.delete(&api.deployment(&row.deployment.id).to_string());
            drop_frozen([row.frozen.as_str()], api, transaction);
            Ok(())
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Listed for Deployment {
    fn prefix(api: &ApiScope) -> String {
        api.deployments_prefix()
    }

    fn item(row: &DeploymentRow) -> Result<Value, Fault> {
        row.deployment.show()
    }
}

/// Fact 119. A canary's deployment is in use as well.
async fn check_unused(id: &str, api: &ApiScope, transaction: &Transaction) -> Result<(), Fault> {
    let stages = transaction.list::<Stage>(&api.stages_prefix()).await?;
    if stages.iter().any(|(_, stage)| stage.deployment_ids().any(|served| served == id)) {
        return Err(Fault::bad_request("Active stages pointing to this deployment must be moved or deleted"));
    }
    Ok(())
}

/// Lets go of what an API's deployments froze and none freezes any more: it has the API's id in it, so that it is no other API's.
pub(crate) fn drop_frozen<'h>(
    hashes: impl IntoIterator<Item = &'h str>,
    api: &ApiScope,
    transaction: &mut Transaction,
) {
    for hash in BTreeSet::from_iter(hashes) {
        transaction.drop_blob(hash, Holders::Below(api.deployments_prefix()));
    }
}

/// What `CreateDeployment` says about the stage.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) stage_name: Option<String>,
    pub(crate) stage_description: Option<String>,
    pub(crate) cache_cluster_enabled: Option<bool>,
    pub(crate) cache_cluster_size: Option<CacheClusterSize>,
    pub(crate) variables: Option<StringMap>,
    pub(crate) canary: Option<CanarySettings>,
    pub(crate) tracing_enabled: Option<bool>,
}

/// `CreateDeployment`: freezes the API, and makes or moves the stage that the call names.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (description, wish) = read(call)?;
    let (api, rest_api) = rest_api::load(call, transaction).await?;
    bump(&api, transaction).await?;
    let frozen = freeze::freeze(&rest_api, &api, transaction).await?;
    let deployment =
        Deployment { id: call.new_noun_id(), description, created_date: Some(call.now()), api_summary: None };
    if let Some(name) = wish.stage_name.clone() {
        stage::deploy(&name, &deployment.id, wish, call, &api, transaction).await?;
    }
    let shown = deployment.show()?;
    let key = api.deployment(&deployment.id).to_string();
    transaction.put(&key, &DeploymentRow { deployment, frozen })?;
    Ok(Reply::Document(shown))
}

fn read(call: &Call) -> Result<(Option<String>, Wish), Fault> {
    let mut input = Input::of(call)?;
    let description = input.text("description")?;
    let wish = Wish {
        stage_name: input.text("stageName")?.filter(|name| !name.is_empty()),
        stage_description: input.text("stageDescription")?,
        cache_cluster_enabled: input.flag("cacheClusterEnabled")?,
        cache_cluster_size: input.choice("cacheClusterSize", CacheClusterSize::NAMES)?,
        variables: input.text_map("variables")?,
        canary: super::canary::read(&mut input)?,
        tracing_enabled: input.flag("tracingEnabled")?,
    };
    input.finish()?;
    if wish.canary.is_some() && wish.stage_name.is_none() {
        return Err(Fault::bad_request(
            "Invalid deployment content specified.Non null and non empty stageName must be provided for canary \
             deployment. Provided value is null",
        ));
    }
    Ok((description, wish))
}

/// `GetDeployment`, with `embed=apisummary`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let (_, row) = Deployment::load(call, &api, transaction).await?;
    let mut deployment = row.deployment;
    if call.embeds("apisummary") {
        deployment.api_summary = Some(freeze::summary(&freeze::thaw(&row.frozen, transaction).await?));
    }
    Ok(Reply::Document(deployment.show()?))
}
