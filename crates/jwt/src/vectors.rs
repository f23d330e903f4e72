//! Signatures that others have published: of RFC 7520 and RFC 8037. What they sign is no claims, so that they are taken apart here.

use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::base64url::decode;
use crate::claims::Claims;
use crate::key::Key;
use crate::token::Token;

const VECTORS: &str = include_str!("../tests/vectors.json");

fn vectors() -> Vec<Value> {
    serde_json::from_str(VECTORS).expect("JSON")
}

/// The token of a vector, as the parser would have made it of claims.
fn token(vector: &Value) -> Token<'_> {
    let text = vector["token"].as_str().expect("text");
    let (signed, signature) = text.rsplit_once('.').expect("three parts");
    Token::of_parts(
        signed.as_bytes(),
        decode(signature.as_bytes()).expect("base64url"),
        Algorithm::parse(vector["algorithm"].as_str().expect("text")).expect("served"),
        vector["key"]["kid"].as_str().expect("text"),
        Claims::default(),
    )
}

#[test]
fn published_signatures_are_verified() {
    for vector in vectors() {
        let key = Key::read(&vector["key"]).expect("a key");
        assert_eq!(key.verify(&token(&vector)), Ok(()), "{}", vector["source"]);
    }
}

#[test]
fn a_flipped_bit_another_key_or_another_algorithm_is_no_signature() {
    let vectors = vectors();
    for vector in &vectors {
        let key = Key::read(&vector["key"]).expect("a key");
        let whole = token(vector);
        for index in 0..whole.signature.len() {
            let mut bent = whole.clone();
            bent.signature[index] ^= 1;
            assert!(key.verify(&bent).is_err(), "{} byte {index}", vector["source"]);
        }
        for length in 0..whole.signature.len() {
            let mut cut = whole.clone();
            cut.signature.truncate(length);
            assert!(key.verify(&cut).is_err(), "{} {length} bytes", vector["source"]);
        }
        let mut zero = whole.clone();
        zero.signature.fill(0);
        assert!(key.verify(&zero).is_err(), "{}", vector["source"]);
        for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != whole.algorithm()) {
            assert!(key.verify(&whole.clone().with_algorithm(algorithm)).is_err(), "{} {algorithm}", vector["source"]);
        }
        for other in &vectors {
            let mut members = other["key"].clone();
            members["kid"] = vector["key"]["kid"].clone();
            let is_own = other["key"] == vector["key"];
            let other = Key::read(&members).expect("a key");
            assert_eq!(other.verify(&whole).is_ok(), is_own, "{}", vector["source"]);
        }
    }
}
