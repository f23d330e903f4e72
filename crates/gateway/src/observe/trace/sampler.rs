//! The sampler: one for the process, asked by every core without a lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;

use super::rule::{RuleMatch, Sampled, SamplingRequest, SamplingRule};

/// The name of the rule for what no other is for.
const DEFAULT: &str = "Default";

/// Decides which requests are sampled: by rules of its own, or by those that somebody central has.
#[derive(Debug)]
pub struct Sampler {
    rules: ArcSwap<Vec<Arc<RuleState>>>,
    local: Arc<RuleState>,
}

/// A rule, and how much of it is used up.
#[derive(Debug)]
struct RuleState {
    rule: SamplingRule,
    /// Rules are shared with other processes: a quota says how much of the reservoir is ours.
    is_shared: bool,
    /// The second, and what was taken from the reservoir in it: 32 bits each.
    window: AtomicU64,
    rate_bits: AtomicU64,
    quota_per_s: AtomicU64,
    quota_until_s: AtomicU64,
    requests: AtomicU64,
    sampled: AtomicU64,
    borrowed: AtomicU64,
}

/// What was counted for a rule since the last report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleStatistics {
    /// The rule.
    pub name: Arc<str>,
    /// Requests that it was for.
    pub requests: u64,
    /// Those that were sampled.
    pub sampled: u64,
    /// Those of them that were sampled without a quota.
    pub borrowed: u64,
}

/// What somebody central says about a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTarget {
    /// The rule.
    pub name: Box<str>,
    /// The part that is sampled beyond the quota, from 0 to 1.
    pub rate: f64,
    /// Requests a second that are ours to sample, and until when, in seconds since 1970; `None` changes nothing.
    pub quota: Option<(u64, u64)>,
}

impl Sampler {
    /// A sampler with one rule, for every request.
    pub fn new(reservoir_per_s: u32, rate: f64) -> Self {
        let rule = SamplingRule {
            name: DEFAULT.into(),
            priority: i32::MAX,
            reservoir_per_s,
            rate,
            requests: RuleMatch::all(),
        };
        let local = Arc::new(RuleState::new(rule, false));
        Self { rules: ArcSwap::from_pointee(vec![Arc::clone(&local)]), local }
    }

    /// Takes rules that are shared with other processes. Those that are as before keep what they have counted and their quota.
    pub fn share(&self, mut rules: Vec<SamplingRule>) {
        rules.sort_by(|left, right| left.priority.cmp(&right.priority).then_with(|| left.name.cmp(&right.name)));
        let before = self.rules.load();
        let known: HashMap<&str, &Arc<RuleState>> =
            before.iter().filter(|state| state.is_shared).map(|state| (&*state.rule.name, state)).collect();
        let states = rules.into_iter().map(|rule| match known.get(&*rule.name) {
            Some(state) if state.rule == rule => Arc::clone(state),
            _ => Arc::new(RuleState::new(rule, true)),
        });
        self.rules.store(Arc::new(states.collect()));
    }

    /// Goes back to the one rule of its own.
    pub fn forget_shared(&self) {
        self.rules.store(Arc::new(vec![Arc::clone(&self.local)]));
    }

    /// Takes what somebody central says about a rule.
    pub fn aim(&self, target: &RuleTarget) {
        let rules = self.rules.load();
        let Some(state) = rules.iter().find(|state| *state.rule.name == *target.name && state.is_shared) else {
            return;
        };
        state.rate_bits.store(target.rate.to_bits(), Relaxed);
        if let Some((per_s, until_s)) = target.quota {
            state.quota_per_s.store(per_s, Relaxed);
            state.quota_until_s.store(until_s, Relaxed);
        }
    }

    /// What was counted for shared rules that were used, and begins to count anew.
    pub fn report(&self) -> Vec<RuleStatistics> {
        let rules = self.rules.load();
        let used = rules.iter().filter(|state| state.is_shared && state.requests.load(Relaxed) > 0);
        used.map(|state| RuleStatistics {
            name: Arc::clone(&state.rule.name),
            requests: state.requests.swap(0, Relaxed),
            sampled: state.sampled.swap(0, Relaxed),
            borrowed: state.borrowed.swap(0, Relaxed),
        })
        .collect()
    }

    /// Decides about a request at a time in seconds since 1970, with a random number from 0 to 1.
    pub(super) fn decide(&self, request: &SamplingRequest<'_>, now_s: u64, random: f64) -> Sampled {
        let rules = self.rules.load();
        match rules.iter().find(|state| state.rule.requests.has(request)) {
            Some(state) if state.takes(now_s, random) => Sampled::Yes(Some(Arc::clone(&state.rule.name))),
            // Central rules always have one for all; without any, nothing is sampled.
            _ => Sampled::No,
        }
    }
}

impl RuleState {
    fn new(rule: SamplingRule, is_shared: bool) -> Self {
        let rate_bits = AtomicU64::new(rule.rate.to_bits());
        Self {
            rule,
            is_shared,
            rate_bits,
            window: AtomicU64::default(),
            quota_per_s: AtomicU64::default(),
            quota_until_s: AtomicU64::default(),
            requests: AtomicU64::default(),
            sampled: AtomicU64::default(),
            borrowed: AtomicU64::default(),
        }
    }

    /// Whether a request is sampled: from the reservoir first, then at the rate.
    fn takes(&self, now_s: u64, random: f64) -> bool {
        let reservoir = u64::from(self.rule.reservoir_per_s);
        let (limit, is_borrowed) = if !self.is_shared {
            (reservoir, false)
        } else if now_s < self.quota_until_s.load(Relaxed) {
            (self.quota_per_s.load(Relaxed), false)
        } else {
            // Until a quota comes, one a second is borrowed of a reservoir that has any.
            (reservoir.min(1), true)
        };
        let has_place = self.take_place(limit, now_s);
        let is_sampled = has_place || random < f64::from_bits(self.rate_bits.load(Relaxed));
        if self.is_shared {
            self.requests.fetch_add(1, Relaxed);
            self.sampled.fetch_add(u64::from(is_sampled), Relaxed);
            self.borrowed.fetch_add(u64::from(has_place && is_borrowed), Relaxed);
        }
        is_sampled
    }

    /// Takes one of so many places of a second. A second that is used up costs one read.
    fn take_place(&self, limit: u64, now_s: u64) -> bool {
        let second = now_s & 0xffff_ffff;
        let taken = |window: u64| {
            let used = if window >> 32 == second { window & 0xffff_ffff } else { 0 };
            (used < limit).then_some(second << 32 | (used + 1))
        };
        self.window.fetch_update(Relaxed, Relaxed, taken).is_ok()
    }
}
