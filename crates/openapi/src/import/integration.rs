//! `x-amazon-apigateway-integration`: every member, with `PutIntegration`'s checks and defaults (fact 131).

use stagegate_model::domain::{IntegrationUriError, check_integration_uri};
use stagegate_model::rest::{
    ConnectionType, HttpMethod, Integration, IntegrationType, Method, PassthroughBehavior, StringMap, TlsConfig,
};

use super::{
    extensions::choice, integration_response, mapping_expression, reference::resolve, scope::Scope, settings::texts,
};
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
    options::ImportLimits,
};

/// Milliseconds without `timeoutInMillis` (fact 131).
const TIMEOUT_DEFAULT_MS: i32 = 29_000;
/// Fewest milliseconds of a timeout (fact 1.3).
const TIMEOUT_LEAST_MS: i64 = 50;

/// Reads the integration of `method`, whose parameters and responses are already known.
pub(super) fn read<'d>(scope: &mut Scope<'d>, place: Cursor<'d>, method: &Method) -> Result<Integration, ImportError> {
    let place = resolve(scope, place)?;
    let Some(kind) = place.get("type") else {
        return Err(place.error("the integration has no type", IntegrationType::NAMES.join(", ")));
    };
    let mut integration = Integration::new(choice(kind)?);
    integration.passthrough_behavior = Some(PassthroughBehavior::WhenNoMatch);
    integration.timeout_in_millis = Some(TIMEOUT_DEFAULT_MS);
    integration.cache_key_parameters = Some(Vec::new());
    for (key, member) in place.members()? {
        if place.get(key).is_some() && !read_member(scope, &mut integration, key, member, method)? {
            read_unknown(scope, key, member);
        }
    }
    check(place, &mut integration)?;
    Ok(integration)
}

/// Reads one member; false if an integration has no such member.
fn read_member<'d>(
    scope: &mut Scope<'d>,
    integration: &mut Integration,
    key: &str,
    member: Cursor<'d>,
    method: &Method,
) -> Result<bool, ImportError> {
    let text = |member: Cursor<'_>| member.text().map(|text| Some(text.to_owned()));
    match key {
        "type" => {}
        "uri" => integration.uri = text(member)?,
        "httpMethod" => integration.http_method = Some(choice::<HttpMethod>(member)?),
        "credentials" => integration.credentials = text(member)?,
        "connectionType" => integration.connection_type = Some(choice(member)?),
        "connectionId" => integration.connection_id = text(member)?,
        "integrationTarget" => integration.integration_target = text(member)?,
        "responseTransferMode" => integration.response_transfer_mode = Some(choice(member)?),
        "passthroughBehavior" => integration.passthrough_behavior = Some(choice(member)?),
        "contentHandling" => integration.content_handling = Some(choice(member)?),
        "timeoutInMillis" => integration.timeout_in_millis = Some(timeout_ms(member, scope.limits)?),
        "cacheNamespace" => integration.cache_namespace = text(member)?,
        "cacheKeyParameters" => integration.cache_key_parameters = Some(texts(member)?),
        "requestParameters" => {
            let mappings = mapping_expression::read_request(member, method.request_parameters.as_ref())?;
            integration.request_parameters = (!mappings.is_empty()).then_some(mappings);
        }
        "requestTemplates" => integration.request_templates = templates(member)?,
        "responses" => {
            let declared = method.method_responses.as_ref();
            let is_proxy = matches!(integration.r#type, IntegrationType::HttpProxy | IntegrationType::AwsProxy);
            let responses = integration_response::read(scope, member, declared, is_proxy)?;
            integration.integration_responses = (!responses.is_empty()).then_some(responses);
        }
        "tlsConfig" => integration.tls_config = Some(tls_config(scope, member)?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn read_unknown(scope: &mut Scope<'_>, key: &str, member: Cursor<'_>) {
    let message = match key {
        "payloadFormatVersion" | "integrationSubtype" => format!("{key} is for HTTP APIs; it has no effect here"),
        _ => format!("an integration has no member {:?}; it is ignored", excerpt(key)),
    };
    scope.warn(member, message);
}

/// Content type to template; nothing for an empty object.
pub(super) fn templates(place: Cursor<'_>) -> Result<Option<StringMap>, ImportError> {
    let templates = place
        .members()?
        .filter(|(content_type, _)| place.get(content_type).is_some())
        .map(|(content_type, template)| Ok((content_type.to_owned(), template.text()?.to_owned())))
        .collect::<Result<StringMap, ImportError>>()?;
    Ok((!templates.is_empty()).then_some(templates))
}

fn timeout_ms(place: Cursor<'_>, limits: &ImportLimits) -> Result<i32, ImportError> {
    let timeout_ms = place.integer()?;
    let most = limits.integration_timeout_ms.map_or(i64::from(i32::MAX), i64::from);
    let in_range = (TIMEOUT_LEAST_MS..=most).contains(&timeout_ms);
    i32::try_from(timeout_ms).ok().filter(|_| in_range).ok_or_else(|| {
        let range = match limits.integration_timeout_ms {
            Some(most) => format!("between {TIMEOUT_LEAST_MS} ms and {most} ms"),
            None => format!("at least {TIMEOUT_LEAST_MS} ms"),
        };
        place.error(format!("Timeout should be {range}"), format!("milliseconds, {range}"))
    })
}

fn tls_config(scope: &mut Scope<'_>, place: Cursor<'_>) -> Result<TlsConfig, ImportError> {
    let mut config = TlsConfig::default();
    for (key, member) in place.members()? {
        match key {
            "insecureSkipVerification" => config.insecure_skip_verification = Some(member.boolean()?),
            _ => scope.warn(member, format!("tlsConfig has no member {:?} for REST APIs; it is ignored", excerpt(key))),
        }
    }
    Ok(config)
}

/// Checks that involve several members; drops what a MOCK has no use for.
fn check(place: Cursor<'_>, integration: &mut Integration) -> Result<(), ImportError> {
    let member = |key| place.get(key).unwrap_or(place);
    if integration.connection_type == Some(ConnectionType::VpcLink) && integration.connection_id.is_none() {
        return Err(place.error("Vpc link integrations need a connection id", "`connectionId` with a VPC link's id"));
    }
    if integration.r#type == IntegrationType::Mock {
        integration.uri = None;
        integration.http_method = None;
        return Ok(());
    }
    if integration.http_method.is_none() {
        return Err(place.error(
            "Enumeration value for HttpMethod must be non-empty",
            "`httpMethod`, the verb towards the back end",
        ));
    }
    match integration.uri.as_deref() {
        None | Some("") => {
            let expected = format!("`uri`, the back end of a {} integration", integration.r#type);
            Err(place.error("Uri should be specified for this integration", expected))
        }
        Some(_) => check_integration_uri(integration).map_err(|error| {
            let at = if error == IntegrationUriError::NoRole { place } else { member("uri") };
            at.error(error.to_string(), error.expected())
        }),
    }
}
