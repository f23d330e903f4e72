//! `Cache-Control: max-age=0`: a client wants the answer made anew (facts C4 and C5).

use stagegate_http1::{Known, RequestHead};
use stagegate_plan::{Invalidation, Unpermitted};

use crate::authorize::may_invalidate;
use crate::observe::Notes;
use crate::refusal::Refusal;
use crate::route::Routed;

/// What a client is told whose wish was not heard; AWS's text is not known (fact C5).
pub(super) const WARNING: &[u8] =
    b"199 - \"Cache-Control: max-age=0 was ignored: execute-api:InvalidateCache is not allowed\"";

/// What becomes of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// There is none.
    None,
    /// The answer is made anew.
    Granted,
    /// It is ignored.
    Ignored,
    /// It is ignored, and the client is told so.
    Warned,
}

/// Whether the client may have what it wants.
///
/// # Errors
/// It may not, and its method refuses such requests.
pub(super) fn wish(routed: &Routed<'_>, invalidation: Invalidation, notes: &Notes) -> Result<Wish, Refusal> {
    if !wants_new(routed.addressed.arrival.head) {
        return Ok(Wish::None);
    }
    let Invalidation::Permitted(otherwise) = invalidation else { return Ok(Wish::Granted) };
    let denied = match may_invalidate(routed, notes)? {
        Ok(()) => return Ok(Wish::Granted),
        Err(denied) => denied,
    };
    notes.explain("cache", format_args!("Cache-Control: max-age=0 without execute-api:InvalidateCache"));
    match otherwise {
        Unpermitted::Refused => Err(denied.refuse(routed, notes)),
        Unpermitted::Warned => Ok(Wish::Warned),
        Unpermitted::Silent => Ok(Wish::Ignored),
    }
}

fn wants_new(head: &RequestHead) -> bool {
    let mut fields = head.fields().filter(|field| field.known == Known::CacheControl);
    fields.any(|field| field.value.split(|byte| *byte == b',').any(is_max_age_0))
}

/// `max-age=0`, whose value may be quoted (RFC 9111 §5.2).
fn is_max_age_0(directive: &[u8]) -> bool {
    let Some(equals) = directive.iter().position(|byte| *byte == b'=') else { return false };
    let (name, value) = (&directive[..equals], &directive[equals + 1..]);
    let value = value.trim_ascii();
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    name.trim_ascii().eq_ignore_ascii_case(b"max-age") && !value.is_empty() && value.iter().all(|digit| *digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_c4_only_max_age_0_asks_for_a_new_answer() {
        for (directive, asks) in [
            (&b"max-age=0"[..], true),
            (b" Max-Age=0 ", true),
            (b"max-age=\"0\"", true),
            (b"max-age=00", true),
            (b"max-age=1", false),
            (b"max-age=", false),
            (b"max-age", false),
            (b"s-maxage=0", false),
            (b"no-cache", false),
            (b"no-store", false),
            (b"", false),
        ] {
            assert_eq!(is_max_age_0(directive), asks, "{}", String::from_utf8_lossy(directive));
        }
    }
}
