//! The event of a Lambda proxy integration, payload format 1.0: every key, null or not, in AWS's order (facts 44 to 60).

use stagegate_http1::{Known, encode};
use stagegate_mapping::{ClientCertFact, ContextVariable as V};

use super::pairs::{Groups, Pairs, object};
use crate::address::with_one_slash;
use crate::authorize::AuthorizerAnswer;
use crate::integrate::conversion::encode as encode_base64;
use crate::integrate::method_headers::method_headers;
use crate::integrate::values::{Lookup, form_decode, query_pairs};
use crate::json;
use crate::observe::{Escape, Notes, write_variable};

/// What an event is longer than its request by, most of the time.
const FRAME_BYTES: usize = 3 * 1024;

/// Writes the event of a request with this content; `trace` is the trace header that the function gets.
pub(super) fn write(lookup: Lookup<'_>, trace: &[u8], content: &[u8], out: &mut Vec<u8>) {
    out.reserve(FRAME_BYTES + content.len() + content.len() / 2);
    out.push(b'{');
    write_request_members(lookup, trace, b"null", out);
    write_body(lookup, content, out);
    out.push(b'}');
}

/// Appends the members that the events of proxy integrations and of authorizers share; `none` stands for a collection without
/// members.
pub(crate) fn write_request_members(lookup: Lookup<'_>, trace: &[u8], none: &[u8], out: &mut Vec<u8>) {
    let routed = lookup.routed;
    let head = routed.addressed.arrival.head;
    let collection = |key: &[u8], out: &mut Vec<u8>, write: &dyn Fn(&mut Vec<u8>)| {
        out.extend_from_slice(key);
        let start = out.len();
        write(out);
        if out[start..] == *b"null" {
            out.truncate(start);
            out.extend_from_slice(none);
        }
    };
    member(b"\"resource\":", out, |out| json::string(routed.route.resource_path.as_bytes(), out));
    member(b",\"path\":", out, |out| json::string(&routed.addressed.path_with_base(), out));
    member(b",\"httpMethod\":", out, |out| json::string(routed.verb.as_str().as_bytes(), out));
    let headers = headers(lookup, trace);
    collection(b",\"headers\":", out, &|out| headers.write_last(out));
    collection(b",\"multiValueHeaders\":", out, &|out| headers.write_all(out));
    let query = query(head.query().unwrap_or_default());
    collection(b",\"queryStringParameters\":", out, &|out| query.write_last(out));
    collection(b",\"multiValueQueryStringParameters\":", out, &|out| query.write_all(out));
    collection(b",\"pathParameters\":", out, &|out| {
        let names = routed.route.parameters.iter();
        let values = names.filter_map(|name| Some((name.as_bytes(), routed.parameter(name)?)));
        object(values, out, json::string);
    });
    collection(b",\"stageVariables\":", out, &|out| {
        let variables = routed.addressed.stage.variables.iter();
        object(variables.map(|(name, value)| (name.as_bytes(), value.as_bytes())), out, json::string);
    });
    member(b",\"requestContext\":", out, |out| write_context(lookup, out));
}

/// Appends a key and its value.
fn member(key: &[u8], out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(key);
    value(out);
}

/// The headers of the method request, with the trace that the function gets.
fn headers<'r>(lookup: Lookup<'r>, trace: &'r [u8]) -> Groups<'r> {
    let incoming = lookup.routed.addressed.arrival.head.find(Known::XAmznTraceId).map(|field| field.value);
    let mut pairs = Pairs::default();
    if lookup.routed.addressed.arrival.is_simulated && trace.is_empty() {
        // An authorizer that is tried out sees what was given, and nothing more.
        for field in lookup.routed.addressed.arrival.head.fields() {
            pairs.push(field.name, field.value);
        }
        return pairs.into_headers();
    }
    for (name, value) in method_headers(lookup, shown_trace(incoming, trace)) {
        pairs.push(name, value);
    }
    pairs.into_headers()
}

/// The event shows the Root, and the whole header only where the client sent a parent.
fn shown_trace<'t>(incoming: Option<&[u8]>, trace: &'t [u8]) -> &'t [u8] {
    let mut parts = incoming.unwrap_or_default().split(|byte| *byte == b';');
    if parts.any(|part| part.trim_ascii().starts_with(b"Parent=")) { trace } else { crate::respond::trace_root(trace) }
}

