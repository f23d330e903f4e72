//! The request that a back end gets (facts 38–41, 44, 45 and 50).

use std::borrow::Cow;

use smallvec::SmallVec;
use stagegate_http1::{BodyLength, Known, encode};
use stagegate_mapping::{RequestSource, may_set_header};
use stagegate_plan::{Endpoint, EndpointPart, Forwarding, HttpKind, HttpPlan, Verb, VerbChoice};

use super::forwarded;
use crate::integrate::headers::{API_ID_HEADER, passes_to_back_end};
use crate::integrate::values::{Lookup, Place, percent_encode, put};
use crate::integrate::{Overrides, configuration_error};
use crate::observe::{W3cFields, noted_trace, w3c_fields};
use crate::refusal::Refusal;

/// What most request heads fit in.
const HEAD_BYTES: usize = 1024;
/// The longest path and query that a trace keeps.
const TARGET_BYTES: usize = 1024;

/// A request on its way.
#[derive(Debug)]
pub(in crate::integrate) struct Request {
    /// The head, and the content when it is whole.
    pub(in crate::integrate) bytes: Vec<u8>,
    /// The method.
    pub(in crate::integrate) verb: Verb,
    /// Content that follows is chunked.
    pub(in crate::integrate) is_chunked: bool,
}

impl Request {
    /// Writes the request with its content, or the start of it.
    ///
    /// # Errors
    /// A template has set a header that a request cannot have.
    pub(super) fn write(
        lookup: Lookup<'_>,
        plan: &HttpPlan,
        endpoint: &Endpoint,
        (content, is_whole): (&[u8], bool),
        length: BodyLength,
    ) -> Result<Self, Refusal> {
        let verb = sent_verb(lookup, plan);
        let mut out = lookup.core.buffers.take();
        out.reserve(HEAD_BYTES);
        out.extend_from_slice(verb.as_str().as_bytes());
        out.push(b' ');
        write_target(lookup, plan, endpoint, &mut out);
        out.extend_from_slice(b" HTTP/1.1\r\n");
        write_fields(lookup, plan, endpoint, verb, &mut out)?;
        let is_chunked = !is_whole && !matches!(length, BodyLength::Length(_));
        match length {
            _ if is_whole => {
                if !content.is_empty() || matches!(verb, Verb::Post | Verb::Put | Verb::Patch) {
                    encode::content_length(&mut out, content.len() as u64);
                }
            }
            BodyLength::Length(length) => encode::content_length(&mut out, length),
            _ => encode::transfer_encoding_chunked(&mut out),
        }
        encode::end_of_head(&mut out);
        if is_whole {
            out.extend_from_slice(content);
        }
        Ok(Self { bytes: out, verb, is_chunked })
    }

    /// The method, and the URL at a back end, as they were written.
    pub(in crate::integrate) fn written(&self, endpoint: &Endpoint) -> (&'static str, Box<str>) {
        let target = self.bytes.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let target = &target[..target.len().min(TARGET_BYTES)];
        (self.verb.as_str(), format!("{}{}", endpoint.origin, String::from_utf8_lossy(target)).into())
    }
}

/// The method that is sent.
pub(in crate::integrate) fn sent_verb(lookup: Lookup<'_>, plan: &HttpPlan) -> Verb {
    match plan.verb {
        VerbChoice::Client => lookup.routed.verb,
        VerbChoice::Fixed(verb) => verb,
    }
}

fn write_parts(lookup: Lookup<'_>, parts: &[EndpointPart], place: Place, out: &mut Vec<u8>) {
    for part in parts {
        match part {
            EndpointPart::Literal(text) => out.extend_from_slice(text.as_bytes()),
            EndpointPart::Placeholder(name, source) => {
                let overridden = lookup.notes.set_overrides().and_then(|overrides| overrides.request_path(name));
                // A placeholder without a value leaves its place empty.
                match (overridden, source) {
                    (Some(value), _) => _ = put(value.as_bytes(), place, out),
                    (None, RequestSource::Static(text)) => out.extend_from_slice(text.as_bytes()),
                    (None, source) => _ = lookup.write(source, place, out),
                }
            }
        }
    }
}

