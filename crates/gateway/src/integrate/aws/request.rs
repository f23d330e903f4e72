//! The request that a service gets (facts 39 and 41), signed.

use std::sync::Arc;

use stagegate_http1::{Known, encode};
use stagegate_plan::{Endpoint, EndpointPart, HttpPlan, ServiceProtocol, ServiceTarget, Verb};
use stagegate_sigv4::{Credentials, Payload, RequestParts, object_path, sign, sign_for_s3};
use time::OffsetDateTime;

use crate::integrate::configuration_error;
use crate::integrate::http::{Request, Written, sent_verb, write_mapped, write_target, write_trace};
use crate::integrate::values::Lookup;
use crate::refusal::Refusal;

/// The header that names the calling API to a service (fact 39).
pub(super) const API_ID_HEADER: &[u8] = b"x-amzn-apigateway-api-id";

/// The service whose signatures differ.
const S3: &str = "s3";

/// Headers that a template must not set; a mapping of them is refused when it is compiled (fact 41).
const FORBIDDEN: [&str; 5] = ["authorization", "connection", "expect", "proxy-authenticate", "te"];
/// Headers of the signature, which no mapping replaces.
const OWN: [&str; 3] = ["x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

/// Where an operation is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'t> {
    /// The operation, and AWS's own endpoint.
    pub(super) target: &'t ServiceTarget,
    /// The service's place, where the operator has put it elsewhere.
    pub(super) elsewhere: Option<&'t Arc<Endpoint>>,
}

/// Writes the whole request.
///
/// # Errors
/// A template has set a header that such a request cannot have.
pub(super) fn write(
    lookup: Lookup<'_>,
    plan: &HttpPlan,
    place: Place<'_>,
    content: &[u8],
    credentials: &Credentials,
) -> Result<Request, Refusal> {
    let verb = sent_verb(lookup, plan);
    let mut target = lookup.core.buffers.take();
    write_prefix(place, &mut target);
    write_target(lookup, plan, &place.target.endpoint, &mut target);
    if &*place.target.signing_name == S3 {
        encode_path_once(&mut target);
    }
    let mut fields = lookup.core.buffers.take();
    let is_form = write_fields(lookup, plan, place, verb, &mut fields)?;
    if let ServiceProtocol::Query { version } = &place.target.protocol {
        add_version(version, &mut target);
    }
    let mut form = lookup.core.buffers.take();
    let content = if is_form {
        split_query(&mut target, &mut form);
        &form[..]
    } else {
        content
    };
    let written = signed(lookup, verb, (&target, &fields, content), place.target, credentials)?;
    for spent in [target, fields, form] {
        lookup.core.buffers.give(spent);
    }
    Ok(written)
}

