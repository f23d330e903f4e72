//! Room 6: API keys, usage plans and rates, in AWS's order (fact T1): the plan's limits, the stage's, the account's.
//!
//! A request takes a token from every bucket and one from its quota, or nothing at all: what one of them refuses costs the
//! others nothing (facts T4 and T11).

mod admission;
mod key;
mod standing;

use std::time::Duration;

use smallvec::SmallVec;
use stagegate_plan::GatewayResponseType as G;
use stagegate_state::{Bucket, BucketName, Over, Take};

use crate::authorize::Authorized;
use crate::core::Core;
use crate::observe::{Notes, log_quota_exceeded, log_throttled, log_unchecked, log_usage_plan, log_within_plan};
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

pub use admission::Admission;
pub(crate) use standing::{RateNote, show_rates};

use key::Metered;

/// How long a request waits for the lease of its quota to be recorded; after that it is refused.
const LEASE_PATIENCE: Duration = Duration::from_secs(2);

/// A request within its rates.
#[derive(Debug)]
pub(crate) struct Admitted<'j> {
    /// The request.
    pub(crate) authorized: Authorized<'j>,
}

/// Admits a request.
pub(crate) async fn throttle<'j>(
    core: &Core,
    authorized: Authorized<'j>,
    notes: &Notes,
) -> Result<Admitted<'j>, Refusal> {
    let routed = &authorized.routed;
    let metered = if routed.route.key_required { Some(key::meter(core, routed, notes)?) } else { None };
    let buckets = buckets(routed, metered.as_ref());
    let has_quota = metered.as_ref().is_some_and(|metered| metered.plan.quota.is_some());
    if metered.is_none() {
        log_usage_plan(notes, routed);
    }
    if !buckets.is_empty() || has_quota {
        let Some(admission) = &core.config.admission else {
            notes.explain("throttle", format_args!("this gateway counts nothing, and the route has limits"));
            return Err(Refusal::Gateway(G::ApiConfigurationError, Cause::Configuration));
        };
        Admitting { core, admission, routed, notes }.admit(&buckets, metered.as_ref()).await?;
    }
    if let Some(metered) = &metered {
        log_within_plan(notes, routed, &metered.value);
        metered.enter(notes);
    }
    drop(buckets);
    Ok(Admitted { authorized })
}

/// The buckets of a request, in AWS's order.
fn buckets<'r>(routed: &'r Routed<'_>, metered: Option<&'r Metered>) -> SmallVec<[Bucket<'r>; 4]> {
    let stage = routed.addressed.stage;
    let mut buckets = SmallVec::new();
    if let Some(Metered { key, plan, usage, stage, .. }) = metered {
        if let Some(rate) = key::method_rate(&plan.stages[*stage], routed.route) {
            let name = BucketName::KeyMethod { plan: &plan.name, key: &key.id, method: &rate.name };
            buckets.push(Bucket { name, word: usage.method(rate.slot), rate: &rate.rate });
        }
        if let Some(rate) = &plan.rate {
            let name = BucketName::Key { plan: &plan.name, key: &key.id };
            buckets.push(Bucket { name, word: &usage.word, rate });
        }
    }
    buckets.extend(stage.rates.route_bucket(routed.id, &stage.api, &stage.name));
    buckets.extend(stage.rates.account_bucket(&stage.api));
    buckets
}

/// A request at its limits.
struct Admitting<'a> {
    core: &'a Core,
    admission: &'a Admission,
    routed: &'a Routed<'a>,
    notes: &'a Notes,
}

impl Admitting<'_> {
    /// Looks at every bucket before the quota is touched, counts the request, and takes its tokens.
    async fn admit(&self, buckets: &[Bucket<'_>], metered: Option<&Metered>) -> Result<(), Refusal> {
        let limiter = &*self.admission.limiter;
        let counted = match metered.and_then(|metered| Some((metered, metered.plan.quota.as_ref()?))) {
            Some((metered, quota)) => {
                let now_ns = limiter.now_ns();
                for (index, bucket) in buckets.iter().enumerate() {
                    let standing = limiter.standing(bucket, now_ns);
                    if standing.tokens == 0 {
                        return Err(self.throttled(buckets, Over { index, standing }));
                    }
                }
                let quotas = &*self.admission.quotas;
                let counter = metered.counter(quotas);
                match stagegate_state::take(quotas, counter, quota, LEASE_PATIENCE).await {
                    Take::Taken => Some((counter, quota)),
                    Take::Exhausted => return Err(self.exhausted(metered)),
                    Take::Wait => return Err(self.unchecked()),
                }
            }
            None => None,
        };
        // The time may have gone on while a lease was awaited.
        if let Err(over) = limiter.admit(buckets, limiter.now_ns()) {
            if let Some((counter, quota)) = counted {
                self.admission.quotas.give_back(counter, quota);
            }
            return Err(self.throttled(buckets, over));
        }
        if self.admission.shows_rates {
            self.notes.rate.set(standing::tightest(self.admission, buckets, counted));
        }
        Ok(())
    }

    fn throttled(&self, buckets: &[Bucket<'_>], over: Over) -> Refusal {
        self.core.counters.throttled.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let bucket = &buckets[over.index];
        log_throttled(self.notes, self.routed, bucket.rate);
        self.notes.explain(
            "throttle",
            format_args!(
                "{} has no token; {} a second, burst {}",
                standing::in_words(&bucket.name),
                bucket.rate.per_second(),
                bucket.rate.burst()
            ),
        );
        if self.admission.shows_rates {
            self.notes.rate.set(Some(RateNote::of_bucket(bucket, over.standing)));
        }
        Refusal::Gateway(G::Throttled, Cause::Throttled)
    }

    fn exhausted(&self, metered: &Metered) -> Refusal {
        self.core.counters.quota_exceeded.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        log_quota_exceeded(self.notes, self.routed, &metered.value);
        self.notes.explain("throttle", format_args!("the quota of usage plan {} is used up", metered.plan.id));
        if let Some(quota) = metered.plan.quota.as_ref().filter(|_| self.admission.shows_rates) {
            self.notes.rate.set(Some(RateNote::of_quota(quota, 0, self.admission.quotas.now_s())));
        }
        Refusal::Gateway(G::QuotaExceeded, Cause::QuotaExceeded)
    }

    /// AWS serves what it cannot check (fact T9); here a quota is never exceeded.
    fn unchecked(&self) -> Refusal {
        self.core.counters.quota_unchecked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        log_unchecked(self.notes);
        self.notes.explain("throttle", format_args!("the use of the quota could not be recorded in time"));
        Refusal::Gateway(G::Throttled, Cause::Throttled)
    }
}
