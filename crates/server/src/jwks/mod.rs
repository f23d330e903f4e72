//! The keys of issuers: found through their discovery documents, fetched on a runtime of their own, kept for the gateway's cores.
//!
//! Keys are fetched when the first token of an issuer comes, in the background before they are too old, and when a token
//! names one that is not among them, which happens at most once in a while. While an issuer does not answer, its old keys
//! stay for a time that is set.

mod fetch;
mod flight;
mod settings;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use stagegate_gateway::{IssuerKeys, KeySource, Outbound, Refreshing};
use stagegate_plan::{TokenIssuer, UserPool};
use tokio::runtime::Handle;

use crate::config::Quotas;

pub(crate) use self::fetch::Fetcher;
use self::flight::{Flights, Place};
pub(crate) use self::settings::{TokenSettings, UserPoolMapping, algorithms};

/// Limits in time of one document each: the quotas of HTTP APIs, since AWS documents none of REST APIs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FetchTimeouts {
    /// Of a discovery document.
    pub(crate) discovery: Duration,
    /// Of a key set.
    pub(crate) keys: Duration,
}

impl FetchTimeouts {
    /// Those of the quotas.
    pub(crate) fn of(quotas: &Quotas) -> Self {
        let ms = |name| Duration::from_millis(quotas.value_of(name).expect("the quota is in the table"));
        Self { discovery: ms("http_oidc_discovery_timeout_ms"), keys: ms("http_jwks_timeout_ms") }
    }
}

/// A fetcher of documents as long as the quotas of HTTP APIs allow.
pub(crate) fn fetcher(outbound: Arc<Outbound>, quotas: &Quotas) -> Fetcher {
    let bytes = quotas.value_of("http_jwks_bytes").expect("the quota is in the table");
    Fetcher::new(outbound, usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// Every issuer that an authorizer has asked for.
#[derive(Debug)]
pub(crate) struct Jwks {
    settings: Arc<TokenSettings>,
    fetcher: Arc<Fetcher>,
    timeouts: FetchTimeouts,
    runtime: Handle,
    known: RwLock<HashMap<Origin, Arc<IssuerKeys>>>,
    /// By the address of the keys, which `known` keeps alive.
    flights: RwLock<HashMap<usize, Arc<Flights>>>,
}

/// Who issues tokens. Two authorizers that found an issuer's keys at different places have different origins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Origin {
    Issuer(Arc<str>, Option<Arc<str>>),
    Pool(UserPool),
}

impl Jwks {
    /// Nobody's keys yet; they will be fetched on this runtime.
    pub(crate) fn new(settings: TokenSettings, fetcher: Fetcher, timeouts: FetchTimeouts, runtime: Handle) -> Self {
        let (settings, fetcher) = (Arc::new(settings), Arc::new(fetcher));
        Self { settings, fetcher, timeouts, runtime, known: RwLock::default(), flights: RwLock::default() }
    }

    fn get(&self, origin: Origin, make: impl FnOnce() -> (IssuerKeys, Place)) -> Option<Arc<IssuerKeys>> {
        if let Some(keys) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&origin) {
            return Some(Arc::clone(keys));
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut flights = self.flights.write().unwrap_or_else(PoisonError::into_inner);
        let limit = usize::try_from(self.settings.issuers_max).unwrap_or(usize::MAX);
        if known.len() >= limit {
            // Those of whom nobody keeps anything any more make room.
            known.retain(|_, keys| keys.state().usable_until.is_some() || Arc::strong_count(keys) > 1);
            flights.retain(|_, flights| flights.is_wanted());
        }
        let is_full = known.len() >= limit;
        match known.entry(origin) {
            Entry::Occupied(keys) => Some(Arc::clone(keys.get())),
            Entry::Vacant(_) if is_full => {
                tracing::error!(limit, "as many issuers as may be are known; raise issuers_max");
                None
            }
            Entry::Vacant(place) => {
                let (keys, at) = make();
                let keys = Arc::new(keys);
                let (fetcher, settings) = (Arc::clone(&self.fetcher), Arc::clone(&self.settings));
                let its = Arc::new(Flights::new(at, fetcher, settings, self.timeouts, &keys));
                flights.insert(address(&keys), its);
                Some(Arc::clone(place.insert(keys)))
            }
        }
    }
}

fn address(keys: &Arc<IssuerKeys>) -> usize {
    Arc::as_ptr(keys).addr()
}

impl KeySource for Jwks {
    fn issuer(&self, issuer: &TokenIssuer) -> Option<Arc<IssuerKeys>> {
        let TokenIssuer { issuer: name, jwks_uri, .. } = issuer;
        self.get(Origin::Issuer(Arc::clone(name), jwks_uri.clone()), || {
            let keys = IssuerKeys::new(&**name, self.settings.jwt_algorithms, false);
            (keys, Place { issuer: Arc::clone(name), jwks_uri: jwks_uri.clone() })
        })
    }

    fn user_pool(&self, pool: &UserPool) -> Option<Arc<IssuerKeys>> {
        self.get(Origin::Pool(pool.clone()), || {
            let (name, is_cognito) = self.settings.issuer_of(pool);
            let keys = IssuerKeys::new(&*name, self.settings.user_pool_algorithms, is_cognito);
            (keys, Place { issuer: name.into(), jwks_uri: None })
        })
    }

    fn refresh<'k>(&'k self, keys: &'k Arc<IssuerKeys>) -> Refreshing<'k> {
        let flights = self.flights.read().unwrap_or_else(PoisonError::into_inner).get(&address(keys)).map(Arc::clone);
        Box::pin(async move {
            if let Some(flights) = flights {
                flights.board(&self.runtime).await;
            }
        })
    }
}
