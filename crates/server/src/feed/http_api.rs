//! One HTTP API's documents become its plan and its report.

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_compile::{Surroundings, compile_http_stage};
use stagegate_model::http::{Api, DeploymentRow, Stage};
use stagegate_model::keys::{ApiScope, HttpNoun};
use stagegate_plan::{ApiFacts, ApiPlan, ApiTls, Envelope, Paths, Series, Snapshot, StagePlan};
use stagegate_store::{Revision, Store, StoreError};

use super::api::meter;
use super::load::{self, decode, list};
use super::plans::Plans;
use super::report::{ApiReport, StageReport};

/// Reads and compiles an HTTP API; `None` if it is not there. `current` is what is published so far, whose meters live on.
pub(super) async fn build(
    store: &dyn Store,
    plans: &Plans,
    scope: &ApiScope,
    current: &Snapshot,
) -> Result<Option<(ApiPlan, ApiReport)>, StoreError> {
    let Some(row) = store.get(&scope.http_api().to_string()).await? else { return Ok(None) };
    let Some(api) = decode::<Api>(&row) else { return Ok(None) };
    let facts = Arc::new(ApiFacts {
        id: scope.api_id.as_str().into(),
        account: scope.scope.account.as_str().into(),
        region: scope.scope.region.as_str().into(),
        name: api.name.as_deref().unwrap_or_default().into(),
        envelope: Envelope::Apigw,
    });
    let before = current.api(&scope.api_id);
    let (mut stages, mut reports) = (BTreeMap::new(), Vec::new());
    for row in list(store, scope.http_nouns_prefix(HttpNoun::Stage)).await? {
        let Some(stage) = decode::<Stage>(&row) else { continue };
        let known = before.and_then(|api| api.stages.get(stage.stage_name.as_str()));
        if let Some((plan, report)) = serve(store, plans, (scope, &facts), (&stage, row.revision), known).await? {
            stages.insert(stage.stage_name.as_str().into(), Arc::new(plan));
            reports.push(report);
        } else if stage.deployment_id.is_some() {
            // Rows are read one after the other: a stage may have left a deployment that is deleted by now, and that commit comes
            // next.
            stages.extend(known.map(|known| (known.name.clone(), Arc::clone(known))));
        }
    }
    let report = ApiReport {
        id: scope.api_id.clone(),
        name: facts.name.to_string(),
        account_id: facts.account.to_string(),
        region: facts.region.to_string(),
        stages: reports,
    };
    let plan = ApiPlan {
        facts,
        tls: ApiTls::default(),
        paths: Paths::Decoded,
        execute_api_disabled: api.disable_execute_api_endpoint == Some(true),
        stages,
    };
    Ok(Some((plan, report)))
}

/// Compiles a stage; `None` where it has no deployment yet, or one that cannot be read.
async fn serve(
    store: &dyn Store,
    plans: &Plans,
    (scope, facts): (&ApiScope, &Arc<ApiFacts>),
    (stage, revision): (&Stage, Revision),
    known: Option<&Arc<StagePlan>>,
) -> Result<Option<(StagePlan, StageReport)>, StoreError> {
    let Some(deployment_id) = &stage.deployment_id else { return Ok(None) };
    let row = store.get(&scope.http_noun(HttpNoun::Deployment, deployment_id).to_string()).await?;
    let compiled = match row.as_ref().and_then(decode::<DeploymentRow>) {
        Some(row) => plans.compiled_http(store, &row.frozen).await?,
        None => None,
    };
    let Some(compiled) = compiled else {
        tracing::error!(
            api = scope.api_id,
            stage = stage.stage_name,
            "a stage without a deployment is served as before, if it was"
        );
        return Ok(None);
    };
    // Without private targets in the settings, no link leads anywhere.
    let vpc_links = if plans.settings.private_targets.is_empty() {
        BTreeMap::new()
    } else {
        load::http_vpc_links(store, &scope.scope).await?
    };
    let surroundings = Surroundings {
        // Whatever changes a stage, ResetAuthorizersCache among it, ends what its authorizers decided, and what it has cached.
        authorizer_flush: revision.0,
        vpc_links,
        private_targets: Arc::clone(&plans.settings.private_targets),
        rates: plans.rates.surroundings(&scope.scope, known),
        cache: plans.settings.caches.of_routes(&compiled.plan, revision, known),
        ..Surroundings::default()
    };
    let (plan, findings) =
        compile_http_stage(stage, facts, &compiled.plan, &meter(known, &Series::BY_ID), &surroundings);
    let report = StageReport {
        name: stage.stage_name.clone(),
        deployment_id: deployment_id.clone(),
        findings: compiled.findings.iter().chain(&findings).map(ToString::to_string).collect(),
    };
    Ok(Some((plan, report)))
}
