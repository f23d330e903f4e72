//! Tokens and keys as strangers write them: only what is exactly right is taken.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use stagegate_jwt::{Algorithm, Key, KeySet, Malformed, NoKeySet, TOKEN_BYTES_MAX, Token, Unusable};

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn token(header: &str, claims: &str) -> String {
    format!("{}.{}.{}", encode(header), encode(claims), encode("signature"))
}

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("vectors.json")).expect("JSON")
}

fn vector(algorithm: &str) -> Value {
    let found = vectors().into_iter().find(|vector| vector["algorithm"] == algorithm);
    found.expect("a vector")["key"].clone()
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[test]
fn a_header_asks_for_nothing_unusual() {
    use Malformed as M;
    let deep = format!(r#"{{"alg":"RS256","kid":"k","a":{}1{}}}"#, "[".repeat(20), "]".repeat(20));
    let long_id = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(513));
    let long = format!(r#"{{"alg":"RS256","kid":"k","a":"{}"}}"#, "a".repeat(4096));
    for (header, expected) in [
        (r#"{"alg":"RS256","kid":"k"}"#, None),
        (r#"{"typ":"JWT","alg":"ES512","kid":"k"}"#, None),
        (r#"{"typ":"at+jwt","alg":"RS256","kid":"k"}"#, None),
        (r#"{"typ":"application/AT+JWT","alg":"RS256","kid":"k"}"#, None),
        (r#"{"alg":"RS256","kid":"../../etc/passwd"}"#, None),
        (r#"{"alg":"RS256","kid":"k","jku":"https://a.example","jwk":{},"x5u":"u","x5c":["c"]}"#, None),
        (r#"{"alg":"none","kid":"k"}"#, Some(M::Algorithm)),
        (r#"{"alg":"nOnE","kid":"k"}"#, Some(M::Algorithm)),
        (r#"{"alg":"","kid":"k"}"#, Some(M::Algorithm)),
        (r#"{"alg":"HS256","kid":"k"}"#, Some(M::Algorithm)),
        (r#"{"alg":"rs256","kid":"k"}"#, Some(M::Algorithm)),
        (r#"{"alg":["RS256"],"kid":"k"}"#, Some(M::Algorithm)),
        (r#"{"kid":"k"}"#, Some(M::Algorithm)),
        (r#"{"alg":"RS256"}"#, Some(M::KeyId)),
        (r#"{"alg":"RS256","kid":""}"#, Some(M::KeyId)),
        (r#"{"alg":"RS256","kid":1}"#, Some(M::KeyId)),
        (&long_id, Some(M::KeyId)),
        (r#"{"alg":"RS256","kid":"k","crit":["exp"]}"#, Some(M::Extension)),
        (r#"{"alg":"RS256","kid":"k","crit":[]}"#, Some(M::Extension)),
        (r#"{"alg":"RS256","kid":"k","b64":false}"#, Some(M::Extension)),
        (r#"{"alg":"RS256","kid":"k","zip":"DEF"}"#, Some(M::Extension)),
        (r#"{"alg":"RS256","kid":"k","enc":"A256GCM"}"#, Some(M::Extension)),
        (r#"{"alg":"RS256","kid":"k","cty":"JWT"}"#, Some(M::Nested)),
        (r#"{"alg":"RS256","kid":"k","typ":"dpop+jwt"}"#, Some(M::Type)),
        (r#"{"alg":"RS256","kid":"k","typ":"logout+jwt"}"#, Some(M::Type)),
        (r#"{"alg":"RS256","kid":"k","typ":null}"#, Some(M::Type)),
        (r#"{"alg":"RS256","kid":"k","alg":"none"}"#, Some(M::Header)),
        (r#"{"alg":"RS256","kid":"k","\u0061lg":"none"}"#, Some(M::Header)),
        (r#"["RS256","k"]"#, Some(M::Header)),
        (r#"{"alg":"RS256","kid":"k"} {}"#, Some(M::Header)),
        (&deep, Some(M::Header)),
        (&long, Some(M::Header)),
    ] {
        let text = token(header, "{}");
        assert_eq!(Token::parse(text.as_bytes()).err(), expected, "{header}");
    }
}

#[test]
fn a_token_has_three_parts_of_base64url() {
    use Malformed as M;
    let header = encode(r#"{"alg":"RS256","kid":"k"}"#);
    let long = format!("{header}.{}.AAAA", "A".repeat(TOKEN_BYTES_MAX));
    let long_signature = format!("{header}.e30.{}", "A".repeat(2_000));
    let many: serde_json::Map<String, Value> = (0..300).map(|index| (index.to_string(), json!(1))).collect();
    let many = format!("{header}.{}.AAAA", encode(&Value::Object(many).to_string()));
    for (text, expected) in [
        (format!("{header}.e30.AAAA"), None),
        (format!("{header}.e30"), Some(M::Segments)),
        (format!("{header}.e30.AAAA."), Some(M::Segments)),
        (format!(".{header}.e30.AAAA"), Some(M::Segments)),
        (format!("{header}.e30.AAAA.AAAA.AAAA"), Some(M::Segments)),
        (String::new(), Some(M::Segments)),
        ("..".to_owned(), Some(M::Header)),
        (format!("{header}.e30."), Some(M::Signature)),
        (format!("{header}.e30.AAA="), Some(M::Base64)),
        (format!("{header}.e30.AA+A"), Some(M::Base64)),
        (format!("{header}.e30.AAB"), Some(M::Base64)),
        (format!("{header}. e30.AAAA"), Some(M::Base64)),
        (format!("{header}.e30.AAAA\n"), Some(M::Base64)),
        (format!("{header}=.e30.AAAA"), Some(M::Base64)),
        (format!("{header}.{}.AAAA", encode("[]")), Some(M::Claims)),
        (format!("{header}.{}.AAAA", encode(r#"{"iss":"a","iss":"b"}"#)), Some(M::Claims)),
        (format!("{header}.{}.AAAA", encode(r#"{"exp":1e999}"#)), Some(M::Claims)),
        (many, Some(M::Claims)),
        (long_signature, Some(M::Signature)),
        (long, Some(M::TooLong)),
    ] {
        assert_eq!(Token::parse(text.as_bytes()).err(), expected, "{}", &text[..text.len().min(120)]);
    }
}

#[test]
fn a_key_says_what_it_is_for() {
    let (rsa, ec, ed) = (vector("RS256"), vector("ES512"), vector("EdDSA"));
    let without = |mut key: Value, name: &str| {
        key.as_object_mut().expect("an object").remove(name);
        key
    };
    let number = |bytes: &[u8]| json!(URL_SAFE_NO_PAD.encode(bytes));
    let cases = [
        (rsa.clone(), None),
        (ec.clone(), None),
        (ed.clone(), None),
        (without(rsa.clone(), "use"), None),
        (with(rsa.clone(), "key_ops", json!(["verify"])), None),
        (with(rsa.clone(), "alg", json!("PS512")), None),
        (with(rsa.clone(), "x5c", json!(["anything"])), None),
        (json!("key"), Some(Unusable::NoObject)),
        (without(rsa.clone(), "kid"), Some(Unusable::NoId)),
        (with(rsa.clone(), "kid", json!(7)), Some(Unusable::NoId)),
        (json!({"kty": "oct", "kid": "k", "k": "AAAA"}), Some(Unusable::Type)),
        (with(ec.clone(), "crv", json!("secp256k1")), Some(Unusable::Type)),
        (with(ed.clone(), "crv", json!("X25519")), Some(Unusable::Type)),
        (with(rsa.clone(), "kty", json!("rsa")), Some(Unusable::Type)),
        (with(rsa.clone(), "d", json!("AAAA")), Some(Unusable::Private)),
        (with(rsa.clone(), "use", json!("enc")), Some(Unusable::Use)),
        (with(rsa.clone(), "use", json!(["sig"])), Some(Unusable::Use)),
        (with(rsa.clone(), "key_ops", json!(["sign"])), Some(Unusable::Use)),
        (with(rsa.clone(), "key_ops", json!("verify")), Some(Unusable::Use)),
        (with(rsa.clone(), "alg", json!("HS256")), Some(Unusable::Algorithm)),
        (with(rsa.clone(), "alg", json!("ES256")), Some(Unusable::Algorithm)),
        (with(ec.clone(), "alg", json!("ES256")), Some(Unusable::Algorithm)),
        (with(rsa.clone(), "alg", Value::Null), Some(Unusable::Algorithm)),
        (with(rsa.clone(), "n", number(&[0xff; 128])), Some(Unusable::Numbers)),
        (with(rsa.clone(), "n", number(&[0xff; 1025])), Some(Unusable::Numbers)),
        (with(rsa.clone(), "n", number(&[0xfe; 256])), Some(Unusable::Numbers)),
        (with(rsa.clone(), "n", json!("not base64url!")), Some(Unusable::Numbers)),
        (with(rsa.clone(), "e", number(&[1])), Some(Unusable::Numbers)),
        (with(rsa.clone(), "e", number(&[2])), Some(Unusable::Numbers)),
        (with(rsa.clone(), "e", number(&[])), Some(Unusable::Numbers)),
        (with(rsa, "e", number(&[1, 0, 0, 0, 0, 0, 0, 0, 1])), Some(Unusable::Numbers)),
        (with(ec.clone(), "y", ec["x"].clone()), Some(Unusable::Numbers)),
        (with(ec.clone(), "crv", json!("P-256")), Some(Unusable::Numbers)),
        (with(ec, "x", number(&[0; 66])), Some(Unusable::Numbers)),
        (with(ed.clone(), "x", number(&[0; 32])), Some(Unusable::Numbers)),
        (with(ed.clone(), "x", number(&[&[1][..], &[0; 31]].concat())), Some(Unusable::Numbers)),
        (with(ed.clone(), "x", number(&[&[1][..], &[0; 30], &[0x80]].concat())), Some(Unusable::Numbers)),
        (with(ed.clone(), "x", number(&[&[0xec][..], &[0xff; 30], &[0x7f]].concat())), Some(Unusable::Numbers)),
        (with(ed, "x", number(&[7; 31])), Some(Unusable::Numbers)),
    ];
    for (key, expected) in cases {
        assert_eq!(Key::read(&key).err(), expected, "{key}");
    }
}

#[test]
fn a_key_serves_the_algorithms_of_its_type_or_the_one_it_names() {
    let serves = |key: &Value| -> Vec<Algorithm> {
        let key = Key::read(key).expect("a key");
        Algorithm::ALL.into_iter().filter(|algorithm| key.serves(*algorithm)).collect()
    };
    assert_eq!(serves(&vector("RS256")), Algorithm::ALL[..6]);
    assert_eq!(serves(&with(vector("RS256"), "alg", json!("RS384"))), [Algorithm::Rs384]);
    assert_eq!(serves(&vector("ES512")), [Algorithm::Es512]);
    assert_eq!(serves(&vector("EdDSA")), [Algorithm::EdDsa]);
}

#[test]
fn a_set_skips_what_it_cannot_use_and_what_is_ambiguous() {
    let rsa = with(vector("RS256"), "kid", json!("a"));
    let twin = with(vector("PS384"), "kid", json!("a"));
    let ec = with(vector("ES512"), "kid", json!("a"));
    let parse = |keys: Value| KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    let set = parse(json!([rsa, ec, {"kty": "oct", "kid": "s", "k": "AAAA"}])).expect("a set");
    assert!(set.find("a", Algorithm::Rs256).is_some() && set.find("a", Algorithm::Es512).is_some());
    assert!(set.find("A", Algorithm::Rs256).is_none() && set.find("a", Algorithm::EdDsa).is_none());
    assert!(set.has("a") && set.has("s") && !set.has("A"));
    assert_eq!((set.keys().len(), set.skipped().len()), (2, 1));
    let confused = parse(json!([rsa, with(twin.clone(), "e", json!("Aw")), ec])).expect("a set");
    assert!(confused.find("a", Algorithm::Rs256).is_none() && confused.find("a", Algorithm::Es512).is_some());
    assert!(set.is_same(&parse(json!([ec, rsa])).expect("a set")));
    assert!(!set.is_same(&confused) && !confused.is_same(&set));
    assert_eq!(parse(json!("a")).err(), Some(NoKeySet::NoKeys));
    assert_eq!(parse(json!(vec![rsa; 101])).err(), Some(NoKeySet::TooMany));
    assert_eq!(KeySet::parse(b"{}").err(), Some(NoKeySet::NoKeys));
    assert_eq!(KeySet::parse(br#"{"keys":[],"keys":[]}"#).err(), Some(NoKeySet::Json));
}

proptest! {
    #[test]
    fn whatever_is_taken_apart_says_the_same_when_it_is_put_together(
        header in "[ -~]{0,60}", claims in "\\{(\"[a-c]\":[0-9]{1,3},){0,3}\"d\":\"[a-z]*\"\\}", id in "[a-z]{1,8}",
    ) {
        let _ = Token::parse(token(&header, &claims).as_bytes());
        let text = token(&json!({"alg": "ES256", "kid": id}).to_string(), &claims);
        if let Ok(token) = Token::parse(text.as_bytes()) {
            prop_assert_eq!(token.key_id(), id);
            let expected: Value = serde_json::from_str(&claims).expect("JSON");
            prop_assert_eq!(Value::Object(token.into_claims().members().clone()), expected);
        }
    }

    #[test]
    fn nothing_that_strangers_send_breaks_the_parsers(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Token::parse(&bytes);
        let _ = KeySet::parse(&bytes);
    }
}
