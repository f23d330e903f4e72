//! AWS Signature Version 4 and 4a: verifies the header and the presigned form of a request, and signs the header form of 4.
//!
//! The crate is pure: no clock, no I/O. A verifier recomputes the signature from the request *as it arrived*
//! (raw path, raw query), so it accepts what botocore, the AWS SDKs and `curl --aws-sigv4` send, and nothing else.
//! Paths are normalised and encoded again, as every AWS service but S3 asks for; requests to S3 can only be signed.

mod asymmetric;
mod authorization;
mod canonical;
mod claim;
mod error;
mod key;
mod presigned;
mod region_set;
mod scope;
mod sign;
mod timestamp;
mod verify;

pub use canonical::object_path;
pub use claim::{Claim, ClaimedPayload};
pub use error::VerifyError;
pub use key::Secret;
pub use scope::CredentialScope;
pub use sign::{Credentials, sign, sign_for_s3};
pub use verify::{Verified, VerifyOptions, verify};

/// The signing algorithm of version 4.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The signing algorithm of version 4a.
pub const ALGORITHM_V4A: &str = "AWS4-ECDSA-P256-SHA256";

/// The signing algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `AWS4-HMAC-SHA256`, for one region.
    Hmac,
    /// `AWS4-ECDSA-P256-SHA256`, for a set of regions.
    Ecdsa,
}

impl Algorithm {
    /// The algorithm of a name.
    fn parse(name: &str) -> Option<Self> {
        [Self::Hmac, Self::Ecdsa].into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hmac => ALGORITHM,
            Self::Ecdsa => ALGORITHM_V4A,
        }
    }
}

/// What stands in the place of a payload hash when the client did not hash the payload.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The lower-case hexadecimal SHA-256 of some bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
}

/// The body of a request, or what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// The whole body.
    Bytes(&'a [u8]),
    /// Lower-case hexadecimal SHA-256 of the body.
    Sha256Hex(&'a str),
    /// A body that is never hashed: it signs and verifies as [`UNSIGNED_PAYLOAD`].
    Unsigned,
}

impl Payload<'_> {
    /// The text that ends the canonical request.
    fn hash(&self) -> String {
        match self {
            Payload::Bytes(bytes) => sha256_hex(bytes),
            Payload::Sha256Hex(hash) => (*hash).to_owned(),
            Payload::Unsigned => UNSIGNED_PAYLOAD.to_owned(),
        }
    }
}

/// A request as it is on the wire.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The HTTP method, upper case.
    pub method: &'a str,
    /// The path as sent: percent-encoded, without the query.
    pub path: &'a str,
    /// The query as sent, without the `?`; empty when there is none.
    pub query: &'a str,
    /// Every header in the order sent, duplicates kept. Names in any letter case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub payload: Payload<'a>,
}

impl<'a> RequestParts<'a> {
    /// The values of a header, in order; `name` is lower case.
    fn values(&self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let headers = self.headers;
        headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The value of a header that must be text; duplicates are joined by a comma, as the signature sees them.
    fn text(&self, name: &'a str) -> Option<String> {
        let joined = canonical::join_values(self.values(name))?;
        String::from_utf8(joined).ok()
    }
}
