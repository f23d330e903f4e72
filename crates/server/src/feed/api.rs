//! One API's documents become its plan and its report.

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_compile::{Surroundings, compile_api_tls, compile_stage};
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::Stage;
use stagegate_plan::{ApiFacts, ApiPlan, Envelope, Paths, Series, Snapshot, StageMeter, StagePlan};
use stagegate_store::{Store, StoreError};

use super::canary;
use super::http_api;
use super::load::{self, ApiDocuments};
use super::plans::Plans;
use super::report::{ApiReport, StageReport};

/// Reads and compiles an API of either kind; `None` if it is not there. `current` is what is published so far, whose meters live on.
pub(super) async fn build(
    store: &dyn Store,
    plans: &Plans,
    scope: &ApiScope,
    current: &Snapshot,
) -> Result<Option<(ApiPlan, ApiReport)>, StoreError> {
    let Some(api) = load::one(store, scope).await? else {
        return http_api::build(store, plans, scope, current).await;
    };
    compile(store, plans, &api, current.api(&scope.api_id)).await.map(Some)
}

async fn compile(
    store: &dyn Store,
    plans: &Plans,
    api: &ApiDocuments,
    before: Option<&Arc<ApiPlan>>,
) -> Result<(ApiPlan, ApiReport), StoreError> {
    let facts = Arc::new(ApiFacts {
        id: api.scope.api_id.as_str().into(),
        account: api.scope.scope.account.as_str().into(),
        region: api.scope.scope.region.as_str().into(),
        name: api.rest_api.name.as_deref().unwrap_or_default().into(),
        envelope: Envelope::Amzn,
    });
    let (mut stages, mut reports) = (BTreeMap::new(), Vec::new());
    for stage in &api.stages {
        let compiled = match api.frozen.get(&stage.deployment_id) {
            Some(hash) => plans.compiled(store, hash).await?,
            None => None,
        };
        let known = before.and_then(|api| api.stages.get(stage.stage_name.as_str()));
        let Some(compiled) = compiled else {
            // Rows are read one after the other: a stage may have left a deployment that is deleted by now, and that commit comes next.
            let (api, stage) = (&api.scope.api_id, &stage.stage_name);
            tracing::error!(api, stage, "a stage without a deployment is served as before, if it was");
            stages.extend(known.map(|known| (known.name.clone(), Arc::clone(known))));
            continue;
        };
        let meter = meter(known, &Series::BY_NAME);
        let mut surroundings = surroundings(store, plans, api, stage).await?;
        surroundings.rates = plans.rates.surroundings(&api.scope.scope, known);
        let flush = api.cache_flushes.get(&stage.stage_name).copied().unwrap_or_default();
        surroundings.cache = plans.settings.caches.surroundings(stage, flush, known);
        let (mut plan, findings) = compile_stage(stage, &facts, &compiled.plan, &meter, &surroundings);
        let mut findings: Vec<String> = compiled.findings.iter().chain(&findings).map(ToString::to_string).collect();
        findings.extend(canary::compile(store, plans, (api, stage), &mut plan, known, &surroundings).await?);
        reports.push(StageReport {
            name: stage.stage_name.clone(),
            deployment_id: stage.deployment_id.clone(),
            findings,
        });
        stages.insert(stage.stage_name.as_str().into(), Arc::new(plan));
    }
    let report = ApiReport {
        id: api.scope.api_id.clone(),
        name: facts.name.to_string(),
        account_id: facts.account.to_string(),
        region: facts.region.to_string(),
        stages: reports,
    };
    Ok((
        ApiPlan {
            facts,
            tls: compile_api_tls(&api.rest_api),
            paths: Paths::AsSent,
            execute_api_disabled: false,
            stages,
        },
        report,
    ))
}

/// What a stage's back ends need besides the stage.
async fn surroundings(
    store: &dyn Store,
    plans: &Plans,
    api: &ApiDocuments,
    stage: &Stage,
) -> Result<Surroundings, StoreError> {
    let client_certificate = match &stage.client_certificate_id {
        Some(id) => load::client_certificate(store, &api.scope.scope, id, &plans.sealer).await?,
        None => None,
    };
    // Without private targets in the settings, no link leads anywhere.
    let vpc_links = if plans.settings.private_targets.is_empty() {
        BTreeMap::new()
    } else {
        load::vpc_links(store, &api.scope.scope).await?
    };
    let authorizer_flush = api.authorizer_flushes.get(&stage.stage_name).copied().unwrap_or_default();
    Ok(Surroundings {
        authorizer_flush,
        client_certificate,
        vpc_links,
        private_targets: Arc::clone(&plans.settings.private_targets),
        ..Surroundings::default()
    })
}

/// The counters of a stage: its own of before, or new ones.
pub(super) fn meter(known: Option<&Arc<StagePlan>>, series: &'static Series) -> Arc<StageMeter> {
    known.map_or_else(|| Arc::new(StageMeter::new(series)), |stage| Arc::clone(&stage.meter))
}
