//! The collector: reads the counters of the cores, minute by minute and whenever somebody asks.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use stagegate_plan::{Meter, Reading, RouteMeter, Snapshot, StageMeter, StagePlan};
use stagegate_telemetry::metrics::{Distribution, MetricStore, Series};

use super::place::{Part, Place, Sinks};
use super::put::Minutes;
use super::totals::{Family, LabelSets, Labels, Totals};

/// A reading that is not older serves another question, too.
const FRESH: Duration = Duration::from_millis(250);
/// Minutes that wait for a disk that does not take them; older ones are given up.
const WAITING_MINUTES_MAX: usize = 60;
/// Seconds of a minute.
const MINUTE_S: u64 = 60;

/// The distributions of one minute.
pub(super) type Records = HashMap<Arc<Series>, Distribution>;

/// Reads the counters. Its calls lock, and those that say so block on the disk.
pub(crate) struct Collector {
    snapshot: Arc<ArcSwap<Snapshot>>,
    store: Option<MetricStore>,
    /// Who else is told of minutes that are over.
    put: Option<Minutes>,
    inner: Mutex<Inner>,
    /// Held while minutes move from memory to the disk, so that nobody reads one twice or not at all.
    moving: RwLock<()>,
    /// Minutes that the disk did not take.
    lost_minutes: AtomicU64,
}

struct Inner {
    tracked: HashMap<usize, Tracked>,
    round: u64,
    /// When this round began, in nanoseconds since 1970.
    at_ns: u64,
    read_at: Option<Instant>,
    minute: u64,
    open: Records,
    closed: VecDeque<(u64, Arc<Records>)>,
    /// Minutes that are over, and nobody was told of; as many as wait for the disk.
    untold: VecDeque<(u64, Arc<Records>)>,
    /// Whether anybody is told.
    tells: bool,
    sets: LabelSets,
}

/// Counters that are read.
struct Tracked {
    meter: Kept,
    place: Place,
    sinks: Sinks,
    last: Reading,
    round: u64,
}

/// Counters, kept alive until what they counted last is read.
#[derive(Clone)]
enum Kept {
    Stage(Arc<StageMeter>),
    Route(Arc<RouteMeter>),
}

impl Kept {
    fn meter(&self) -> &Meter {
        match self {
            Self::Stage(stage) => stage.total(),
            Self::Route(route) => &route.meter,
        }
    }

    fn is_ours_alone(&self) -> bool {
        match self {
            Self::Stage(stage) => Arc::strong_count(stage) == 1,
            Self::Route(route) => Arc::strong_count(route) == 1,
        }
    }
}

impl Collector {
    /// A collector over what is published, with at most so many label sets. Without a store, only the current hour is known.
    pub(crate) fn new(snapshot: Arc<ArcSwap<Snapshot>>, store: Option<MetricStore>, label_sets_max: usize) -> Self {
        if let Some(store) = &store {
            store.expire(minute_now());
        }
        let inner = Inner {
            tracked: HashMap::new(),
            round: 0,
            at_ns: 0,
            read_at: None,
            minute: minute_now(),
            open: Records::new(),
            closed: VecDeque::new(),
            untold: VecDeque::new(),
            tells: false,
            sets: LabelSets::new(label_sets_max),
        };
        Self {
            snapshot,
            store,
            inner: Mutex::new(inner),
            moving: RwLock::default(),
            put: None,
            lost_minutes: AtomicU64::new(0),
        }
    }

