//! Payload format 1.0 of HTTP APIs: canonical names of headers, decoded parameters, the route key in place of a resource's id (facts
//! H20 to H22).

use stagegate_http1::{Known, encode};
use stagegate_mapping::ContextVariable as V;

use super::event::{has_client_cert, write_client_cert};
use super::pairs::{Pairs, object};
use super::payload_2::is_text;
use crate::address::with_one_slash;
use crate::authorize::shown_token;
use crate::integrate::conversion::encode as encode_base64;
use crate::integrate::method_headers::method_headers;
use crate::integrate::values::{Lookup, form_decode, query_pairs};
use crate::json;
use crate::observe::{Escape, write_variable};
use crate::respond::{canonical, trace_root};

/// Writes the event of a request with this content; `trace` is the trace header that the function gets.
pub(super) fn write(lookup: Lookup<'_>, trace: &[u8], content: &[u8], out: &mut Vec<u8>) {
    let routed = lookup.routed;
    let arrival = routed.addressed.arrival;
    let stage = routed.addressed.stage;
    text(b"{\"version\":\"1.0\",\"resource\":", routed.route.resource_path.as_bytes(), out);
    text(b",\"path\":", with_one_slash(arrival.head.path()), out);
    text(b",\"httpMethod\":", routed.verb.as_str().as_bytes(), out);
    write_headers(lookup, trace, content, out);
    let mut query = Pairs::default();
    for (name, value) in query_pairs(arrival.head.query().unwrap_or_default()) {
        query.push(form_decode(name), form_decode(value));
    }
    let query = query.into_sorted();
    out.extend_from_slice(b",\"queryStringParameters\":");
    query.write_last(out);
    out.extend_from_slice(b",\"multiValueQueryStringParameters\":");
    query.write_all(out);
    out.extend_from_slice(b",\"requestContext\":");
    write_context(lookup, out);
    out.extend_from_slice(b",\"pathParameters\":");
    let names = routed.route.parameters.iter();
    object(names.filter_map(|name| Some((name.as_bytes(), routed.parameter(name)?))), out, json::string);
    out.extend_from_slice(b",\"stageVariables\":");
    object(stage.variables.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())), out, json::string);
    out.extend_from_slice(b",\"body\":");
    let is_base64 = !content.is_empty() && !is_text(arrival);
    if is_base64 {
        out.push(b'"');
        encode_base64(content, out);
        out.push(b'"');
    } else {
        json::optional((!content.is_empty()).then_some(content), out);
    }
    out.extend_from_slice(if is_base64 { b",\"isBase64Encoded\":true}" } else { b",\"isBase64Encoded\":false}" });
}

/// `headers` and `multiValueHeaders`.
fn write_headers(lookup: Lookup<'_>, trace: &[u8], content: &[u8], out: &mut Vec<u8>) {
    let mut pairs = Pairs::default();
    let mut length = Vec::new();
    encode::decimal(&mut length, content.len() as u64);
    pairs.push(&b"Content-Length"[..], length);
    for (name, value) in method_headers(lookup, trace_root(trace)) {
        let mut name = name.into_owned();
        canonical(&mut name);
        if name != b"Content-Length" {
            pairs.push(name, value);
        }
    }
    let headers = pairs.into_headers();
    out.extend_from_slice(b",\"headers\":");
    headers.write_last(out);
    out.extend_from_slice(b",\"multiValueHeaders\":");
    headers.write_all(out);
}

/// Appends a key and its text.
fn text(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    json::string(value, out);
}