/// A request with this target, these header lines and this content, signed.
///
/// # Errors
/// The target is no text.
pub(super) fn signed(
    lookup: Lookup<'_>,
    verb: Verb,
    (target, fields, content): (&[u8], &[u8], &[u8]),
    service: &ServiceTarget,
    credentials: &Credentials,
) -> Result<Request, Refusal> {
    let added = signature(verb, target, fields, service, content, credentials).ok_or_else(configuration_error)?;
    let mut out = lookup.core.buffers.take();
    out.extend_from_slice(verb.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(target);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    out.extend_from_slice(fields);
    for (name, value) in &added {
        encode::field(&mut out, name.as_bytes(), value.as_bytes());
    }
    if !content.is_empty() || verb.has_content() {
        encode::content_length(&mut out, content.len() as u64);
    }
    encode::end_of_head(&mut out);
    out.extend_from_slice(content);
    Ok(Request { bytes: out, verb, is_chunked: false })
}

/// What stands before the operation's path where the service is elsewhere: the place's own path, and a bucket, whose name is
/// part of AWS's host.
pub(super) fn write_prefix(place: Place<'_>, out: &mut Vec<u8>) {
    let Some(elsewhere) = place.elsewhere else { return };
    for part in &elsewhere.path {
        if let EndpointPart::Literal(text) = part {
            out.extend_from_slice(text.as_bytes());
        }
    }
    if let Some(bucket) = place.target.subdomain.as_deref().filter(|_| &*place.target.service == S3) {
        out.push(b'/');
        out.extend_from_slice(bucket.as_bytes());
    }
}

/// Names the version of a Query API, which a request may leave out at AWS but not everywhere.
fn add_version(version: &str, target: &mut Vec<u8>) {
    const NAME: &[u8] = b"&Version=";
    if !target.windows(NAME.len()).any(|window| window == NAME) {
        target.extend_from_slice(NAME);
        target.extend_from_slice(version.as_bytes());
    }
}

/// Writes an object's path as S3 signs it, so that there is no doubt which one is meant.
fn encode_path_once(target: &mut Vec<u8>) {
    let end = target.iter().position(|byte| *byte == b'?').unwrap_or(target.len());
    let path = object_path(&String::from_utf8_lossy(&target[..end]));
    target.splice(..end, path.into_bytes());
}

/// Moves a target's query to a form.
fn split_query(target: &mut Vec<u8>, form: &mut Vec<u8>) {
    if let Some(at) = target.iter().position(|byte| *byte == b'?') {
        form.extend_from_slice(&target[at + 1..]);
        target.truncate(at);
    }
}

/// Writes the headers. The result says whether the query is to be sent as a form: an action in a `POST` of the Query protocol
/// has no other content, unless the author has mapped what kind of content there is.
fn write_fields(
    lookup: Lookup<'_>,
    plan: &HttpPlan,
    place: Place<'_>,
    verb: Verb,
    out: &mut Vec<u8>,
) -> Result<bool, Refusal> {
    let stage = lookup.routed.addressed.stage;
    let is_ours = |name: &str| OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
    let written: Written<'_> = write_mapped(lookup, plan, is_ours, out)?;
    if FORBIDDEN.iter().any(|name| written.has(name.as_bytes())) {
        return Err(configuration_error());
    }
    let endpoint = place.elsewhere.map_or(&place.target.endpoint, |endpoint| endpoint);
    written.unless_mapped(b"Host", endpoint.authority.as_bytes(), out);
    written.unless_mapped(b"Accept", b"application/json", out);
    let speaks_query = matches!(place.target.protocol, ServiceProtocol::Query { .. });
    let is_form = speaks_query && verb == Verb::Post && !written.has(b"Content-Type") && !written.has(b"X-Amz-Target");
    if let ServiceProtocol::Json(json) = &place.target.protocol {
        written.unless_mapped(b"X-Amz-Target", json.target.as_bytes(), out);
        written.unless_mapped(b"Content-Type", json.content_type.as_bytes(), out);
    } else if is_form {
        encode::field(out, b"Content-Type", b"application/x-www-form-urlencoded");
    } else if verb.has_content() {
        let client = lookup.routed.addressed.arrival.head.find(Known::ContentType);
        let media_type = client.map_or(&b"application/json"[..], |field| field.value);
        written.unless_mapped(b"Content-Type", media_type, out);
    }
    written.unless_mapped(b"User-Agent", format!("AmazonAPIGateway_{}", stage.api.id).as_bytes(), out);
    write_trace(lookup, out);
    encode::field(out, API_ID_HEADER, stage.api.id.as_bytes());
    Ok(is_form)
}

/// The headers that sign a request; `None` when its target is no text, which a request line's always is.
fn signature(
    verb: Verb,
    target: &[u8],
    fields: &[u8],
    service: &ServiceTarget,
    content: &[u8],
    credentials: &Credentials,
) -> Option<Vec<(&'static str, String)>> {
    let target = std::str::from_utf8(target).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let lines = fields.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = line.strip_suffix(b"\r")?;
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((std::str::from_utf8(&line[..colon]).ok()?, line[colon + 1..].trim_ascii()))
    });
    let headers: Vec<(&str, &[u8])> = lines.collect();
    let parts =
        RequestParts { method: verb.as_str(), path, query, headers: &headers, payload: Payload::Bytes(content) };
    let now = OffsetDateTime::now_utc();
    Some(match &*service.signing_name {
        S3 => sign_for_s3(&parts, credentials, &service.region, now),
        name => sign(&parts, credentials, &service.region, name, now),
    })
}
