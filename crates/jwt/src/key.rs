//! One key of an issuer, ready to verify.

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};

use crate::algorithm::Algorithm;
use crate::jwk::{Jwk, Unusable};
use crate::token::Token;

/// A public key that signatures are verified with.
#[derive(Debug, Clone)]
pub struct Key {
    jwk: Jwk,
    /// One for each algorithm that the key serves.
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
}

/// The signature of a token is not of this key, or the algorithm is none of the key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature of the token is not one of the key that it names")]
pub struct SignatureMismatch;

impl Key {
    /// Reads a JSON Web Key.
    ///
    /// # Errors
    /// It is of no use for verifying tokens here.
    pub fn read(value: &serde_json::Value) -> Result<Self, Unusable> {
        let jwk = Jwk::read(value)?;
        let serves = |algorithm: &Algorithm| {
            jwk.key_type.serves(*algorithm) && jwk.algorithm.is_none_or(|only| only == *algorithm)
        };
        let algorithms = Algorithm::ALL.into_iter().filter(serves);
        let verifiers = algorithms.map(|algorithm| {
            let parsed = ParsedPublicKey::new(verification(algorithm), &jwk.public);
            Ok((algorithm, parsed.map_err(|_| Unusable::Numbers)?))
        });
        let verifiers = verifiers.collect::<Result<_, Unusable>>()?;
        Ok(Self { jwk, verifiers })
    }

    /// `kid`
    pub fn id(&self) -> &str {
        &self.jwk.id
    }

    /// Whether it serves an algorithm: its type does, and `alg`, where it has one, is this.
    pub fn serves(&self, algorithm: Algorithm) -> bool {
        self.verifiers.iter().any(|(served, _)| *served == algorithm)
    }

    /// Verifies a token's signature. Whether this algorithm and this key are to be trusted, the caller knows.
    ///
    /// # Errors
    /// The signature is not of this key, the token names another, or an algorithm that is none of this key's.
    pub fn verify(&self, token: &Token<'_>) -> Result<(), SignatureMismatch> {
        if token.key_id() != self.jwk.id {
            return Err(SignatureMismatch);
        }
        let verifier = self.verifiers.iter().find(|(algorithm, _)| *algorithm == token.algorithm());
        let (_, verifier) = verifier.ok_or(SignatureMismatch)?;
        verifier.verify_sig(token.signed, &token.signature).map_err(|_| SignatureMismatch)
    }

    /// Whether another key has the same id and would serve an algorithm of this one.
    pub(crate) fn is_confused_with(&self, other: &Self) -> bool {
        self.jwk.id == other.jwk.id && self.verifiers.iter().any(|(algorithm, _)| other.serves(*algorithm))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.jwk == other.jwk
    }
}

fn verification(algorithm: Algorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
        Algorithm::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        Algorithm::EdDsa => &signature::ED25519,
    }
}
