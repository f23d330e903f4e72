//! `www-authenticate` of HTTP APIs: what is wrong with a token, in AWS's words where they are known (facts H32 to H40), and in
//! those of Go's `jwt-go` where AWS passes them on (docs/decisions/0026-guards-of-http-apis.md).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use stagegate_jwt::{Malformed, Untimely};

use super::why::Why;
use crate::keys::KeyTrouble;

/// Characters of an algorithm's name that are shown.
const NAME_CHARACTERS: usize = 16;

/// What is wrong with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is none.
    Absent,
    /// It is none, or none that counts.
    Invalid(String),
    /// It has none of the route's scopes.
    Scope,
}

impl Fault {
    /// The fault of a token that is refused.
    pub(super) fn of(why: Why, token: &[u8]) -> Self {
        match why {
            Why::NoToken => Self::Absent,
            Why::Scope => Self::Scope,
            why => Self::Invalid(description(why, token)),
        }
    }

    /// The header's value, on a route with these scopes.
    pub(super) fn challenge(&self, scopes: &[Box<str>]) -> String {
        let scopes = scopes.iter().map(|scope| quotable(scope)).collect::<Vec<_>>().join(" ");
        match self {
            Self::Absent => "Bearer".to_owned(),
            Self::Invalid(description) => {
                format!("Bearer scope=\"{scopes}\" error=\"invalid_token\" error_description=\"{description}\"")
            }
            Self::Scope => {
                format!("Bearer scope=\"{scopes}\" error=\"insufficient_scope\" error_description=\"{NO_SCOPE}\"")
            }
        }
    }

    /// `$context.authorizer.error` (fact H40).
    pub(super) fn error(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Invalid(description) => format!("invalid_token: {description}"),
            Self::Scope => format!("insufficient_scope: {NO_SCOPE}"),
        }
    }
}

const NO_SCOPE: &str = "the token does not have a required scope";

fn description(why: Why, token: &[u8]) -> String {
    match why {
        Why::Malformed(Malformed::Base64) => format!("illegal base64 data at input byte {}", illegal_byte(token)),
        Why::Malformed(Malformed::Algorithm) | Why::Algorithm => match algorithm(token) {
            Some(name) => format!("signing method {name} is invalid"),
            None => "signing method (alg) is unspecified.".to_owned(),
        },
        Why::Malformed(Malformed::Signature) => "crypto/rsa: verification error".to_owned(),
        Why::Signature => match algorithm(token).as_deref().and_then(|name| name.get(..2)) {
            Some("ES") => "crypto/ecdsa: verification error",
            Some("Ed") => "ed25519: verification error",
            _ => "crypto/rsa: verification error",
        }
        .to_owned(),
        Why::NoKeys(KeyTrouble::Discovery) => "OIDC discovery endpoint communication error".to_owned(),
        Why::NoKeys(KeyTrouble::Keys) => "JWKS communication error".to_owned(),
        Why::UnknownKey => "the token does not have a valid key id".to_owned(),
        Why::Several => "the request has more than one token".to_owned(),
        Why::Untimely(Untimely::TooEarly) => "the token is not valid yet".to_owned(),
        why => why.to_string(),
    }
}

/// `alg` of a token's header, as far as it looks like a name: it is the client's text.
fn algorithm(token: &[u8]) -> Option<String> {
    let header = token.split(|byte| *byte == b'.').next()?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let name = header.get("alg")?.as_str()?;
    let is_name =
        !name.is_empty() && name.len() <= NAME_CHARACTERS && name.bytes().all(|it| it.is_ascii_alphanumeric());
    is_name.then(|| name.to_owned())
}

/// Where Go's decoder stops in the first part that is no base64: at the first byte that does not belong there, or where the padding
/// begins that completes the part.
fn illegal_byte(token: &[u8]) -> usize {
    let is_legal = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let illegal = |part: &[u8]| {
        let found = part.iter().position(|byte| !is_legal(byte));
        found.or_else(|| URL_SAFE_NO_PAD.decode(part).is_err().then_some(part.len()))
    };
    token.split(|byte| *byte == b'.').find_map(illegal).unwrap_or_default()
}

