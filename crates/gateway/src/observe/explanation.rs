//! Why the gateway answers as it does, room by room, for a caller who may ask: no answer has to be guessed at.

use std::cell::RefCell;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::respond::ReplyHead;

/// The request header that asks, with a token, and the response header of which each room's reason is one.
pub(crate) const HEADER: &str = "X-Stagegate-Explain";

/// Whether a header of this name asks: its token concerns the gateway alone, and nobody else may see it.
pub(crate) fn asks_why(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(HEADER.as_bytes())
}

/// How long a token is good for.
const TOKEN_LIFE: Duration = Duration::from_mins(15);
/// Bytes of one reason; a client or an author chose parts of it.
const REASON_BYTES: usize = 600;
/// Reasons of one answer.
const REASONS: usize = 32;
/// Bytes of the time in a token.
const TIME_BYTES: usize = 8;

/// The key that tokens are signed with: one for each process, never stored.
pub struct ExplainKey {
    key: hmac::Key,
}

impl ExplainKey {
    /// A new key.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn random() -> Result<Self, ExplainKeyError> {
        let mut secret = [0; 32];
        rand::fill(&mut secret).map_err(|_| ExplainKeyError)?;
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &secret) })
    }

    /// A token for requests in the next fifteen minutes.
    pub fn token(&self, now: SystemTime) -> String {
        let expires_at_s = epoch_s(now + TOKEN_LIFE).to_be_bytes();
        let tag = hmac::sign(&self.key, &expires_at_s);
        URL_SAFE_NO_PAD.encode([&expires_at_s[..], tag.as_ref()].concat())
    }

    /// Whether a request's token is one of this key's and still good; compared in constant time.
    pub(crate) fn accepts(&self, token: &[u8], now: SystemTime) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let Some((expires_at_s, tag)) = bytes.split_first_chunk::<TIME_BYTES>() else { return false };
        hmac::verify(&self.key, expires_at_s, tag).is_ok() && u64::from_be_bytes(*expires_at_s) >= epoch_s(now)
    }
}

impl fmt::Debug for ExplainKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ExplainKey").finish_non_exhaustive()
    }
}

/// The system has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes for the key of explanations")]
pub struct ExplainKeyError;

fn epoch_s(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The reasons of one answer.
#[derive(Debug, Default)]
pub(crate) struct Explanation {
    reasons: RefCell<Vec<String>>,
}

impl Explanation {
    /// Adds a room's reason: `{room}; {text}`.
    pub(crate) fn add(&self, room: &str, text: fmt::Arguments<'_>) {
        let mut reasons = self.reasons.borrow_mut();
        if reasons.len() < REASONS {
            reasons.push(printable(&format!("{room}; {text}")));
        }
    }

    /// Adds the reasons to a response.
    pub(crate) fn write(&self, head: &mut ReplyHead) {
        for reason in self.reasons.borrow().iter() {
            head.push(HEADER.as_bytes(), reason.as_bytes());
        }
    }
}

/// Text that can stand in a header line, cut to its limit.
fn printable(text: &str) -> String {
    let plain = |character: char| if (' '..='~').contains(&character) { character } else { '?' };
    text.chars().map(plain).take(REASON_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_fifteen_minutes_and_for_its_key() {
        let key = ExplainKey::random().unwrap();
        let now = UNIX_EPOCH + Duration::from_hours(500_000);
        let token = key.token(now);
        assert!(key.accepts(token.as_bytes(), now));
        assert!(key.accepts(token.as_bytes(), now + TOKEN_LIFE));
        assert!(!key.accepts(token.as_bytes(), now + TOKEN_LIFE + Duration::from_secs(1)));
        assert!(!ExplainKey::random().unwrap().accepts(token.as_bytes(), now));
        let mut forged = token.into_bytes();
        forged[0] ^= 1;
        for other in [&forged[..], b"", b"AAAA", b"?", &[0xff; 60]] {
            assert!(!key.accepts(other, now), "{other:?}");
        }
    }

    #[test]
    fn reasons_are_bounded_and_cannot_break_a_header() {
        let explanation = Explanation::default();
        for _ in 0..100 {
            explanation.add("route", format_args!("a\r\nX: {}é", "b".repeat(2_000)));
        }
        let mut head = ReplyHead::begin(Vec::new(), 200);
        explanation.write(&mut head);
        let fields: Vec<_> = head.fields().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        assert_eq!(fields.len(), REASONS);
        assert!(fields.iter().all(|(name, value)| name == HEADER.as_bytes() && value.len() == REASON_BYTES));
        assert!(fields[0].1.starts_with(b"route; a??X: bbb"));
    }
}
