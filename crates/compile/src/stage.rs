//! A stage becomes an overlay over its deployment: variables bound, access log compiled.

use std::sync::Arc;

use stagegate_mapping::Format;
use stagegate_model::rest::{AccessLogSettings, Stage};
use stagegate_plan::{AccessLogPlan, ApiFacts, DeploymentPlan, LogStream, Release, StageMeter, StagePlan};

use crate::binding::Binding;
use crate::cache::stage_cache;
use crate::deployment::refusing;
use crate::endpoint::Variables;
use crate::execution_log::execution_log;
use crate::finding::{Effect, Finding, Findings, Subject};
use crate::metrics::route_meters;
use crate::rate::stage_rates;
use crate::surroundings::{StageWay, Surroundings};

/// Compiles a stage over its compiled deployment. `meter` is the stage's, carried over from the plan before.
///
/// Cheap: work is proportional to the deployment's routes. A route whose URI cannot be bound answers
/// `API_CONFIGURATION_ERROR`.
pub fn compile_stage(
    stage: &Stage,
    api: &Arc<ApiFacts>,
    deployment: &Arc<DeploymentPlan>,
    meter: &Arc<StageMeter>,
    surroundings: &Surroundings,
) -> (StagePlan, Vec<Finding>) {
    let mut findings = Findings::of(&api.id);
    let variables: Variables =
        stage.variables.iter().flatten().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
    let way = StageWay::new(surroundings, stage.client_certificate_id.as_deref());
    let deployment = &guarded(stage, deployment, &mut findings);
    let Binding { endpoints, functions, services, authorizers, pools } =
        Binding::new(deployment, &variables, (&way, &api.region), &mut findings);
    let plan = StagePlan {
        api: Arc::clone(api),
        name: stage.stage_name.as_str().into(),
        deployment_id: stage.deployment_id.as_str().into(),
        deployment: Arc::clone(deployment),
        variables,
        endpoints,
        functions,
        services,
        authorizers,
        pools,
        authorizer_flush: surroundings.authorizer_flush,
        is_traced: stage.tracing_enabled == Some(true),
        cache: stage_cache(stage, deployment, &surroundings.cache, &mut findings),
        access_log: access_log(stage.access_log_settings.as_ref(), || {
            LogStream::Hashed(format!("{}/{}", api.id, stage.stage_name).into())
        }),
        execution_log: execution_log(stage, api, deployment),
        rates: Arc::new(stage_rates(stage, deployment, &surroundings.rates)),
        meter: Arc::clone(meter),
        route_meters: route_meters(stage, deployment, meter),
        canary_meter: None,
        release: Release::Sole,
        cache_scope: stage.deployment_id.as_str().into(),
        canary: None,
    };
    (plan, findings.into_vec())
}

/// The deployment, or one that refuses everything when the stage has a guard that is not served.
fn guarded(stage: &Stage, deployment: &Arc<DeploymentPlan>, findings: &mut Findings) -> Arc<DeploymentPlan> {
    if stage.web_acl_arn.is_none() {
        return Arc::clone(deployment);
    }
    let why = "web ACLs are not served yet";
    findings.api(Subject::Stage, Effect::Refused, format!("{}: {why}", stage.stage_name));
    Arc::new(refusing(deployment, why))
}

/// An access log needs both its destination and its format.
pub(crate) fn access_log(
    settings: Option<&AccessLogSettings>,
    stream: impl FnOnce() -> LogStream,
) -> Option<AccessLogPlan> {
    let settings = settings?;
    let destination = settings.destination_arn.as_deref().filter(|arn| !arn.is_empty())?;
    let format = settings.format.as_deref().filter(|format| !format.is_empty())?;
    let format = Format::parse(format);
    Some(AccessLogPlan { destination_arn: destination.into(), copy_arn: None, stream: stream(), format })
}
