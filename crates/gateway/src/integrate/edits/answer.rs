//! An answer with its mapped headers and status.

use stagegate_mapping::{Body, HttpEdit, HttpMapping, HttpTarget};

use super::request::fits_header;
use super::values::{self, SEARCHED_BYTES, Values, Writing};
use crate::accept::Exchange;
use crate::core::Core;
use crate::integrate::Lookup;
use crate::integrate::http::refusal;
use crate::observe::Notes;
use crate::refusal::Refusal;
use crate::respond::{Answer, Content, ReplyHead};
use crate::route::Routed;

/// What is done to the headers of one name.
type HeaderEdit<'m> = (HttpEdit, &'m str, Option<Vec<u8>>);

/// Holds as much of an answer's content as paths are looked for in, unless it is passed on as it comes.
///
/// # Errors
/// The back end breaks off, is too late, or there is no memory.
pub(super) async fn held<E: Exchange>(core: &Core, exchange: &mut E, answer: Answer) -> Result<Answer, Refusal> {
    let Answer { head, content } = answer;
    let mut body = match content {
        Content::Streamed(body) if !body.is_streamed() => body,
        content => return Ok(Answer { head, content }),
    };
    let (watchdog, presence) = exchange.watched();
    let filled = async { body.fill(core, watchdog, SEARCHED_BYTES).await.map_err(refusal) };
    let is_whole = presence.during(filled).await?;
    let content = if is_whole {
        let (bytes, permit) = body.into_buffer();
        Content::Whole(bytes, permit)
    } else {
        Content::Streamed(body)
    };
    Ok(Answer { head, content })
}

/// Edits an answer. Every value is read from the answer as the integration gave it; of content that is passed on as it comes, as
/// much is read as has come.
///
/// # Errors
/// No memory for the content's document.
pub(super) fn edited(
    core: &Core,
    routed: &Routed<'_>,
    mappings: &[HttpMapping],
    answer: Answer,
    notes: &Notes,
) -> Result<Answer, Refusal> {
    let mut status = answer.head.status();
    let mut edits: Vec<HeaderEdit<'_>> = Vec::new();
    {
        let content = answer.content.at_hand();
        let body = values::body(core, content);
        let nothing = Body::default();
        let lookup = Lookup { core, routed, notes, body: &nothing };
        let values = Values::of_answer(lookup, &answer.head, content, &body);
        for mapping in mappings {
            let value = values.value(&mapping.value, Writing::Plain)?;
            match &mapping.target {
                HttpTarget::Header(edit, name) => {
                    edits.push((*edit, name, value.filter(|value| fits_header(value))));
                }
                HttpTarget::StatusCode => status = value.as_deref().and_then(status_of).unwrap_or(status),
                // Of requests only.
                HttpTarget::Query(..) | HttpTarget::Path => {}
            }
        }
    }
    let goes = |name: &[u8]| {
        let mut edits = edits.iter().filter(|(edit, ..)| *edit != HttpEdit::Append);
        edits.any(|(_, known, _)| known.as_bytes().eq_ignore_ascii_case(name))
    };
    let mut head = answer.head.rewritten(core.buffers.take(), status, |name| !goes(name));
    add(&edits, core.config.limits.response_head_bytes, &mut head);
    core.buffers.give(answer.head.into_bytes());
    Ok(Answer { head, content: answer.content })
}

/// Adds what was not removed. Values may be whole contents: together they are no longer than a back end's own head may be.
fn add(edits: &[HeaderEdit<'_>], mut left: usize, head: &mut ReplyHead) {
    for (edit, name, value) in edits {
        let Some(value) = value.as_ref().filter(|_| *edit != HttpEdit::Remove) else { continue };
        if let Some(rest) = left.checked_sub(name.len() + value.len()) {
            left = rest;
            head.push(name.as_bytes(), value);
        } else {
            tracing::debug!(name, bytes = value.len(), "a mapped header is too long, and left out");
        }
    }
}

/// A status that an answer may have; anything else leaves the integration's.
fn status_of(value: &[u8]) -> Option<u16> {
    let status = std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()?;
    (200..=599).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::status_of;

    #[test]
    fn a_status_is_one_that_ends_an_exchange() {
        for (text, expected) in [
            ("403", Some(403)),
            (" 200 ", Some(200)),
            ("101", None),
            ("600", None),
            ("", None),
            ("ok", None),
            ("-1", None),
        ] {
            assert_eq!(status_of(text.as_bytes()), expected, "{text}");
        }
    }
}
