//! The claims of a token: who issued it, for whom, when it counts, what it allows (RFC 7519 §4.1, RFC 8693 §4.2).

use serde_json::{Map, Value};

/// The latest second that is taken for a date: the last one that every number of JSON can tell from its neighbours.
const SECONDS_MAX: f64 = 9_007_199_254_740_991.0;

/// Claims, in the order of the token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

/// Why a token does not count now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untimely {
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is to come.
    #[error("the token does not count yet")]
    TooEarly,
    /// `iat` is to come.
    #[error("the token was issued in the future")]
    IssuedLater,
    /// `exp` is absent, or one of the three is no date.
    #[error("the token has no usable dates")]
    NoDate,
}

impl Claims {
    /// Of an object's members.
    pub fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// All of them.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// One that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// `aud`: one text, or several. Empty where it is absent or has anything else in it.
    pub fn audiences(&self) -> Vec<&str> {
        match self.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => {
                several.iter().map(Value::as_str).collect::<Option<Vec<_>>>().unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// The scopes of `scope`, or where that is absent of `scp`: words of a text, or texts of an array.
    pub fn scopes(&self) -> Vec<&str> {
        match self.get("scope").or_else(|| self.get("scp")) {
            Some(Value::String(words)) => words.split(' ').filter(|word| !word.is_empty()).collect(),
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Checks `exp`, which must be there, `nbf` and `iat` at a time in seconds since 1970, and tells the second from which on
    /// the token does not count any more. Each date may be off by the leeway.
    ///
    /// # Errors
    /// One of them does not allow the time, or is no date.
    pub fn check_time(&self, now_s: u64, leeway_s: u64) -> Result<u64, Untimely> {
        let end = self.date("exp")?.ok_or(Untimely::NoDate)?.saturating_add(leeway_s);
        if now_s >= end {
            return Err(Untimely::Expired);
        }
        let latest = now_s.saturating_add(leeway_s);
        if self.date("nbf")?.is_some_and(|begin| begin > latest) {
            return Err(Untimely::TooEarly);
        }
        if self.date("iat")?.is_some_and(|issued| issued > latest) {
            return Err(Untimely::IssuedLater);
        }
        Ok(end)
    }

    /// A date in whole seconds, rounded down; fractions are allowed (RFC 7519 §2).
    fn date(&self, name: &str) -> Result<Option<u64>, Untimely> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let seconds = value.as_f64().filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in the range")]
        seconds.map(|seconds| Some(seconds as u64)).ok_or(Untimely::NoDate)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        let Value::Object(members) = value else { panic!("{value}") };
        Claims::new(members)
    }

    #[test]
    fn dates_are_checked_with_the_leeway() {
        let cases = [
            (json!({"exp": 1001}), 0, Ok(1001)),
            (json!({"exp": 1000}), 0, Err(Untimely::Expired)),
            (json!({"exp": 1000}), 1, Ok(1001)),
            (json!({"exp": 1000.9}), 0, Err(Untimely::Expired)),
            (json!({"exp": 1001.5}), 0, Ok(1001)),
            (json!({"exp": 1e3}), 0, Err(Untimely::Expired)),
            (json!({"exp": 2000, "nbf": 1000, "iat": 1000}), 0, Ok(2000)),
            (json!({"exp": 2000, "nbf": 1001}), 0, Err(Untimely::TooEarly)),
            (json!({"exp": 2000, "nbf": 1001}), 1, Ok(2001)),
            (json!({"exp": 2000, "iat": 1002}), 1, Err(Untimely::IssuedLater)),
            (json!({}), 0, Err(Untimely::NoDate)),
            (json!({"exp": "2000"}), 0, Err(Untimely::NoDate)),
            (json!({"exp": null}), 0, Err(Untimely::NoDate)),
            (json!({"exp": -1}), 0, Err(Untimely::NoDate)),
            (json!({"exp": 1e300}), 0, Err(Untimely::NoDate)),
            (json!({"exp": u64::MAX}), 0, Err(Untimely::NoDate)),
            (json!({"exp": 2000, "nbf": "1"}), 0, Err(Untimely::NoDate)),
            (json!({"exp": 2000, "iat": true}), 0, Err(Untimely::NoDate)),
        ];
        for (value, leeway_s, expected) in cases {
            assert_eq!(claims(value.clone()).check_time(1000, leeway_s), expected, "{value} {leeway_s}");
        }
    }

    #[test]
    fn audiences_are_whole_texts() {
        let cases = [
            (json!({"aud": "a"}), vec!["a"]),
            (json!({"aud": ["a", "b"]}), vec!["a", "b"]),
            (json!({"aud": ["a", 1]}), vec![]),
            (json!({"aud": {"a": 1}}), vec![]),
            (json!({"aud": "a b"}), vec!["a b"]),
            (json!({}), vec![]),
        ];
        for (value, expected) in cases {
            assert_eq!(claims(value.clone()).audiences(), expected, "{value}");
        }
    }

    #[test]
    fn scopes_are_words_or_items() {
        let cases = [
            (json!({"scope": "a  b"}), vec!["a", "b"]),
            (json!({"scope": ["a b", "c"]}), vec!["a b", "c"]),
            (json!({"scp": ["a"]}), vec!["a"]),
            (json!({"scope": "", "scp": ["a"]}), vec![]),
            (json!({"scope": 1}), vec![]),
            (json!({}), vec![]),
        ];
        for (value, expected) in cases {
            assert_eq!(claims(value.clone()).scopes(), expected, "{value}");
        }
    }
}
