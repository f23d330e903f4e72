//! `Stage`: a named pointer to a deployment, with everything that changes without deploying.

use serde_json::Value;
use stagegate_model::keys::{ApiScope, Key};
use stagegate_model::rest::{CacheClusterSize, DeploymentRow, Stage};
use stagegate_store::BoxFuture;

use super::deployment::Wish;
use super::{
    access_log, cache_cluster, canary, client_certificate, documentation_version, method_setting, rest_api, tags,
    usage_plan, variables,
};
use crate::call::{Call, Reply};
use crate::domain::mapping;
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::wrap;
use crate::patch::PatchRow;
use crate::transaction::Transaction;
use crate::verbs::{Create, Loading, Noun, document, row_at};

pub(crate) use super::stage_patch::PATCH;

fn missing() -> Fault {
    Fault::not_found("Invalid stage identifier specified")
}

impl Noun for Stage {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn misfit(path: &str) -> Option<Fault> {
        method_setting::misfit(path)
    }

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let (key, stage) = row_at(transaction, api.stage(call.parameter("stage_name")), missing).await?;
            Ok((key, cache_cluster::settled(stage, call, api, transaction).await?))
        })
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            settle(before, row, call)?;
            cache_cluster::begin(before, row, call, api, transaction)?;
            client_certificate::check_stage(before, row, call, transaction).await?;
            documentation_version::check(row, api, transaction).await?;
            check_deployments(row, api, transaction).await
        })
    }

    fn release<'c>(
        row: &'c Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            mapping::refuse_mapped_stage(&row.stage_name, api, transaction).await?;
            cache_cluster::forget(row, api, transaction);
            usage_plan::forget_stages(api, Some(&row.stage_name), transaction).await
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Create for Stage {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let mut stage = read(call)?;
            let key = admit(&stage.stage_name, call, api, transaction).await?;
            settle(&Self::default(), &mut stage, call)?;
            cache_cluster::begin_stage(&stage, call, api, transaction)?;
            documentation_version::check(&stage, api, transaction).await?;
            check_deployments(&stage, api, transaction).await?;
            Ok((key, stage))
        })
    }
}

fn read(call: &Call) -> Result<Stage, Fault> {
    let mut input = Input::of(call)?;
    let stage = Stage {
        stage_name: input.required_text("stageName")?,
        deployment_id: input.required_text("deploymentId")?,
        description: input.text("description")?,
        cache_cluster_enabled: input.flag("cacheClusterEnabled")?,
        cache_cluster_size: input.choice("cacheClusterSize", CacheClusterSize::NAMES)?,
        variables: input.text_map("variables")?.filter(|map| !map.is_empty()),
        documentation_version: input.text("documentationVersion")?.filter(|text| !text.is_empty()),
        canary_settings: canary::read(&mut input)?,
        tracing_enabled: input.flag("tracingEnabled")?,
        tags: tags::settle(input.text_map("tags")?)?,
        created_date: Some(call.now()),
        ..Stage::default()
    };
    input.finish()?;
    Ok(stage)
}

/// Checks the name of a new stage, and that it is free.
async fn admit(name: &str, call: &Call, api: &ApiScope, transaction: &mut Transaction) -> Result<Key, Fault> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !is_name || !(1..=128).contains(&name.len()) {
        return Err(Fault::bad_request("Stage name only allows a-zA-Z0-9_- and at most 128 characters"));
    }
    let key = api.stage(name);
    if transaction.exists(&key.to_string()).await? {
        return Err(Fault::conflict("Stage already exists"));
    }
    let stages = transaction.list::<Value>(&api.stages_prefix()).await?;
    let message = "Maximum number of stages for this API has been reached.";
    call.world.quotas.admit("rest_stages_per_api_count", stages.len(), message)?;
    Ok(key)
}

