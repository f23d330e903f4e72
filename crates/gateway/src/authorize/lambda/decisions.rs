//! What authorizers decided, remembered for their time by all cores, and the questions that are under way.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stagegate_plan::Snapshot;
use stagegate_state::ByDigest;
use tokio::sync::watch;
use tokio::time::Instant;

use super::life::Life;
use super::outcome::{Decision, Outcome};
use crate::config::AuthorizerLimits;

/// Parts that are locked apart from one another.
const SHARDS: usize = 64;

/// Bytes that an entry takes besides what its decision holds: the maps around it, and what is allocated for each.
const ENTRY_BYTES: usize = 512;

/// By what a decision is found again: a SHA-256 over stage, authorizer and identity.
pub(super) type Key = [u8; 32];

/// Decisions and questions of the whole process.
pub(crate) struct Decisions {
    shards: Box<[Mutex<Shard>]>,
    entries_max: usize,
    bytes_max: usize,
}

#[derive(Default)]
struct Shard {
    known: HashMap<Key, Entry, ByDigest>,
    /// In the order they came; an entry that was used since gets a second turn.
    order: VecDeque<(Key, u64)>,
    bytes: usize,
    stamp: u64,
    flights: HashMap<Key, Flying, ByDigest>,
}

struct Entry {
    decision: Arc<Decision>,
    life: Life,
    until: Instant,
    is_used: bool,
    stamp: u64,
}

/// What waiters of a flight listen to: nothing yet, or what came of it.
type Flying = watch::Receiver<Option<Arc<Outcome>>>;

/// For how long a decision is remembered: until its time is over, or the life that it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) life: Life,
    pub(super) ttl: Duration,
}

/// What there is for an identity.
pub(super) enum Found {
    /// It was decided.
    Known(Arc<Decision>),
    /// Somebody is asking.
    Asked(Waiting),
    /// Nobody is: this one asks, and everybody who comes now waits for it.
    Unasked(Flight, Waiting),
}

/// The end of a flight that waits for it.
pub(super) struct Waiting(Flying);

impl Waiting {
    /// What came of it; `None` where whoever asked has ended without an answer.
    pub(super) async fn outcome(mut self) -> Option<Arc<Outcome>> {
        let outcome = self.0.wait_for(Option::is_some).await.ok()?;
        outcome.clone()
    }
}

/// A question under way. It belongs to the task that asks; dropped without an outcome, it leaves its waiters without one.
pub(super) struct Flight {
    decisions: Arc<Decisions>,
    key: Key,
    lands: watch::Sender<Option<Arc<Outcome>>>,
}

impl Flight {
    /// Ends it: a decision is remembered for its term, anything else is for those who wait now.
    pub(super) fn land(self, outcome: Arc<Outcome>, term: Term) {
        let mut shard = self.decisions.shard(&self.key);
        if let Ok(decision) = &outcome.verdict {
            let (entries, bytes) = (self.decisions.entries_max / SHARDS, self.decisions.bytes_max / SHARDS);
            shard.remember(self.key, Arc::clone(decision), term, (entries.max(1), bytes));
        }
        shard.flights.remove(&self.key);
        drop(shard);
        self.lands.send_replace(Some(outcome));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        // One that has landed is gone already, and what is there now is somebody else's.
        if self.lands.borrow().is_none() {
            self.decisions.shard(&self.key).flights.remove(&self.key);
        }
    }
}

impl Decisions {
    /// As the settings have it.
    pub(crate) fn of(limits: &AuthorizerLimits) -> Arc<Self> {
        Self::new(limits.cache_entries, limits.cache_bytes)
    }

    /// With room for so many decisions, and so many bytes of what is kept of them.
    fn new(entries_max: usize, bytes_max: usize) -> Arc<Self> {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Arc::new(Self { shards, entries_max, bytes_max })
    }

    /// Looks an identity up, and makes whoever is first the one who asks.
    pub(super) fn find(self: &Arc<Self>, key: Key) -> Found {
        let mut shard = self.shard(&key);
        if let Some(entry) = shard.known.get_mut(&key) {
            if Instant::now() < entry.until {
                entry.is_used = true;
                return Found::Known(Arc::clone(&entry.decision));
            }
            shard.forget(&key);
        }
        if let Some(flying) = shard.flights.get(&key) {
            return Found::Asked(Waiting(flying.clone()));
        }
        let (lands, flying) = watch::channel(None);
        shard.flights.insert(key, flying.clone());
        drop(shard);
        Found::Unasked(Flight { decisions: Arc::clone(self), key, lands }, Waiting(flying))
    }

