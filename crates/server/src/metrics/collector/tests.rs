//! The collector over snapshots that are made by hand: which minute numbers are of, and whose.

use stagegate_compile::{Surroundings, compile_deployment, compile_stage};
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_model::rest::{RestApi, Stage};
use stagegate_plan::{ApiFacts, ApiPlan, ApiTls, Envelope, Observation, Paths};

use super::*;

/// A snapshot of one API with one stage, whose meter it has.
fn snapshot(name: &str, meter: &Arc<StageMeter>) -> Snapshot {
    let [id, account, region] = ["abc", "000000000000", "us-east-1"].map(Box::from);
    let facts = Arc::new(ApiFacts { id, account, region, name: name.into(), envelope: Envelope::Amzn });
    let frozen = FrozenApi::new(&RestApi::default(), Vec::new(), Vec::new(), serde_json::Value::Null);
    let deployment = Arc::new(compile_deployment(&frozen, "hash").0);
    let document = Stage { stage_name: "s".to_owned(), deployment_id: "d".to_owned(), ..Stage::default() };
    let (stage, _) = compile_stage(&document, &facts, &deployment, meter, &Surroundings::default());
    let stages = BTreeMap::from([("s".into(), Arc::new(stage))]);
    let mut snapshot = Snapshot::default();
    let paths = Paths::AsSent;
    snapshot.put(ApiPlan { facts, tls: ApiTls::default(), paths, execute_api_disabled: false, stages });
    snapshot
}

fn inner() -> Inner {
    Collector::new(Arc::default(), None, 10).inner.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn answer(meter: &StageMeter, times: usize) {
    for core in 0..times {
        meter.total().observe(core, &Observation { status: 200, latency_us: 5, ..Observation::default() });
    }
}

/// The sum of `Count` of the API by name, in what is open.
fn count(records: &Records, api: &str) -> u64 {
    let is_it =
        |series: &Series| &*series.name == "Count" && series.dimensions.len() == 1 && *series.dimensions[0].1 == *api;
    records.iter().filter(|(series, _)| is_it(series)).map(|(_, numbers)| numbers.sum).sum()
}

fn requests(inner: &Inner) -> Vec<(String, u64)> {
    let sets = inner.sets.of(Family::Stage).into_iter();
    sets.map(|(labels, totals)| (labels[1].1.to_string(), totals.requests)).collect()
}

#[test]
fn what_came_before_a_reading_is_of_the_minute_that_was_open() {
    let (mut inner, meter) = (inner(), Arc::<StageMeter>::default());
    let snapshot = snapshot("pets", &meter);
    let start = inner.minute;
    answer(&meter, 3);
    inner.read(&snapshot, start);
    assert_eq!(count(&inner.open, "pets"), 3, "the current minute is read live");
    answer(&meter, 2);
    inner.read(&snapshot, start + 1);
    answer(&meter, 4);
    inner.read(&snapshot, start + 1);
    let closed: Vec<_> = inner.closed.iter().map(|(minute, records)| (*minute, count(records, "pets"))).collect();
    assert_eq!((closed, count(&inner.open, "pets")), (vec![(start, 5)], 4));
    inner.read(&snapshot, start + 2);
    inner.read(&snapshot, start + 9);
    assert_eq!(inner.closed.len(), 2, "minutes without requests are none");
}

#[test]
fn the_last_requests_of_what_is_gone_are_counted_and_its_labels_freed() {
    let (mut inner, meter) = (inner(), Arc::<StageMeter>::default());
    let minute = inner.minute;
    inner.read(&snapshot("pets", &meter), minute);
    answer(&meter, 1);
    inner.read(&Snapshot::default(), minute);
    assert_eq!(requests(&inner), [("pets".to_owned(), 1)], "a request may still run");
    answer(&meter, 2);
    drop(meter);
    inner.read(&Snapshot::default(), minute);
    assert_eq!((requests(&inner), count(&inner.open, "pets")), (vec![], 3));
    assert!(inner.tracked.is_empty());
}

#[test]
fn an_api_with_another_name_is_counted_under_it_from_then_on() {
    let (mut inner, meter) = (inner(), Arc::<StageMeter>::default());
    let minute = inner.minute;
    inner.read(&snapshot("pets", &meter), minute);
    answer(&meter, 3);
    inner.read(&snapshot("animals", &meter), minute);
    answer(&meter, 2);
    inner.read(&snapshot("animals", &meter), minute);
    assert_eq!((count(&inner.open, "pets"), count(&inner.open, "animals")), (3, 2));
    assert_eq!(requests(&inner), [("animals".to_owned(), 2)]);
}

#[test]
fn minutes_are_read_from_the_disk_and_from_memory_once_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = stagegate_telemetry::metrics::Limits { bytes_max: 1 << 20, minutes_max: 100 };
    let store = MetricStore::open(folder.path(), limits).expect("a store");
    let meter = Arc::<StageMeter>::default();
    let published = Arc::new(ArcSwap::from_pointee(snapshot("pets", &meter)));
    let collector = Collector::new(published, Some(store), 10);
    answer(&meter, 3);
    collector.finish();
    answer(&meter, 4);
    collector.lock().read_at = None;
    let all = collector.series().expect("series");
    let series =
        all.keys().find(|series| &*series.name == "Count" && series.dimensions.len() == 1).expect("it is there");
    let found = collector.read(&[series], 0..u64::MAX).expect("numbers");
    assert_eq!(found[0].values().map(|numbers| numbers.sum).sum::<u64>(), 7);
}
