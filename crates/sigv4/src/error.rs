//! Why a request is not signed as it must be, with AWS's codes and texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Algorithm;

/// Why a signature was refused. Every one of these is answered with HTTP status 403.
///
/// Texts: facts A4–A9 and the IAM guide's page on troubleshooting Signature Version 4.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The request bears no signature at all.
    #[error("Missing Authentication Token")]
    MissingAuthenticationToken,
    /// The request bears a signature with parts missing or malformed.
    #[error("{0}")]
    IncompleteSignature(String),
    /// Nobody holds this access key.
    #[error("The security token included in the request is invalid.")]
    UnrecognizedClient,
    /// The signature is wrong, out of its scope or out of its time.
    #[error("{0}")]
    InvalidSignature(String),
}

impl VerifyError {
    /// The error code, as it appears in `x-amzn-ErrorType`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::IncompleteSignature(_) => "IncompleteSignatureException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::InvalidSignature(_) => "InvalidSignatureException",
        }
    }

    /// The signature differs from the one computed here (fact A7).
    pub(crate) fn mismatch(canonical_request: &[u8], string_to_sign: &str) -> Self {
        let canonical = String::from_utf8_lossy(canonical_request);
        Self::InvalidSignature(format!(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.\n\n\
             The Canonical String for this request should have been\n'{canonical}'\n\n\
             The String-to-Sign should have been\n'{string_to_sign}'\n"
        ))
    }

    /// `x-amz-content-sha256` is not that of the payload.
    pub fn payload_mismatch() -> Self {
        Self::InvalidSignature(
            "The value passed in as x-amz-content-sha256 does not match the SHA-256 of the payload.".to_owned(),
        )
    }

    pub(crate) fn unsupported_algorithm(name: &str) -> Self {
        Self::IncompleteSignature(format!(
            "Unsupported AWS 'algorithm': '{name}', only '{}' is supported.",
            crate::ALGORITHM
        ))
    }

    pub(crate) fn malformed_credential(credential: &str, algorithm: Algorithm) -> Self {
        let (count, form) = match algorithm {
            Algorithm::Hmac => (5, "keyid/date/region/service/term"),
            Algorithm::Ecdsa => (4, "keyid/date/service/term"),
        };
        Self::IncompleteSignature(format!(
            "Credential must have exactly {count} slash-delimited elements, e.g. {form}, got '{credential}'"
        ))
    }

    pub(crate) fn unsigned_header(name: &str) -> Self {
        let shown = if name == "host" { "Host' or ':authority" } else { name };
        Self::InvalidSignature(format!("'{shown}' must be a 'SignedHeader' in the AWS Authorization."))
    }

    /// A part of the Authorization header without `=` (fact A4, the newer text, which hashes the header).
    pub(crate) fn missing_equal_sign(header: &str) -> Self {
        Self::IncompleteSignature(format!(
            "Invalid key=value pair (missing equal-sign) in Authorization header \
             (hashed with SHA-256 and encoded with Base64): '{}'.",
            hashed(header)
        ))
    }

    /// Parts of the Authorization header that are not there (fact A6).
    pub(crate) fn missing_parts(missing: &[&str], has_date: bool, header: &str) -> Self {
        let mut text = String::new();
        for part in missing {
            text.push_str("Authorization header requires '");
            text.push_str(part);
            text.push_str("' parameter. ");
        }
        if !has_date {
            text.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        }
        text.push_str("(Hashed with SHA-256 and encoded with Base64) Authorization=");
        text.push_str(&hashed(header));
        Self::IncompleteSignature(text)
    }
}

/// Base64 of the SHA-256 of a header, which AWS shows in the place of the header itself.
fn hashed(header: &str) -> String {
    STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, header.as_bytes()))
}
