//! Counters of stages and routes: a set of its own for each core, so that no two cores write to one cache line.
//!
//! They outlive plans, so that a deployment resets nothing, and only ever count up: what happened in a minute is the difference of two
//! readings, which somebody else takes.

mod histogram;
mod series;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

pub use histogram::Distribution;
pub use series::{ApiDimension, Measure, Series, SeriesRow, Unit};

use histogram::{Histogram, Spread};

/// Cores of one group.
const GROUP: usize = 16;
/// Groups of cores that have sets of their own. Beyond 256 cores, some share one: nothing is lost, it only costs more.
const GROUPS: usize = 16;

/// What is seen of one answered request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Observation {
    /// The status that was sent.
    pub status: u16,
    /// From the request's head to the end of its answer.
    pub latency_us: u64,
    /// The part of the back end in it, if there was one.
    pub integration_latency_us: Option<u64>,
    /// Bytes of what the back end said.
    pub processed_bytes: u64,
    /// What the response cache had, where it was asked (fact C9).
    pub cache: Option<CacheOutcome>,
}

/// What the response cache had for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheOutcome {
    /// The answer.
    Hit,
    /// Nothing: the request went to the back end.
    Miss,
}

/// The counters of one core.
#[derive(Debug, Default)]
#[repr(align(128))]
struct CoreMeter {
    requests: AtomicU64,
    client_errors: AtomicU64,
    server_errors: AtomicU64,
    cache_hits: AtomicU64,
    cache_misses: AtomicU64,
    latency: Histogram,
    integration_latency: OnceLock<Box<Histogram>>,
    processed_bytes: OnceLock<Box<Histogram>>,
}

impl CoreMeter {
    fn observe(&self, seen: &Observation, has_bytes: bool) {
        self.requests.fetch_add(1, Relaxed);
        match seen.status {
            400..=499 => self.client_errors.fetch_add(1, Relaxed),
            500..=599 => self.server_errors.fetch_add(1, Relaxed),
            _ => 0,
        };
        match seen.cache {
            Some(CacheOutcome::Hit) => self.cache_hits.fetch_add(1, Relaxed),
            Some(CacheOutcome::Miss) => self.cache_misses.fetch_add(1, Relaxed),
            None => 0,
        };
        self.latency.observe(seen.latency_us);
        if let Some(latency_us) = seen.integration_latency_us {
            self.integration_latency.get_or_init(Box::default).observe(latency_us);
        }
        if has_bytes {
            self.processed_bytes.get_or_init(Box::default).observe(seen.processed_bytes);
        }
    }
}

type Group = Box<[OnceLock<Box<CoreMeter>>; GROUP]>;

/// The counters of one stage or one route.
pub struct Meter {
    series: &'static Series,
    /// Whether a series needs the bytes, which are not counted for nothing.
    has_bytes: bool,
    groups: [OnceLock<Group>; GROUPS],
}

impl Meter {
    /// Counters that say nothing yet.
    pub fn new(series: &'static Series) -> Self {
        let groups = std::array::from_fn(|_| OnceLock::new());
        Self { series, has_bytes: series.has(Measure::ProcessedBytes), groups }
    }

    /// Which series it is read for.
    pub fn series(&self) -> &'static Series {
        self.series
    }

    /// Counts a request that this core answered.
    pub fn observe(&self, core: usize, seen: &Observation) {
        let group = self.groups[core / GROUP % GROUPS].get_or_init(Box::default);
        let meter = group[core % GROUP].get_or_init(Box::default);
        meter.observe(seen, self.has_bytes);
    }

    fn cores(&self) -> impl Iterator<Item = &CoreMeter> {
        let groups = self.groups.iter().filter_map(OnceLock::get);
        groups.flat_map(|group| group.iter()).filter_map(OnceLock::get).map(|core| &**core)
    }

    /// How many requests were counted.
    pub fn requests(&self) -> u64 {
        self.cores().map(|core| core.requests.load(Relaxed)).sum()
    }

    /// Everything that was counted. There is one reader: the least and the greatest of what is measured are those since the reading before.
    pub fn read(&self) -> Reading {
        let mut reading = Reading::default();
        for core in self.cores() {
            reading.requests += core.requests.load(Relaxed);
            reading.client_errors += core.client_errors.load(Relaxed);
            reading.server_errors += core.server_errors.load(Relaxed);
            reading.cache_hits += core.cache_hits.load(Relaxed);
            reading.cache_misses += core.cache_misses.load(Relaxed);
            core.latency.read(&mut reading.latency);
            for (histogram, spread) in [
                (&core.integration_latency, &mut reading.integration_latency),
                (&core.processed_bytes, &mut reading.processed_bytes),
            ] {
                if let Some(histogram) = histogram.get() {
                    histogram.read(spread);
                }
            }
        }
        reading
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Meter").field("requests", &self.requests()).finish_non_exhaustive()
    }
}

