//! OpenTelemetry's spans: one of the request, with the rooms as its events, and one of every call (semantic conventions for HTTP, for
//! AWS SDK calls and for functions as a service).

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use stagegate_gateway::{Callee, Step, StepKind, Trace};

use super::attributes::Attributes;
use crate::otlp::Exporter;

/// The flags of a span that is recorded and says of its parent whether it is remote.
const FLAGS: u32 = 0x101;
/// The flag of one whose parent is.
const REMOTE: u32 = 0x200;
/// The methods that conventions know; any other is `_OTHER`.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The message with these spans.
pub(super) fn request(exporter: &Exporter, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { scope: Some(Exporter::scope()), spans, ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(exporter.resource()), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }
}

/// The spans of a trace, the request's first.
pub(super) fn of(trace: &Trace) -> impl Iterator<Item = Span> {
    let calls = trace.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Room => None,
        StepKind::Call { callee, status, bytes, request_id } => {
            Some(call(trace, step, callee, (*status, *bytes), request_id.as_deref()))
        }
    });
    std::iter::once(server(trace)).chain(calls)
}

fn server(trace: &Trace) -> Span {
    let (request, response, api) = (&trace.request, &trace.response, &trace.stage.api);
    let mut attributes = Attributes::default();
    let method = if METHODS.contains(&&*request.method) {
        &*request.method
    } else {
        attributes.text("http.request.method_original", &*request.method);
        "_OTHER"
    };
    attributes
        .text("http.request.method", method)
        .text("url.scheme", request.scheme)
        .text("url.path", &*request.path)
        .some("url.query", request.query.as_deref())
        .some("http.route", request.route.as_deref())
        .server(&request.host)
        .text("client.address", request.client.to_string())
        .some("user_agent.original", request.user_agent.as_deref())
        .text("network.protocol.name", "http")
        .text("network.protocol.version", request.version)
        .number("http.response.status_code", u64::from(response.status))
        .number("http.response.body.size", response.bytes)
        .text("aws.request_id", &*request.request_id)
        .text("aws.extended_request_id", &*request.extended_id)
        .text("cloud.account.id", &*api.account)
        .text("cloud.region", &*api.region)
        .text("cloud.resource_id", trace.stage.arn())
        .text("stagegate.api.id", &*api.id)
        .text("stagegate.api.name", &*api.name)
        .text("stagegate.stage", &*trace.stage.name)
        .some("stagegate.sampling.rule", trace.rule.as_deref());
    if let Some(failure) = &response.failure {
        attributes.text("error.type", failure.kind);
    } else if response.status >= 500 {
        attributes.text("error.type", response.status.to_string());
    }
    let method = if method == "_OTHER" { "HTTP" } else { method };
    let name = request.route.as_ref().map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    let message = response.failure.as_ref().map(|failure| failure.message.to_string());
    Span {
        span_id: trace.span_id.to_bytes().to_vec(),
        parent_span_id: trace.parent_id.map(|id| id.to_bytes().to_vec()).unwrap_or_default(),
        flags: if trace.parent_id.is_some() { FLAGS | REMOTE } else { FLAGS },
        name,
        kind: SpanKind::Server.into(),
        attributes: attributes.into_vec(),
        events: trace.steps.iter().filter_map(|step| room(trace, step)).collect(),
        status: status(response.status >= 500, message),
        ..timed(trace, 0, trace.duration_us)
    }
}

/// The entry of a room.
fn room(trace: &Trace, step: &Step) -> Option<Event> {
    matches!(step.kind, StepKind::Room).then(|| Event {
        time_unix_nano: nanos(trace.start_us + step.start_us),
        name: step.room.name().to_owned(),
        ..Event::default()
    })
}

fn call(
    trace: &Trace,
    step: &Step,
    callee: &Callee,
    (answered, bytes): (Option<u16>, Option<u64>),
    request_id: Option<&str>,
) -> Span {
    let mut attributes = Attributes::default();
    let name = describe(callee, &mut attributes);
    attributes.some("aws.request_id", request_id);
    if let Some(status) = answered {
        attributes.number("http.response.status_code", u64::from(status));
    }
    if let Some(bytes) = bytes {
        attributes.number("http.response.body.size", bytes);
    }
    let has_failed = answered.is_none_or(|status| status >= 400);
    if has_failed {
        attributes.text("error.type", answered.map_or_else(|| "no_answer".to_owned(), |status| status.to_string()));
    }
    Span {
        span_id: step.id.to_bytes().to_vec(),
        parent_span_id: trace.span_id.to_bytes().to_vec(),
        flags: FLAGS,
        name,
        kind: SpanKind::Client.into(),
        attributes: attributes.into_vec(),
        status: status(has_failed, None),
        ..timed(trace, step.start_us, step.duration_us)
    }
}

/// The name of a call's span.
fn describe(callee: &Callee, attributes: &mut Attributes) -> String {
    match callee {
        Callee::Function(function) => {
            attributes
                .text("rpc.system", "aws-api")
                .text("rpc.service", "Lambda")
                .text("rpc.method", "Invoke")
                .text("faas.invoked_name", &*function.name)
                .text("faas.invoked_provider", "aws")
                .text("faas.invoked_region", &*function.region)
                .text("aws.lambda.invoked_arn", function.to_string());
            "Lambda/Invoke".to_owned()
        }
        Callee::Service { service, region, method, url } => {
            attributes
                .text("rpc.system", "aws-api")
                .text("rpc.service", &**service)
                .text("cloud.region", &**region)
                .text("http.request.method", *method)
                .text("url.full", &**url);
            service.to_string()
        }
        Callee::Http { authority, method, url } => {
            attributes.text("http.request.method", *method).text("url.full", &**url).server(authority);
            (*method).to_owned()
        }
    }
}

/// A span of the trace, with its times.
fn timed(trace: &Trace, start_us: u64, duration_us: u64) -> Span {
    let start_us = trace.start_us + start_us;
    Span {
        trace_id: trace.trace_id.to_bytes().to_vec(),
        trace_state: trace.state.as_ref().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        start_time_unix_nano: nanos(start_us),
        end_time_unix_nano: nanos(start_us + duration_us),
        ..Span::default()
    }
}

fn status(has_failed: bool, message: Option<String>) -> Option<Status> {
    has_failed.then(|| Status { code: StatusCode::Error.into(), message: message.unwrap_or_default() })
}

fn nanos(micros: u64) -> u64 {
    micros.saturating_mul(1_000)
}