/// Path and query: the endpoint's own, the client's for `HTTP_PROXY`, then the mapped ones, appended (fact 50).
pub(in crate::integrate) fn write_target(lookup: Lookup<'_>, plan: &HttpPlan, endpoint: &Endpoint, out: &mut Vec<u8>) {
    let start = out.len();
    match lookup.routed.target.and_then(|edited| edited.path.as_deref()) {
        Some(path) => out.extend_from_slice(path),
        None if endpoint.way.keeps_target => lookup.write_path(out),
        None => write_parts(lookup, &endpoint.path, Place::Path, out),
    }
    if out.len() == start {
        out.push(b'/');
    }
    let mut has_query = false;
    let mut next = |out: &mut Vec<u8>| out.push(if std::mem::replace(&mut has_query, true) { b'&' } else { b'?' });
    if let Some(query) = &endpoint.query {
        next(out);
        write_parts(lookup, query, Place::Query, out);
    }
    let client = lookup.routed.addressed.arrival.head.query();
    if let (HttpKind::Proxy, Some(query)) = (&plan.kind, client) {
        next(out);
        out.extend_from_slice(query);
    }
    let overridden = lookup.notes.set_overrides().map(Overrides::request_query).unwrap_or_default();
    let is_overridden = |name: &str| overridden.iter().any(|(known, _)| known == name);
    let mut value = lookup.core.buffers.take();
    for (name, source) in plan.query.iter().filter(|(name, _)| !is_overridden(name)) {
        let mut pair = |value: &[u8], out: &mut Vec<u8>| {
            next(out);
            percent_encode(name.as_bytes(), out);
            out.push(b'=');
            out.extend_from_slice(value);
        };
        if let RequestSource::MultiQuery(from) = source {
            for text in lookup.query_values(from) {
                value.clear();
                percent_encode(&text, &mut value);
                pair(&value, out);
            }
        } else {
            value.clear();
            if lookup.write(source, Place::Query, &mut value) {
                pair(&value, out);
            }
        }
    }
    lookup.core.buffers.give(value);
    for (name, value) in &overridden {
        next(out);
        percent_encode(name.as_bytes(), out);
        out.push(b'=');
        percent_encode(value.as_bytes(), out);
    }
}

/// Headers that were mapped or set by a template: they replace the client's and the gateway's of the same name.
#[derive(Debug)]
pub(in crate::integrate) struct Written<'p>(SmallVec<[Cow<'p, str>; 8]>);

impl Written<'_> {
    /// Whether a header was mapped.
    pub(in crate::integrate) fn has(&self, name: &[u8]) -> bool {
        self.0.iter().any(|mapped| mapped.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Writes a header of the gateway's unless it was mapped.
    pub(in crate::integrate) fn unless_mapped(&self, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
        if !self.has(name) {
            encode::field(out, name, value);
        }
    }
}

/// Headers that a template has set; one that a request cannot have is a configuration error, as a mapped one is (fact 41).
fn overridden_headers(lookup: Lookup<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let overridden = lookup.notes.set_overrides().map(Overrides::request_headers).unwrap_or_default();
    let is_possible = |(name, value): &(String, String)| may_set_header(name) && !value.contains(['\r', '\n', '\0']);
    if overridden.iter().all(is_possible) { Ok(overridden) } else { Err(configuration_error()) }
}

/// Writes the headers that templates have set and those that are mapped, but for those that the request has of its own.
///
/// # Errors
/// A template has set a header that a request cannot have.
pub(in crate::integrate) fn write_mapped<'p>(
    lookup: Lookup<'_>,
    plan: &'p HttpPlan,
    is_own: impl Fn(&str) -> bool,
    out: &mut Vec<u8>,
) -> Result<Written<'p>, Refusal> {
    let mut written = Written(SmallVec::new());
    for (name, value) in overridden_headers(lookup)?.into_iter().filter(|(name, _)| !is_own(name)) {
        encode::field(out, name.as_bytes(), value.as_bytes());
        written.0.push(Cow::Owned(name));
    }
    let overridden = written.0.len();
    for (name, source) in plan.headers.iter().filter(|(name, _)| !is_own(name)) {
        if written.0[..overridden].iter().any(|overridden| overridden.eq_ignore_ascii_case(name)) {
            continue;
        }
        let before = out.len();
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        if lookup.write(source, Place::Header, out) {
            out.extend_from_slice(b"\r\n");
            written.0.push(Cow::Borrowed(name));
        } else {
            out.truncate(before);
        }
    }
    Ok(written)
}