/// What a meter counted since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    requests: u64,
    client_errors: u64,
    server_errors: u64,
    cache_hits: u64,
    cache_misses: u64,
    latency: Spread,
    integration_latency: Spread,
    processed_bytes: Spread,
}

impl Reading {
    /// How many requests were counted.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// What came since an earlier reading.
    pub fn since(&self, earlier: &Self) -> Tally {
        Tally {
            requests: self.requests - earlier.requests,
            client_errors: self.client_errors - earlier.client_errors,
            server_errors: self.server_errors - earlier.server_errors,
            cache_hits: self.cache_hits - earlier.cache_hits,
            cache_misses: self.cache_misses - earlier.cache_misses,
            latency_us: self.latency.since(&earlier.latency),
            integration_latency_us: self.integration_latency.since(&earlier.integration_latency),
            processed_bytes: self.processed_bytes.since(&earlier.processed_bytes),
        }
    }
}

/// What came between two readings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests answered.
    pub requests: u64,
    /// Those answered 4XX.
    pub client_errors: u64,
    /// Those answered 5XX.
    pub server_errors: u64,
    /// Those that the response cache answered.
    pub cache_hits: u64,
    /// Those that it had nothing for.
    pub cache_misses: u64,
    /// From a request's head to the end of its answer.
    pub latency_us: Distribution,
    /// The part of the back end in it.
    pub integration_latency_us: Distribution,
    /// Bytes of what back ends said.
    pub processed_bytes: Distribution,
}

/// The counters of a route.
#[derive(Debug)]
pub struct RouteMeter {
    /// The path of its resource, as it is configured.
    pub resource: Box<str>,
    /// Its method.
    pub method: Box<str>,
    /// The counters.
    pub meter: Meter,
}

/// The resource and the method of a route.
type RouteKey = (Box<str>, Box<str>);

/// The counters of a stage, and the way to those of its routes.
#[derive(Debug)]
pub struct StageMeter {
    total: Meter,
    routes: Mutex<BTreeMap<RouteKey, Weak<RouteMeter>>>,
}

impl Default for StageMeter {
    fn default() -> Self {
        Self::new(&Series::BY_NAME)
    }
}

impl StageMeter {
    /// Counters of a stage that say nothing yet.
    pub fn new(series: &'static Series) -> Self {
        Self { total: Meter::new(series), routes: Mutex::default() }
    }

    /// The counters of all its requests.
    pub fn total(&self) -> &Meter {
        &self.total
    }

    /// The counters of one of its routes: those that a plan still has, or new ones.
    pub fn route(&self, resource: &str, method: &str) -> Arc<RouteMeter> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let key: RouteKey = (resource.into(), method.into());
        if let Some(known) = routes.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        routes.retain(|_, meter| meter.strong_count() > 0);
        let (resource, method) = key.clone();
        let route = Arc::new(RouteMeter { resource, method, meter: Meter::new(self.total.series) });
        routes.insert(key, Arc::downgrade(&route));
        route
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: u16, latency_us: u64) -> Observation {
        let integration_latency_us = (status != 404).then_some(latency_us / 2);
        Observation { status, latency_us, integration_latency_us, processed_bytes: 7, cache: None }
    }

    #[test]
    fn cores_are_added_up() {
        let meter = Meter::new(&Series::BY_NAME);
        for (core, status) in [(0, 200), (1, 404), (15, 502), (16, 200), (255, 200), (256, 200), (5_000, 302)] {
            meter.observe(core, &seen(status, 1_000));
        }
        let tally = meter.read().since(&Reading::default());
        assert_eq!((tally.requests, tally.client_errors, tally.server_errors), (7, 1, 1));
        assert_eq!((tally.latency_us.count, tally.latency_us.sum), (7, 7_000));
        assert_eq!((tally.integration_latency_us.count, tally.integration_latency_us.greatest), (6, 500));
        assert_eq!(tally.processed_bytes.count, 0, "no series needs it");
    }

    #[test]
    fn a_tally_is_of_the_time_between_two_readings() {
        let meter = Meter::new(&Series::BY_ID);
        meter.observe(0, &Observation { cache: Some(CacheOutcome::Hit), ..seen(200, 10) });
        let first = meter.read();
        meter.observe(0, &Observation { cache: Some(CacheOutcome::Miss), ..seen(500, 20) });
        let tally = meter.read().since(&first);
        assert_eq!((tally.requests, tally.server_errors, tally.cache_hits, tally.cache_misses), (1, 1, 0, 1));
        assert_eq!((tally.latency_us.least, tally.processed_bytes.sum), (20, 7));
    }

    #[test]
    fn routes_keep_their_counters_as_long_as_a_plan_has_them() {
        let stage = StageMeter::default();
        let first = stage.route("/pets", "GET");
        assert!(Arc::ptr_eq(&first, &stage.route("/pets", "GET")));
        assert!(!Arc::ptr_eq(&first, &stage.route("/pets", "POST")));
        first.meter.observe(0, &seen(200, 1));
        drop(first);
        assert_eq!(stage.route("/pets", "GET").meter.requests(), 0);
    }
}
