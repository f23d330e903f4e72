//! The lines, each written by the room that knows it.

use std::borrow::Cow;

use stagegate_http1::{Field, Known, ResponseHead};
use stagegate_plan::{Endpoint, IntegrationPlan, Scheme};
use tokio::time::Instant;

use super::text::Pair;
use super::usage_lines::log_key;
use super::{ExecutionLog, Kind};
use crate::address::Addressed;
use crate::integrate::{form_decode, is_dropped_first, query_pairs};
use crate::observe::{Notes, asks_why, micros};
use crate::refusal::{Cause, Refusal};
use crate::respond::{ReplyHead, trace_root};
use crate::route::Routed;

fn pair<'p>((name, value): (&'p [u8], &'p [u8])) -> Pair<'p> {
    (Cow::Borrowed(name), Cow::Borrowed(value))
}

/// Opens the log of a request whose route is known and has one. Its first line is the extended id (fact L2).
pub(crate) fn log_opening(notes: &Notes, addressed: &Addressed<'_>) {
    let Some(plan) = &addressed.stage.execution_log else { return };
    let Some(logging) = notes.route.get().and_then(|route| plan.of(route)) else { return };
    let ids = &addressed.arrival.ids;
    let log = ExecutionLog::live(ids.request(), logging);
    let kind = if log.has(Kind::Data) { Kind::Data } else { Kind::Step };
    log.line(kind, |line| _ = line.push(b"Extended Request Id: ").push(ids.extended()));
    notes.open_log(log);
}

/// The request as the method gets it, but for its body; written once, however often it is called.
pub(crate) fn log_start(notes: &Notes, routed: &Routed<'_>) {
    let Some(log) = notes.execution_log().filter(|log| !log.has_started.replace(true)) else { return };
    let head = routed.addressed.arrival.head;
    log.line(Kind::Step, |line| {
        line.push(b"Starting execution for request: ").push(routed.addressed.arrival.ids.request());
    });
    log.line(Kind::Step, |line| {
        line.push(b"HTTP Method: ").push(routed.verb.as_str().as_bytes());
        line.push(b", Resource Path: ").push(routed.addressed.path);
    });
    log_key(notes, log);
    log.line(Kind::Data, |line| {
        let value = |name: &'_ str| routed.parameter(name).map(form_decode_path);
        let pairs = routed.route.parameters.iter().filter_map(|name| Some((name.as_bytes().into(), value(name)?)));
        line.push(b"Method request path: ").map(pairs);
    });
    log.line(Kind::Data, |line| {
        let pairs = query_pairs(head.query().unwrap_or_default());
        let pairs = pairs.map(|(name, value)| (form_decode(name), form_decode(value)));
        line.push(b"Method request query string: ").map(pairs);
    });
    log.line(Kind::Data, |line| {
        let is_shown = |field: &Field<'_>| !is_dropped_first(field.known) && !asks_why(field.name);
        let fields = head.fields().filter(is_shown);
        line.push(b"Method request headers: ").map(fields.map(|field| pair((field.name, field.value))));
    });
}

/// Percent-encoding is undone for the reader; a plus sign stays one in a path.
fn form_decode_path(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.contains(&b'+') {
        return form_decode(raw);
    }
    let kept: Vec<&[u8]> = raw.split(|byte| *byte == b'+').collect();
    Cow::Owned(form_decode(&kept.join(&b"%2B"[..])).into_owned())
}

/// The body that the client sent; written once, by the first room that reads it. Content of a binary media type is only named.
pub(crate) fn log_request_body(notes: &Notes, routed: &Routed<'_>, body: &[u8]) {
    let Some(log) = notes.execution_log().filter(|log| !log.has_request_body.replace(true)) else { return };
    let content_type = routed.addressed.arrival.head.find(Known::ContentType).map(|field| field.value);
    let is_binary = routed.addressed.stage.deployment.binary_types.is_binary(content_type);
    let body = if is_binary { &b"[Binary Data]"[..] } else { body };
    log.line(Kind::Data, |line| _ = line.push(b"Method request body before transformations: ").push(body));
}

/// The request that an HTTP back end gets: its head and its content, or `rest`, as much of it as is at hand.
pub(crate) fn log_http_request(notes: &Notes, endpoint: &Endpoint, request: &[u8], rest: &[u8]) {
    let Some(log) = notes.execution_log().filter(|log| log.has(Kind::Data)) else { return };
    let (head, content) = split_head(request);
    let mut lines = head.split(|byte| *byte == b'\n');
    let target = lines.next().and_then(|line| line.split(|byte| *byte == b' ').nth(1)).unwrap_or_default();
    let scheme: &[u8] = match endpoint.scheme {
        Scheme::Http => b"http://",
        Scheme::Https => b"https://",
    };
    let uri = [scheme, endpoint.authority.as_bytes(), target].concat();
    let fields = lines.filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    });
    let is_own = |(name, _): &(&[u8], &[u8])| {
        !matches!(Known::classify(name), Known::Host | Known::ContentLength | Known::TransferEncoding)
    };
    log_endpoint_request(log, &uri, fields.filter(is_own), if content.is_empty() { rest } else { content });
}

