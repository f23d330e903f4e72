//! The event and the answer of a proxy integration, in the form that its plan says.

use std::borrow::Cow;

use stagegate_plan::{GatewayResponseType, LambdaPlan, PayloadFormat, ResponseTransferMode};
use tokio::time::Instant;

use super::about::about;
use super::payload_2::{self, AnswerFault, Described};
use super::{answer, body, canonical, event, failure};
use crate::accept::Watchdog;
use crate::authorize::shown_caller;
use crate::integrate::values::Lookup;
use crate::invoker::{Invoked, InvokedPayload};
use crate::refusal::{Cause, Refusal};
use crate::respond::{Answer, begin};

/// Writes the event of a request with this content; `trace` is the trace header that the function gets.
pub(super) fn write_event(lookup: Lookup<'_>, plan: &LambdaPlan, trace: &[u8], content: &[u8], out: &mut Vec<u8>) {
    match plan.format {
        PayloadFormat::One => event::write(lookup, trace, content, out),
        PayloadFormat::OneCanonical => canonical::write(lookup, trace, content, out),
        PayloadFormat::Two => {
            let caller = lookup.notes.caller().and_then(|caller| shown_caller(caller, lookup.routed));
            about(lookup, caller.as_deref(), |about| {
                payload_2::write_event(lookup.core, lookup.routed.addressed.arrival, about, trace, content, out);
            });
        }
    }
}

/// Begins the answer of a function that was waited for and did not fail.
pub(super) async fn answer(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    plan: &LambdaPlan,
    invoked: Invoked,
    deadline: Instant,
) -> Result<Answer, Refusal> {
    let is_stream = plan.transfer == ResponseTransferMode::Stream;
    if let InvokedPayload::Whole(bytes) = &invoked.payload {
        lookup.notes.endpoint_bytes.set(Some(bytes.len() as u64));
        if !is_stream && bytes.len() as u64 > lookup.core.config.limits.payload_bytes {
            return Err(Refusal::Gateway(GatewayResponseType::IntegrationFailure, Cause::ResponseTooLarge));
        }
    }
    if plan.format == PayloadFormat::Two {
        return two(lookup, watchdog, invoked, deadline).await;
    }
    match invoked.payload {
        // Somebody who cannot stream: all of it came as one piece.
        InvokedPayload::Whole(bytes) if is_stream => body::begin(lookup, watchdog, body::whole(bytes), deadline).await,
        InvokedPayload::Whole(bytes) => answer::buffered(lookup, plan.format, &bytes),
        InvokedPayload::Stream(pieces) => body::begin(lookup, watchdog, pieces, deadline).await,
    }
}

async fn two(
    lookup: Lookup<'_>,
    watchdog: &mut Watchdog,
    invoked: Invoked,
    deadline: Instant,
) -> Result<Answer, Refusal> {
    let arrival = lookup.routed.addressed.arrival;
    let described = Described {
        core: lookup.core,
        arrival,
        begin,
        overruled: |_name| false,
        content: text_or_json,
        untyped: Some(TEXT),
    };
    let answer = payload_2::answer(described, watchdog, invoked, deadline).await;
    let answer = answer.map_err(|fault| match fault {
        AnswerFault::Malformed => failure::malformed(),
        AnswerFault::Broken(error) => failure::refusal(&error),
        AnswerFault::OverBudget => Refusal::OverBudget,
    })?;
    lookup.notes.function_status.set(Some(answer.head.status()));
    Ok(answer)
}

/// The media type of what a function describes without naming one (fact H26).
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// A result that is its own content: a string's text, or whatever it is as it was written (facts H23 to H25).
fn text_or_json(payload: &[u8]) -> Cow<'_, [u8]> {
    if payload.trim_ascii_start().first() == Some(&b'"')
        && let Ok(text) = serde_json::from_slice::<String>(payload)
    {
        return Cow::Owned(text.into_bytes());
    }
    Cow::Borrowed(payload)
}

#[cfg(test)]
mod tests {
    use super::text_or_json;

    #[test]
    fn fact_h24_a_string_is_its_text_and_all_else_is_untouched() {
        for (payload, expected) in [
            (r#""Special \"quoted\" text""#, r#"Special "quoted" text"#),
            (r#""""#, ""),
            (r#" "a" "#, "a"),
            (r#"{"name": "John Doe", "age": 30}"#, r#"{"name": "John Doe", "age": 30}"#),
            ("[1, 2]", "[1, 2]"),
            ("42", "42"),
            ("true", "true"),
            ("null", "null"),
            (r#"{"name": "John Doe", "age":"#, r#"{"name": "John Doe", "age":"#),
            (r#""open"#, r#""open"#),
        ] {
            assert_eq!(String::from_utf8_lossy(&text_or_json(payload.as_bytes())), expected, "{payload}");
        }
    }
}
