//! `Integration`: proxies to HTTP back ends, functions and private targets, and the operations of AWS's services.

use serde_json::{Map, Value, json};
use stagegate_mapping::{HttpDirection, HttpMapping};
use stagegate_model::domain::is_http_url;
use stagegate_model::http::{Integration, Route};
use stagegate_model::keys::HttpNoun;
use stagegate_model::rest::{ConnectionType, HttpMethod, IntegrationType};
use stagegate_store::BoxFuture;

use super::edit::Place;
use super::members::{Form, Member, member, required};
use super::{route, subtype, verbs};
use crate::call::Call;
use crate::fault::Fault;

/// AWS's default, and the most (fact section 1.4).
const TIMEOUT_MS: i32 = 30_000;

pub(super) fn missing(id: &str) -> Fault {
    Fault::not_found(format!("Unable to find Integration by id {id} within the provided Api"))
}

impl verbs::Noun for Integration {
    const KIND: HttpNoun = HttpNoun::Integration;
    const ID: &'static str = "integrationId";
    const IS_FROZEN: bool = true;
    const MEMBERS: &'static [Member] = &[
        member("connectionId", Form::Text(0, 1024)),
        member("connectionType", Form::Choice(ConnectionType::NAMES)),
        member("contentHandlingStrategy", Form::Choice(&["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"])),
        member("credentialsArn", Form::Text(0, 2048)),
        member("description", Form::Text(0, 1024)),
        member("integrationMethod", Form::Text(0, 64)),
        member("integrationSubtype", Form::Text(0, 128)),
        required("integrationType", Form::Choice(IntegrationType::NAMES)),
        member("integrationUri", Form::Text(0, 2048)),
        member("passthroughBehavior", Form::Choice(&["WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"])),
        member("payloadFormatVersion", Form::Text(0, 64)),
        member("requestParameters", Form::TextMap),
        member("requestTemplates", Form::TextMap),
        member("responseParameters", Form::TextMaps),
        member("templateSelectionExpression", Form::Text(0, 128)),
        member("timeoutInMillis", Form::Integer(50, TIMEOUT_MS as i64)),
        member("tlsConfig", Form::Structure(&[member("serverNameToVerify", Form::Text(0, 512))])),
    ];

    fn id(&self) -> &str {
        &self.integration_id
    }

    fn defaults(call: &Call, _made: &Map<String, Value>) -> Map<String, Value> {
        let id = call.new_id(route::ID_LENGTH);
        let defaults = json!({ "connectionType": "INTERNET", "integrationId": id, "timeoutInMillis": TIMEOUT_MS });
        defaults.as_object().cloned().unwrap_or_default()
    }

    fn missing(id: &str) -> Fault {
        missing(id)
    }

    fn settle<'c>(
        &'c mut self,
        before: Option<&'c Self>,
        place: &'c mut Place<'_>,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            if before.is_none() {
                let have = place.nouns::<Value>(HttpNoun::Integration).await?.len();
                let message = "Maximum number of integrations for this Api has been reached.";
                place.call.world.quotas.admit_or_throttle("http_integrations_per_api_count", have, message)?;
            }
            check(self)?;
            check_link(self, place).await
        })
    }

    fn release<'c>(&'c self, place: &'c mut Place<'_>) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            if self.api_gateway_managed == Some(true) {
                // The service model: "You can update a managed integration, but you can't delete it."
                let id = &self.integration_id;
                return Err(Fault::bad_request(format!("Cannot delete Integration '{id}': API Gateway manages it")));
            }
            let target = format!("integrations/{}", self.integration_id);
            let routes = place.nouns::<Route>(HttpNoun::Route).await?;
            let users = routes.into_iter().filter(|(_, route)| route.target.as_ref() == Some(&target));
            let ids: Vec<String> = users.map(|(id, _)| id).collect();
            if ids.is_empty() {
                return Ok(());
            }
            // AWS's words: milliHQ/terraform-aws-next-js issue 247.
            Err(Fault::conflict(format!(
                "Cannot delete Integration because it is referenced by the following Routes with Ids: [{}]",
                ids.join(", ")
            )))
        })
    }
}

/// Checks an integration by itself, and fills in what follows from its kind.
pub(super) fn check(integration: &mut Integration) -> Result<(), Fault> {
    refuse_web_socket_members(integration)?;
    match integration.integration_type {
        Some(IntegrationType::AwsProxy) if integration.integration_subtype.is_some() => subtype::check(integration)?,
        Some(IntegrationType::AwsProxy) => settle_function(integration)?,
        Some(IntegrationType::HttpProxy) => settle_http(integration)?,
        _ => {
            return Err(Fault::bad_request(
                "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)",
            ));
        }
    }
    check_mappings(integration)
}

