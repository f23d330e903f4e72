//! `x-amazon-apigateway-integration` of an HTTP API, and `x-amazon-apigateway-integrations`, which operations share.

use std::collections::BTreeMap;

use stagegate_model::http::{Integration, TlsConfig};
use stagegate_model::rest::StringMap;

use super::super::{extensions::choice, reference::resolve, scope::Scope};
use super::beyond;
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// Members that only REST APIs have.
const OF_REST: &[&str] = &[
    "cacheKeyParameters",
    "cacheNamespace",
    "contentHandling",
    "integrationTarget",
    "passthroughBehavior",
    "requestTemplates",
    "responseTransferMode",
    "responses",
];

/// Reads an integration whose references were followed.
pub(super) fn read(scope: &mut Scope<'_>, place: Cursor<'_>) -> Result<Integration, ImportError> {
    let mut integration = Integration::default();
    for (key, member) in place.members()? {
        if place.get(key).is_some() && !read_member(scope, &mut integration, key, member)? {
            let message = if OF_REST.contains(&key) {
                format!("{key} is not supported for HTTP APIs; it is ignored")
            } else {
                format!("an integration has no member {:?}; it is ignored", excerpt(key))
            };
            scope.left_out(member, message);
        }
    }
    if integration.payload_format_version.is_none() {
        // What REST APIs export has none, and imports as an HTTP API (AWS: "Importing an HTTP API").
        scope.left_out(place, "the integration has no payloadFormatVersion; it is taken to be 1.0");
        integration.payload_format_version = Some("1.0".to_owned());
    }
    integration.beyond = beyond::integration(scope, place)?;
    Ok(integration)
}

/// Reads one member; false if an integration has no such member.
fn read_member(
    scope: &mut Scope<'_>,
    integration: &mut Integration,
    key: &str,
    member: Cursor<'_>,
) -> Result<bool, ImportError> {
    let text = |member: Cursor<'_>| member.text().map(|text| Some(text.to_owned()));
    match key {
        "type" => integration.integration_type = Some(choice(member)?),
        "uri" => integration.integration_uri = text(member)?,
        "httpMethod" => integration.integration_method = Some(member.text()?.to_ascii_uppercase()),
        "credentials" => integration.credentials_arn = text(member)?,
        "connectionType" => integration.connection_type = Some(choice(member)?),
        "connectionId" => integration.connection_id = text(member)?,
        "integrationSubtype" => integration.integration_subtype = text(member)?,
        "payloadFormatVersion" => integration.payload_format_version = Some(version(member.text()?)),
        "description" => integration.description = text(member)?,
        "requestParameters" => integration.request_parameters = present(mappings(member)?),
        "responseParameters" => integration.response_parameters = present(by_status(member)?),
        "timeoutInMillis" => integration.timeout_in_millis = Some(timeout_ms(member)?),
        "tlsConfig" => integration.tls_config = Some(tls_config(scope, member)?),
        _ => return Ok(key.starts_with(beyond::PREFIX)),
    }
    Ok(true)
}

/// `1` and `2` are what is left of `1.0` and `2.0` where a tool wrote them as numbers.
fn version(text: &str) -> String {
    if matches!(text, "1" | "2") { format!("{text}.0") } else { text.to_owned() }
}

fn present<T: Default + PartialEq>(map: T) -> Option<T> {
    (map != T::default()).then_some(map)
}

fn mappings(place: Cursor<'_>) -> Result<StringMap, ImportError> {
    place.members()?.map(|(key, member)| Ok((key.to_owned(), member.text()?.to_owned()))).collect()
}

fn by_status(place: Cursor<'_>) -> Result<BTreeMap<String, StringMap>, ImportError> {
    place.members()?.map(|(status, member)| Ok((status.to_owned(), mappings(member)?))).collect()
}

/// Any whole number: whoever makes the integration knows the range.
pub(super) fn timeout_ms(place: Cursor<'_>) -> Result<i32, ImportError> {
    i32::try_from(place.integer()?).map_err(|_| place.error("the timeout is out of range", "milliseconds"))
}

fn tls_config(scope: &mut Scope<'_>, place: Cursor<'_>) -> Result<TlsConfig, ImportError> {
    let mut config = TlsConfig::default();
    for (key, member) in place.members()? {
        if key == "serverNameToVerify" {
            config.server_name_to_verify = Some(member.text()?.to_owned());
        } else {
            let message = format!("tlsConfig has no member {:?} for HTTP APIs; it is ignored", excerpt(key));
            scope.left_out(member, message);
        }
    }
    Ok(config)
}

/// The integrations of `components`, each with its references followed.
pub(super) fn shared<'d>(scope: &mut Scope<'d>) -> Result<Vec<(String, Cursor<'d>)>, ImportError> {
    let components = scope.root.get("components");
    let Some(all) = components.and_then(|components| components.get("x-amazon-apigateway-integrations")) else {
        return Ok(Vec::new());
    };
    all.members()?.map(|(name, place)| Ok((name.to_owned(), resolve(scope, place)?))).collect()
}
