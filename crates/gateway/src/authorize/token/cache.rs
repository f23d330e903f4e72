//! What this core remembers of tokens that were verified, by their SHA-256: bounded in number and bytes, and never beyond `exp`.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use foldhash::fast::RandomState;
use stagegate_plan::TokenRules;
use tokio::time::Instant;

use super::verify::Verified;
use crate::keys::IssuerKeys;

/// Bytes that an entry takes besides its claims: the maps around it, and what is allocated for each.
const ENTRY_BYTES: usize = 512;

/// The SHA-256 of a token.
pub(super) type Digest = [u8; 32];

/// The digest of a token's text.
pub(super) fn digest_of(token: &[u8]) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token).as_ref());
    bytes
}

/// A token for one authorizer. Authorizers are known by their rules, which the entry keeps alive: no other can have the address.
type Key = (Digest, usize);

/// Tokens that were verified.
#[derive(Debug)]
pub(crate) struct TokenCache {
    entries_max: usize,
    bytes_max: usize,
    kept: RefCell<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Key, Entry, RandomState>,
    /// In the order they came; one whose entry is gone is passed over.
    order: VecDeque<(Key, u64)>,
    bytes: usize,
    stamp: u64,
}

#[derive(Debug)]
struct Entry {
    rules: Arc<TokenRules>,
    issuer: Arc<IssuerKeys>,
    generation: u64,
    verified: Arc<Verified>,
    stamp: u64,
}

/// What a token was verified with.
#[derive(Debug)]
pub(super) struct VerifiedWith {
    pub(super) issuer: Arc<IssuerKeys>,
    pub(super) generation: u64,
}

impl TokenCache {
    /// With room for so many tokens, and so many bytes of what is kept of them; without either nothing is kept.
    pub(crate) fn new(entries_max: usize, bytes_max: usize) -> Self {
        Self { entries_max, bytes_max, kept: RefCell::default() }
    }

    /// What was found of a token, if that still counts: its time has not passed, and the issuer has the same keys.
    pub(super) fn get(
        &self,
        digest: Digest,
        rules: &Arc<TokenRules>,
        now_s: u64,
        now: Instant,
    ) -> Option<Arc<Verified>> {
        let mut kept = self.kept.borrow_mut();
        let key = (digest, address(rules));
        let entry = kept.entries.get(&key)?;
        if now_s < entry.verified.ends_s && entry.issuer.is_current(entry.generation, now) {
            entry.issuer.note_use(now_s);
            return Some(Arc::clone(&entry.verified));
        }
        kept.forget(&key);
        None
    }

    /// Keeps what was found of a token.
    pub(super) fn put(&self, digest: Digest, rules: &Arc<TokenRules>, with: VerifiedWith, verified: &Arc<Verified>) {
        let bytes = cost(verified);
        if bytes > self.bytes_max || self.entries_max == 0 {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        let key = (digest, address(rules));
        kept.forget(&key);
        while kept.entries.len() >= self.entries_max || kept.bytes + bytes > self.bytes_max {
            kept.forget_oldest();
        }
        kept.stamp += 1;
        let stamp = kept.stamp;
        let VerifiedWith { issuer, generation } = with;
        let entry = Entry { rules: Arc::clone(rules), issuer, generation, verified: Arc::clone(verified), stamp };
        kept.entries.insert(key, entry);
        kept.order.push_back((key, stamp));
        kept.bytes += bytes;
    }
}

impl Kept {
    fn forget(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            debug_assert_eq!(address(&entry.rules), key.1, "an entry is filed under its authorizer");
            self.bytes -= cost(&entry.verified);
        }
        // What is forgotten early leaves its place in the order behind.
        if self.order.len() > 2 * self.entries.len() + 16 {
            let Self { entries, order, .. } = self;
            order.retain(|(key, stamp)| entries.get(key).is_some_and(|entry| entry.stamp == *stamp));
        }
    }

    fn forget_oldest(&mut self) {
        while let Some((key, stamp)) = self.order.pop_front() {
            if self.entries.get(&key).is_some_and(|entry| entry.stamp == stamp) {
                return self.forget(&key);
            }
        }
    }
}

