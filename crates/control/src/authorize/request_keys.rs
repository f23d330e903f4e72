//! Condition keys with what a call says: the global ones, tags, and `apigateway:Request/…`.
//!
//! Service Authorization Reference, "Condition keys for Amazon API Gateway Management"; IAM User Guide, "AWS global
//! condition context keys".

use std::collections::BTreeMap;

use serde_json::Value;
use stagegate_model::domain::Scope;
use stagegate_model::rest::EndpointConfiguration;
use stagegate_openapi::ApiDefinition;
use stagegate_policy::Context;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Origin;
use super::carried::Carried;
use crate::call::Call;
use crate::environment::{Clock, epoch_seconds};

/// Where a key's values are in a call.
enum From {
    /// A member of the body.
    Member(&'static str),
    /// The value of a patch operation on this path.
    Patch(&'static str),
    /// The values of patch operations below this path.
    PatchBelow(&'static str),
    /// A query parameter, its values separated by commas.
    Query(&'static str),
    /// The OpenAPI definition.
    Definition(fn(&ApiDefinition) -> Vec<String>),
    /// What holds when nothing was said.
    Default(&'static str),
    /// What holds after `mode=overwrite` when nothing was said.
    Overwritten(&'static str),
}

use From::{Default, Definition, Member, Overwritten, Patch, PatchBelow, Query};

const DESTINATION: &str = "AccessLoggingDestination";
const FORMAT: &str = "AccessLoggingFormat";
const KEY_REQUIRED: &str = "ApiKeyRequired";
const NAME: &str = "ApiName";
const AUTHORIZATION: &str = "RouteAuthorizationType";
const AUTHORIZER_TYPE: &str = "AuthorizerType";
const AUTHORIZER_URI: &str = "AuthorizerUri";
const DISABLED: &str = "DisableExecuteApiEndpoint";
const ENDPOINT_TYPE: &str = "EndpointType";
const TRUSTSTORE: &str = "MtlsTrustStoreUri";
const TRUSTSTORE_VERSION: &str = "MtlsTrustStoreVersion";
const SECURITY_POLICY: &str = "SecurityPolicy";

/// The keys by operation, without `apigateway:Request/`. A default stands behind what can be said.
const ROWS: &[(&str, &str, From)] = &[
    ("CreateRestApi", NAME, Member("/name")),
    ("CreateRestApi", ENDPOINT_TYPE, Member("/endpointConfiguration/types")),
    ("CreateRestApi", ENDPOINT_TYPE, Default("EDGE")),
    ("CreateRestApi", DISABLED, Member("/disableExecuteApiEndpoint")),
    ("CreateRestApi", DISABLED, Default("false")),
    ("CreateRestApi", SECURITY_POLICY, Member("/securityPolicy")),
    ("UpdateRestApi", NAME, Patch("/name")),
    ("UpdateRestApi", ENDPOINT_TYPE, PatchBelow("/endpointConfiguration/types")),
    ("UpdateRestApi", DISABLED, Patch("/disableExecuteApiEndpoint")),
    ("UpdateRestApi", SECURITY_POLICY, Patch("/securityPolicy")),
    ("ImportRestApi", NAME, Definition(|api| vec![api.name.clone()])),
    ("ImportRestApi", ENDPOINT_TYPE, Query("endpointConfigurationTypes")),
    ("ImportRestApi", ENDPOINT_TYPE, Definition(endpoint_types)),
    ("ImportRestApi", ENDPOINT_TYPE, Default("EDGE")),
    ("ImportRestApi", DISABLED, Definition(disabled)),
    ("ImportRestApi", DISABLED, Default("false")),
    ("ImportRestApi", SECURITY_POLICY, Definition(|api| shown(api.security_policy.as_ref()))),
    ("ImportRestApi", KEY_REQUIRED, Definition(keys_required)),
    ("ImportRestApi", AUTHORIZATION, Definition(authorizations)),
    ("ImportRestApi", AUTHORIZER_TYPE, Definition(authorizer_types)),
    ("ImportRestApi", AUTHORIZER_URI, Definition(authorizer_uris)),
    ("PutRestApi", NAME, Definition(|api| vec![api.name.clone()])),
    ("PutRestApi", ENDPOINT_TYPE, Query("endpointConfigurationTypes")),
    ("PutRestApi", ENDPOINT_TYPE, Definition(endpoint_types)),
    ("PutRestApi", DISABLED, Definition(disabled)),
    ("PutRestApi", DISABLED, Overwritten("false")),
    ("PutRestApi", SECURITY_POLICY, Definition(|api| shown(api.security_policy.as_ref()))),
    ("PutRestApi", KEY_REQUIRED, Definition(keys_required)),
    ("PutRestApi", AUTHORIZATION, Definition(authorizations)),
    ("PutRestApi", AUTHORIZER_TYPE, Definition(authorizer_types)),
    ("PutRestApi", AUTHORIZER_URI, Definition(authorizer_uris)),
    ("PutMethod", KEY_REQUIRED, Member("/apiKeyRequired")),
    ("PutMethod", KEY_REQUIRED, Default("false")),
    ("PutMethod", AUTHORIZATION, Member("/authorizationType")),
    ("UpdateMethod", KEY_REQUIRED, Patch("/apiKeyRequired")),
    ("UpdateMethod", AUTHORIZATION, Patch("/authorizationType")),
    ("CreateAuthorizer", AUTHORIZER_TYPE, Member("/type")),
    ("CreateAuthorizer", AUTHORIZER_URI, Member("/authorizerUri")),
    ("UpdateAuthorizer", AUTHORIZER_TYPE, Patch("/type")),
    ("UpdateAuthorizer", AUTHORIZER_URI, Patch("/authorizerUri")),
    ("CreateDeployment", "StageName", Member("/stageName")),
    ("UpdateStage", DESTINATION, Patch("/accessLogSettings/destinationArn")),
    ("UpdateStage", FORMAT, Patch("/accessLogSettings/format")),
    ("CreateDomainName", ENDPOINT_TYPE, Member("/endpointConfiguration/types")),
    ("CreateDomainName", ENDPOINT_TYPE, Default("EDGE")),
    ("CreateDomainName", TRUSTSTORE, Member("/mutualTlsAuthentication/truststoreUri")),
    ("CreateDomainName", TRUSTSTORE_VERSION, Member("/mutualTlsAuthentication/truststoreVersion")),
    ("CreateDomainName", SECURITY_POLICY, Member("/securityPolicy")),
    ("CreateDomainName", "RoutingMode", Member("/routingMode")),
    ("UpdateDomainName", ENDPOINT_TYPE, PatchBelow("/endpointConfiguration/types")),
    ("UpdateDomainName", TRUSTSTORE, Patch("/mutualTlsAuthentication/truststoreUri")),
    ("UpdateDomainName", TRUSTSTORE_VERSION, Patch("/mutualTlsAuthentication/truststoreVersion")),
    ("UpdateDomainName", SECURITY_POLICY, Patch("/securityPolicy")),
    ("UpdateDomainName", "RoutingMode", Patch("/routingMode")),
    ("CreateDomainNameAccessAssociation", "AccessAssociationSource", Member("/accessAssociationSource")),
    ("CreateDomainNameAccessAssociation", "DomainNameArn", Member("/domainNameArn")),
];

/// The global keys of a call.
pub(super) fn global(clock: &dyn Clock, scope: &Scope, origin: &Origin) -> Context {
    let now = epoch_seconds(clock);
    let written = OffsetDateTime::from_unix_timestamp(now).ok().and_then(|time| time.format(&Rfc3339).ok());
    let values = [
        ("aws:CurrentTime", written),
        ("aws:EpochTime", Some(now.to_string())),
        ("aws:RequestedRegion", Some(scope.region.clone())),
        ("aws:ResourceAccount", Some(scope.account.clone())),
        ("aws:SecureTransport", Some("false".to_owned())),
        ("aws:ViaAWSService", Some("false".to_owned())),
        ("aws:SourceIp", origin.source_ip.map(|ip| ip.to_string())),
        ("aws:UserAgent", origin.user_agent.clone()),
        ("aws:Referer", origin.referer.clone()),
    ];
    let mut context: Context = values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    origin.principal.fill(&mut context);
    context
}

/// Adds the keys of tags and of the operation.
pub(super) fn fill(context: &mut Context, call: &Call, carried: &Carried) {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    fill_tags(context, call, &body, carried);
    let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (_, key, from) in ROWS.iter().filter(|(operation, ..)| *operation == call.operation.name) {
        let values = keys.entry(key).or_default();
        match from {
            Default(value) if values.is_empty() => values.push((*value).to_owned()),
            Overwritten(value) if values.is_empty() && call.query("mode") == Some("overwrite") => {
                values.push((*value).to_owned());
            }
            Default(_) | Overwritten(_) => {}
            Member(pointer) => values.extend(body.pointer(pointer).map(texts).unwrap_or_default()),
            Patch(path) => values.extend(patched(&body, |at| at == *path)),
            PatchBelow(path) => values.extend(patched(&body, |at| at.starts_with(path))),
            Query(name) => {
                let given = call.query(name).unwrap_or_default();
                values.extend(given.split(',').filter(|value| !value.is_empty()).map(str::to_owned));
            }
            Definition(read) => values.extend(carried.rest().map(read).unwrap_or_default()),
        }
    }
    for (key, values) in keys {
        context.set_all(&format!("apigateway:Request/{key}"), values);
    }
}

/// `aws:RequestTag/…` and `aws:TagKeys`: of the body's tags, of those that a definition gives its API, and of the keys that
/// `UntagResource` names.
fn fill_tags(context: &mut Context, call: &Call, body: &Value, carried: &Carried) {
    let in_body = body["tags"].as_object().into_iter().flatten();
    let in_body = in_body.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let mut keys = Vec::new();
    for (key, value) in in_body.chain(carried.tags()) {
        context.set(&format!("aws:RequestTag/{key}"), value);
        keys.push(key);
    }
    keys.extend(call.query.iter().filter(|(name, _)| name == "tagKeys").map(|(_, key)| key.clone()));
    context.set_all("aws:TagKeys", keys);
}

/// A value as conditions compare it: a list is several.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Object(_) => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
    }
}

/// The values of the patch operations on the paths that `is_meant` names.
fn patched(body: &Value, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let operations = body["patchOperations"].as_array().into_iter().flatten();
    let meant = operations.filter(|one| one["path"].as_str().is_some_and(&is_meant));
    meant.filter_map(|one| Some(one["value"].as_str()?.to_owned())).collect()
}

/// The wire form of a value of a closed set.
fn shown<T: serde::Serialize>(value: Option<&T>) -> Vec<String> {
    value.and_then(|value| serde_json::to_value(value).ok()).map(|value| texts(&value)).unwrap_or_default()
}

fn endpoint_types(api: &ApiDefinition) -> Vec<String> {
    let types = |configuration: &EndpointConfiguration| shown(configuration.types.as_ref());
    api.endpoint_configuration.as_ref().map(types).unwrap_or_default()
}

fn disabled(api: &ApiDefinition) -> Vec<String> {
    shown(api.disable_execute_api_endpoint.as_ref())
}

fn keys_required(api: &ApiDefinition) -> Vec<String> {
    let methods = api.paths.iter().flat_map(|path| &path.methods);
    methods.map(|method| method.api_key_required.unwrap_or_default().to_string()).collect()
}

fn authorizations(api: &ApiDefinition) -> Vec<String> {
    let methods = api.paths.iter().flat_map(|path| &path.methods);
    methods.flat_map(|method| shown(method.authorization_type.as_ref())).collect()
}

fn authorizer_types(api: &ApiDefinition) -> Vec<String> {
    api.nouns.authorizers.iter().flat_map(|authorizer| shown(authorizer.kind.as_ref())).collect()
}

fn authorizer_uris(api: &ApiDefinition) -> Vec<String> {
    api.nouns.authorizers.iter().filter_map(|authorizer| authorizer.authorizer_uri.clone()).collect()
}
