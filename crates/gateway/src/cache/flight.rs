//! Answers on their way: one request fetches, and who asks for the same meanwhile waits for what comes of it.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stagegate_state::{CacheKey, ResponseCache};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Parts that are locked apart from one another.
const SHARDS: usize = 64;
/// How long a request waits for the answer that another one fetches to begin; then it goes itself (AWS's default timeout of
/// integrations).
const PATIENCE: Duration = Duration::from_secs(29);
/// How long it waits for the rest of one that has begun: whoever gets it may be slow.
const STREAM_PATIENCE: Duration = Duration::from_secs(1);

/// How far a fetch is.
#[derive(Debug, Clone)]
enum Stage {
    /// Nothing has come yet.
    Asked,
    /// Some of it has come, and goes to whoever asked first.
    Begun,
    /// It is all there.
    Landed(Arc<[u8]>),
    /// It is for one client alone.
    Unshared,
}

/// Fetches under way, of the whole process.
pub(crate) struct Flights {
    shards: Box<[Mutex<Shard>]>,
    numbers: AtomicU64,
}

type Shard = HashMap<CacheKey, (u64, watch::Receiver<Stage>), foldhash::fast::RandomState>;

/// What a request does whose answer is not there.
pub(super) enum Part {
    /// It fetches the answer.
    Lead(Flight),
    /// It waits.
    Wait(Waiting),
}

/// A fetch. It belongs to the request that makes it; dropped before its end, it leaves its waiters without an outcome.
pub(super) struct Flight {
    flights: Arc<Flights>,
    key: CacheKey,
    number: u64,
    stage: watch::Sender<Stage>,
}

/// The end of a fetch that waits for it.
pub(super) struct Waiting {
    number: u64,
    stage: watch::Receiver<Stage>,
}

/// What came of waiting.
pub(super) enum Waited {
    /// The answer.
    Landed(Arc<[u8]>),
    /// Nothing that could be shared, or nothing in time: the request goes itself, beside all others.
    Unshared,
    /// Whoever fetched has left: somebody else is to.
    Lost,
    /// The fetch of this number has begun and does not end: whoever gets its answer takes it slowly, perhaps on purpose.
    Slow(u64),
}

impl Flights {
    /// None.
    pub(crate) fn new() -> Arc<Self> {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Arc::new(Self { shards, numbers: AtomicU64::new(0) })
    }

    /// Joins the fetch of an answer, or begins it.
    pub(super) fn join(self: &Arc<Self>, key: CacheKey) -> Part {
        let mut shard = self.shard(&key);
        if let Some((number, stage)) = shard.get(&key) {
            return Part::Wait(Waiting { number: *number, stage: stage.clone() });
        }
        Part::Lead(self.begin(key, &mut shard))
    }

    /// Begins a fetch in the place of the one that is under way, whose answer is then not kept: it is older.
    pub(super) fn supersede(self: &Arc<Self>, key: CacheKey) -> Flight {
        self.begin(key, &mut self.shard(&key))
    }

    /// Begins a fetch in the place of that of a number, if that is still under way: one slow client does not keep an answer
    /// from everybody for as long as it likes.
    pub(super) fn overtake(self: &Arc<Self>, key: CacheKey, number: u64) -> Option<Flight> {
        let mut shard = self.shard(&key);
        let is_there = shard.get(&key).is_some_and(|(current, _)| *current == number);
        is_there.then(|| self.begin(key, &mut shard))
    }

    fn begin(self: &Arc<Self>, key: CacheKey, shard: &mut Shard) -> Flight {
        let number = self.numbers.fetch_add(1, Relaxed);
        let (stage, waiting) = watch::channel(Stage::Asked);
        shard.insert(key, (number, waiting));
        Flight { flights: Arc::clone(self), key, number, stage }
    }

    fn shard(&self, key: &CacheKey) -> MutexGuard<'_, Shard> {
        // Nothing in between can panic and leave a shard half changed.
        self.shards[usize::from(key[31]) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Flights").finish_non_exhaustive()
    }
}

impl Flight {
    /// The key of the answer.
    pub(super) fn key(&self) -> &CacheKey {
        &self.key
    }

    /// The answer has begun.
    pub(super) fn begun(&self) {
        self.stage.send_replace(Stage::Begun);
    }

    /// Ends it with an answer, which is stored unless a newer fetch has taken this one's place.
    pub(super) fn land(self, store: &dyn ResponseCache, entry: Arc<[u8]>, ttl: Duration) {
        let mut shard = self.flights.shard(&self.key);
        if self.leave(&mut shard) {
            store.put(self.key, Arc::clone(&entry), ttl);
        }
        drop(shard);
        self.stage.send_replace(Stage::Landed(entry));
    }

    /// Ends it: what came is not for others.
    pub(super) fn release(self) {
        self.leave(&mut self.flights.shard(&self.key));
        self.stage.send_replace(Stage::Unshared);
    }

