//! The port to the keys of those who issue tokens: what the data plane asks of whatever fetches them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use stagegate_jwt::{Algorithms, KeySet};
use stagegate_plan::{TokenIssuer, UserPool};
use tokio::time::Instant;

/// Knows issuers and keeps their keys.
///
/// It is called on the cores of the gateway, each a current-thread runtime, and must not block one.
pub trait KeySource: fmt::Debug + Send + Sync {
    /// The keys of an issuer of a `JWT` authorizer; `None` where there are as many issuers as may be.
    fn issuer(&self, issuer: &TokenIssuer) -> Option<Arc<IssuerKeys>>;

    /// The keys of whoever issues a user pool's tokens; `None` where there are as many issuers as may be.
    fn user_pool(&self, pool: &UserPool) -> Option<Arc<IssuerKeys>>;

    /// Has an issuer's keys fetched, because there are none that may be used, or none that a token names. Ends when that was
    /// tried, or at once where it was tried a moment ago: garbage must not become a load on the issuer.
    fn refresh<'k>(&'k self, keys: &'k Arc<IssuerKeys>) -> Refreshing<'k>;
}

/// A refresh under way.
pub type Refreshing<'k> = Pin<Box<dyn Future<Output = ()> + Send + 'k>>;

/// Why there are no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyTrouble {
    /// The key set cannot be fetched or read, or nobody has tried.
    #[default]
    Keys,
    /// The discovery document, which says where the key set is, cannot be.
    Discovery,
}

/// An issuer, and the keys it has now.
#[derive(Debug)]
pub struct IssuerKeys {
    /// What `iss` of its tokens is, exactly.
    pub issuer: Box<str>,
    /// What it may sign with, besides what an authorizer says.
    pub algorithms: Algorithms,
    /// Whether its tokens say what they are for, in `token_use`, as Cognito's do.
    pub tells_token_use: bool,
    state: ArcSwap<KeyState>,
    used_s: AtomicU64,
    lacks_discovery: AtomicBool,
}

/// The keys of an issuer at a time.
#[derive(Debug, Default)]
pub struct KeyState {
    /// Another number for other keys: what was verified with keys of an earlier one must be verified again.
    pub generation: u64,
    /// The keys.
    pub keys: KeySet,
    /// Until when they may be used; `None` where nobody has fetched any.
    pub usable_until: Option<Instant>,
}

impl KeyState {
    /// Whether the keys may be used at a time.
    pub fn is_usable(&self, now: Instant) -> bool {
        self.usable_until.is_some_and(|until| now < until)
    }
}

impl IssuerKeys {
    /// How exact [`Self::used_s`] is, in seconds: all cores share it, so that it is written seldom.
    pub const USE_GRAIN_S: u64 = 60;

    /// An issuer whose keys nobody has fetched yet.
    pub fn new(issuer: impl Into<Box<str>>, algorithms: Algorithms, tells_token_use: bool) -> Self {
        Self {
            issuer: issuer.into(),
            algorithms,
            tells_token_use,
            state: ArcSwap::default(),
            used_s: AtomicU64::default(),
            lacks_discovery: AtomicBool::default(),
        }
    }

    /// The keys now.
    pub fn state(&self) -> Arc<KeyState> {
        self.state.load_full()
    }

    /// Whether what was verified with keys of a generation still counts.
    pub fn is_current(&self, generation: u64, now: Instant) -> bool {
        let state = self.state.load();
        state.generation == generation && state.is_usable(now)
    }

    /// Takes keys that were fetched. The generation changes only with the keys.
    pub fn put(&self, keys: KeySet, usable_until: Instant) {
        let before = self.state.load();
        let generation = before.generation + u64::from(!before.keys.is_same(&keys));
        self.state.store(Arc::new(KeyState { generation, keys, usable_until: Some(usable_until) }));
    }

    /// Forgets the keys.
    pub fn clear(&self) {
        let generation = self.state.load().generation + 1;
        self.state.store(Arc::new(KeyState { generation, ..KeyState::default() }));
    }

    /// Notes why a fetch brought no keys.
    pub fn note_trouble(&self, trouble: KeyTrouble) {
        self.lacks_discovery.store(trouble == KeyTrouble::Discovery, Relaxed);
    }

    /// Why the last fetch that failed did so.
    pub fn trouble(&self) -> KeyTrouble {
        if self.lacks_discovery.load(Relaxed) { KeyTrouble::Discovery } else { KeyTrouble::Keys }
    }

    /// Notes that a token of this issuer came, in seconds since 1970.
    pub fn note_use(&self, now_s: u64) {
        if now_s.saturating_sub(self.used_s.load(Relaxed)) >= Self::USE_GRAIN_S {
            self.used_s.store(now_s, Relaxed);
        }
    }

    /// When a token of this issuer last came, in seconds since 1970, or up to [`Self::USE_GRAIN_S`] before; 0 for never.
    pub fn used_s(&self) -> u64 {
        self.used_s.load(Relaxed)
    }
}
