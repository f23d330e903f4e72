//! The values of `$context` variables.

use stagegate_http1::{Known, encode};
use stagegate_mapping::{ContextVariable as V, OverrideFact, PhaseFact};
use stagegate_plan::RoutePlan;

use super::notes::Notes;
use super::phase::Phase;
use super::trace::noted_trace;
use crate::accept::Arrival;
use crate::address::without_port;
use crate::core::Core;
use crate::json;
use crate::refusal::Refusal;
use crate::respond::trace_root;

/// What becomes of text that a client or a back end chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Nothing in it can end a quoted string or a line.
    ForLog,
    /// It stays as it is: who uses it checks what the place allows.
    Nothing,
}

impl Escape {
    fn write(self, value: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::ForLog => write_escaped(value, out),
            Self::Nothing => out.extend_from_slice(value),
        }
    }
}

/// Appends a variable's value; `false`, and nothing appended, when it has none.
pub(crate) fn write_variable(
    core: &Core,
    arrival: &Arrival<'_>,
    notes: &Notes,
    variable: &V,
    escape: Escape,
    out: &mut Vec<u8>,
) -> bool {
    let before = out.len();
    match variable {
        V::RequestId => out.extend_from_slice(arrival.ids.request()),
        V::ExtendedRequestId => out.extend_from_slice(arrival.ids.extended()),
        V::RequestTime => core.dates.request_time(arrival.wall, out),
        V::RequestTimeEpoch => encode::decimal(out, arrival.wall.epoch_ms),
        V::Status => encode::decimal(out, u64::from(notes.status.get())),
        V::ResponseLength => encode::decimal(out, notes.response_bytes.get()),
        V::ResponseLatency => encode::decimal(out, notes.latency_us.get() / 1000),
        V::HttpMethod
        | V::Path
        | V::Protocol
        | V::DomainName
        | V::DomainPrefix
        | V::IdentitySourceIp
        | V::IdentityUserAgent => {
            write_request(arrival, variable, escape, out);
        }
        V::AccountId
        | V::ApiId
        | V::Stage
        | V::DeploymentId
        | V::IsCanaryRequest
        | V::ResourceId
        | V::ResourcePath
        | V::RouteKey => {
            write_plan(notes, variable, out);
        }
        V::AwsEndpointRequestId => {
            escape.write(notes.endpoint_request_id.get().map_or(b"", |id| id.as_bytes()), out);
        }
        V::AwsEndpointRequestId2 => {
            escape.write(notes.endpoint_request_id_2.get().map_or(b"", |id| id.as_bytes()), out);
        }
        V::DataProcessed => encode::decimal(out, notes.processed_bytes()),
        V::Override(fact) => write_override(notes, fact, escape, out),
        V::BackEndStatus | V::IntegrationStatus | V::IntegrationLatency | V::IntegrationErrorMessage => {
            write_integration(notes, variable, out);
        }
        V::ErrorMessage | V::ErrorMessageString | V::ErrorResponseType | V::ErrorValidationErrorString => {
            write_error(notes, variable, escape, out);
        }
        V::XrayTraceId => write_trace(core, arrival, notes, out),
        V::CustomDomainBasePathMatched => out.extend_from_slice(notes.base_path().unwrap_or_default().as_bytes()),
        V::Authenticate(fact) => write_phase(&notes.phases.authenticate, *fact, escape, out),
        V::Authorize(fact) => write_phase(&notes.phases.authorize, *fact, escape, out),
        V::AuthorizerPhase(fact) => write_phase(&notes.phases.authorizer, *fact, escape, out),
        V::AuthorizerIntegrationLatency | V::AuthorizerIntegrationStatus | V::AuthorizerRequestId => {
            write_authorizer_call(notes, variable, out);
        }
        V::AuthorizerPrincipalId | V::AuthorizerContext(_) | V::AuthorizerClaim(_) => {
            return write_authorizer(notes, variable, escape, out);
        }
        V::IdentityAccessKey | V::IdentityAccountId | V::IdentityCaller | V::IdentityUser | V::IdentityUserArn => {
            write_signer(notes, variable, escape, out);
        }
        V::IdentityApiKey => escape.write(notes.api_key.get().map_or(b"", |key| key.as_bytes()), out),
        V::IdentityApiKeyId => escape.write(notes.api_key_id.get().map_or(b"", |id| id.as_bytes()), out),
        V::IdentityClientCert(_) | V::TlsVersion | V::CipherSuite => write_tls(arrival, variable, escape, out),
        // No identities come from Amazon Cognito or AWS Organizations.
        V::IdentityCognitoAuthenticationProvider
        | V::IdentityCognitoAuthenticationType
        | V::IdentityCognitoIdentityId
        | V::IdentityCognitoIdentityPoolId
        | V::IdentityPrincipalOrgId
        | V::Absent => {}
    }
    out.len() > before
}

