//! Totals since the process started, for `/metrics` and OTLP: a bounded number of label sets, and one for the rest.

use std::collections::BTreeMap;

use stagegate_plan::{Distribution, Tally};

use super::place::{Part, Place};

/// Upper bounds of the latency histograms' buckets, in milliseconds; one more bucket counts what is slower. What is within 1.6 % of a
/// bound may count on its other side.
pub(super) const LATENCY_BOUNDS_MS: [u64; 14] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 29_000];

/// A latency histogram.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Latency {
    /// Requests by bucket, not cumulative.
    pub(super) buckets: [u64; LATENCY_BOUNDS_MS.len() + 1],
    pub(super) sum_us: u64,
}

impl Latency {
    fn add(&mut self, distribution: &Distribution) {
        for (latency_us, count) in &distribution.values {
            let bucket = LATENCY_BOUNDS_MS.iter().position(|bound| *latency_us <= bound * 1000);
            self.buckets[bucket.unwrap_or(LATENCY_BOUNDS_MS.len())] += count;
        }
        self.sum_us = self.sum_us.wrapping_add(distribution.sum);
    }

    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// What was counted since the process started, or since its label set was taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// When the counting began, in nanoseconds since 1970.
    pub(super) since_ns: u64,
    pub(super) requests: u64,
    pub(super) client_errors: u64,
    pub(super) server_errors: u64,
    pub(super) cache_hits: u64,
    pub(super) cache_misses: u64,
    pub(super) processed_bytes: u64,
    pub(super) latency: Latency,
    pub(super) integration_latency: Latency,
}

impl Totals {
    fn since(since_ns: u64) -> Self {
        Self { since_ns, ..Self::default() }
    }

    fn add(&mut self, tally: &Tally) {
        self.requests += tally.requests;
        self.client_errors += tally.client_errors;
        self.server_errors += tally.server_errors;
        self.cache_hits += tally.cache_hits;
        self.cache_misses += tally.cache_misses;
        self.processed_bytes = self.processed_bytes.wrapping_add(tally.processed_bytes.sum);
        self.latency.add(&tally.latency_us);
        self.integration_latency.add(&tally.integration_latency_us);
    }
}

/// Which metrics a label set belongs to: those of stages, of canaries or of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    Stage,
    Canary,
    Route,
}

impl Family {
    pub(super) const ALL: [Self; 3] = [Self::Stage, Self::Canary, Self::Route];

    /// Within names of metrics.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Canary => "canary",
            Self::Route => "route",
        }
    }

    fn of(place: &Place) -> Self {
        match place.part {
            Part::Stage => Self::Stage,
            Part::Canary => Self::Canary,
            Part::Route { .. } => Self::Route,
        }
    }
}

/// Names and values of labels.
pub(super) type Labels = Vec<(&'static str, Box<str>)>;

/// The labels of a place.
pub(super) fn labels(place: &Place) -> Labels {
    let Place { part, api_id, api_name, region, stage, .. } = place;
    let mut labels = vec![
        ("api_id", api_id.clone()),
        ("api_name", api_name.clone()),
        ("region", region.clone()),
        ("stage", stage.clone()),
    ];
    if let Part::Route { resource, method } = part {
        labels.extend([("resource", resource.clone()), ("method", method.clone())]);
    }
    labels
}

/// The labels of what has no series of its own.
fn other(family: Family) -> Labels {
    let names: &[&str] = match family {
        Family::Stage | Family::Canary => &["api_id", "api_name", "region", "stage"],
        Family::Route => &["api_id", "api_name", "region", "stage", "resource", "method"],
    };
    names.iter().map(|name| (*name, "other".into())).collect()
}

/// Label sets with their totals.
#[derive(Debug, Default)]
pub(super) struct LabelSets {
    max: usize,
    own: BTreeMap<Place, Totals>,
    /// Places beyond the limit, in the order of their coming.
    folded: std::collections::BTreeSet<Place>,
    others: BTreeMap<Family, Totals>,
}

impl LabelSets {
    pub(super) fn new(max: usize) -> Self {
        Self { max, ..Self::default() }
    }

    /// Takes a place in: it gets a label set of its own if there is one left, and keeps it.
    /// Its numbers count from a time on, in nanoseconds since 1970.
    pub(super) fn enter(&mut self, place: &Place, at_ns: u64) {
        if self.own.contains_key(place) || self.folded.contains(place) {
            return;
        }
        if self.own.len() < self.max {
            self.own.insert(place.clone(), Totals::since(at_ns));
        } else {
            self.others.entry(Family::of(place)).or_insert_with(|| Totals::since(at_ns));
            self.folded.insert(place.clone());
        }
    }

    /// Lets a place go, which nothing counts for any more. What it had in common with others stays.
    pub(super) fn leave(&mut self, place: &Place) {
        self.own.remove(place);
        self.folded.remove(place);
    }

    pub(super) fn add(&mut self, place: &Place, tally: &Tally) {
        match self.own.get_mut(place) {
            Some(totals) => totals.add(tally),
            None => self.others.entry(Family::of(place)).or_default().add(tally),
        }
    }

    /// The label sets of a family, the one for the rest last.
    pub(super) fn of(&self, family: Family) -> Vec<(Labels, Totals)> {
        let own = self.own.iter().filter(|(place, _)| Family::of(place) == family);
        let own = own.map(|(place, totals)| (labels(place), totals.clone()));
        let rest = self.others.get(&family).map(|totals| (other(family), totals.clone()));
        own.chain(rest).collect()
    }

    /// Label sets of their own, and places that have none.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.own.len(), self.folded.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(id: &str) -> Place {
        let [account, region, stage] = ["000000000000", "us-east-1", "s"].map(Box::from);
        Place { part: Part::Stage, api_id: id.into(), api_name: id.into(), account, region, stage }
    }

    fn shown(sets: &LabelSets) -> Vec<(String, u64)> {
        sets.of(Family::Stage).into_iter().map(|(labels, totals)| (labels[0].1.to_string(), totals.requests)).collect()
    }

    #[test]
    fn places_beyond_the_limit_are_counted_together_and_nothing_ever_shrinks() {
        let (mut sets, tally) = (LabelSets::new(2), Tally { requests: 5, ..Tally::default() });
        for id in ["c", "b", "a", "d"] {
            sets.enter(&place(id), 7);
            sets.add(&place(id), &tally);
        }
        assert_eq!(shown(&sets), [("b".into(), 5), ("c".into(), 5), ("other".into(), 10)]);
        assert_eq!(sets.counts(), (2, 2));
        sets.leave(&place("a"));
        sets.leave(&place("b"));
        sets.enter(&place("e"), 9);
        sets.add(&place("d"), &tally);
        assert_eq!(shown(&sets), [("c".into(), 5), ("e".into(), 0), ("other".into(), 15)]);
        let since: Vec<u64> = sets.of(Family::Stage).iter().map(|(_, totals)| totals.since_ns).collect();
        assert_eq!(since, [7, 9, 7], "a set counts from when it was taken in");
        assert_eq!(sets.counts(), (2, 1));
    }

    #[test]
    fn latencies_fall_into_the_buckets_of_their_bounds() {
        let mut latency = Latency::default();
        let values = vec![(900, 1), (1_500, 2), (40_000_000, 1)];
        latency.add(&Distribution { count: 4, sum: 40_003_900, least: 900, greatest: 40_000_000, values });
        assert_eq!((latency.buckets[0], latency.buckets[1], latency.buckets[14], latency.count()), (1, 2, 1, 4));
    }
}
