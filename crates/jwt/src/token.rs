//! A token taken apart: three parts of base64url, a header that asks for nothing unusual, claims (RFC 7515 §3.1 and §7.1).

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::base64url::decode;
use crate::claims::Claims;
use crate::json::object;

/// Bytes of a token: more than a request's head may have by default.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Bytes of the header, encoded.
const HEADER_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a signature: of an RSA key of 8,192 bits.
const SIGNATURE_BYTES_MAX: usize = 1024;
/// Bytes of a key's id.
const KEY_ID_BYTES_MAX: usize = 512;
/// Claims of a token.
const CLAIMS_MAX: usize = 256;

/// The media types that a token may say it is, with or without `application/` (RFC 8725 §3.11): an identity token or an access
/// token of any make, or an access token of RFC 9068.
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// Why something is no token that could be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is longer than a token may be.
    #[error("the token is longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    /// It has not exactly three parts.
    #[error("token contains an invalid number of segments")]
    Segments,
    /// A part is not base64url without padding.
    #[error("a part of the token is not base64url")]
    Base64,
    /// The header is no JSON object with members that are unique.
    #[error("the header of the token is no strict JSON object")]
    Header,
    /// `alg` is absent, or none that is served.
    #[error("the signing method of the token is not served")]
    Algorithm,
    /// `kid` is absent, or no text of 1 to 512 bytes.
    #[error("the token names no key")]
    KeyId,
    /// `crit`, `b64`, `enc` or `zip`: an extension, or encryption.
    #[error("the header of the token asks for an extension")]
    Extension,
    /// `cty` is there: a token in a token.
    #[error("the token has a content type, as nested tokens have")]
    Nested,
    /// `typ` is none of a token that stands for a caller.
    #[error("the type of the token is none of an access token or identity token")]
    Type,
    /// The claims are no JSON object with members that are unique, or too many.
    #[error("the claims of the token are no strict JSON object")]
    Claims,
    /// The signature is empty, or longer than any.
    #[error("the token has no signature")]
    Signature,
}

/// A token whose signature nobody has looked at yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'t> {
    pub(crate) signed: &'t [u8],
    pub(crate) signature: Vec<u8>,
    algorithm: Algorithm,
    key_id: String,
    claims: Claims,
}

impl<'t> Token<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// It is none, or none that could be verified.
    pub fn parse(text: &'t [u8]) -> Result<Self, Malformed> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        let mut parts = text.split(|byte| *byte == b'.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed::Segments);
        };
        if header.len() > HEADER_BYTES_MAX {
            return Err(Malformed::Header);
        }
        let signed = &text[..header.len() + 1 + claims.len()];
        let header = object(&decode(header).ok_or(Malformed::Base64)?).map_err(|_| Malformed::Header)?;
        let (algorithm, key_id) = read_header(&header)?;
        let signature = decode(signature).ok_or(Malformed::Base64)?;
        if !(1..=SIGNATURE_BYTES_MAX).contains(&signature.len()) {
            return Err(Malformed::Signature);
        }
        let claims = object(&decode(claims).ok_or(Malformed::Base64)?).map_err(|_| Malformed::Claims)?;
        if claims.len() > CLAIMS_MAX {
            return Err(Malformed::Claims);
        }
        Ok(Self { signed, signature, algorithm, key_id: key_id.to_owned(), claims: Claims::new(claims) })
    }

    /// Of parts that a test has taken apart.
    #[cfg(test)]
    pub(crate) fn of_parts(
        signed: &'t [u8],
        signature: Vec<u8>,
        algorithm: Algorithm,
        key_id: &str,
        claims: Claims,
    ) -> Self {
        Self { signed, signature, algorithm, key_id: key_id.to_owned(), claims }
    }

    /// The same with another algorithm in its header.
    #[cfg(test)]
    pub(crate) fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// `alg`: what its maker says it was signed with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `kid`: the key that its maker says it was signed with.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What it claims. To be believed only after [`crate::Key::verify`].
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The claims of a token that is not needed any more.
    pub fn into_claims(self) -> Claims {
        self.claims
    }
}

/// The two members that count, if no other forbids it.
fn read_header(header: &Map<String, Value>) -> Result<(Algorithm, &str), Malformed> {
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let algorithm = text("alg").and_then(Algorithm::parse).ok_or(Malformed::Algorithm)?;
    if ["crit", "b64", "enc", "zip"].iter().any(|name| header.contains_key(*name)) {
        return Err(Malformed::Extension);
    }
    if header.contains_key("cty") {
        return Err(Malformed::Nested);
    }
    if header.contains_key("typ") && !text("typ").is_some_and(is_type) {
        return Err(Malformed::Type);
    }
    let key_id = text("kid").filter(|id| (1..=KEY_ID_BYTES_MAX).contains(&id.len())).ok_or(Malformed::KeyId)?;
    Ok((algorithm, key_id))
}

/// Media types ignore letter case, and `application/` may be left out (RFC 7515 §4.1.9).
fn is_type(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    TYPES.contains(&text.strip_prefix("application/").unwrap_or(&text))
}