    /// Takes it out of those under way; whether it was still among them.
    fn leave(&self, shard: &mut Shard) -> bool {
        let is_current = shard.get(&self.key).is_some_and(|(number, _)| *number == self.number);
        if is_current {
            shard.remove(&self.key);
        }
        is_current
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.leave(&mut self.flights.shard(&self.key));
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Flight").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Waiting {
    /// What comes of it.
    pub(super) async fn outcome(self) -> Waited {
        self.outcome_within(PATIENCE, STREAM_PATIENCE).await
    }

    /// What comes of it, if it begins and ends in time.
    async fn outcome_within(mut self, until_begun: Duration, until_ended: Duration) -> Waited {
        let begun = self.stage.wait_for(|stage| !matches!(stage, Stage::Asked));
        let Ok(begun) = timeout_at(Instant::now() + until_begun, begun).await.map(|begun| begun.is_ok()) else {
            return Waited::Unshared;
        };
        if !begun {
            return Waited::Lost;
        }
        let ended = self.stage.wait_for(|stage| matches!(stage, Stage::Landed(_) | Stage::Unshared));
        match timeout_at(Instant::now() + until_ended, ended).await {
            Ok(Ok(stage)) => match &*stage {
                Stage::Landed(entry) => Waited::Landed(Arc::clone(entry)),
                _ => Waited::Unshared,
            },
            Ok(Err(_lost)) => Waited::Lost,
            Err(_elapsed) => Waited::Slow(self.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stagegate_state::CacheUsage;

    use super::*;

    #[derive(Debug, Default)]
    struct Store(Mutex<BTreeMap<CacheKey, Arc<[u8]>>>);

    impl ResponseCache for Store {
        fn get(&self, key: &CacheKey) -> Option<Arc<[u8]>> {
            self.0.lock().expect("no panic").get(key).cloned()
        }

        fn put(&self, key: CacheKey, entry: Arc<[u8]>, _ttl: Duration) -> bool {
            self.0.lock().expect("no panic").insert(key, entry);
            true
        }

        fn remove(&self, _key: &CacheKey) {}

        fn usage(&self) -> CacheUsage {
            CacheUsage::default()
        }
    }

    const KEY: CacheKey = [7; 32];

    fn lead(flights: &Arc<Flights>) -> Flight {
        match flights.join(KEY) {
            Part::Lead(flight) => flight,
            Part::Wait(_) => panic!("somebody fetches"),
        }
    }

    fn wait(flights: &Arc<Flights>) -> Waiting {
        match flights.join(KEY) {
            Part::Wait(waiting) => waiting,
            Part::Lead(_) => panic!("nobody fetches"),
        }
    }

    fn entry(byte: u8) -> Arc<[u8]> {
        vec![byte].into()
    }

    #[tokio::test]
    async fn one_fetches_and_everybody_gets_it() {
        let (flights, store) = (Flights::new(), Store::default());
        let flight = lead(&flights);
        let waits = [wait(&flights), wait(&flights)].map(|waiting| tokio::spawn(waiting.outcome()));
        flight.begun();
        flight.land(&store, entry(1), Duration::MAX);
        for waiting in waits {
            assert!(matches!(waiting.await.expect("no panic"), Waited::Landed(landed) if *landed == [1]));
        }
        assert_eq!(store.get(&KEY), Some(entry(1)));
        drop(lead(&flights));
    }

    #[tokio::test]
    async fn what_is_not_for_others_lets_them_go() {
        let flights = Flights::new();
        let (flight, waiting) = (lead(&flights), wait(&flights));
        flight.release();
        assert!(matches!(waiting.outcome().await, Waited::Unshared));
        let (flight, waiting) = (lead(&flights), wait(&flights));
        drop(flight);
        assert!(matches!(waiting.outcome().await, Waited::Lost), "somebody else is to fetch");
        drop(lead(&flights));
    }

    #[tokio::test]
    async fn nobody_waits_without_end() {
        const SOON: Duration = Duration::from_millis(1);
        let flights = Flights::new();
        let (flight, waiting) = (lead(&flights), wait(&flights));
        assert!(matches!(waiting.outcome_within(SOON, PATIENCE).await, Waited::Unshared), "nothing has begun");
        flight.begun();
        assert!(
            matches!(wait(&flights).outcome_within(PATIENCE, SOON).await, Waited::Slow(_)),
            "a slow client takes it"
        );
    }

    #[tokio::test]
    async fn a_slow_fetch_is_overtaken_by_one_request_and_is_not_stored() {
        const SOON: Duration = Duration::from_millis(1);
        let (flights, store) = (Flights::new(), Store::default());
        let slow = lead(&flights);
        slow.begun();
        let Waited::Slow(number) = wait(&flights).outcome_within(PATIENCE, SOON).await else { panic!("it is slow") };
        let quick = flights.overtake(KEY, number).expect("it is still there");
        assert!(flights.overtake(KEY, number).is_none(), "others wait for the one that overtook it");
        let waiting = wait(&flights);
        quick.land(&store, entry(2), Duration::MAX);
        assert!(matches!(waiting.outcome().await, Waited::Landed(landed) if *landed == [2]));
        slow.land(&store, entry(1), Duration::MAX);
        assert_eq!(store.get(&KEY), Some(entry(2)));
        assert!(flights.overtake(KEY, number).is_none(), "nothing is under way");
        drop(lead(&flights));
    }

    #[tokio::test]
    async fn what_was_superseded_is_not_stored() {
        let (flights, store) = (Flights::new(), Store::default());
        let (old, of_old) = (lead(&flights), wait(&flights));
        let new = flights.supersede(KEY);
        let of_new = wait(&flights);
        new.land(&store, entry(2), Duration::MAX);
        old.land(&store, entry(1), Duration::MAX);
        assert_eq!(store.get(&KEY), Some(entry(2)), "the older answer comes later");
        assert!(matches!(of_old.outcome().await, Waited::Landed(landed) if *landed == [1]));
        assert!(matches!(of_new.outcome().await, Waited::Landed(landed) if *landed == [2]));
        let (old, new) = (lead(&flights), flights.supersede(KEY));
        drop(old);
        drop(wait(&flights));
        drop(new);
        drop(lead(&flights));
    }
}
