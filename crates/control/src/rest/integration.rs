//! `Integration`: what a method calls. It lives in its method's row.

use serde_json::Value;
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{
    ConnectionType, ContentHandling, HttpMethod, Integration, IntegrationType, Method, PassthroughBehavior,
    ResponseTransferMode, TlsConfig,
};
use stagegate_store::BoxFuture;

use super::integration_uri;
use super::mapping::{self, Side};
use super::{method, template};
use crate::call::Call;
use crate::fault::Fault;
use crate::input::{Input, choose};
use crate::patch::PatchRow;
use crate::transaction::Transaction;
use crate::verbs::{Create, Holds, Loading, Noun, document};

pub(crate) use super::integration_patch::PATCH;

/// AWS's default timeout (fact 131).
const DEFAULT_TIMEOUT_MS: i32 = 29_000;

/// AWS's order, which is that of a Java hash set.
const TYPES: [&str; 5] = ["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"];

/// The fault that the method has no integration (fact 126).
pub(crate) fn missing() -> Fault {
    Fault::not_found("Invalid Integration identifier specified")
}

impl Holds<Integration> for Method {
    fn noun(&mut self, _call: &Call) -> Result<&mut Integration, Fault> {
        self.method_integration.as_mut().ok_or_else(missing)
    }

    fn without(mut self, _call: &Call) -> Result<Option<Self>, Fault> {
        self.method_integration.take().ok_or_else(missing)?;
        Ok(Some(self))
    }
}

impl Noun for Integration {
    type Row = Method;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Method> {
        Box::pin(method::load(call, api, transaction))
    }

    fn settle<'c>(
        _before: &'c Self,
        row: &'c mut Method,
        call: &'c Call,
        _api: &'c ApiScope,
        _transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move { settle(row, call) })
    }

    fn show(&self) -> Result<Value, Fault> {
        let mut shown = document(self)?;
        template::show(&mut shown);
        Ok(shown)
    }
}

impl Create for Integration {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Method> {
        Box::pin(async move {
            let integration = read(call)?;
            let (key, mut row) = method::load(call, api, transaction).await?;
            row.method_integration = Some(integration);
            settle(&mut row, call)?;
            Ok((key, row))
        })
    }
}

