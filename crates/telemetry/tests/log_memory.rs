//! How much memory reading the log store takes: one file of its own, for a process's peak is of all of its threads.

use std::fs;

use stagegate_telemetry::logs::{Direction, GroupName, Limits, LogStore, NewEvent, Query, Streams};

const MIB: usize = 1 << 20;
/// Blocks that all have events of the same time, of one mebibyte each.
const STREAMS: usize = 96;

fn peak_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("of Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    peak.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

#[test]
fn a_page_of_streams_that_all_tell_of_the_same_time_takes_as_much_memory_as_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits { bytes: 512 << 20, groups: 10, streams: 1_000 };
    let store = LogStore::open(folder.path(), limits).expect("opened");
    let group = GroupName { account: "000000000000".into(), region: "us-east-1".into(), name: "a".into() };
    let text = "x".repeat(100);
    let events: Vec<_> = (0..9_000).map(|timestamp_ms| NewEvent { timestamp_ms, message: &text }).collect();
    for stream in 0..STREAMS {
        store.append_making(&group, &stream.to_string(), &events, 9_000).expect("appended");
    }
    let before = peak_bytes();
    for direction in [Direction::Forward, Direction::Backward] {
        let mut query = Query {
            group: group.clone(),
            streams: Streams::All,
            from_ms: i64::MIN,
            until_ms: i64::MAX,
            direction,
            behind: None,
            limit: 10_000,
            bytes_max: MIB,
            scan_bytes_max: 32 << 20,
        };
        for page_number in 0..2 {
            let page = store.read(&query, 9_000, |_| true).expect("read");
            assert_eq!(page.events.len(), 10_000, "{direction:?} {page_number}");
            assert!(
                page.events.iter().map(|event| event.stream.as_ref()).collect::<std::collections::HashSet<_>>().len()
                    > 90
            );
            query.behind = page.last;
        }
    }
    let more = peak_bytes() - before;
    assert!(more < 16 * MIB, "{more} bytes");
}
