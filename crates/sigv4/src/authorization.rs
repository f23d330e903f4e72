//! The `Authorization` header: `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.

use crate::Algorithm;
use crate::error::VerifyError;

/// A parsed Authorization header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    /// The algorithm.
    pub(crate) algorithm: Algorithm,
    /// The credential, not parsed yet.
    pub(crate) credential: &'a str,
    /// The names of the signed headers, as sent, separated by `;`.
    pub(crate) signed_headers: &'a str,
    /// The signature in hexadecimal.
    pub(crate) signature: &'a str,
}

/// Parses the header; `has_date` says whether the request bears a date, since AWS complains of everything at once.
///
/// # Errors
/// [`VerifyError::IncompleteSignature`], with AWS's sentences in AWS's order (facts A4 and A6).
pub(crate) fn parse(header: &str, has_date: bool) -> Result<Authorization<'_>, VerifyError> {
    let (algorithm, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    let (mut credential, mut signature, mut signed_headers) = (None, None, None);
    for part in rest.split([',', ' ']).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(VerifyError::missing_equal_sign(header));
        };
        let slot = match name {
            "Credential" => &mut credential,
            "Signature" => &mut signature,
            "SignedHeaders" => &mut signed_headers,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(VerifyError::IncompleteSignature(format!(
                "Authorization header may not hold '{name}' more than once."
            )));
        }
    }
    let parts = [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)];
    let missing: Vec<&str> = parts.iter().filter(|(_, v)| v.is_none_or(str::is_empty)).map(|(name, _)| *name).collect();
    match (credential, signature, signed_headers) {
        (Some(credential), Some(signature), Some(signed_headers)) if missing.is_empty() && has_date => {
            let algorithm = Algorithm::parse(algorithm).ok_or_else(|| VerifyError::unsupported_algorithm(algorithm))?;
            Ok(Authorization { algorithm, credential, signed_headers, signature })
        }
        _ => Err(VerifyError::missing_parts(&missing, has_date, header)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "AWS4-HMAC-SHA256 Credential=A/b/c/d/e, SignedHeaders=host;x-amz-date, Signature=00ff";

    #[test]
    fn parts_may_be_separated_by_commas_with_or_without_spaces() {
        let spaced = parse(WHOLE, true).expect("complete");
        assert_eq!(spaced.credential, "A/b/c/d/e");
        assert_eq!(spaced.signed_headers, "host;x-amz-date");
        assert_eq!(parse(&WHOLE.replace(", ", ","), true).expect("complete"), spaced);
    }

    #[test]
    fn what_is_missing_is_named_in_order() {
        for (header, has_date, start) in [
            (
                "Bearer",
                false,
                "Authorization header requires 'Credential' parameter. Authorization header requires \
              'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header \
              requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with \
              Base64) Authorization=",
            ),
            ("Bearer a.b.c", true, "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with"),
            ("Basic eA==", true, "Authorization header requires 'Credential' parameter. "),
            (WHOLE, false, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "),
            (
                "AWS4-HMAC-SHA256 Credential=a, Signature=, SignedHeaders=host",
                true,
                "Authorization header requires 'Signature' parameter. (Hashed",
            ),
            ("AWS3 Credential=a, Signature=b, SignedHeaders=host", true, "Unsupported AWS 'algorithm': 'AWS3'"),
            ("AWS4-HMAC-SHA256 Credential=a, Credential=b", true, "Authorization header may not hold 'Credential'"),
        ] {
            let error = parse(header, has_date).expect_err(header);
            assert_eq!(error.code(), "IncompleteSignatureException");
            assert!(error.to_string().starts_with(start), "{header}: {error}");
        }
    }
}