/// `requestContext.identity`, in order.
const IDENTITY: [(&[u8], V); 12] = [
    (b"{\"accessKey\":", V::IdentityAccessKey),
    (b",\"accountId\":", V::IdentityAccountId),
    (b",\"caller\":", V::IdentityCaller),
    (b",\"cognitoAuthenticationProvider\":", V::IdentityCognitoAuthenticationProvider),
    (b",\"cognitoAuthenticationType\":", V::IdentityCognitoAuthenticationType),
    (b",\"cognitoIdentityId\":", V::IdentityCognitoIdentityId),
    (b",\"cognitoIdentityPoolId\":", V::IdentityCognitoIdentityPoolId),
    (b",\"principalOrgId\":", V::IdentityPrincipalOrgId),
    (b",\"sourceIp\":", V::IdentitySourceIp),
    (b",\"user\":", V::IdentityUser),
    (b",\"userAgent\":", V::IdentityUserAgent),
    (b",\"userArn\":", V::IdentityUserArn),
];

/// `requestContext`, of integrations and of authorizers, which come before there is a caller.
pub(crate) fn write_context(lookup: Lookup<'_>, out: &mut Vec<u8>) {
    let routed = lookup.routed;
    let arrival = routed.addressed.arrival;
    let (api, route) = (&routed.addressed.stage.api, routed.route);
    let variable = |key: &[u8], variable: &V, out: &mut Vec<u8>| {
        out.extend_from_slice(key);
        let mut value = lookup.core.buffers.take();
        let has_value = write_variable(lookup.core, arrival, lookup.notes, variable, Escape::Nothing, &mut value);
        json::optional(has_value.then_some(&*value), out);
        lookup.core.buffers.give(value);
    };
    text(b"{\"accountId\":", api.account.as_bytes(), out);
    text(b",\"apiId\":", api.id.as_bytes(), out);
    write_authorizer(lookup, out);
    variable(b",\"domainName\":", &V::DomainName, out);
    variable(b",\"domainPrefix\":", &V::DomainPrefix, out);
    text(b",\"extendedRequestId\":", arrival.ids.extended(), out);
    text(b",\"httpMethod\":", routed.verb.as_str().as_bytes(), out);
    out.extend_from_slice(b",\"identity\":");
    for (key, fact) in &IDENTITY {
        if *fact == V::IdentityUserAgent {
            // Never null (fact H22).
            text(key, arrival.head.find(Known::UserAgent).map_or(b"", |field| field.value), out);
        } else {
            variable(key, fact, out);
        }
    }
    if has_client_cert(lookup) {
        write_client_cert(lookup, out);
        out.push(b'}');
    } else {
        out.extend_from_slice(b",\"clientCert\":null}");
    }
    text(b",\"path\":", with_one_slash(lookup.notes.path(arrival)), out);
    text(b",\"protocol\":", arrival.protocol.name().as_bytes(), out);
    text(b",\"requestId\":", arrival.ids.request(), out);
    variable(b",\"requestTime\":", &V::RequestTime, out);
    out.extend_from_slice(b",\"requestTimeEpoch\":");
    encode::decimal(out, arrival.wall.epoch_ms);
    text(b",\"resourceId\":", route.key.as_deref().unwrap_or_default().as_bytes(), out);
    text(b",\"resourcePath\":", route.resource_path.as_bytes(), out);
    text(b",\"stage\":", routed.addressed.stage.name.as_bytes(), out);
    out.push(b'}');
}

/// `authorizer`: claims and scopes of a token, or what a function said of the caller.
fn write_authorizer(lookup: Lookup<'_>, out: &mut Vec<u8>) {
    let Some(answer) = lookup.notes.caller().and_then(|caller| caller.authorizer.as_deref()) else { return };
    out.extend_from_slice(b",\"authorizer\":");
    if let Some(token) = shown_token(answer, lookup.routed) {
        return out.extend_from_slice(&token);
    }
    let principal = answer.principal_id.as_deref().map(|id| (&b"principalId"[..], id.as_bytes()));
    let context = answer.context.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let start = out.len();
    object(principal.into_iter().chain(context), out, json::string);
    if out[start..] == *b"null" {
        out.truncate(start);
        out.extend_from_slice(b"{}");
    }
}