/// The query, decoded (fact 31).
fn query(query: &[u8]) -> Groups<'_> {
    let mut pairs = Pairs::default();
    for (name, value) in query_pairs(query) {
        pairs.push(form_decode(name), form_decode(value));
    }
    pairs.into_parameters()
}

/// `requestContext`.
fn write_context(lookup: Lookup<'_>, out: &mut Vec<u8>) {
    let routed = lookup.routed;
    let arrival = routed.addressed.arrival;
    let stage = routed.addressed.stage;
    let of_context = |variable: V, out: &mut Vec<u8>| variable_string(lookup, &variable, out);
    member(b"{\"resourceId\":", out, |out| json::string(routed.route.resource_id.as_bytes(), out));
    if let Some(answer) = lookup.notes.caller().and_then(|caller| caller.authorizer.as_deref()) {
        member(b",\"authorizer\":", out, |out| write_authorizer(lookup.notes, answer, out));
    }
    member(b",\"resourcePath\":", out, |out| json::string(routed.route.resource_path.as_bytes(), out));
    member(b",\"httpMethod\":", out, |out| json::string(routed.verb.as_str().as_bytes(), out));
    member(b",\"extendedRequestId\":", out, |out| json::string(arrival.ids.extended(), out));
    member(b",\"requestTime\":", out, |out| of_context(V::RequestTime, out));
    // With the stage or the base path, as it was sent (fact 59).
    member(b",\"path\":", out, |out| json::string(with_one_slash(arrival.head.path()), out));
    member(b",\"accountId\":", out, |out| json::string(stage.api.account.as_bytes(), out));
    member(b",\"protocol\":", out, |out| json::string(arrival.protocol.name().as_bytes(), out));
    member(b",\"stage\":", out, |out| json::string(stage.name.as_bytes(), out));
    member(b",\"domainPrefix\":", out, |out| of_context(V::DomainPrefix, out));
    member(b",\"requestTimeEpoch\":", out, |out| encode::decimal(out, arrival.wall.epoch_ms));
    member(b",\"requestId\":", out, |out| json::string(arrival.ids.request(), out));
    member(b",\"identity\":", out, |out| write_identity(lookup, out));
    member(b",\"domainName\":", out, |out| of_context(V::DomainName, out));
    member(b",\"deploymentId\":", out, |out| json::string(stage.deployment_id.as_bytes(), out));
    member(b",\"apiId\":", out, |out| json::string(stage.api.id.as_bytes(), out));
    // Only where the stage has a canary (fact 60).
    if let Some(is_canary) = stage.release.is_canary_request() {
        out.extend_from_slice(if is_canary { b",\"isCanaryRequest\":true" } else { b",\"isCanaryRequest\":false" });
    }
    out.push(b'}');
}

/// `requestContext.identity`: every key, also without a value (fact 60), in AWS's order.
const IDENTITY: [(&[u8], V); 12] = [
    (b"{\"cognitoIdentityPoolId\":", V::IdentityCognitoIdentityPoolId),
    (b",\"accountId\":", V::IdentityAccountId),
    (b",\"cognitoIdentityId\":", V::IdentityCognitoIdentityId),
    (b",\"caller\":", V::IdentityCaller),
    (b",\"sourceIp\":", V::IdentitySourceIp),
    (b",\"principalOrgId\":", V::IdentityPrincipalOrgId),
    (b",\"accessKey\":", V::IdentityAccessKey),
    (b",\"cognitoAuthenticationType\":", V::IdentityCognitoAuthenticationType),
    (b",\"cognitoAuthenticationProvider\":", V::IdentityCognitoAuthenticationProvider),
    (b",\"userArn\":", V::IdentityUserArn),
    (b",\"userAgent\":", V::IdentityUserAgent),
    (b",\"user\":", V::IdentityUser),
];

fn write_identity(lookup: Lookup<'_>, out: &mut Vec<u8>) {
    for (key, variable) in &IDENTITY {
        member(key, out, |out| variable_string(lookup, variable, out));
        // Only callers with an API key have these two.
        if *variable == V::IdentityCaller && lookup.notes.api_key_id.get().is_some() {
            member(b",\"apiKey\":", out, |out| variable_string(lookup, &V::IdentityApiKey, out));
            member(b",\"apiKeyId\":", out, |out| variable_string(lookup, &V::IdentityApiKeyId, out));
        }
    }
    if has_client_cert(lookup) {
        write_client_cert(lookup, out);
    }
    out.push(b'}');
}