fn read(call: &Call) -> Result<Integration, Fault> {
    let mut input = Input::of(call)?;
    let kind = input.required_choice("type", &TYPES)?;
    let verb = input.text("httpMethod")?.filter(|verb| !verb.is_empty());
    let passthrough = input.text("passthroughBehavior")?.filter(|text| !text.is_empty());
    let integration = Integration {
        uri: input.text("uri")?,
        connection_type: input.choice("connectionType", ConnectionType::NAMES)?,
        connection_id: input.text("connectionId")?.filter(|id| !id.is_empty()),
        credentials: input.text("credentials")?.filter(|text| !text.is_empty()),
        request_parameters: input.text_map("requestParameters")?.filter(|map| !map.is_empty()),
        request_templates: input.nullable_text_map("requestTemplates")?.filter(|map| !map.is_empty()),
        content_handling: input.choice("contentHandling", ContentHandling::NAMES)?,
        timeout_in_millis: input.integer("timeoutInMillis")?,
        cache_namespace: input.text("cacheNamespace")?.filter(|text| !text.is_empty()),
        cache_key_parameters: input.texts("cacheKeyParameters")?,
        tls_config: read_tls(&mut input)?,
        response_transfer_mode: input.choice("responseTransferMode", ResponseTransferMode::NAMES)?,
        integration_target: input.text("integrationTarget")?.filter(|text| !text.is_empty()),
        ..Integration::new(kind.unwrap_or(IntegrationType::Mock))
    };
    input.finish()?;
    let http_method = verb.as_deref().map(http_method).transpose()?;
    let passthrough_behavior = passthrough.as_deref().map(passthrough_behavior).transpose()?;
    let connection_type = integration.connection_type.or(default_connection(integration.r#type));
    Ok(Integration { http_method, passthrough_behavior, connection_type, ..integration })
}

/// Developer guide, `create-api-using-awscli`: what AWS prints of an HTTP integration that was put without a connection.
fn default_connection(kind: IntegrationType) -> Option<ConnectionType> {
    matches!(kind, IntegrationType::Http | IntegrationType::HttpProxy).then_some(ConnectionType::Internet)
}

fn read_tls(input: &mut Input) -> Result<Option<TlsConfig>, Fault> {
    let Some(mut nested) = input.structure("tlsConfig")? else { return Ok(None) };
    let tls = TlsConfig { insecure_skip_verification: nested.flag("insecureSkipVerification")? };
    input.absorb(nested);
    Ok(Some(tls))
}

/// The verb towards the back end.
pub(crate) fn http_method(text: &str) -> Result<HttpMethod, Fault> {
    choose(text).ok_or_else(|| {
        Fault::bad_request("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY")
    })
}

/// `passthroughBehavior` is a plain string in the service model, and still a closed set.
pub(crate) fn passthrough_behavior(text: &str) -> Result<PassthroughBehavior, Fault> {
    choose(text).ok_or_else(|| {
        let names = PassthroughBehavior::NAMES.join(", ");
        Fault::bad_request(format!("Invalid passthroughBehavior specified: {text}. Valid options are [{names}]"))
    })
}

fn settle(row: &mut Method, call: &Call) -> Result<(), Fault> {
    let declared = row.request_parameters.as_ref();
    let integration = row.method_integration.as_mut().ok_or_else(missing)?;
    complete(integration, call.parameter("resource_id"));
    if integration.r#type != IntegrationType::Mock && integration.http_method.is_none() {
        return Err(Fault::bad_request("Enumeration value for HttpMethod must be non-empty"));
    }
    check(integration, call)?;
    mapping::check(integration.request_parameters.as_ref(), Side::Request(declared))?;
    let (keys, mapped) = (integration.cache_key_parameters.as_ref(), integration.request_parameters.as_ref());
    mapping::check_cache_keys(keys, declared, mapped)
}

/// Checks what an integration says of itself, whether a call made it or a definition.
pub(crate) fn check(integration: &Integration, call: &Call) -> Result<(), Fault> {
    integration_uri::check(integration)?;
    check_timeout(integration, call)?;
    check_connection(integration)?;
    check_credentials(integration.credentials.as_deref())?;
    template::check(integration.request_templates.as_ref(), call)
}

/// Fills in AWS's defaults and drops what the type does not have (fact 131).
pub(crate) fn complete(integration: &mut Integration, resource_id: &str) {
    integration.passthrough_behavior.get_or_insert(PassthroughBehavior::WhenNoMatch);
    integration.timeout_in_millis.get_or_insert(DEFAULT_TIMEOUT_MS);
    integration.cache_namespace.get_or_insert_with(|| resource_id.to_owned());
    integration.cache_key_parameters.get_or_insert_default();
    if integration.r#type == IntegrationType::Mock {
        integration.uri = None;
        integration.http_method = None;
    }
}

/// AWS's 29 s are a default here and a ceiling only where the operator asks for AWS's quotas.
fn check_timeout(integration: &Integration, call: &Call) -> Result<(), Fault> {
    let quotas = &call.world.quotas;
    let least = quotas.enforced("rest_integration_timeout_min_ms").unwrap_or(1);
    let most = quotas.chosen("rest_integration_timeout_max_ms");
    let ms = integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT_MS);
    let fits = u64::try_from(ms).is_ok_and(|ms| ms >= least && most.is_none_or(|most| ms <= most));
    if fits {
        return Ok(());
    }
    Err(Fault::bad_request(match most {
        Some(most) => format!("Timeout should be between {least} ms and {most} ms"),
        None => format!("Timeout should be at least {least} ms"),
    }))
}

fn check_connection(integration: &Integration) -> Result<(), Fault> {
    let kind = integration.r#type;
    let is_http = matches!(kind, IntegrationType::Http | IntegrationType::HttpProxy);
    let is_proxy = matches!(kind, IntegrationType::HttpProxy | IntegrationType::AwsProxy);
    if integration.connection_type == Some(ConnectionType::VpcLink) && integration.connection_id.is_none() {
        return Err(Fault::bad_request("A connection ID must be specified for connections of type VPC_LINK"));
    }
    if integration.tls_config.is_some() && !is_http {
        return Err(Fault::bad_request("TLS configuration is only supported for HTTP and HTTP_PROXY integrations"));
    }
    if integration.response_transfer_mode == Some(ResponseTransferMode::Stream) && !is_proxy {
        return Err(Fault::bad_request(
            "Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations",
        ));
    }
    Ok(())
}

/// A role's ARN, a stage variable, or the caller's own credentials (`arn:aws:iam::*:user/*`).
fn check_credentials(credentials: Option<&str>) -> Result<(), Fault> {
    let is_good =
        |text: &str| text.starts_with("${stageVariables.") || (text.starts_with("arn:") && text.contains(":iam::"));
    match credentials {
        Some(text) if !is_good(text) => Err(Fault::bad_request("Invalid ARN specified in the request")),
        _ => Ok(()),
    }
}