    /// Tells of minutes that are over.
    pub(super) fn telling(self, put: Minutes) -> Self {
        self.lock().tells = true;
        Self { put: Some(put), ..self }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what the cores counted, unless it was read just now.
    fn refreshed(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.lock();
        if inner.read_at.is_none_or(|at| at.elapsed() >= FRESH) {
            inner.read(&self.snapshot.load(), minute_now());
        }
        inner
    }

    /// The label sets of a family with their totals.
    pub(super) fn totals(&self, family: Family) -> Vec<(Labels, Totals)> {
        self.refreshed().sets.of(family)
    }

    /// Label sets of their own, and places that have none.
    pub(super) fn label_sets(&self) -> (usize, usize) {
        self.refreshed().sets.counts()
    }

    /// Minutes that the disk did not take.
    pub(super) fn lost_minutes(&self) -> u64 {
        self.lost_minutes.load(Relaxed)
    }

    /// Everything of a span of time for some series, with the current minute. Blocks.
    pub(super) fn read(
        &self,
        wanted: &[&Series],
        minutes: std::ops::Range<u64>,
    ) -> io::Result<Vec<BTreeMap<u64, Distribution>>> {
        let _still = self.moving.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = match &self.store {
            Some(store) => store.read(wanted, minutes.clone())?,
            None => vec![BTreeMap::new(); wanted.len()],
        };
        let inner = self.refreshed();
        let open = std::iter::once((inner.minute, &inner.open));
        for (minute, records) in inner.closed.iter().map(|(minute, records)| (*minute, &**records)).chain(open) {
            for (series, found) in wanted.iter().zip(&mut found).filter(|_| minutes.contains(&minute)) {
                if let Some(numbers) = records.get(*series) {
                    found.entry(minute).or_default().add(numbers);
                }
            }
        }
        Ok(found)
    }

    /// Every series with the last minute that it has numbers of. Blocks.
    pub(super) fn series(&self) -> io::Result<BTreeMap<Arc<Series>, u64>> {
        let _still = self.moving.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.store.as_ref().map_or_else(|| Ok(BTreeMap::new()), MetricStore::series)?;
        let inner = self.refreshed();
        let open = std::iter::once((inner.minute, &inner.open));
        for (minute, records) in inner.closed.iter().map(|(minute, records)| (*minute, &**records)).chain(open) {
            for series in records.keys() {
                let last = all.entry(Arc::clone(series)).or_default();
                *last = minute.max(*last);
            }
        }
        Ok(all)
    }

    /// Reads the counters and writes the minutes that are over. Blocks.
    pub(crate) fn turn(&self) {
        self.lock().read(&self.snapshot.load(), minute_now());
        self.tell();
        self.write();
    }

    /// Writes everything, the minute that is not over included: the end of the process. Blocks.
    pub(crate) fn finish(&self) {
        let mut inner = self.lock();
        inner.read(&self.snapshot.load(), minute_now());
        inner.close();
        drop(inner);
        self.tell();
        if let Some(put) = &self.put {
            put.close();
        }
        self.write();
    }

    /// Tells of minutes that were closed since the last time, whoever closed them.
    fn tell(&self) {
        let Some(put) = &self.put else { return };
        let minutes = std::mem::take(&mut self.lock().untold);
        for minute in minutes {
            put.offer(minute);
        }
    }

    /// Minutes that no CloudWatch took.
    pub(super) fn unposted(&self) -> Option<u64> {
        self.put.as_ref().map(Minutes::lost)
    }

    /// Moves the minutes that are over to the disk. Without one, the last hour of them stays in memory.
    fn write(&self) {
        let _moving = self.moving.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &self.store {
            store.expire(minute_now());
            loop {
                let Some((minute, records)) = self.lock().closed.front().cloned() else { return };
                let known: Vec<_> =
                    records.iter().map(|(series, numbers)| (Arc::clone(series), numbers.clone())).collect();
                if let Err(error) = store.append(minute, &known) {
                    tracing::warn!(%error, "metrics are not written to the disk; they wait");
                    break;
                }
                self.lock().closed.pop_front();
            }
        }
        let mut inner = self.lock();
        while inner.closed.len() > WAITING_MINUTES_MAX {
            inner.closed.pop_front();
            if self.store.is_some() {
                self.lost_minutes.fetch_add(1, Relaxed);
            }
        }
    }
}

impl Inner {
    /// Reads every counter. What came since the last time belongs to the minute that was open then.
    fn read(&mut self, snapshot: &Snapshot, now: u64) {
        self.round += 1;
        self.at_ns = nanos_now();
        for stage in snapshot.apis().flat_map(|api| api.stages.values()) {
            self.stage(stage);
        }
        self.gone();
        if now != self.minute {
            self.close();
            self.minute = now;
        }
        self.read_at = Some(Instant::now());
    }