/// Whether the client has shown a certificate.
pub(super) fn has_client_cert(lookup: Lookup<'_>) -> bool {
    lookup.routed.addressed.arrival.tls.is_some_and(|tls| tls.client.is_some())
}

/// Appends a comma and `clientCert`, which only mutual TLS brings (fact D6).
pub(super) fn write_client_cert(lookup: Lookup<'_>, out: &mut Vec<u8>) {
    const FACTS: [(&[u8], ClientCertFact); 6] = [
        (b",\"clientCert\":{\"clientCertPem\":", ClientCertFact::Pem),
        (b",\"subjectDN\":", ClientCertFact::SubjectDn),
        (b",\"issuerDN\":", ClientCertFact::IssuerDn),
        (b",\"serialNumber\":", ClientCertFact::SerialNumber),
        (b",\"validity\":{\"notBefore\":", ClientCertFact::NotBefore),
        (b",\"notAfter\":", ClientCertFact::NotAfter),
    ];
    for (key, fact) in FACTS {
        member(key, out, |out| variable_string(lookup, &V::IdentityClientCert(fact), out));
    }
    out.extend_from_slice(b"}}");
}

/// `requestContext.authorizer`: text, but for the latency of the authorizer's function, which is 0 for a decision that was
/// remembered.
fn write_authorizer(notes: &Notes, answer: &AuthorizerAnswer, out: &mut Vec<u8>) {
    out.push(b'{');
    for (name, value) in &answer.context {
        json::string(name.as_bytes(), out);
        member(b":", out, |out| json::string(value.as_bytes(), out));
        out.push(b',');
    }
    if !answer.claims.is_empty() {
        let claims = answer.claims.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        // A JWT authorizer's claims keep their types (AWS's guide, "Pass JWT claims to your integration").
        let write = if answer.claims_are_json { json::verbatim } else { json::string };
        member(b"\"claims\":", out, |out| object(claims, out, write));
        out.push(b',');
    }
    if let Some(principal_id) = &answer.principal_id {
        member(b"\"principalId\":", out, |out| json::string(principal_id.as_bytes(), out));
        let latency_us = notes.phases.called.get().map_or(0, |call| call.latency_us);
        member(b",\"integrationLatency\":", out, |out| encode::decimal(out, latency_us / 1000));
    } else if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b'}');
}

/// Appends a variable of `$context` as a string; `null` without a value.
fn variable_string(lookup: Lookup<'_>, variable: &V, out: &mut Vec<u8>) {
    let Lookup { core, routed, notes, .. } = lookup;
    let mut text = core.buffers.take();
    let has_value = write_variable(core, routed.addressed.arrival, notes, variable, Escape::Nothing, &mut text);
    json::optional(has_value.then_some(&*text), out);
    core.buffers.give(text);
}

/// `body` and `isBase64Encoded`: base64 for content of a binary media type, whatever is in it (fact 66).
fn write_body(lookup: Lookup<'_>, content: &[u8], out: &mut Vec<u8>) {
    let head = lookup.routed.addressed.arrival.head;
    let content_type = head.find(Known::ContentType).map(|field| field.value);
    let types = &lookup.routed.addressed.stage.deployment.binary_types;
    let is_binary = !content.is_empty() && types.is_binary(content_type);
    out.extend_from_slice(b",\"body\":");
    if is_binary {
        out.push(b'"');
        encode_base64(content, out);
        out.push(b'"');
    } else {
        json::optional((!content.is_empty()).then_some(content), out);
    }
    out.extend_from_slice(if is_binary { b",\"isBase64Encoded\":true" } else { b",\"isBase64Encoded\":false" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_44_the_event_shows_a_parent_only_where_one_came() {
        let trace = b"Root=1-a-b;Parent=7;Sampled=0";
        let cases: [(Option<&[u8]>, &[u8]); 4] = [
            (None, b"Root=1-a-b"),
            (Some(b"Root=1-a-b"), b"Root=1-a-b"),
            (Some(b"Root=1-a-b; Parent=7"), trace),
            (Some(b"Self=1;Parent=7;Root=1-a-b"), trace),
        ];
        for (incoming, shown) in cases {
            assert_eq!(shown_trace(incoming, trace), shown);
        }
    }
}