fn write_fields(
    lookup: Lookup<'_>,
    plan: &HttpPlan,
    endpoint: &Endpoint,
    verb: Verb,
    out: &mut Vec<u8>,
) -> Result<(), Refusal> {
    let written = write_mapped(lookup, plan, |_name| false, out)?;
    let head = lookup.routed.addressed.arrival.head;
    let own_host = if endpoint.way.keeps_target { head.host() } else { endpoint.authority.as_bytes() };
    let host = lookup.routed.target.and_then(|edited| edited.host.as_deref());
    written.unless_mapped(b"Host", host.unwrap_or(own_host), out);
    let own = w3c_fields(lookup.core, lookup.routed.addressed.arrival, lookup.notes);
    match &plan.kind {
        HttpKind::Proxy => {
            for field in head.fields().filter(|field| passes_to_back_end(plan.forwarding, field)) {
                let nominated = head.has_nominations() && head.is_nominated(field.name);
                let is_ours = own.is_some() && W3cFields::replace(field.known);
                if !nominated && !is_ours && !written.has(field.name) {
                    encode::field(out, field.name, field.value);
                }
            }
            forwarded::write(plan.forwarding, lookup.routed.addressed.arrival, &written, out);
        }
        HttpKind::Mapped(_) => {
            written.unless_mapped(b"Accept", b"application/json", out);
            if verb.has_content() {
                let own = head.find(Known::ContentType).map_or(&b"application/json"[..], |field| field.value);
                written.unless_mapped(b"Content-Type", own, out);
            }
        }
    }
    write_user_agent(lookup, plan, &written, out);
    write_trace(lookup, out);
    write_w3c(own.as_ref(), &written, out);
    if plan.forwarding == Forwarding::XForwarded {
        encode::field(out, API_ID_HEADER, lookup.routed.addressed.stage.api.id.as_bytes());
    }
    Ok(())
}

/// `User-Agent`: a proxied client's, or our own.
fn write_user_agent(lookup: Lookup<'_>, plan: &HttpPlan, written: &Written<'_>, out: &mut Vec<u8>) {
    let head = lookup.routed.addressed.arrival.head;
    if !written.has(b"User-Agent")
        && plan.forwarding == Forwarding::XForwarded
        && (matches!(plan.kind, HttpKind::Mapped(_)) || head.find(Known::UserAgent).is_none())
    {
        out.extend_from_slice(b"User-Agent: AmazonAPIGateway_");
        out.extend_from_slice(lookup.routed.addressed.stage.api.id.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// The trace header (fact 44), noted for the answer and the log.
pub(in crate::integrate) fn write_trace(lookup: Lookup<'_>, out: &mut Vec<u8>) {
    let trace = noted_trace(lookup.core, lookup.routed.addressed.arrival, lookup.notes);
    encode::field(out, b"X-Amzn-Trace-Id", trace);
}

/// W3C's trace headers, where they are ours to write and no mapping has written them.
fn write_w3c(own: Option<&W3cFields<'_>>, written: &Written<'_>, out: &mut Vec<u8>) {
    for (name, value) in own.iter().flat_map(|own| own.iter()) {
        written.unless_mapped(name, value, out);
    }
}