    /// Forgets what is past its time, and what nobody can ask for any more: a deployment or a flush has ended its life. What a
    /// life that is newer than the snapshot has decided may go with it, and is asked for once more.
    pub(crate) fn sweep(&self, snapshot: &Snapshot) {
        self.keep(&Life::all(snapshot));
    }

    fn keep(&self, lives: &HashSet<Life>) {
        let now = Instant::now();
        for shard in &self.shards {
            locked(shard).keep(|entry| now < entry.until && lives.contains(&entry.life));
        }
    }

    /// How many it remembers.
    pub(crate) fn count(&self) -> usize {
        self.shards.iter().map(|shard| locked(shard).known.len()).sum()
    }

    fn shard(&self, key: &Key) -> MutexGuard<'_, Shard> {
        locked(&self.shards[usize::from(key[31]) % SHARDS])
    }
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing in between can panic and leave a shard half changed.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Decisions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Decisions").field("entries_max", &self.entries_max).finish_non_exhaustive()
    }
}

impl Shard {
    fn remember(
        &mut self,
        key: Key,
        decision: Arc<Decision>,
        Term { life, ttl }: Term,
        (entries_max, bytes_max): (usize, usize),
    ) {
        let bytes = cost(&decision);
        if bytes > bytes_max {
            return;
        }
        self.forget(&key);
        while self.known.len() >= entries_max || self.bytes + bytes > bytes_max {
            self.forget_one();
        }
        self.stamp += 1;
        let entry = Entry { decision, life, until: Instant::now() + ttl, is_used: false, stamp: self.stamp };
        self.known.insert(key, entry);
        self.order.push_back((key, self.stamp));
        self.bytes += bytes;
    }

    fn forget(&mut self, key: &Key) {
        if let Some(entry) = self.known.remove(key) {
            self.bytes -= cost(&entry.decision);
        }
        // What is forgotten early leaves its place in the order behind.
        if self.order.len() > 2 * self.known.len() + 16 {
            self.close_ranks();
        }
    }

    fn keep(&mut self, stays: impl Fn(&Entry) -> bool) {
        let Self { known, bytes, .. } = self;
        known.retain(|_, entry| {
            stays(entry) || {
                *bytes -= cost(&entry.decision);
                false
            }
        });
        self.close_ranks();
    }

    /// Leaves out of the order what is forgotten.
    fn close_ranks(&mut self) {
        let Self { known, order, .. } = self;
        order.retain(|(key, stamp)| known.get(key).is_some_and(|entry| entry.stamp == *stamp));
    }

    /// Forgets the oldest that is past its time or was not used since its last turn: garbage does not drive out what is in use.
    fn forget_one(&mut self) {
        let now = Instant::now();
        while let Some((key, stamp)) = self.order.pop_front() {
            let Some(entry) = self.known.get_mut(&key).filter(|entry| entry.stamp == stamp) else { continue };
            if entry.is_used && now < entry.until {
                entry.is_used = false;
                self.order.push_back((key, stamp));
            } else {
                return self.forget(&key);
            }
        }
    }
}

fn cost(decision: &Decision) -> usize {
    ENTRY_BYTES + decision.bytes
}

#[cfg(test)]
mod tests {
    use stagegate_policy::{Limits, Policy};

    use super::super::outcome::Denied;
    use super::*;
    use crate::authorize::AuthorizerAnswer;

    const TERM: Term = Term { life: Life(1), ttl: Duration::from_hours(1) };

