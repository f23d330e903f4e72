//! Tokens and key sets: anything is taken apart or refused, and no signature counts but one that was made with the key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_jwt::{KeySet, Token};

/// The key that tokens of the corpus name; its private part is nobody's.
const KEYS: &[u8] = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fuzz_target!(|data: &[u8]| {
    if let Ok(set) = KeySet::parse(data) {
        assert!(set.is_same(&set));
        for key in set.keys() {
            assert!(set.has(key.id()));
        }
    }
    let Ok(token) = Token::parse(data) else { return };
    assert_eq!(data.iter().filter(|byte| **byte == b'.').count(), 2);
    let _ = (token.claims().check_time(1_800_000_000, 60), token.claims().audiences(), token.claims().scopes());
    let keys = KeySet::parse(KEYS).expect("the key set is a good one");
    if let Some(key) = keys.find(token.key_id(), token.algorithm()) {
        assert!(key.verify(&token).is_err(), "nobody has signed this");
    }
});