/// A text without what would end a quoted string.
fn quotable(text: &str) -> String {
    text.chars().filter(|character| !matches!(character, '"' | '\\') && !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(why: Why, token: &str) -> String {
        Fault::of(why, token.as_bytes()).challenge(&["a".into(), "b".into()])
    }

    /// A token with this header.
    fn with_header(header: &str) -> String {
        format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header))
    }

    #[test]
    fn facts_h32_to_h38_say_what_is_wrong() {
        let es256 = with_header(r#"{"alg":"ES256","kid":"k"}"#);
        let rs256 = with_header(r#"{"alg":"RS256","kid":"k"}"#);
        for (why, token, expected) in [
            (Why::Malformed(Malformed::Segments), "a.b", "token contains an invalid number of segments"),
            (Why::Audience, &rs256, "the token does not have a valid audience"),
            (Why::Untimely(Untimely::Expired), &rs256, "the token has expired"),
            (Why::Algorithm, &es256, "signing method ES256 is invalid"),
            (Why::NoKeys(KeyTrouble::Discovery), &rs256, "OIDC discovery endpoint communication error"),
            (Why::NoKeys(KeyTrouble::Keys), &rs256, "JWKS communication error"),
            (Why::Issuer, &rs256, "the token does not have a valid issuer"),
            (Why::Signature, &rs256, "crypto/rsa: verification error"),
            (Why::Signature, &es256, "crypto/ecdsa: verification error"),
            (Why::Malformed(Malformed::Base64), "ab*c.e30.c2ln", "illegal base64 data at input byte 2"),
            (Why::Malformed(Malformed::Base64), "abcde.e30.c2ln", "illegal base64 data at input byte 5"),
            (Why::Malformed(Malformed::Algorithm), &with_header(r#"{"alg":"none"}"#), "signing method none is invalid"),
            (Why::Malformed(Malformed::Algorithm), &with_header("{}"), "signing method (alg) is unspecified."),
        ] {
            let challenge = format!("Bearer scope=\"a b\" error=\"invalid_token\" error_description=\"{expected}\"");
            assert_eq!(told(why, token), challenge);
            let error = Fault::of(why, token.as_bytes()).error();
            assert_eq!(error, format!("invalid_token: {expected}"), "fact H40");
        }
        assert_eq!(told(Why::NoToken, ""), "Bearer");
    }

    #[test]
    fn fact_94_a_scope_that_is_missing_is_another_error() {
        let challenge = told(Why::Scope, "");
        let start = "Bearer scope=\"a b\" error=\"insufficient_scope\"";
        assert!(challenge.starts_with(start), "{challenge}");
    }

    #[test]
    fn nothing_of_a_client_ends_the_header() {
        for header in
            [r#"{"alg":"x\"y"}"#, "{\"alg\":\"a\\r\\nb\"}", r#"{"alg":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#, "[]"]
        {
            let token = with_header(header);
            let description = description(Why::Malformed(Malformed::Algorithm), token.as_bytes());
            assert_eq!(description, "signing method (alg) is unspecified.", "{header}");
        }
        assert_eq!(quotable("a\"b\\c\r\n"), "abc");
    }

    proptest::proptest! {
        #[test]
        fn any_token_has_a_description(token in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
            for why in [Why::Malformed(Malformed::Base64), Why::Malformed(Malformed::Algorithm), Why::Signature] {
                let challenge = Fault::of(why, &token).challenge(&[]);
                let quotes = challenge.bytes().filter(|byte| *byte == b'"').count();
                proptest::prop_assert_eq!(quotes, 6);
                proptest::prop_assert!(challenge.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '));
            }
        }
    }
}