fn address(rules: &Arc<TokenRules>) -> usize {
    Arc::as_ptr(rules).addr()
}

fn cost(verified: &Verified) -> usize {
    ENTRY_BYTES + verified.bytes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use stagegate_jwt::{Algorithms, KeySet};
    use stagegate_plan::{AudienceClaims, ClaimForm};

    use super::*;

    const KEYS: &str =
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    struct Scene {
        issuer: Arc<IssuerKeys>,
        rules: Arc<TokenRules>,
        now: Instant,
    }

    impl Scene {
        fn new() -> Self {
            let issuer = IssuerKeys::new("https://id.example", Algorithms::default(), false);
            let now = Instant::now();
            issuer.put(KeySet::parse(KEYS.as_bytes()).expect("keys"), now + Duration::from_mins(1));
            Self { issuer: Arc::new(issuer), rules: rules(), now }
        }

        fn put(&self, cache: &TokenCache, token: &str, bytes: usize) {
            let with = VerifiedWith { issuer: Arc::clone(&self.issuer), generation: self.issuer.state().generation };
            let verified = Verified { ends_s: 100, bytes, ..Verified::default() };
            cache.put(digest_of(token.as_bytes()), &self.rules, with, &Arc::new(verified));
        }

        fn has(&self, cache: &TokenCache, token: &str) -> bool {
            cache.get(digest_of(token.as_bytes()), &self.rules, 99, self.now).is_some()
        }
    }

    fn rules() -> Arc<TokenRules> {
        Arc::new(TokenRules::Jwt {
            issuers: Box::default(),
            algorithms: Algorithms::default(),
            audience: AudienceClaims::Aud,
            claims: ClaimForm::Json,
        })
    }

    #[test]
    fn the_oldest_go_where_there_is_no_room() {
        let scene = Scene::new();
        let by_number = TokenCache::new(2, 1 << 20);
        let by_bytes = TokenCache::new(100, 2 * (ENTRY_BYTES + 10));
        for cache in [&by_number, &by_bytes] {
            for token in ["a", "b", "c"] {
                scene.put(cache, token, 10);
            }
            assert_eq!(["a", "b", "c"].map(|token| scene.has(cache, token)), [false, true, true]);
            // What is put again is the youngest.
            scene.put(cache, "b", 10);
            scene.put(cache, "d", 10);
            assert_eq!(["b", "c", "d"].map(|token| scene.has(cache, token)), [true, false, true]);
        }
        scene.put(&by_bytes, "long", 1 << 20);
        assert!(!scene.has(&by_bytes, "long") && scene.has(&by_bytes, "d"));
        let none = TokenCache::new(0, 1 << 20);
        scene.put(&none, "a", 1);
        assert!(!scene.has(&none, "a"));
    }

    #[test]
    fn nothing_counts_beyond_its_time_its_keys_or_its_authorizer() {
        let scene = Scene::new();
        let cache = TokenCache::new(10, 1 << 20);
        let digest = digest_of(b"a");
        scene.put(&cache, "a", 1);
        assert!(cache.get(digest, &rules(), 99, scene.now).is_none());
        assert!(scene.has(&cache, "a"));
        assert!(cache.get(digest, &scene.rules, 100, scene.now).is_none());
        scene.put(&cache, "a", 1);
        // The same keys, fetched again, change nothing.
        scene.issuer.put(KeySet::parse(KEYS.as_bytes()).expect("keys"), scene.now + Duration::from_mins(1));
        assert!(scene.has(&cache, "a"));
        scene.issuer.put(KeySet::default(), scene.now + Duration::from_mins(1));
        assert!(!scene.has(&cache, "a"));
        scene.put(&cache, "a", 1);
        let later = scene.now + Duration::from_mins(1);
        assert!(cache.get(digest, &scene.rules, 99, later).is_none());
    }

    #[test]
    fn places_of_the_forgotten_do_not_pile_up() {
        let scene = Scene::new();
        let cache = TokenCache::new(4, 1 << 20);
        for round in 0..1_000 {
            scene.put(&cache, if round % 2 == 0 { "a" } else { "b" }, 1);
        }
        assert!(cache.kept.borrow().order.len() <= 32);
    }
}