/// The request that a back end gets.
pub(crate) fn log_endpoint_request<'f>(
    log: &ExecutionLog,
    uri: &[u8],
    fields: impl Iterator<Item = (&'f [u8], &'f [u8])>,
    body: &[u8],
) {
    log.line(Kind::Data, |line| _ = line.push(b"Endpoint request URI: ").uri(uri));
    log.line(Kind::Data, |line| _ = line.push(b"Endpoint request headers: ").map(fields.map(pair)));
    log.line(Kind::Data, |line| _ = line.push(b"Endpoint request body after transformations: ").push(body));
    log.line(Kind::Data, |line| _ = line.push(b"Sending request to ").uri(uri));
    log.sent.set(Some(Instant::now()));
}

/// The head of a request as it was written, and what follows it.
fn split_head(request: &[u8]) -> (&[u8], &[u8]) {
    const END: &[u8] = b"\r\n\r\n";
    let end = request.windows(END.len()).position(|window| window == END).unwrap_or(request.len());
    (&request[..end], request.get(end + END.len()..).unwrap_or_default())
}

/// The head of an HTTP back end's answer.
pub(crate) fn log_endpoint_head(notes: &Notes, head: &ResponseHead) {
    let fields = head.fields().map(|field| (field.name, field.value));
    log_endpoint_answer(notes, head.status(), fields);
}

/// The status and the headers of an answer, with the time since the request was sent.
pub(crate) fn log_endpoint_answer<'f>(notes: &Notes, status: u16, fields: impl Iterator<Item = (&'f [u8], &'f [u8])>) {
    let Some(log) = notes.execution_log() else { return };
    let latency_ms = log.sent.get().map_or(0, |sent| micros(sent.elapsed()) / 1000);
    log.line(Kind::Data, |line| {
        line.push(b"Received response. Status: ").number(u64::from(status));
        line.push(b", Integration latency: ").number(latency_ms).push(b" ms");
    });
    log.line(Kind::Data, |line| _ = line.push(b"Endpoint response headers: ").map(fields.map(pair)));
}

/// The content of an answer, as far as it is at hand.
pub(crate) fn log_endpoint_body(notes: &Notes, body: &[u8]) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Data, |line| _ = line.push(b"Endpoint response body before transformations: ").push(body));
}

/// The answer that the method gives, and the end.
pub(crate) fn log_answer(notes: &Notes, head: &ReplyHead, content: &[u8]) {
    let Some(log) = notes.execution_log() else { return };
    log.line(Kind::Data, |line| _ = line.push(b"Method response body after transformations: ").push(content));
    log.line(Kind::Data, |line| _ = line.push(b"Method response headers: ").map(head.answer_fields().map(pair)));
    log.line(Kind::Step, |line| _ = line.push(b"Successfully completed execution"));
    log_status(notes, log, Kind::Step, head.status());
}

/// Why the request was refused, and the end (fact L12).
pub(crate) fn log_refusal(notes: &Notes, refusal: Refusal, status: u16) {
    let Some(log) = notes.execution_log() else { return };
    // Nothing follows the line about the identity (fact L7).
    if let Refusal::Gateway(_, Cause::Unauthorized) = refusal {
        return;
    }
    // What a function did wrong is in the log already, with its message.
    if let Refusal::Gateway(_, cause) = refusal
        && cause != Cause::FunctionError
        && !log.has_said_why.get()
    {
        let why = configured_wrong(notes, cause);
        log.line(Kind::Failure, |line| {
            line.push(cause.text().as_bytes());
            if let Some(why) = why {
                line.push(b": ").push(why.as_bytes());
            }
        });
    }
    log_status(notes, log, Kind::Failure, status);
}

fn log_status(notes: &Notes, log: &ExecutionLog, kind: Kind, status: u16) {
    log.line(kind, |line| _ = line.push(b"Method completed with status: ").number(u64::from(status)));
    // Fact L6; a test has no such line.
    if let Some(id) = notes.endpoint_request_id.get().filter(|_| !log.is_rehearsal()) {
        log.line(Kind::Step, |line| _ = line.push(b"AWS Integration Endpoint RequestId : ").push(id.as_bytes()));
    }
}

/// The last line of a stage that is traced, on failures, too (facts L6 and L7).
pub(crate) fn log_trace(log: &ExecutionLog, trace: &[u8]) {
    log.line(Kind::Step, |line| _ = line.push(b"X-ray Tracing ID : ").push(trace_root(trace)));
}

/// What the compiler had to say about a route that cannot be served; of an address that cannot be, AWS's words.
pub(crate) fn configured_wrong(notes: &Notes, cause: Cause) -> Option<&str> {
    if cause != Cause::Configuration {
        return None;
    }
    let stage = notes.stage()?;
    let id = notes.route.get()?;
    match &stage.deployment.route(id)?.integration {
        IntegrationPlan::Misconfigured { why } => Some(why),
        IntegrationPlan::Lambda(_) | IntegrationPlan::MappedFunction(_) => {
            stage.function(id)?.as_ref().err().map(|unbound| &*unbound.why)
        }
        IntegrationPlan::Service(_) | IntegrationPlan::Subtype(_) => {
            stage.service(id)?.as_ref().err().map(|unbound| &*unbound.why)
        }
        _ => stage.endpoint(id)?.is_err().then_some("Invalid endpoint address"),
    }
}