/// Appends what a template set; what is not set has no value.
fn write_override(notes: &Notes, fact: &OverrideFact, escape: Escape, out: &mut Vec<u8>) {
    let Some(overrides) = notes.set_overrides() else { return };
    let named = |all: Vec<(String, String)>, name: &str| {
        all.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    };
    let value = match fact {
        OverrideFact::RequestHeader(name) => named(overrides.request_headers(), name),
        OverrideFact::RequestPath(name) => overrides.request_path(name),
        OverrideFact::RequestQuery(name) => named(overrides.request_query(), name),
        OverrideFact::ResponseHeader(name) => named(overrides.response_headers(), name),
        OverrideFact::ResponseStatus => overrides.status().map(|status| status.to_string()),
    };
    escape.write(value.unwrap_or_default().as_bytes(), out);
}

/// Appends what the client's handshake agreed on, and showed.
fn write_tls(arrival: &Arrival<'_>, variable: &V, escape: Escape, out: &mut Vec<u8>) {
    let Some(tls) = arrival.tls else { return };
    match variable {
        V::TlsVersion => out.extend_from_slice(tls.names.version.as_bytes()),
        V::CipherSuite => out.extend_from_slice(tls.names.suite.as_bytes()),
        V::IdentityClientCert(fact) => {
            let Some(client) = &tls.client else { return };
            let mut text = Vec::new();
            client.write(*fact, &mut text);
            if escape == Escape::ForLog {
                // The lines of PEM must not become lines of the log.
                for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
                    out.extend_from_slice(if index == 0 { b"" } else { b"\\n" });
                    escape.write(line, out);
                }
            } else {
                out.extend_from_slice(&text);
            }
        }
        _ => {}
    }
}

/// Appends text that a client chose for a log.
fn write_escaped(value: &[u8], out: &mut Vec<u8>) {
    if value.iter().all(|byte| matches!(byte, b' '..=b'~' if !matches!(byte, b'"' | b'\\'))) {
        return out.extend_from_slice(value);
    }
    for chunk in value.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
                control if control.is_control() => out.push(b'?'),
                plain => out.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        if !chunk.invalid().is_empty() {
            out.push(b'?');
        }
    }
}

fn write_request(arrival: &Arrival<'_>, variable: &V, escape: Escape, out: &mut Vec<u8>) {
    let escape = |value: &[u8], out: &mut Vec<u8>| escape.write(value, out);
    let head = arrival.head;
    let domain = without_port(head.host());
    match variable {
        V::HttpMethod => escape(head.method(), out),
        V::Path => escape(head.path(), out),
        V::Protocol => out.extend_from_slice(arrival.protocol.name().as_bytes()),
        V::DomainName => escape(domain, out),
        V::DomainPrefix => escape(domain.split(|byte| *byte == b'.').next().unwrap_or_default(), out),
        V::IdentitySourceIp => arrival.write_source_ip(out),
        V::IdentityUserAgent => escape(head.find(Known::UserAgent).map_or(b"", |field| field.value), out),
        _ => {}
    }
}

/// Appends an address as text.
pub(crate) fn write_ip(address: std::net::IpAddr, out: &mut Vec<u8>) {
    if let std::net::IpAddr::V4(address) = address {
        for (index, octet) in address.octets().into_iter().enumerate() {
            if index > 0 {
                out.push(b'.');
            }
            encode::decimal(out, u64::from(octet));
        }
    } else {
        out.extend_from_slice(address.to_string().as_bytes());
    }
}

fn write_plan(notes: &Notes, variable: &V, out: &mut Vec<u8>) {
    let Some(stage) = notes.stage() else { return };
    let route = || notes.route.get().and_then(|id| stage.deployment.route(id));
    let of_route = |part: fn(&RoutePlan) -> &str| route().map_or("", part);
    let text = match variable {
        V::AccountId => &*stage.api.account,
        V::ApiId => &*stage.api.id,
        V::Stage => &*stage.name,
        V::DeploymentId => &*stage.deployment_id,
        V::IsCanaryRequest => {
            stage.release.is_canary_request().map_or("", |is_canary| if is_canary { "true" } else { "false" })
        }
        V::ResourceId => of_route(|route| &route.resource_id),
        V::ResourcePath => of_route(|route| &route.resource_path),
        V::RouteKey => of_route(|route| route.key.as_deref().unwrap_or_default()),
        _ => "",
    };
    out.extend_from_slice(text.as_bytes());
}

