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

    /// Counts once more what was in a report that nobody got. A rule that is gone meanwhile has nobody to tell.
    pub fn take_back(&self, lost: &[RuleStatistics]) {
        let rules = self.rules.load();
        for counted in lost {
            let Some(state) = rules.iter().find(|state| state.is_shared && state.rule.name == counted.name) else {
                continue;
            };
            state.requests.fetch_add(counted.requests, Relaxed);
            state.sampled.fetch_add(counted.sampled, Relaxed);
            state.borrowed.fetch_add(counted.borrowed, Relaxed);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: u64 = 1_800_000_000;

    fn rule(name: &str, priority: i32, reservoir_per_s: u32, rate: f64) -> SamplingRule {
        SamplingRule { name: name.into(), priority, reservoir_per_s, rate, requests: RuleMatch::all() }
    }

    fn ask(sampler: &Sampler, path: &str, now_s: u64, random: f64) -> Option<String> {
        let arn = || "arn:aws:apigateway:us-east-1::/restapis/a/stages/dev".to_owned();
        let request = SamplingRequest {
            api: "Pets",
            stage: "dev",
            arn: &arn,
            host: b"a.example",
            method: b"GET",
            path: path.as_bytes(),
        };
        match sampler.decide(&request, now_s, random) {
            Sampled::Yes(rule) => Some(rule.expect("a rule decided").to_string()),
            Sampled::No => None,
        }
    }

    fn count(sampler: &Sampler, now_s: u64, requests: usize, random: f64) -> usize {
        (0..requests).filter(|_| ask(sampler, "/", now_s, random).is_some()).count()
    }

    #[test]
    fn the_reservoir_comes_first_and_then_the_rate() {
        let sampler = Sampler::new(2, 0.05);
        assert_eq!(count(&sampler, NOW_S, 10, 0.05), 2, "0.05 is not below the rate");
        assert_eq!(count(&sampler, NOW_S, 10, 0.04), 10);
        assert_eq!(count(&sampler, NOW_S + 1, 10, 0.9), 2, "another second");
        assert_eq!(sampler.report(), [], "a rule of our own is reported to nobody");
    }

    #[test]
    fn the_first_rule_that_is_for_a_request_decides() {
        let sampler = Sampler::new(1, 1.0);
        let pets = SamplingRule {
            requests: RuleMatch {
                path: "/pets/*".into(),
                service_name: "pets/*".into(),
                resource_arn: "arn:aws:apigateway:*/restapis/a/*".into(),
                ..RuleMatch::all()
            },
            ..rule("pets", 2, 0, 0.5)
        };
        let attributed = SamplingRule {
            requests: RuleMatch { has_attributes: true, ..RuleMatch::all() },
            ..rule("attributed", 1, 9, 1.0)
        };
        sampler.share(vec![rule("rest", 3, 0, 0.0), pets, attributed]);
        assert_eq!(ask(&sampler, "/pets/7", NOW_S, 0.4).as_deref(), Some("pets"));
        assert_eq!(ask(&sampler, "/pets/7", NOW_S, 0.6), None);
        assert_eq!(ask(&sampler, "/toys/7", NOW_S, 0.0), None);
        sampler.share(Vec::new());
        assert_eq!(ask(&sampler, "/pets/7", NOW_S, 0.0), None, "without a rule for it a request is not sampled");
        sampler.forget_shared();
        assert_eq!(ask(&sampler, "/toys/7", NOW_S, 0.5).as_deref(), Some("Default"));
    }

    #[test]
    fn one_a_second_is_borrowed_until_there_is_a_quota() {
        let sampler = Sampler::new(0, 0.0);
        sampler.share(vec![rule("shared", 1, 50, 0.0)]);
        assert_eq!(count(&sampler, NOW_S, 10, 0.5), 1);
        let target = RuleTarget { name: "shared".into(), rate: 0.2, quota: Some((3, NOW_S + 10)) };
        sampler.aim(&target);
        assert_eq!(count(&sampler, NOW_S + 1, 10, 0.5), 3);
        assert_eq!(count(&sampler, NOW_S + 1, 10, 0.1), 10, "the rate is the target's");
        assert_eq!(count(&sampler, NOW_S + 10, 10, 0.5), 1, "the quota is over");
        let counted = RuleStatistics { name: "shared".into(), requests: 40, sampled: 15, borrowed: 2 };
        assert_eq!(sampler.report(), std::slice::from_ref(&counted));
        assert_eq!(sampler.report(), [], "counts begin anew");
        assert_eq!(count(&sampler, NOW_S + 11, 1, 0.5), 1);
        sampler.take_back(&[counted]);
        let both = RuleStatistics { name: "shared".into(), requests: 41, sampled: 16, borrowed: 3 };
        assert_eq!(sampler.report(), [both], "a report that was lost is made again");
    }

    #[test]
    fn rules_that_stay_keep_what_they_have_counted() {
        let sampler = Sampler::new(0, 0.0);
        sampler.share(vec![rule("same", 1, 1, 0.0)]);
        assert_eq!(count(&sampler, NOW_S, 3, 0.5), 1);
        sampler.share(vec![rule("same", 1, 1, 0.0), rule("new", 2, 0, 0.0)]);
        assert_eq!(sampler.report().iter().map(|it| it.requests).sum::<u64>(), 3);
        sampler.share(vec![rule("same", 1, 2, 0.0)]);
        assert_eq!(sampler.report(), [], "a changed rule is another one");
    }

    #[test]
    fn a_reservoir_is_shared_by_all_cores() {
        let sampler = Sampler::new(100, 0.0);
        let taken: usize = std::thread::scope(|scope| {
            let cores: Vec<_> = (0..4).map(|_| scope.spawn(|| count(&sampler, NOW_S, 200, 0.5))).collect();
            cores.into_iter().map(|core| core.join().expect("counted")).sum()
        });
        assert_eq!(taken, 100);
    }
}