    fn stage(&mut self, stage: &StagePlan) {
        self.one(Kept::Stage(Arc::clone(&stage.meter)), stage, Part::Stage);
        self.routes(stage);
        if let Some(canary) = &stage.canary {
            if let Some(meter) = &canary.stage.canary_meter {
                self.one(Kept::Stage(Arc::clone(meter)), stage, Part::Canary);
            }
            self.routes(&canary.stage);
        }
    }

    fn routes(&mut self, stage: &StagePlan) {
        for route in stage.route_meters.iter().flatten() {
            let part = Part::Route { resource: route.resource.clone(), method: route.method.clone() };
            self.one(Kept::Route(Arc::clone(route)), stage, part);
        }
    }

    fn one(&mut self, meter: Kept, stage: &StagePlan, part: Part) {
        let key = std::ptr::from_ref(meter.meter()).addr();
        let place = Place::new(&stage.api, &stage.name, part);
        let round = self.round;
        if let Some(tracked) = self.tracked.get_mut(&key) {
            count(tracked, &mut self.open, &mut self.sets);
            tracked.round = round;
            if tracked.place == place {
                return;
            }
            // The API has another name now.
            self.sets.leave(&tracked.place);
        }
        self.sets.enter(&place, self.at_ns);
        let sinks = Sinks::new(&place, meter.meter().series());
        let last = self.tracked.remove(&key).map(|tracked| tracked.last).unwrap_or_default();
        let mut tracked = Tracked { meter, place, sinks, last, round };
        count(&mut tracked, &mut self.open, &mut self.sets);
        self.tracked.insert(key, tracked);
    }

    /// Counters that no plan has any more are read until nobody else holds them.
    fn gone(&mut self) {
        let Self { tracked, open, sets, round, .. } = self;
        let mut left = Vec::new();
        tracked.retain(|_, tracked| {
            if tracked.round == *round {
                return true;
            }
            let is_last = tracked.meter.is_ours_alone();
            count(tracked, open, sets);
            if is_last {
                left.push(tracked.place.clone());
            }
            !is_last
        });
        // A stage that was made anew has the place of the one before.
        left.retain(|place| tracked.values().all(|tracked| tracked.place != *place));
        for place in &left {
            sets.leave(place);
        }
    }

    fn close(&mut self) {
        let records = std::mem::take(&mut self.open);
        if !records.is_empty() {
            let records = Arc::new(records);
            if self.tells {
                self.untold.push_back((self.minute, Arc::clone(&records)));
                if self.untold.len() > WAITING_MINUTES_MAX {
                    self.untold.pop_front();
                }
            }
            self.closed.push_back((self.minute, records));
        }
    }
}

/// Adds what came since the last reading.
fn count(tracked: &mut Tracked, open: &mut Records, sets: &mut LabelSets) {
    let meter = tracked.meter.meter();
    if meter.requests() == tracked.last.requests() {
        return;
    }
    let reading = meter.read();
    let tally = reading.since(&tracked.last);
    tracked.last = reading;
    sets.add(&tracked.place, &tally);
    tracked.sinks.pour(&tally, |series, numbers| open.entry(Arc::clone(series)).or_default().add(numbers));
}

/// The current minute since 1970.
pub(super) fn minute_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs()) / MINUTE_S
}

/// Nanoseconds since 1970.
pub(super) fn nanos_now() -> u64 {
    let age = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(age.as_nanos()).unwrap_or(u64::MAX)
}

/// How long it is until the next minute begins.
pub(crate) fn until_next_minute() -> Duration {
    let age = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(MINUTE_S).saturating_sub(Duration::new(age.as_secs() % MINUTE_S, age.subsec_nanos()))
}

#[cfg(test)]
mod tests;