fn refuse_web_socket_members(integration: &Integration) -> Result<(), Fault> {
    let set = [
        ("ContentHandlingStrategy", integration.content_handling_strategy.is_some()),
        ("PassthroughBehavior", integration.passthrough_behavior.is_some()),
        ("RequestTemplates", integration.request_templates.is_some()),
        ("TemplateSelectionExpression", integration.template_selection_expression.is_some()),
    ];
    match set.iter().find(|(_, is_set)| *is_set) {
        Some((name, _)) => Err(Fault::bad_request(format!("{name} is not currently supported for HTTP APIs"))),
        None => Ok(()),
    }
}

fn check_version(integration: &Integration, allowed: &[&str]) -> Result<(), Fault> {
    match integration.payload_format_version.as_deref() {
        None => Err(Fault::bad_request("PayloadFormatVersion is a required parameter for integration")),
        Some(version) if allowed.contains(&version) => Ok(()),
        Some(version) => {
            let allowed = allowed.join(", ");
            Err(Fault::bad_request(format!("Invalid PayloadFormatVersion {version}: it must be one of {allowed}")))
        }
    }
}

/// A function: by its ARN, or by the ARN that REST APIs use.
fn settle_function(integration: &mut Integration) -> Result<(), Fault> {
    check_version(integration, &["1.0", "2.0"])?;
    let uri = integration.integration_uri.as_deref().unwrap_or_default();
    let is_function = uri.starts_with("arn:") && uri.contains(":lambda:");
    if !is_function {
        return Err(Fault::bad_request(format!(
            "Invalid integration URI specified: {uri} is not the ARN of a function"
        )));
    }
    let method = integration.integration_method.get_or_insert_with(|| "POST".to_owned());
    if method != "POST" {
        return Err(Fault::bad_request("The integration method of a function must be POST"));
    }
    if integration.connection_type == Some(ConnectionType::VpcLink) {
        return Err(Fault::bad_request("VPC links are only supported for integration type HTTP_PROXY"));
    }
    Ok(())
}

/// A back end that speaks HTTP: public, or behind a VPC link.
fn settle_http(integration: &mut Integration) -> Result<(), Fault> {
    integration.payload_format_version.get_or_insert_with(|| "1.0".to_owned());
    check_version(integration, &["1.0"])?;
    let method = integration.integration_method.as_deref();
    if method.is_none_or(|method| method.parse::<HttpMethod>().is_err()) {
        let names = HttpMethod::NAMES.join(", ");
        return Err(Fault::bad_request(format!("Invalid HTTP method specified: it must be one of {names}")));
    }
    let uri = integration.integration_uri.as_deref().unwrap_or_default();
    let is_url = is_http_url(uri);
    let is_private = integration.connection_type == Some(ConnectionType::VpcLink);
    if is_private && integration.connection_id.is_none() {
        return Err(Fault::bad_request("ConnectionId is a required parameter for connection type VPC_LINK"));
    }
    if !is_private && integration.tls_config.is_some() {
        return Err(Fault::bad_request("TlsConfig is only supported for private integrations"));
    }
    let name = integration.tls_config.as_ref().and_then(|tls| tls.server_name_to_verify.as_deref());
    if let Some(name) =
        name.filter(|name| !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)))
    {
        return Err(Fault::bad_request(format!("Invalid ServerNameToVerify {name}: it must be the name of a host")));
    }
    let is_target = is_private && uri.starts_with("arn:");
    if is_url && !is_private || is_target {
        return Ok(());
    }
    Err(Fault::bad_request(format!(
        "Invalid integration URI specified: {uri} must be {}",
        if is_private { "the ARN of a listener or of a Cloud Map service" } else { "a URL" }
    )))
}

fn check_mappings(integration: &Integration) -> Result<(), Fault> {
    let parse = |direction, key: &str, value: &str| {
        HttpMapping::parse(direction, key, value).map(drop).map_err(|error| Fault::bad_request(error.to_string()))
    };
    let is_service = integration.integration_subtype.is_some();
    for (key, value) in integration.request_parameters.iter().flatten().filter(|_| !is_service) {
        parse(HttpDirection::Request, key, value)?;
    }
    for (status, mappings) in integration.response_parameters.iter().flatten() {
        let code = status.parse::<u16>().ok().filter(|code| (200..=599).contains(code) && status.len() == 3);
        code.ok_or_else(|| {
            Fault::bad_request(format!(
                "Invalid status code {status} in ResponseParameters: it must be from 200 to 599"
            ))
        })?;
        for (key, value) in mappings {
            parse(HttpDirection::Response, key, value)?;
        }
    }
    Ok(())
}

/// Refuses a VPC link that is not there.
pub(super) async fn check_link(integration: &Integration, place: &mut Place<'_>) -> Result<(), Fault> {
    let Some(id) = integration.connection_id.as_deref() else { return Ok(()) };
    // A stage variable may name it.
    if id.contains("${") {
        return Ok(());
    }
    let key = super::vpc_link::key(place.call, id)?;
    let known = place.transaction.exists(&key.to_string()).await?;
    if known { Ok(()) } else { Err(Fault::bad_request(format!("VpcLink {id} does not exist"))) }
}