fn write_integration(notes: &Notes, variable: &V, out: &mut Vec<u8>) {
    let note = notes.integration.get();
    match variable {
        // Of a Lambda proxy it is the function's own status (fact L18).
        V::BackEndStatus if notes.function_status.get().is_some() => {
            encode::decimal(out, notes.function_status.get().map_or(0, u64::from));
        }
        V::BackEndStatus | V::IntegrationStatus => {
            if let Some(status) = note.and_then(|note| note.status) {
                encode::decimal(out, u64::from(status));
            }
        }
        V::IntegrationLatency => {
            if let Some(note) = note {
                encode::decimal(out, note.latency_us / 1000);
            }
        }
        _ => {
            if let Some(Refusal::Gateway(_, cause)) = notes.refusal.get().filter(|_| note.is_some()) {
                out.extend_from_slice(cause.text_in(notes.envelope()).as_bytes());
            }
        }
    }
}

fn write_error(notes: &Notes, variable: &V, escape: Escape, out: &mut Vec<u8>) {
    let Some(refusal) = notes.refusal.get() else { return };
    let message = notes.told().unwrap_or(refusal.wording(notes.envelope()).message);
    match variable {
        V::ErrorMessage => escape.write(message.as_bytes(), out),
        V::ErrorMessageString => json::string(message.as_bytes(), out),
        V::ErrorValidationErrorString => {
            escape.write(notes.validation_error.get().map_or(b"", |error| error.as_bytes()), out);
        }
        _ => out.extend_from_slice(refusal.response_type(notes.envelope()).as_bytes()),
    }
}

fn write_phase(phase: &Phase, fact: PhaseFact, escape: Escape, out: &mut Vec<u8>) {
    match fact {
        PhaseFact::Error => escape.write(phase.error().as_bytes(), out),
        PhaseFact::Latency | PhaseFact::Status => phase.write(fact, out),
    }
}

/// The call of the authorizer's function. A decision that was remembered took no time, and has no request of its own.
fn write_authorizer_call(notes: &Notes, variable: &V, out: &mut Vec<u8>) {
    let Some(call) = notes.phases.called.get() else { return };
    match variable {
        V::AuthorizerIntegrationStatus => {
            if let Some(status) = call.status {
                encode::decimal(out, u64::from(status));
            }
        }
        V::AuthorizerIntegrationLatency => encode::decimal(out, call.latency_us / 1000),
        _ => out.extend_from_slice(call.request_id.as_deref().unwrap_or_default().as_bytes()),
    }
}

/// What the authorizer said; a value may be empty text.
fn write_authorizer(notes: &Notes, variable: &V, escape: Escape, out: &mut Vec<u8>) -> bool {
    let Some(answer) = notes.caller().and_then(|caller| caller.authorizer.as_deref()) else { return false };
    let value = match variable {
        V::AuthorizerPrincipalId => answer.principal_id.as_deref(),
        V::AuthorizerClaim(name) => answer.claim(name),
        V::AuthorizerContext(name) => answer.context(name),
        _ => None,
    };
    // JSON text is shown as it is, in logs too (AWS's guide, "Pass JWT claims to your integration").
    let is_json = answer.claims_are_json && matches!(variable, V::AuthorizerClaim(_));
    if let Some(value) = value {
        if is_json { Escape::Nothing } else { escape }.write(value.as_bytes(), out);
    }
    value.is_some()
}

/// Who signed the request.
fn write_signer(notes: &Notes, variable: &V, escape: Escape, out: &mut Vec<u8>) {
    let Some(signer) = notes.caller().and_then(|caller| caller.iam.as_ref()) else { return };
    let text = match variable {
        V::IdentityAccessKey => &signer.access_key_id,
        V::IdentityAccountId => &signer.account,
        V::IdentityUserArn => &signer.arn,
        _ => &signer.user_id,
    };
    escape.write(text.as_bytes(), out);
}

/// `$context.xrayTraceId` is the Root alone: of the header that was sent on, and on a stage that is traced of every request.
fn write_trace(core: &Core, arrival: &Arrival<'_>, notes: &Notes, out: &mut Vec<u8>) {
    let is_traced = || notes.trace.is_recorded() || notes.stage().is_some_and(|stage| stage.is_traced);
    let header = notes.trace.header().or_else(|| is_traced().then(|| noted_trace(core, arrival, notes)));
    let root = header.and_then(|trace| trace_root(trace).strip_prefix(b"Root="));
    out.extend_from_slice(root.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use stagegate_plan::GatewayResponseType;

    use super::*;
    use crate::refusal::Cause;

    #[test]
    fn what_a_validator_says_cannot_end_a_string_of_a_log() {
        let notes = Notes::default();
        notes.refusal.set(Some(Refusal::Gateway(GatewayResponseType::BadRequestBody, Cause::InvalidBody)));
        notes.validation_error.get_or_init(|| "[not allowed: [\"a\"]]".into());
        for (escape, expected) in
            [(Escape::ForLog, "[not allowed: [\\\"a\\\"]]"), (Escape::Nothing, "[not allowed: [\"a\"]]")]
        {
            let mut out = Vec::new();
            write_error(&notes, &V::ErrorValidationErrorString, escape, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
