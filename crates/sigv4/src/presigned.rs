//! The presigned form: the signature and its parts as `X-Amz-…` query parameters.

use crate::error::VerifyError;
use crate::{Algorithm, canonical};

/// The parameter that holds the signature, and is not part of what is signed.
pub(crate) const SIGNATURE: &str = "X-Amz-Signature";
/// The longest life of a presigned request: seven days.
const EXPIRES_MAX_SECONDS: i64 = 604_800;

/// The signature parameters of a presigned request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Presigned {
    /// The algorithm.
    pub(crate) algorithm: Algorithm,
    /// The credential, not parsed yet.
    pub(crate) credential: String,
    /// The names of the signed headers, as sent, separated by `;`.
    pub(crate) signed_headers: String,
    /// The signature in hexadecimal.
    pub(crate) signature: String,
    /// When it was signed, not parsed yet.
    pub(crate) date: String,
    /// For how long it is good, in seconds, 1 to 604,800.
    pub(crate) expires_seconds: i64,
    /// The regions of an asymmetric signature, not parsed yet.
    pub(crate) region_set: Option<String>,
    /// A session token, if one was signed along.
    pub(crate) session_token: Option<String>,
}

/// Whether the query claims to be a presigned request.
pub(crate) fn is_presigned(query: &str) -> bool {
    canonical::parameters(query).any(|(name, _)| name == "X-Amz-Algorithm" || name == SIGNATURE)
}

/// Reads the signature parameters.
///
/// # Errors
/// [`VerifyError::IncompleteSignature`] for a parameter that is missing, repeated or malformed.
pub(crate) fn parse(query: &str) -> Result<Presigned, VerifyError> {
    let algorithm = parameter(query, "X-Amz-Algorithm")?;
    let credential = parameter(query, "X-Amz-Credential")?;
    let signature = parameter(query, SIGNATURE)?;
    let signed_headers = parameter(query, "X-Amz-SignedHeaders")?;
    let date = parameter(query, "X-Amz-Date")?;
    let expires = parameter(query, "X-Amz-Expires")?;
    let (Some(algorithm), Some(credential), Some(signature), Some(signed_headers), Some(date), Some(expires)) =
        (&algorithm, credential, signature, signed_headers, date, expires)
    else {
        return Err(missing(query));
    };
    let algorithm = Algorithm::parse(algorithm).ok_or_else(|| VerifyError::unsupported_algorithm(algorithm))?;
    Ok(Presigned {
        algorithm,
        region_set: parameter(query, "X-Amz-Region-Set")?,
        credential,
        signed_headers,
        signature,
        date,
        expires_seconds: expires_seconds(&expires)?,
        session_token: parameter(query, "X-Amz-Security-Token")?,
    })
}

/// The decoded value of a parameter that may appear once; an empty one counts as missing.
fn parameter(query: &str, name: &str) -> Result<Option<String>, VerifyError> {
    let mut values = canonical::parameters(query).filter(|(n, _)| *n == name).map(|(_, value)| value);
    let Some(value) = values.next().filter(|value| !value.is_empty()) else { return Ok(None) };
    if values.next().is_some() {
        return Err(VerifyError::IncompleteSignature(format!(
            "AWS query-string parameters may not include '{name}' more than once."
        )));
    }
    String::from_utf8(canonical::decode(value))
        .map(Some)
        .map_err(|_| VerifyError::IncompleteSignature(format!("'{name}' is not UTF-8.")))
}

/// Names every parameter that is not there.
fn missing(query: &str) -> VerifyError {
    let mut text = String::new();
    for name in ["X-Amz-Algorithm", "X-Amz-Credential", SIGNATURE, "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires"]
    {
        if !canonical::parameters(query).any(|(n, value)| n == name && !value.is_empty()) {
            text.push_str("AWS query-string parameters must include '");
            text.push_str(name);
            text.push_str("'. ");
        }
    }
    text.push_str("Re-examine the query-string parameters.");
    VerifyError::IncompleteSignature(text)
}

fn expires_seconds(text: &str) -> Result<i64, VerifyError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<i64>() {
        Ok(seconds) if digits && (1..=EXPIRES_MAX_SECONDS).contains(&seconds) => Ok(seconds),
        Ok(seconds) if digits && seconds > EXPIRES_MAX_SECONDS => Err(VerifyError::IncompleteSignature(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
             than 604800 seconds"
                .to_owned(),
        )),
        _ => Err(VerifyError::IncompleteSignature("X-Amz-Expires should be a number, at least 1".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2Fb%2Fc%2Fd%2Fe&X-Amz-Date=20150830T123600Z\
                         &X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00ff";

    #[test]
    fn a_whole_query_is_read() {
        let read = parse(WHOLE).expect("complete");
        assert_eq!((read.credential.as_str(), read.expires_seconds), ("A/b/c/d/e", 60));
        assert_eq!(read.session_token, None);
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        for (from, to, says) in [
            ("&X-Amz-Expires=60", "", "must include 'X-Amz-Expires'. Re-examine"),
            ("X-Amz-Date=20150830T123600Z", "X-Amz-Date=", "must include 'X-Amz-Date'"),
            ("Expires=60", "Expires=0", "at least 1"),
            ("Expires=60", "Expires=604801", "less than a week"),
            ("Expires=60", "Expires=%2B60", "should be a number"),
            ("Expires=60", "Expires=99999999999999999999", "should be a number"),
            ("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5", "Unsupported AWS 'algorithm'"),
            ("&X-Amz-Expires=60", "&X-Amz-Expires=60&X-Amz-Expires=61", "more than once"),
        ] {
            let error = parse(&WHOLE.replace(from, to)).expect_err(to);
            assert_eq!(error.code(), "IncompleteSignatureException");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
