//! Fetches of one issuer's keys: one at a time, not too often, and now and then in the background while its tokens come.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use stagegate_control::{discovery_url, key_set};
use stagegate_gateway::{IssuerKeys, KeyTrouble};
use stagegate_jwt::KeySet;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::FetchTimeouts;
use super::fetch::Fetcher;
use super::settings::TokenSettings;

/// Requests that may wait for a fetch which must not begin yet; more are told at once that there is no such key.
const WAITING_MAX: usize = 64;
/// The part of the keys' lifetime after which they are fetched again, in percent.
const REFRESH_AT_PERCENT: u32 = 90;
/// How soon a fetch in the background that failed is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// Where an issuer's keys are.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The issuer.
    pub(super) issuer: Arc<str>,
    /// Its key set; without it, the discovery document says where.
    pub(super) jwks_uri: Option<Arc<str>>,
}

/// The fetches of one issuer.
#[derive(Debug)]
pub(super) struct Flights {
    place: Place,
    fetcher: Arc<Fetcher>,
    settings: Arc<TokenSettings>,
    timeouts: FetchTimeouts,
    keys: Weak<IssuerKeys>,
    now: Mutex<Now>,
}

#[derive(Debug, Default)]
struct Now {
    /// When the last fetch began, or will begin.
    begins: Option<Instant>,
    /// True once it has landed.
    landed: Option<watch::Receiver<bool>>,
    is_kept: bool,
}

impl Flights {
    pub(super) fn new(
        place: Place,
        fetcher: Arc<Fetcher>,
        settings: Arc<TokenSettings>,
        timeouts: FetchTimeouts,
        keys: &Arc<IssuerKeys>,
    ) -> Self {
        Self { place, fetcher, settings, timeouts, keys: Arc::downgrade(keys), now: Mutex::default() }
    }

    /// Whether anybody has the issuer's keys still.
    pub(super) fn is_wanted(&self) -> bool {
        self.keys.strong_count() > 0
    }

    /// Has the keys fetched, and waits until they are, or until that failed. Whoever comes during a fetch shares it, and whoever
    /// comes too soon after one waits for the next.
    pub(super) async fn board(self: &Arc<Self>, runtime: &Handle) {
        let Some(mut landed) = self.next(runtime) else { return };
        // Its end is its landing, too.
        let _ = landed.wait_for(|landed| *landed).await;
    }

    fn next(self: &Arc<Self>, runtime: &Handle) -> Option<watch::Receiver<bool>> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let at = Instant::now();
        if let Some(landed) = now.landed.as_ref().filter(|landed| !*landed.borrow() && landed.has_changed().is_ok()) {
            let is_waiting = now.begins.is_some_and(|begins| begins > at);
            let waiting = Arc::strong_count(self);
            if is_waiting && waiting > WAITING_MAX {
                return None;
            }
            return Some(landed.clone());
        }
        let begins = now.begins.map_or(at, |last| at.max(last + self.settings.refetch()));
        let (sender, receiver) = watch::channel(false);
        now.begins = Some(begins);
        now.landed = Some(receiver.clone());
        let flights = Arc::clone(self);
        let handle = runtime.clone();
        runtime.spawn(async move {
            sleep_until(begins).await;
            flights.fly().await;
            sender.send_replace(true);
            flights.keep(&handle);
        });
        Some(receiver)
    }

    /// Fetches the keys once; what fails leaves the old ones as they are.
    async fn fly(&self) -> bool {
        let Some(keys) = self.keys.upgrade() else { return false };
        let began = Instant::now();
        match self.fetch().await {
            Ok(set) => {
                for skipped in set.skipped() {
                    let why = skipped.why.map_or_else(|| "another key has its `kid`".to_owned(), |why| why.to_string());
                    tracing::warn!(issuer = &*self.place.issuer, kid = ?skipped.id, why, "a key of an issuer is not used");
                }
                keys.put(set, began + self.settings.lifetime() + self.settings.outage());
                true
            }
            Err((trouble, error)) => {
                keys.note_trouble(trouble);
                tracing::warn!(issuer = &*self.place.issuer, error, "the keys of an issuer cannot be fetched");
                false
            }
        }
    }

    async fn fetch(&self) -> Result<KeySet, (KeyTrouble, String)> {
        let of_discovery = |why| (KeyTrouble::Discovery, why);
        let of_keys = |why| (KeyTrouble::Keys, why);
        let found;
        let uri = if let Some(uri) = &self.place.jwks_uri {
            &**uri
        } else {
            let url = discovery_url(&self.place.issuer);
            let document = self.fetcher.fetch(&url, self.timeouts.discovery).await;
            let document = document.map_err(|why| of_discovery(format!("the discovery document at {url}: {why}")))?;
            found = key_set(&document, &self.place.issuer)
                .map_err(|why| of_discovery(format!("the discovery document at {url} {why}")))?;
            &*found
        };
        let document = self.fetcher.fetch(uri, self.timeouts.keys).await;
        let document = document.map_err(|why| of_keys(format!("the key set at {uri}: {why}")))?;
        KeySet::parse(&document).map_err(|why| of_keys(format!("the key set at {uri}: {why}")))
    }

    /// Keeps the keys fresh from here on, unless somebody does already.
    fn keep(self: &Arc<Self>, runtime: &Handle) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let has_keys = self.keys.upgrade().is_some_and(|keys| keys.state().is_usable(Instant::now()));
        if has_keys && !std::mem::replace(&mut now.is_kept, true) {
            let flights = Arc::clone(self);
            let handle = runtime.clone();
            runtime.spawn(async move { flights.keeper(&handle).await });
        }
    }

    /// Fetches the keys before they are too old, as long as tokens of the issuer come; afterwards they are forgotten.
    async fn keeper(self: &Arc<Self>, runtime: &Handle) {
        let lifetime = self.settings.lifetime();
        loop {
            let refreshed = lifetime * REFRESH_AT_PERCENT / 100;
            let Some(keys) = self.keys.upgrade() else { return };
            let Some(until) = keys.state().usable_until else { return };
            // A fetch for a key that was not known counts as well.
            sleep_until(until - self.settings.outage() - lifetime + refreshed).await;
            if keys.state().usable_until != Some(until) {
                continue;
            }
            if keys.used_s() + IssuerKeys::USE_GRAIN_S + self.settings.keys_s < epoch_s() {
                let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
                now.is_kept = false;
                keys.clear();
                tracing::debug!(issuer = &*self.place.issuer, "the keys of an issuer are forgotten: no tokens come");
                return;
            }
            self.board(runtime).await;
            if keys.state().usable_until == Some(until) {
                sleep(RETRY.min(lifetime)).await;
            }
            if Instant::now() >= until {
                let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
                now.is_kept = false;
                return;
            }
        }
    }
}

fn epoch_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
