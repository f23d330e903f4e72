//! `Stage`: `$default` and named ones, settings by route, automatic deployments.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stagegate_model::http::{Route, RouteSettings, Stage};
use stagegate_model::keys::{HttpNoun, is_segment};
use stagegate_model::rest::LoggingLevel;
use stagegate_store::BoxFuture;

use super::edit::Place;
use super::members::{self, Form, Member, at_first, member, required};
use super::{deployment, now, verbs};
use crate::call::{Call, Reply};
use crate::domain::mapping;
use crate::fault::Fault;
use crate::rest::{access_log, tags};
use crate::transaction::Transaction;

/// The stage that is served without a name in the path.
pub(super) const DEFAULT: &str = "$default";

const ROUTE_SETTINGS: &[Member] = &[
    member("dataTraceEnabled", Form::Flag),
    member("detailedMetricsEnabled", Form::Flag),
    member("loggingLevel", Form::Choice(LoggingLevel::NAMES)),
    member("throttlingBurstLimit", Form::Integer(0, i32::MAX as i64)),
    member("throttlingRateLimit", Form::Rate),
];

pub(super) fn no_such_stage(name: &str) -> Fault {
    Fault::not_found(format!("Invalid stage identifier specified {name}"))
}

impl verbs::Noun for Stage {
    const KIND: HttpNoun = HttpNoun::Stage;
    const ID: &'static str = "stageName";
    // What stages say, counts at once.
    const IS_FROZEN: bool = false;
    const MEMBERS: &'static [Member] = &[
        member(
            "accessLogSettings",
            Form::Structure(&[
                member("destinationArn", Form::Text(0, 2048)),
                member("format", Form::Text(0, usize::MAX)),
            ]),
        ),
        member("autoDeploy", Form::Flag),
        member("clientCertificateId", Form::Text(0, 128)),
        member("defaultRouteSettings", Form::Structure(ROUTE_SETTINGS)),
        member("deploymentId", Form::Text(0, 128)),
        member("description", Form::Text(0, 1024)),
        member("routeSettings", Form::Structures(ROUTE_SETTINGS)),
        required("stageName", Form::Text(1, 128)),
        member("stageVariables", Form::TextMap),
        at_first("tags", Form::TextMap),
    ];

    fn id(&self) -> &str {
        &self.stage_name
    }

    fn defaults(call: &Call, _made: &Map<String, Value>) -> Map<String, Value> {
        let moment = now(call);
        let defaults = json!({
            "autoDeploy": false,
            "createdDate": moment,
            "defaultRouteSettings": { "detailedMetricsEnabled": false },
            "lastUpdatedDate": moment,
            "routeSettings": {},
            "stageVariables": {},
            "tags": {},
        });
        defaults.as_object().cloned().unwrap_or_default()
    }

    fn missing(id: &str) -> Fault {
        no_such_stage(id)
    }

    fn settle<'c>(
        &'c mut self,
        before: Option<&'c Self>,
        place: &'c mut Place<'_>,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            match before {
                None => begin(self, place).await?,
                Some(before) => follow(self, before, place)?,
            }
            check_variables(self, place.call)?;
            // Settings stay when their route goes, and are in the way of the next ones until DeleteRouteSettings: so it is on AWS.
            let are_told =
                before.is_none() || members::changed(place.call, Self::MEMBERS)?.contains_key("routeSettings");
            if are_told {
                check_routes(self, place).await?;
            }
            check_settings(self, place.call)?;
            if let Some(id) = self.deployment_id.clone() {
                let missing = || deployment::missing(&id);
                place.noun::<Value>(HttpNoun::Deployment, &id, missing).await?;
            }
            let turned_on =
                self.auto_deploy == Some(true) && before.is_none_or(|before| before.auto_deploy != Some(true));
            if turned_on {
                deploy(self, place).await?;
            }
            Ok(())
        })
    }

    fn release<'c>(&'c self, place: &'c mut Place<'_>) -> BoxFuture<'c, Result<(), Fault>> {
        // terraform-aws-apigateway-v2 issue 83
        Box::pin(mapping::refuse_mapped_stage(&self.stage_name, &place.scope, place.transaction))
    }
}

/// Checks a new stage.
async fn begin(stage: &mut Stage, place: &mut Place<'_>) -> Result<(), Fault> {
    let name = stage.stage_name.as_str();
    let is_named = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if name != DEFAULT && !(is_named && is_segment(name)) {
        return Err(Fault::bad_request("Stage name only allows a-zA-Z0-9_- or $default, and at most 128 characters"));
    }
    let others = place.nouns::<Value>(HttpNoun::Stage).await?;
    if others.iter().any(|(have, _)| have == name) {
        return Err(Fault::conflict("Stage already exists"));
    }
    let message = "Maximum number of stages for this Api has been reached.";
    place.call.world.quotas.admit_or_throttle("http_stages_per_api_count", others.len(), message)?;
    if stage.auto_deploy == Some(true) && stage.deployment_id.is_some() {
        return Err(deploys_itself());
    }
    stage.tags = Some(tags::settle(stage.tags.take())?.unwrap_or_default());
    admit_tags(stage.tags.as_ref().map_or(0, BTreeMap::len), place.call)
}

