//! What the function of an authorizer is told (facts A18 and A19).

use std::collections::BTreeMap;

use serde::Serialize;
use stagegate_mapping::ContextVariable as V;

use super::Scene;
use super::identity::Identity;
use crate::integrate::{form_decode, query_pairs};
use crate::observe::{Escape, write_variable};

/// The stage that the ARN of a test's method names; the event's context names another (captured: fact A18).
const ARN_STAGE: &str = "ESTestInvoke-stage";
/// The resource that a test pretends, and its verb.
const RESOURCE_ID: &str = "test-invoke-resource-id";
const RESOURCE: &str = "/";
const VERB: &str = "GET";

/// Exactly three keys, in this order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenEvent<'e> {
    r#type: &'static str,
    authorization_token: &'e str,
    method_arn: &'e str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestEvent<'e> {
    r#type: &'static str,
    method_arn: &'e str,
    resource: &'static str,
    path: String,
    http_method: &'static str,
    headers: BTreeMap<String, String>,
    multi_value_headers: BTreeMap<String, Vec<String>>,
    query_string_parameters: BTreeMap<String, String>,
    multi_value_query_string_parameters: BTreeMap<String, Vec<String>>,
    /// Empty, not null.
    path_parameters: BTreeMap<String, String>,
    stage_variables: BTreeMap<&'e str, &'e str>,
    request_context: RequestContext,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    resource_id: &'static str,
    resource_path: &'static str,
    http_method: &'static str,
    extended_request_id: String,
    request_time: String,
    path: String,
    account_id: String,
    protocol: String,
    stage: String,
    domain_prefix: String,
    request_time_epoch: u64,
    request_id: String,
    identity: RequestIdentity,
    domain_name: String,
    api_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestIdentity {
    api_key: &'static str,
    api_key_id: &'static str,
    source_ip: String,
    user_agent: Option<String>,
}

/// The event as JSON.
pub(super) fn event(scene: Scene<'_>, identity: &Identity) -> Vec<u8> {
    let api = &scene.rehearsal.stage.api;
    let partition = &scene.rehearsal.target.function.partition;
    let method_arn =
        format!("arn:{partition}:execute-api:{}:{}:{}/{ARN_STAGE}/{VERB}/", api.region, api.account, api.id);
    let event = match identity {
        Identity::Token(token) => {
            serde_json::to_vec(&TokenEvent { r#type: "TOKEN", authorization_token: token, method_arn: &method_arn })
        }
        Identity::Request(_) => serde_json::to_vec(&request_event(scene, &method_arn)),
    };
    event.expect("events have string keys and no fallible parts")
}

fn request_event<'e>(scene: Scene<'e>, method_arn: &'e str) -> RequestEvent<'e> {
    let head = scene.arrival.head;
    let headers = head.fields().map(|field| (lossy(field.name), lossy(field.value)));
    let multi_value_headers = grouped(headers);
    let query = query_pairs(head.query().unwrap_or_default());
    let query = query.map(|(name, value)| (lossy(&form_decode(name)), lossy(&form_decode(value))));
    let multi_value_query_string_parameters = grouped(query);
    let variables = scene.rehearsal.stage.variables.iter();
    RequestEvent {
        r#type: "REQUEST",
        method_arn,
        resource: RESOURCE,
        path: lossy(head.path()),
        http_method: VERB,
        headers: last(&multi_value_headers),
        multi_value_headers,
        query_string_parameters: last(&multi_value_query_string_parameters),
        multi_value_query_string_parameters,
        path_parameters: BTreeMap::new(),
        stage_variables: variables.map(|(name, value)| (&**name, &**value)).collect(),
        request_context: request_context(scene),
    }
}

fn request_context(scene: Scene<'_>) -> RequestContext {
    let variable = |variable: V| {
        let mut out = Vec::new();
        write_variable(scene.core, scene.arrival, scene.notes, &variable, Escape::Nothing, &mut out).then(|| lossy(&out))
    };
    let text = |name: V| variable(name).unwrap_or_default();
    RequestContext {
        resource_id: RESOURCE_ID,
        resource_path: RESOURCE,
        http_method: VERB,
        extended_request_id: text(V::ExtendedRequestId),
        request_time: text(V::RequestTime),
        path: text(V::Path),
        account_id: text(V::AccountId),
        protocol: text(V::Protocol),
        stage: text(V::Stage),
        domain_prefix: text(V::DomainPrefix),
        request_time_epoch: scene.arrival.wall.epoch_ms,
        request_id: text(V::RequestId),
        identity: RequestIdentity {
            api_key: "test-invoke-api-key",
            api_key_id: "test-invoke-api-key-id",
            source_ip: text(V::IdentitySourceIp),
            user_agent: variable(V::IdentityUserAgent),
        },
        domain_name: text(V::DomainName),
        api_id: text(V::ApiId),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The values of each name, in the order they came.
fn grouped(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        groups.entry(name).or_default().push(value);
    }
    groups
}

fn last(groups: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    let pair = |(name, values): (&String, &Vec<String>)| Some((name.clone(), values.last()?.clone()));
    groups.iter().filter_map(pair).collect()
}