/// Checks a stage's members, fills in what AWS fills in, and notes the change.
fn settle(before: &Stage, stage: &mut Stage, call: &Call) -> Result<(), Fault> {
    let quotas = &call.world.quotas;
    stage.last_updated_date = Some(call.now());
    stage.tracing_enabled.get_or_insert(false);
    stage.method_settings.get_or_insert_default();
    cache_cluster::settle(before, stage);
    variables::check(stage.variables.as_ref(), quotas)?;
    stage.tags.as_ref().map_or(Ok(()), |tags| tags::admit_to_stage(tags, quotas))?;
    method_setting::check(stage, quotas)?;
    if let Some(canary) = &mut stage.canary_settings {
        canary::settle(canary, &stage.deployment_id, quotas)?;
    }
    if let Some(settings) = &mut stage.access_log_settings {
        access_log::settle(settings, &call.scope.account, quotas)?;
        if *settings == stagegate_model::rest::AccessLogSettings::default() {
            stage.access_log_settings = None;
        }
    }
    Ok(())
}

/// The deployments that a stage points at must exist, and stay while this transaction lasts.
async fn check_deployments(stage: &Stage, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    for id in stage.deployment_ids() {
        let absent = || Fault::bad_request("Deployment id does not exist");
        row_at::<DeploymentRow>(transaction, api.deployment(id), absent).await?;
    }
    Ok(())
}

/// `GetStages`, also of one deployment. The service model has no paging here.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let wanted = call.query("deploymentId").filter(|id| !id.is_empty());
    let stages = transaction.list::<Stage>(&api.stages_prefix()).await?;
    let matching = stages.into_iter().filter(|(_, stage)| wanted.is_none_or(|id| stage.deployment_id == id));
    let mut items = Vec::new();
    for (name, stage) in matching {
        items.push((name, cache_cluster::settled(stage, call, &api, transaction).await?.show()?));
    }
    Ok(Reply::Document(wrap(items, false)))
}

/// What `CreateDeployment` with a stage name does: makes the stage, moves it, or gives it a canary.
pub(crate) async fn deploy(
    name: &str,
    deployment_id: &str,
    wish: Wish,
    call: &Call,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let key = api.stage(name).to_string();
    let known = transaction.get::<Stage>(&key).await?;
    let is_new = known.is_none();
    let mut stage = match known {
        Some(stage) => cache_cluster::settled(stage, call, api, transaction).await?,
        None if wish.canary.is_some() => {
            return Err(Fault::bad_request(format!(
                "Invalid deployment content specified.Stage {name} must exist for canary deployment"
            )));
        }
        None => {
            admit(name, call, api, transaction).await?;
            Stage { stage_name: name.to_owned(), created_date: Some(call.now()), ..Stage::default() }
        }
    };
    let before = stage.clone();
    point(&mut stage, deployment_id, wish)?;
    settle(&before, &mut stage, call)?;
    if is_new {
        cache_cluster::begin_stage(&stage, call, api, transaction)?;
    } else {
        cache_cluster::begin(&before, &stage, call, api, transaction)?;
    }
    transaction.put(&key, &stage)
}

/// While a canary exists the stage takes canary deployments only (fact N3).
fn point(stage: &mut Stage, deployment_id: &str, wish: Wish) -> Result<(), Fault> {
    match wish.canary {
        Some(mut canary) => {
            canary.deployment_id = Some(deployment_id.to_owned());
            stage.canary_settings = Some(canary);
        }
        None if stage.canary_settings.is_some() => {
            return Err(Fault::bad_request(
                "Invalid deployment content specified.Stage has a canary: promote or remove it before a deployment \
                 without canary settings",
            ));
        }
        None => deployment_id.clone_into(&mut stage.deployment_id),
    }
    stage.description = wish.stage_description.or(stage.description.take());
    stage.cache_cluster_enabled = wish.cache_cluster_enabled.or(stage.cache_cluster_enabled);
    stage.cache_cluster_size = wish.cache_cluster_size.or(stage.cache_cluster_size);
    stage.tracing_enabled = wish.tracing_enabled.or(stage.tracing_enabled);
    stage.variables = wish.variables.filter(|map| !map.is_empty()).or(stage.variables.take());
    Ok(())
}