    fn key(number: u16) -> Key {
        // All in one shard.
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_le_bytes());
        key
    }

    fn decision(bytes: usize) -> Arc<Decision> {
        let limits = Limits { document_bytes: 99, statements: 9, values_per_list: 9 };
        let policy = Policy::parse(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#, &limits)
            .expect("a policy");
        Arc::new(Decision { answer: Arc::new(AuthorizerAnswer::default()), policies: [Arc::new(policy)], bytes })
    }

    fn outcome(verdict: Result<Arc<Decision>, Denied>) -> Arc<Outcome> {
        Arc::new(Outcome { call: None, payload: None, verdict })
    }

    fn put(decisions: &Arc<Decisions>, number: u16, bytes: usize) {
        if let Found::Unasked(flight, _) = decisions.find(key(number)) {
            flight.land(outcome(Ok(decision(bytes))), TERM);
        }
    }

    /// Looking an absent one up begins a flight, which ends here.
    fn has(decisions: &Arc<Decisions>, number: u16) -> bool {
        matches!(decisions.find(key(number)), Found::Known(_))
    }

    #[test]
    fn what_is_used_stays_where_there_is_no_room() {
        let by_number = Decisions::new(3 * SHARDS, 1 << 30);
        let by_bytes = Decisions::new(1 << 20, SHARDS * 3 * (ENTRY_BYTES + 10));
        for decisions in [by_number, by_bytes] {
            for number in 0..3 {
                put(&decisions, number, 10);
            }
            assert!(has(&decisions, 0));
            for garbage in 10..50 {
                put(&decisions, garbage, 10);
                assert!(has(&decisions, 0), "{garbage}");
            }
            assert!(!has(&decisions, 1) && !has(&decisions, 2) && has(&decisions, 49));
        }
        let small = Decisions::new(1 << 20, SHARDS * 1000);
        put(&small, 1, 1000);
        assert!(!has(&small, 1), "what does not fit is not kept");
    }

    #[test]
    fn places_of_the_forgotten_do_not_pile_up() {
        let decisions = Decisions::new(1 << 20, 1 << 30);
        for _ in 0..200 {
            if let Found::Unasked(flight, _) = decisions.find(key(1)) {
                flight.land(outcome(Ok(decision(1))), Term { ttl: Duration::ZERO, ..TERM });
            }
        }
        let shard = decisions.shard(&key(1));
        assert!(shard.order.len() <= 32 && shard.known.len() <= 1 && shard.flights.is_empty());
    }

    #[test]
    fn what_nobody_can_ask_for_is_swept_away() {
        let decisions = Decisions::new(1 << 20, 1 << 30);
        let terms = [TERM, Term { life: Life(2), ..TERM }, Term { ttl: Duration::ZERO, ..TERM }];
        for (number, term) in (0..).zip(terms) {
            let Found::Unasked(flight, _) = decisions.find(key(number)) else { panic!("nobody asks yet") };
            flight.land(outcome(Ok(decision(1))), term);
        }
        decisions.keep(&HashSet::from([Life(1), Life(3)]));
        assert!(has(&decisions, 0) && !has(&decisions, 1));
        let shard = decisions.shard(&key(0));
        assert_eq!((shard.known.len(), shard.order.len(), shard.bytes), (1, 1, ENTRY_BYTES + 1));
    }

    #[tokio::test]
    async fn one_asks_and_everybody_else_waits() {
        let decisions = Decisions::new(1 << 20, 1 << 30);
        let Found::Unasked(flight, first) = decisions.find(key(1)) else { panic!("nobody asks yet") };
        let Found::Asked(second) = decisions.find(key(1)) else { panic!("somebody asks") };
        assert!(matches!(decisions.find(key(2)), Found::Unasked(..)), "for others nobody does");
        drop(first);
        let waits = tokio::spawn(second.outcome());
        flight.land(outcome(Ok(decision(1))), TERM);
        assert!(waits.await.expect("no panic").is_some_and(|outcome| outcome.verdict.is_ok()));
        assert!(has(&decisions, 1));
    }

    #[tokio::test]
    async fn an_error_is_for_those_who_wait_and_nobody_after_them() {
        let decisions = Decisions::new(1 << 20, 1 << 30);
        let Found::Unasked(flight, waiting) = decisions.find(key(1)) else { panic!("nobody asks yet") };
        flight.land(outcome(Err(Denied::Unauthorized)), TERM);
        let outcome = waiting.outcome().await.expect("an outcome");
        assert!(matches!(outcome.verdict, Err(Denied::Unauthorized)));
        assert!(matches!(decisions.find(key(1)), Found::Unasked(..)));
    }

    #[test]
    fn who_has_landed_takes_nobody_else_s_place() {
        for _ in 0..300 {
            let decisions = Decisions::new(1 << 20, 1 << 30);
            let Found::Unasked(flight, _) = decisions.find(key(1)) else { panic!("nobody asks yet") };
            std::thread::scope(|scope| {
                let landing = scope.spawn(|| flight.land(outcome(Err(Denied::Unauthorized)), TERM));
                let next = loop {
                    if let Found::Unasked(flight, _) = decisions.find(key(1)) {
                        break flight;
                    }
                };
                landing.join().expect("no panic");
                assert!(matches!(decisions.find(key(1)), Found::Asked(_)), "one asks at a time");
                drop(next);
            });
        }
    }

    #[tokio::test]
    async fn a_flight_that_is_lost_leaves_nobody_waiting() {
        let decisions = Decisions::new(1 << 20, 1 << 30);
        let Found::Unasked(flight, waiting) = decisions.find(key(1)) else { panic!("nobody asks yet") };
        drop(flight);
        assert!(waiting.outcome().await.is_none());
        assert!(matches!(decisions.find(key(1)), Found::Unasked(..)));
    }
}
