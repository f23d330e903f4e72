//! Function URLs: a request that is a function's from its host on, without a stage or a route (AWS, "Lambda function URLs").
//!
//! They are answered by Lambda itself, not by API Gateway: payload 2.0 both ways, and Lambda's own headers and errors.

mod caller;
mod refusal;

use std::borrow::Cow;
use std::time::Duration;

use stagegate_plan::identity::Credential;
use stagegate_plan::{FunctionUrlPlan, ResponseTransferMode};
use tokio::time::Instant;

use caller::{UrlCaller, authorizer, identify};
pub(crate) use refusal::UrlFault;

use crate::accept::{Arrival, Exchange, Want, Watchdog, gather};
use crate::address::without_port;
use crate::core::Core;
use crate::cors;
use crate::integrate::ask;
use crate::integrate::payload_2::{self, AnswerFault, Described};
use crate::invoker::{Invocation, InvocationSource, InvocationType, InvokeError, InvokeFault};
use crate::observe::{Notes, noted_trace};
use crate::refusal::Refusal;
use crate::respond::{Answer, Content, begin_plain};

/// How long a function's answer is waited for: longer than Lambda lets any function run.
const PATIENCE: Duration = Duration::from_mins(16);
/// What stands for a route and a stage.
const DEFAULT: &str = "$default";
/// The account of a caller who did not sign.
const ANONYMOUS: &str = "anonymous";

/// A request whose function URL is known.
#[derive(Debug)]
pub(crate) struct AddressedUrl<'j> {
    /// The request.
    pub(crate) arrival: &'j Arrival<'j>,
    /// Its function URL.
    pub(crate) url: &'j FunctionUrlPlan,
}

/// Answers a request: a browser's question by the configuration, anything else by the function.
pub(crate) async fn serve<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    addressed: AddressedUrl<'_>,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let AddressedUrl { arrival, url } = addressed;
    if let Some(cors) = url.cors.as_ref().filter(|_| cors::is_preflight(arrival)) {
        let mut head = begin_plain(core, arrival, 200);
        cors::answer_preflight(cors, arrival, &mut head);
        return Ok(Answer { head, content: Content::Whole(core.buffers.take(), None) });
    }
    let UrlCaller { credential, payload } = identify(core, exchange, (arrival, url), notes).await?;
    let payload = gather(core, exchange, payload, Want::Whole).await.map_err(UrlFault::reworded)?;
    let trace = noted_trace(core, arrival, notes);
    let mut event = Vec::new();
    write_event(core, &addressed, credential.as_deref(), (trace, &payload.bytes), &mut event);
    core.buffers.give(payload.bytes);
    let mut permit = core.budgets.held();
    if !permit.hold(event.len()) {
        return Err(Refusal::OverBudget);
    }
    let invocation = Invocation {
        function: url.function.clone(),
        payload: event.into(),
        kind: InvocationType::RequestResponse,
        is_streamed: url.transfer == ResponseTransferMode::Stream,
        client_context: None,
        trace: String::from_utf8_lossy(trace).into(),
        deadline: Instant::now() + PATIENCE,
        source: InvocationSource::FunctionUrl { caller: credential },
        credentials: None,
        signer: None,
    };
    let (watchdog, presence) = exchange.watched();
    presence.during(answer(core, watchdog, (arrival, url), invocation, notes)).await
}

/// The event: payload 2.0, with what stands for an API.
fn write_event(
    core: &Core,
    addressed: &AddressedUrl<'_>,
    caller: Option<&Credential>,
    (trace, content): (&[u8], &[u8]),
    out: &mut Vec<u8>,
) {
    let AddressedUrl { arrival, url } = addressed;
    let authorizer = caller.map(authorizer);
    let domain = String::from_utf8_lossy(without_port(arrival.head.host())).to_ascii_lowercase();
    let about = payload_2::About {
        // A function URL leaves the path as it was sent, which HTTP APIs do not.
        raw_path: arrival.head.path(),
        route_key: DEFAULT,
        stage: DEFAULT,
        account_id: if caller.is_some() { &url.function.account } else { ANONYMOUS },
        api_id: &url.id,
        domain_name: &domain,
        authentication: None,
        authorizer: authorizer.as_deref(),
        shows_length: false,
        w3c: None,
        path_parameters: &[],
        stage_variables: &[],
    };
    payload_2::write_event(core, arrival, &about, trace, content, out);
}

/// Invokes the function and begins its answer.
async fn answer(
    core: &Core,
    watchdog: &mut Watchdog,
    (arrival, url): (&Arrival<'_>, &FunctionUrlPlan),
    invocation: Invocation,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let failed = |error: &InvokeError| failed(arrival, url, notes, error);
    let deadline = invocation.deadline;
    let invoked = match &core.config.invoker {
        Some(invoker) => ask(invoker.as_ref(), watchdog, invocation).await,
        None => Err(InvokeError::new(InvokeFault::Service, "nothing runs functions here")),
    };
    let invoked = invoked.map_err(|error| failed(&error))?;
    if let Some(kind) = &invoked.function_error {
        return Err(failed(&InvokeError::new(InvokeFault::FunctionError, format!("the function failed: {kind}"))));
    }
    let described =
        Described { core, arrival, begin: begin_plain, overruled: overruled(url), content: untouched, untyped: None };
    let answer = payload_2::answer(described, watchdog, invoked, deadline).await;
    let mut answer = answer.map_err(|fault| match fault {
        AnswerFault::Malformed => failed(&InvokeError::new(InvokeFault::FunctionError, "its answer is no HTTP answer")),
        AnswerFault::Broken(error) => failed(&error),
        AnswerFault::OverBudget => Refusal::OverBudget,
    })?;
    if let Some(trace) = notes.trace.header() {
        answer.head.push(b"X-Amzn-Trace-Id", trace);
    }
    if let Some(cors) = &url.cors {
        cors::allow(cors, arrival, &mut answer.head);
    }
    Ok(answer)
}

/// A result that describes no answer, as it was written.
fn untouched(payload: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(payload)
}

/// Headers of the function's that do not count beside the URL's own.
fn overruled(url: &FunctionUrlPlan) -> fn(&[u8]) -> bool {
    if url.cors.is_some() { cors::is_ours } else { |_name| false }
}

/// Says in the log and to a caller who may ask why there is no answer.
fn failed(arrival: &Arrival<'_>, url: &FunctionUrlPlan, notes: &Notes, error: &InvokeError) -> Refusal {
    let request_id = String::from_utf8_lossy(arrival.ids.request());
    tracing::warn!(function = %url.function, %request_id, %error, "a function URL has no answer");
    notes.explain("integrate", format_args!("{error}"));
    Refusal::FunctionUrl(UrlFault::of(error))
}
