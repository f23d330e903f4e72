//! The answer that a function's result becomes in payload format 2.0, whole or as it comes (facts 98 and H23 to H28).

use std::borrow::Cow;

use bytes::Bytes;
use tokio::time::Instant;

use super::response::{self, FunctionResult};
use crate::accept::{Arrival, Watchdog};
use crate::core::Core;
use crate::integrate::conversion::decode;
use crate::integrate::lambda::body::{self, NoPrelude};
use crate::integrate::lambda::contract::Contract;
use crate::integrate::lambda::described::{DescribedHead, Malformed};
use crate::invoker::{InvokeError, Invoked, InvokedPayload, Pieces};
use crate::respond::{Answer, Content, ReplyHead, is_bodiless};

/// The media type of a stream that begins with what it says of itself (AWS, "Response streaming", `HttpResponseStream`).
const WITH_PRELUDE: &str = "application/vnd.awslambda.http-integration-response";
/// The media type of a stream that says nothing of itself.
const OCTETS: &str = "application/octet-stream";

/// What an answer is put together with.
pub(crate) struct Described<'c> {
    /// The core that serves the request.
    pub(crate) core: &'c Core,
    /// The request.
    pub(crate) arrival: &'c Arrival<'c>,
    /// Begins an answer with what every answer of the caller's has.
    pub(crate) begin: fn(&Core, &Arrival<'_>, u16) -> ReplyHead,
    /// Headers of the function's that do not count.
    pub(crate) overruled: fn(&[u8]) -> bool,
    /// What a result that describes no answer is as content.
    pub(crate) content: fn(&[u8]) -> Cow<'_, [u8]>,
    /// The media type of a described answer that names none; without it, that of all answers.
    pub(crate) untyped: Option<&'static str>,
}

impl Described<'_> {
    fn begin(&self, status: u16) -> ReplyHead {
        (self.begin)(self.core, self.arrival, status)
    }

    fn head(&self, status: u16) -> DescribedHead {
        DescribedHead::new(self.core, self.begin(status), self.overruled)
    }

    fn typed(&self, mut head: ReplyHead) -> ReplyHead {
        if let Some(media_type) = self.untyped.filter(|_| !is_bodiless(head.status())) {
            head.content_type_unless_set(media_type.as_bytes());
        }
        head
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum AnswerFault {
    /// The result breaks the format.
    Malformed,
    /// The stream ended before its answer began.
    Broken(InvokeError),
    /// The budget of held bytes is used up.
    OverBudget,
}

impl From<Malformed> for AnswerFault {
    fn from(_malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// Begins the answer of a function that did not fail.
pub(crate) async fn answer(
    described: Described<'_>,
    watchdog: &mut Watchdog,
    invoked: Invoked,
    deadline: Instant,
) -> Result<Answer, AnswerFault> {
    let has_prelude = invoked.content_type.as_deref().is_some_and(|kind| kind.starts_with(WITH_PRELUDE));
    match invoked.payload {
        InvokedPayload::Whole(payload) if !has_prelude => whole(&described, &payload),
        InvokedPayload::Whole(payload) => begun(&described, watchdog, body::whole(payload), deadline).await,
        InvokedPayload::Stream(pieces) if has_prelude => begun(&described, watchdog, pieces, deadline).await,
        InvokedPayload::Stream(pieces) => {
            let mut head = described.begin(200);
            let kind = invoked.content_type.as_deref().filter(|kind| !kind.bytes().any(|byte| byte.is_ascii_control()));
            head.push(b"Content-Type", kind.unwrap_or(OCTETS).as_bytes());
            Ok(Answer { head, content: body::content(described.core, pieces, Bytes::new()) })
        }
    }
}

/// A result that is at hand.
fn whole(described: &Described<'_>, payload: &[u8]) -> Result<Answer, AnswerFault> {
    let core = described.core;
    let mut content = core.buffers.take();
    let head = match response::read(payload)? {
        FunctionResult::Content(text) => {
            content.extend_from_slice(&(described.content)(text));
            let mut head = described.begin(200);
            head.push(b"Content-Type", b"application/json");
            head
        }
        FunctionResult::Answer(answer) => {
            let mut head = described.head(answer.status);
            for (name, value) in &answer.headers {
                head.push(name, value)?;
            }
            answer.cookies.iter().try_for_each(|cookie| head.push("Set-Cookie", cookie))?;
            if answer.is_base64 {
                decode(answer.body.as_bytes(), &mut content).map_err(|_refusal| AnswerFault::Malformed)?;
            } else {
                content.extend_from_slice(answer.body.as_bytes());
            }
            described.typed(head.into_reply())
        }
    };
    let mut permit = core.budgets.held();
    if !permit.hold(content.len()) {
        return Err(AnswerFault::OverBudget);
    }
    Ok(Answer { head, content: Content::Whole(content, Some(permit)) })
}

/// A result that begins with what it says of itself.
async fn begun(
    described: &Described<'_>,
    watchdog: &mut Watchdog,
    mut pieces: Box<dyn Pieces>,
    deadline: Instant,
) -> Result<Answer, AnswerFault> {
    let core = described.core;
    let prelude = body::prelude(core, watchdog, &mut *pieces, deadline).await.map_err(|none| match none {
        NoPrelude::Malformed => AnswerFault::Malformed,
        NoPrelude::Broken(error) => AnswerFault::Broken(error),
    })?;
    let contract = Contract::parse_metadata(&prelude.metadata).ok_or(AnswerFault::Malformed)?;
    let mut head = described.head(contract.status.unwrap_or(200));
    head.push_contract(&contract)?;
    Ok(Answer { head: described.typed(head.into_reply()), content: body::content(core, pieces, prelude.rest) })
}
