//! `Invoke`, `InvokeAsync`, `InvokeWithResponseStream`.

use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::fault::{LambdaFault, constraint, fault, not_found};
use super::name::Named;
use super::port::{
    FunctionAnswer, FunctionCall, FunctionPayload, FunctionPieces, InvocationType, NotInvoked, NotInvokedKind,
};
use super::row;
use super::streamed::{Events, StreamedBody};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;

/// What a call asks for.
struct Asked {
    /// Nothing for a dry run.
    kind: Option<InvocationType>,
    wants_log: bool,
}

impl Asked {
    fn of(call: &Call) -> Result<Self, Fault> {
        let kind = match call.header("X-Amz-Invocation-Type") {
            None | Some("RequestResponse") => Some(InvocationType::RequestResponse),
            Some("Event") => Some(InvocationType::Event),
            Some("DryRun") => None,
            Some(other) => {
                let rule = "Member must satisfy enum value set: [Event, RequestResponse, DryRun]";
                return Err(constraint(other, "invocationType", rule));
            }
        };
        let wants_log = match call.header("X-Amz-Log-Type") {
            None | Some("None") => false,
            Some("Tail") => true,
            Some(other) => {
                return Err(constraint(other, "logType", "Member must satisfy enum value set: [None, Tail]"));
            }
        };
        if call.header("X-Amz-Durable-Execution-Name").or(call.header("X-Amz-Tenant-Id")).is_some() {
            let message = "Durable executions and tenants are not served by this version of Stagegate";
            return Err(super::fault::invalid(message));
        }
        Ok(Self { kind, wants_log })
    }
}

/// Finds the version that is to run.
async fn find(call: &Call, transaction: &mut Transaction) -> Result<(Named, String), Fault> {
    let named = Named::of(call)?;
    let row = row::load(&named, call, transaction).await?;
    let version = row.resolve(named.qualifier.as_deref(), roll(call)).ok_or_else(|| named.missing(&call.scope))?;
    let version = version.configuration.version.clone();
    Ok((named, version))
}

/// A random number from 0 up to 1, for aliases with two versions.
fn roll(call: &Call) -> f64 {
    let mut bytes = [0_u8; 4];
    call.world.random.fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}

/// Hands an invocation to the host.
async fn run(
    call: &Call,
    (named, version): (&Named, &str),
    kind: InvocationType,
    is_streamed: bool,
    wants_log: bool,
) -> Result<FunctionAnswer, Fault> {
    let asked = FunctionCall {
        scope: call.scope.clone(),
        name: named.name.clone(),
        version: version.to_owned(),
        invoked_arn: named.arn(&call.scope),
        kind,
        is_streamed,
        payload: call.body.clone(),
        client_context: call.header("X-Amz-Client-Context").map(str::to_owned),
        trace: call.header("X-Amzn-Trace-Id").map(str::to_owned),
        wants_log,
    };
    call.world.functions.invoke(asked).await.map_err(|error| refused(error, named, call))
}

fn refused(error: NotInvoked, named: &Named, call: &Call) -> Fault {
    match error.kind {
        NotInvokedKind::Missing => not_found(format!("Function not found: {}", named.arn(&call.scope))),
        NotInvokedKind::Throttled(reason) => fault(LambdaFault::TooManyRequests(reason), "Rate Exceeded."),
        NotInvokedKind::TooLarge => fault(LambdaFault::RequestTooLarge, error.message),
        NotInvokedKind::Content => fault(LambdaFault::InvalidRequestContent, error.message),
        NotInvokedKind::Host => fault(LambdaFault::Service, error.message),
    }
}

/// `Invoke`.
pub(super) async fn invoke(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let asked = Asked::of(call)?;
    let (named, version) = find(call, transaction).await?;
    let mut headers = vec![("x-amz-executed-version", version.clone())];
    let Some(kind) = asked.kind else {
        return Ok(Reply::Answer { status: 204, headers: Vec::new(), body: Bytes::new() });
    };
    let answer = run(call, (&named, &version), kind, false, asked.wants_log).await?;
    if kind == InvocationType::Event {
        return Ok(Reply::Answer { status: 202, headers: Vec::new(), body: Bytes::new() });
    }
    headers.push(("content-type", "application/json".to_owned()));
    headers.extend(answer.function_error.map(|error| ("x-amz-function-error", error)));
    headers.extend(answer.log_tail.map(|tail| ("x-amz-log-result", STANDARD.encode(tail))));
    let FunctionPayload::Whole(body) = answer.payload else {
        return Err(fault(LambdaFault::Service, "a whole answer came in pieces"));
    };
    Ok(Reply::Answer { status: 200, headers, body })
}

/// `InvokeAsync`, as it was before `Invoke` had types.
pub(super) async fn invoke_async(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (named, version) = find(call, transaction).await?;
    run(call, (&named, &version), InvocationType::Event, false, false).await?;
    Ok(Reply::Answer { status: 202, headers: Vec::new(), body: Bytes::new() })
}

/// `InvokeWithResponseStream`. The events that AWS sends follow as the function answers.
pub(super) async fn invoke_with_response_stream(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let asked = Asked::of(call)?;
    let (named, version) = find(call, transaction).await?;
    if asked.kind.is_none() {
        return Ok(Reply::Answer { status: 204, headers: Vec::new(), body: Bytes::new() });
    }
    let answer = run(call, (&named, &version), InvocationType::RequestResponse, true, asked.wants_log).await?;
    let pieces = match (answer.function_error, answer.payload) {
        (None, FunctionPayload::Stream(pieces)) => pieces,
        (None, FunctionPayload::Whole(payload)) => Box::new(Once(Some(Ok(payload)))),
        (Some(_), FunctionPayload::Whole(error)) => Box::new(Once(Some(Err(error)))),
        (Some(_), FunctionPayload::Stream(pieces)) => Box::new(Failed(pieces, Vec::new())),
    };
    let content_type = answer.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    let headers = vec![
        ("x-amz-executed-version", version),
        ("content-type", "application/vnd.amazon.eventstream".to_owned()),
        ("x-amzn-remapped-content-type", content_type),
    ];
    Ok(Reply::Streamed { status: 200, headers, body: StreamedBody::new(Events::new(pieces)) })
}

/// An answer that came whole, or an error.
struct Once(Option<Result<Bytes, Bytes>>);

impl FunctionPieces for Once {
    fn poll_piece(&mut self, _context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Bytes>>> {
        Poll::Ready(self.0.take())
    }
}

/// An error that comes in pieces, and the pieces that came.
struct Failed(Box<dyn FunctionPieces>, Vec<u8>);

impl FunctionPieces for Failed {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Bytes>>> {
        while let Some(Ok(piece)) = ready!(self.0.poll_piece(context)) {
            self.1.extend_from_slice(&piece);
        }
        Poll::Ready(Some(Err(std::mem::take(&mut self.1).into())))
    }
}