/// Refuses more tags than a stage may have.
pub(super) fn admit_tags(count: usize, call: &Call) -> Result<(), Fault> {
    let message = "Maximum number of tags for this stage has been reached.";
    call.world.quotas.admit_or_throttle("http_tags_per_stage_count", count.saturating_sub(1), message)
}

fn deploys_itself() -> Fault {
    Fault::bad_request("DeploymentId cannot be set for a stage that deploys automatically")
}

/// Checks a stage that changes.
fn follow(stage: &mut Stage, before: &Stage, place: &Place<'_>) -> Result<(), Fault> {
    stage.stage_name.clone_from(&before.stage_name);
    if stage.auto_deploy == Some(true) && stage.deployment_id != before.deployment_id {
        return Err(deploys_itself());
    }
    stage.last_updated_date = Some(now(place.call));
    // Maps are shown although nothing is in them, as before their first entry.
    stage.route_settings.get_or_insert_default();
    stage.stage_variables.get_or_insert_default();
    Ok(())
}

/// Deploys the API on a stage that does so by itself from now on. The stage's own row is written after this.
async fn deploy(stage: &mut Stage, place: &mut Place<'_>) -> Result<(), Fault> {
    place.put(HttpNoun::Stage, &stage.stage_name.clone(), stage)?;
    place.deploy().await?;
    *stage = place.noun(HttpNoun::Stage, &stage.stage_name, || no_such_stage("")).await?;
    Ok(())
}

fn check_variables(stage: &Stage, call: &Call) -> Result<(), Fault> {
    let variables = stage.stage_variables.clone().unwrap_or_default();
    let quotas = &call.world.quotas;
    let message = "Maximum number of stage variables for this stage has been reached.";
    quotas.admit_or_throttle("http_stage_variables_per_stage_count", variables.len().saturating_sub(1), message)?;
    let most = |name: &str| quotas.enforced(name).unwrap_or(u64::MAX);
    let (key_chars, value_chars) =
        (most("http_stage_variable_key_length_chars"), most("http_stage_variable_value_length_chars"));
    for (key, value) in &variables {
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || key.len() as u64 > key_chars {
            return Err(Fault::bad_request(format!("Invalid stage variable name {key}")));
        }
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(character);
        if !value.chars().all(is_allowed) || value.len() as u64 > value_chars {
            return Err(Fault::bad_request(format!("Invalid value of stage variable {key}")));
        }
    }
    Ok(())
}

/// Settings are of routes that there are.
async fn check_routes(stage: &Stage, place: &Place<'_>) -> Result<(), Fault> {
    let routes = place.nouns::<Route>(HttpNoun::Route).await?;
    let known = |key: &str| routes.iter().any(|(_, route)| route.route_key.as_deref() == Some(key));
    let unknown = stage.route_settings.iter().flatten().map(|(key, _)| key).find(|key| !known(key));
    unknown.map_or(Ok(()), |key| Err(no_such_settings(key)))
}

fn no_such_settings(key: &str) -> Fault {
    Fault::not_found(format!("Unable to find Route by key {key} within the provided RouteSettings"))
}

/// Settings are of what HTTP APIs have.
fn check_settings(stage: &mut Stage, call: &Call) -> Result<(), Fault> {
    stage.route_settings.iter().flatten().try_for_each(|(_, settings)| refuse_logs(settings))?;
    stage.default_route_settings.as_ref().map_or(Ok(()), refuse_logs)?;
    if let Some(log) = &mut stage.access_log_settings {
        access_log::settle_within(log, &call.scope.account, "http_access_log_template_bytes", &call.world.quotas)?;
    }
    match &stage.client_certificate_id {
        Some(_) => Err(Fault::bad_request("ClientCertificateId is not currently supported for HTTP APIs")),
        None => Ok(()),
    }
}

fn refuse_logs(settings: &RouteSettings) -> Result<(), Fault> {
    let is_logged = settings.logging_level.is_some_and(|level| level != LoggingLevel::Off);
    if is_logged || settings.data_trace_enabled == Some(true) {
        return Err(Fault::bad_request("Execution logs are not supported on protocol type HTTP"));
    }
    Ok(())
}

/// `DeleteRouteSettings`.
pub(crate) async fn delete_route_settings(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    change(call, transaction, |stage| {
        let key = call.parameter("routeKey");
        let removed = stage.route_settings.as_mut().and_then(|settings| settings.remove(key));
        removed.map(drop).ok_or_else(|| no_such_settings(key))
    })
    .await
}

/// `DeleteAccessLogSettings`.
pub(crate) async fn delete_access_log_settings(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    change(call, transaction, |stage| {
        stage.access_log_settings = None;
        Ok(())
    })
    .await
}

/// `ResetAuthorizersCache`: decisions that were kept count no more.
pub(crate) async fn reset_authorizers_cache(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    change(call, transaction, |_| Ok(())).await
}

async fn change(
    call: &Call,
    transaction: &mut Transaction,
    change: impl FnOnce(&mut Stage) -> Result<(), Fault>,
) -> Result<Reply, Fault> {
    let mut place = Place::edit(call, transaction).await?;
    let mut stage: Stage = verbs::load(&mut place).await?;
    change(&mut stage)?;
    stage.last_updated_date = Some(now(call));
    place.put(HttpNoun::Stage, &stage.stage_name.clone(), &stage)?;
    Ok(Reply::Empty)
}
