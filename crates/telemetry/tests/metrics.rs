//! The store of metrics on a disk: what is kept, what a crash loses, what is forgotten.

use std::path::Path;
use std::sync::Arc;

use stagegate_telemetry::metrics::{Distribution, Limits, MetricStore, Series};

const LIMITS: Limits = Limits { bytes_max: 1 << 20, minutes_max: 15 * 24 * 60 };
/// A minute at the start of an hour.
const START: u64 = 29_740_020;

fn series(name: &str) -> Arc<Series> {
    let dimensions = [(Box::from("ApiName"), Box::from("pets"))].into();
    let [account, region, unit] = ["000000000000", "us-east-1", "Count"].map(Box::from);
    Arc::new(Series { account, region, name: name.into(), unit, dimensions })
}

fn open(folder: &Path) -> MetricStore {
    MetricStore::open(folder, LIMITS).expect("a store")
}

fn append(store: &MetricStore, minute: u64, name: &str, value: u64) {
    store.append(minute, &[(series(name), Distribution::of(value, 1))]).expect("it is written");
}

fn sums(store: &MetricStore, name: &str, minutes: std::ops::Range<u64>) -> Vec<(u64, u64)> {
    let found = store.read(&[&series(name)], minutes).expect("it is read");
    found[0].iter().map(|(minute, it)| (*minute, it.sum)).collect()
}

#[test]
fn minutes_are_found_by_series_and_time_over_hours_and_restarts() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    for minute in START..START + 130 {
        append(&store, minute, "Count", minute - START);
        append(&store, minute, "Latency", 7);
    }
    let expected: Vec<_> = (START + 50..START + 125).map(|minute| (minute, minute - START)).collect();
    assert_eq!(sums(&store, "Count", START + 50..START + 125), expected);
    drop(store);
    let store = open(folder.path());
    assert_eq!(sums(&store, "Count", START + 50..START + 125), expected);
    assert_eq!(sums(&store, "Other", 0..u64::MAX), []);
    append(&store, START + 129, "Count", 1_000);
    assert_eq!(sums(&store, "Count", START + 129..START + 130), [(START + 129, 1_129)], "two parts of a minute");
    let known: Vec<_> =
        store.series().expect("series").into_iter().map(|(it, last)| (it.name.to_string(), last)).collect();
    assert_eq!(known, [("Count".to_owned(), START + 129), ("Latency".to_owned(), START + 129)]);
}

#[test]
fn a_torn_tail_is_cut_off_and_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    append(&store, START, "Count", 1);
    append(&store, START + 1, "Count", 2);
    drop(store);
    let file = std::fs::read_dir(folder.path()).expect("files").next().expect("one file").expect("a file").path();
    let whole = std::fs::read(&file).expect("bytes");
    for torn in 1..whole.len() {
        std::fs::write(&file, &whole[..torn]).expect("torn");
        let store = open(folder.path());
        let before = sums(&store, "Count", 0..u64::MAX);
        assert!([vec![], vec![(START, 1)]].contains(&before), "{torn}: {before:?}");
        append(&store, START + 2, "Count", 3);
        let expected: Vec<_> = before.into_iter().chain([(START + 2, 3)]).collect();
        assert_eq!(sums(&store, "Count", 0..u64::MAX), expected, "{torn}");
        drop(store);
        assert_eq!(sums(&open(folder.path()), "Count", 0..u64::MAX), expected, "{torn}, opened again");
    }
}

#[test]
fn what_is_too_old_goes_without_anything_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    append(&store, START, "Count", 1);
    append(&store, START + 60, "Latency", 2);
    store.expire(START + 15 * 24 * 60);
    assert_eq!(sums(&store, "Count", 0..u64::MAX), [(START, 1)], "fifteen days are kept");
    store.expire(START + 15 * 24 * 60 + 60);
    assert_eq!(sums(&store, "Count", 0..u64::MAX), []);
    let names: Vec<_> = store.series().expect("series").into_keys().map(|it| it.name.to_string()).collect();
    assert_eq!(names, ["Latency"]);
    // What was being written on may be too old, too.
    store.expire(START + 16 * 24 * 60);
    assert!(store.series().expect("series").is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).expect("files").count(), 0);
    append(&store, START + 16 * 24 * 60, "Count", 3);
    assert_eq!(sums(&store, "Count", 0..u64::MAX), [(START + 16 * 24 * 60, 3)]);
}

#[test]
fn the_oldest_hours_go_when_bytes_or_days_are_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = MetricStore::open(folder.path(), Limits { bytes_max: 2_000, ..LIMITS }).expect("a store");
    for hour in 0..100 {
        append(&store, START + hour * 60, "Count", hour);
    }
    let kept = sums(&store, "Count", 0..u64::MAX);
    let bytes: u64 = std::fs::read_dir(folder.path())
        .expect("files")
        .map(|file| file.expect("a file").metadata().expect("its size").len())
        .sum();
    assert!(bytes <= 2_000 && kept.len() > 10, "{bytes} bytes of {} hours", kept.len());
    assert_eq!(kept.last(), Some(&(START + 99 * 60, 99)));

    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    append(&store, START, "Count", 1);
    append(&store, START + LIMITS.minutes_max, "Count", 2);
    assert_eq!(sums(&store, "Count", 0..u64::MAX).len(), 2);
    append(&store, START + LIMITS.minutes_max + 60, "Count", 3);
    assert_eq!(sums(&store, "Count", 0..START + 60), [], "more than 15 days ago");
}

#[test]
fn an_hour_that_is_too_much_alone_is_refused_and_the_rest_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = MetricStore::open(folder.path(), Limits { bytes_max: 300, ..LIMITS }).expect("a store");
    append(&store, START, "Count", 1);
    let many: Vec<_> = (0..50).map(|number| (series(&format!("m{number}")), Distribution::of(1, 1))).collect();
    assert!(store.append(START + 1, &many).is_err());
    assert_eq!(sums(&store, "Count", 0..u64::MAX), [(START, 1)]);
    append(&store, START + 2, "Count", 2);
    assert_eq!(sums(&store, "Count", 0..u64::MAX), [(START, 1), (START + 2, 2)]);
}
