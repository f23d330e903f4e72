//! Tokens: what is taken, how long the keys of issuers are kept, how many verified tokens are remembered.

use crate::config::row::{Row, put, put_positive};
use crate::jwks::algorithms;

/// What lists of algorithms may have.
const ALGORITHMS: &str = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA";

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::list("user_pool_algorithms", "NAME,…", |s, v| {
        s.tokens.user_pool_algorithms = algorithms(v)?;
        Some(())
    })
    .default("RS256")
    .allows(ALGORITHMS)
    .help("What tokens of user pools may be signed with; Amazon Cognito signs with RS256."),
    Row::list("jwt_algorithms", "NAME,…", |s, v| {
        s.tokens.jwt_algorithms = algorithms(v)?;
        Some(())
    })
    .allows(ALGORITHMS)
    .help("What tokens of JWT authorizers may be signed with, besides the algorithms of the authorizer."),
    Row::number("token_leeway_s", "SECONDS", |s, v| put(&mut s.tokens.leeway_s, v))
        .default("0")
        .allows("a whole number")
        .help("How far the dates of tokens may be off; AWS documents no leeway."),
    Row::number("issuer_keys_s", "SECONDS", |s, v| put_positive(&mut s.tokens.keys_s, v)).default("3600").help(
        "How long the keys of an issuer are used before they are fetched again; AWS keeps them for up to an hour.",
    ),
    Row::number("issuer_keys_outage_s", "SECONDS", |s, v| put(&mut s.tokens.keys_outage_s, v))
        .default("14400")
        .allows("a whole number")
        .help("How much longer they are used while the issuer does not answer."),
    Row::number("issuer_refetch_s", "SECONDS", |s, v| put_positive(&mut s.tokens.refetch_s, v))
        .default("2")
        .help("The least time between two fetches of an issuer's keys, however many unknown keys tokens name."),
    Row::number("issuers_max", "N", |s, v| put_positive(&mut s.tokens.issuers_max, v))
        .default("10000")
        .help("Issuers whose keys are kept; tokens of more are refused."),
    Row::number("token_cache_entries", "N", |s, v| put(&mut s.tokens.cache_entries, v))
        .default("65536")
        .allows("a whole number; 0 remembers none")
        .help("Verified tokens that are remembered, by their SHA-256, until they expire or their key is gone."),
    Row::number("token_cache_bytes", "BYTES", |s, v| put(&mut s.tokens.cache_bytes, v))
        .default("134217728")
        .allows("a whole number")
        .help("Bytes of memory for them."),
];
