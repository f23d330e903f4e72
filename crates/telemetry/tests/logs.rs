//! The log store from outside: what was appended is found, in order, within its bounds, whatever a crash left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stagegate_telemetry::logs::{
    Direction, Group, GroupName, Limits, LogError, LogStore, NewEvent, Page, Position, Query, Streams,
};

const LIMITS: Limits = Limits { bytes: 64 << 20, groups: 100, streams: 100 };
const ALL_BYTES: u64 = u64::MAX;

fn name(name: &str) -> GroupName {
    GroupName { account: "000000000000".to_owned(), region: "us-east-1".to_owned(), name: name.to_owned() }
}

fn group(text: &str, retention_days: Option<u32>) -> Group {
    Group { name: name(text), created_ms: 1, retention_days, tags: BTreeMap::new() }
}

fn query(group: &str, direction: Direction) -> Query {
    Query {
        group: name(group),
        streams: Streams::All,
        from_ms: i64::MIN,
        until_ms: i64::MAX,
        direction,
        behind: None,
        limit: 10_000,
        bytes_max: 1 << 30,
        scan_bytes_max: ALL_BYTES,
    }
}

fn add(store: &LogStore, group: &str, stream: &str, events: &[(i64, &str)]) {
    let events: Vec<_> = events.iter().map(|(timestamp_ms, message)| event(*timestamp_ms, message)).collect();
    store.append_making(&name(group), stream, &events, 1_000).expect("appended");
}

fn event(timestamp_ms: i64, message: &str) -> NewEvent<'_> {
    NewEvent { timestamp_ms, message }
}

fn messages(page: &Page) -> Vec<&str> {
    page.events.iter().map(|event| event.message.as_str()).collect()
}

fn read(store: &LogStore, query: &Query) -> Page {
    store.read(query, 1_000, |_| true).expect("read")
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "log")).collect();
    files.sort();
    files
}

#[test]
fn events_of_all_streams_are_read_in_the_order_of_time_either_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = LogStore::open(folder.path(), LIMITS).expect("opened");
    add(&store, "a", "one", &[(10, "a"), (30, "c"), (30, "d")]);
    add(&store, "a", "two", &[(40, "e"), (20, "b")]);
    add(&store, "other", "one", &[(25, "no")]);
    let forward = read(&store, &query("a", Direction::Forward));
    assert_eq!(messages(&forward), ["a", "b", "c", "d", "e"]);
    assert!(forward.is_complete && forward.last == forward.events.last().map(|event| event.position));
    assert_eq!(messages(&read(&store, &query("a", Direction::Backward))), ["e", "d", "c", "b", "a"]);
    let only = Query { streams: Streams::Named(vec!["two".to_owned()]), ..query("a", Direction::Forward) };
    assert_eq!(messages(&read(&store, &only)), ["b", "e"]);
    let prefix = Query { streams: Streams::Prefix("o".to_owned()), ..query("a", Direction::Forward) };
    assert_eq!(messages(&read(&store, &prefix)), ["a", "c", "d"]);
    let between = Query { from_ms: 20, until_ms: 40, ..query("a", Direction::Forward) };
    assert_eq!(messages(&read(&store, &between)), ["b", "c", "d"]);
    let filtered = store.read(&query("a", Direction::Forward), 1_000, |text| text != "b").expect("read");
    assert_eq!(messages(&filtered), ["a", "c", "d", "e"]);
}

#[test]
fn what_is_not_there_or_there_already_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits { groups: 2, streams: 2, ..LIMITS };
    let store = LogStore::open(folder.path(), limits).expect("opened");
    let missing = query("a", Direction::Forward);
    assert!(matches!(store.read(&missing, 0, |_| true), Err(LogError::NoGroup)));
    assert!(matches!(store.append(&name("a"), "one", &[], 0), Err(LogError::NoGroup)));
    store.create_group(group("a", None)).expect("made");
    assert!(matches!(store.create_group(group("a", None)), Err(LogError::Exists)));
    assert!(matches!(store.append(&name("a"), "one", &[], 0), Err(LogError::NoStream)));
    store.create_stream(&name("a"), "one", 5).expect("made");
    assert!(matches!(store.create_stream(&name("a"), "one", 5), Err(LogError::Exists)));
    let long = "x".repeat(1_048_577);
    assert!(matches!(store.append(&name("a"), "one", &[event(1, &long)], 0), Err(LogError::TooLong)));
    let unknown = Query { streams: Streams::Named(vec!["two".to_owned()]), ..missing };
    assert!(matches!(store.read(&unknown, 0, |_| true), Err(LogError::NoStream)));
    store.create_group(group("b", None)).expect("made");
    assert!(matches!(store.create_group(group("c", None)), Err(LogError::Full(2))));
    // The oldest stream without an event gives way; one with events does not.
    store.append(&name("a"), "one", &[event(1, "x")], 0).expect("appended");
    store.create_stream(&name("b"), "unused", 5).expect("made");
    store.create_stream(&name("b"), "new", 5).expect("made");
    let names = |text| store.streams(&name(text)).expect("there").into_iter().map(|facts| facts.name.to_string());
    assert_eq!(names("b").collect::<Vec<_>>(), ["new"]);
    store.append(&name("b"), "new", &[event(1, "x")], 0).expect("appended");
    assert!(matches!(store.create_stream(&name("b"), "more", 5), Err(LogError::Full(2))));
    store.delete_stream(&name("b"), "new").expect("gone");
    assert!(matches!(store.delete_stream(&name("b"), "new"), Err(LogError::NoStream)));
    store.delete_group(&name("a")).expect("gone");
    assert!(matches!(store.group(&name("a")), Err(LogError::NoGroup)));
}

#[test]
fn everything_set_is_there_after_a_restart_and_a_group_made_again_is_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = LogStore::open(folder.path(), LIMITS).expect("opened");
    add(&store, "a", "one", &[(10, "old")]);
    store.delete_group(&name("a")).expect("gone");
    add(&store, "a", "one", &[(11, "new")]);
    let tags = BTreeMap::from([("team".to_owned(), "pets".to_owned())]);
    let update = |group: &mut Group| {
        group.retention_days = Some(3);
        group.tags = tags.clone();
    };
    store.update_group(&name("a"), update).expect("set");
    drop(store);
    let store = LogStore::open(folder.path(), LIMITS).expect("opened");
    assert_eq!(messages(&read(&store, &query("a", Direction::Forward))), ["new"]);
    let expected = Group { created_ms: 1_000, tags: tags.clone(), ..group("a", Some(3)) };
    assert_eq!(store.group(&name("a")).expect("there"), expected);
    let facts = store.streams(&name("a")).expect("there");
    assert_eq!((facts.len(), facts[0].events), (1, Some((11, 11, 1_000))));
    assert_eq!(store.groups(&name(""), |_| true, 10), [(expected, facts[0].bytes)]);
    assert_eq!(store.groups(&name("a"), |_| true, 10), []);
    for elsewhere in [
        GroupName { region: "eu-west-1".to_owned(), ..name("") },
        GroupName { account: "111111111111".to_owned(), ..name("") },
    ] {
        assert_eq!(store.groups(&elsewhere, |_| true, 10), []);
        let one = GroupName { name: "a".to_owned(), ..elsewhere };
        assert!(matches!(store.group(&one), Err(LogError::NoGroup)));
    }
}

#[test]
fn the_oldest_events_make_room_for_new_ones_and_expired_ones_are_not_shown() {
    const DAY_MS: i64 = 86_400_000;
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits { bytes: 1 << 20, ..LIMITS };
    let store = LogStore::open(folder.path(), limits).expect("opened");
    let text = "x".repeat(1_000);
    for moment in 0..3_000 {
        add(&store, "a", "one", &[(moment, &text)]);
        assert!(store.bytes() <= limits.bytes, "{}", store.bytes());
    }
    let first = read(&store, &Query { limit: 1, ..query("a", Direction::Forward) });
    let oldest_ms = first.events[0].position.timestamp_ms;
    assert!((1_900..2_300).contains(&oldest_ms), "{oldest_ms}");
    let on_disk: u64 = segments(folder.path()).iter().map(|path| fs::metadata(path).expect("a file").len()).sum();
    assert_eq!(on_disk, store.bytes());
    store.update_group(&name("a"), |group| group.retention_days = Some(1)).expect("set");
    let from_2_900 = store.read(&query("a", Direction::Forward), DAY_MS + 2_900, |_| true).expect("read");
    assert_eq!(from_2_900.events.first().map(|event| event.position.timestamp_ms), Some(2_900));
    // What nobody may see any longer goes, but for the segment that is written.
    store.forget(10 * DAY_MS);
    assert_eq!(segments(folder.path()).len(), 1);
}

#[test]
fn a_search_stops_where_its_budget_ends_and_goes_on_from_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = LogStore::open(folder.path(), Limits { bytes: 2 << 20, ..LIMITS }).expect("opened");
    let text = "y".repeat(500);
    for moment in 0..1_000 {
        add(&store, "a", "one", &[(moment, &text)]);
    }
    let mut asked = Query { scan_bytes_max: 50_000, ..query("a", Direction::Forward) };
    let mut pages = 0;
    loop {
        let page = store.read(&asked, 0, |_| false).expect("read");
        assert_eq!(messages(&page), [""; 0]);
        pages += 1;
        if page.is_complete {
            break;
        }
        assert!(page.last > asked.behind, "a page that ends early has got further");
        asked.behind = page.last;
    }
    assert!((10..13).contains(&pages), "{pages}");
}

#[test]
fn a_file_that_is_no_segment_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("000000000001.log");
    fs::write(&path, "precious").expect("written");
    let error = LogStore::open(folder.path(), LIMITS).expect_err("refused");
    assert!(error.to_string().contains("no segment of logs"), "{error}");
    assert_eq!(fs::read(&path).expect("there"), b"precious");
    fs::write(&path, "stagegate l").expect("written");
    LogStore::open(folder.path(), LIMITS).expect("a segment torn at its beginning is one");
}

#[test]
fn events_of_a_stream_that_a_crash_cost_the_catalog_are_nobody_else_s() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = LogStore::open(folder.path(), LIMITS).expect("opened");
    add(&store, "a", "one", &[(10, "secret")]);
    drop(store);
    fs::remove_file(folder.path().join("groups")).expect("removed");
    let store = LogStore::open(folder.path(), LIMITS).expect("opened");
    for group in ["b", "c", "a"] {
        add(&store, group, "one", &[(11, "new")]);
        assert_eq!(messages(&read(&store, &query(group, Direction::Forward))), ["new"], "{group}");
    }
}

#[test]
fn a_lower_limit_holds_from_the_start_and_a_leftover_file_is_no_obstacle() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits { bytes: 4 << 20, ..LIMITS };
    let store = LogStore::open(folder.path(), limits).expect("opened");
    let text = "x".repeat(1_000);
    fs::write(folder.path().join("000000000002.log"), "left over").expect("written");
    for moment in 0..3_000 {
        add(&store, "a", "one", &[(moment, &text)]);
    }
    assert!(store.bytes() > 3_000_000);
    assert_eq!(read(&store, &query("a", Direction::Forward)).events.len(), 3_000);
    drop(store);
    let limits = Limits { bytes: 1 << 20, ..LIMITS };
    let store = LogStore::open(folder.path(), limits).expect("opened");
    assert!(store.bytes() <= limits.bytes, "{}", store.bytes());
    assert_eq!(read(&store, &query("a", Direction::Backward)).events[0].position.timestamp_ms, 2_999);
}

/// What happens to a store.
#[derive(Debug, Clone)]
enum Step {
    Append(u8, Vec<(i64, String)>),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let events = prop::collection::vec((0..40i64, "[a-zé]{0,300}"), 1..6);
    let append = (0..3u8, events).prop_map(|(stream, events)| Step::Append(stream, events));
    prop::collection::vec(prop_oneof![12 => append, 1 => Just(Step::Restart)], 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_put_together_are_what_was_appended_in_order(
        steps in steps(), limit in 1..9usize, bytes_max in 1..2_000usize, scan_bytes_max in 0..3_000u64, range in (0..40i64, 0..40i64), is_forward: bool,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = LogStore::open(folder.path(), Limits { bytes: 1 << 20, ..LIMITS }).expect("opened");
        store.create_group(group("a", None)).expect("made");
        let mut all = Vec::new();
        for step in &steps {
            match step {
                Step::Append(stream, events) => {
                    let new: Vec<_> = events.iter().map(|(at, text)| event(*at, text)).collect();
                    store.append_making(&name("a"), &stream.to_string(), &new, 7).expect("appended");
                    all.extend(events.iter().map(|(at, text)| (*at, stream.to_string(), text.clone())));
                }
                Step::Restart => {
                    drop(store);
                    store = LogStore::open(folder.path(), Limits { bytes: 1 << 20, ..LIMITS }).expect("opened");
                }
            }
        }
        let direction = if is_forward { Direction::Forward } else { Direction::Backward };
        let mut asked = Query { limit, bytes_max, scan_bytes_max, from_ms: range.0, until_ms: range.1, ..query("a", direction) };
        let mut found: Vec<(i64, String, String)> = Vec::new();
        loop {
            let page = read(&store, &asked);
            prop_assert!(page.events.len() <= limit);
            prop_assert!(page.is_complete || !page.events.is_empty());
            found.extend(page.events.iter().map(|e| (e.position.timestamp_ms, e.stream.to_string(), e.message.clone())));
            // The place travels as a token.
            asked.behind = page.last.map(|last| last.to_string().parse().expect("an id"));
            if page.is_complete { break; }
        }
        all.retain(|(at, ..)| (range.0..range.1).contains(at));
        all.sort_by_key(|(at, ..)| *at);
        if !is_forward { all.reverse(); }
        prop_assert_eq!(found, all);
    }

    #[test]
    fn a_torn_segment_keeps_every_whole_block_and_takes_more(texts in prop::collection::vec("[a-z]{1,60}", 1..12), cut in 0..900u64) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = LogStore::open(folder.path(), LIMITS).expect("opened");
        for (moment, text) in (0..).zip(&texts) {
            add(&store, "a", "one", &[(moment, text)]);
        }
        drop(store);
        let path = segments(folder.path()).pop().expect("a segment");
        let length = fs::metadata(&path).expect("a file").len();
        let file = fs::OpenOptions::new().write(true).open(&path).expect("opened");
        file.set_len(length.saturating_sub(cut)).expect("cut");
        let store = LogStore::open(folder.path(), LIMITS).expect("opened");
        let kept = read(&store, &query("a", Direction::Forward)).events.len();
        add(&store, "a", "one", &[(100, "after")]);
        let page = read(&store, &query("a", Direction::Forward));
        let mut expected: Vec<&str> = texts[..kept].iter().map(String::as_str).collect();
        prop_assert!(cut < 60 || kept < texts.len());
        prop_assert!(cut > 0 || kept == texts.len());
        expected.push("after");
        prop_assert_eq!(messages(&page), expected);
    }

    #[test]
    fn a_changed_byte_never_changes_a_message(at in 0..2_000usize, bit in 0..8u32) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = LogStore::open(folder.path(), LIMITS).expect("opened");
        let texts: Vec<String> = (0..20).map(|number| format!("message {number}")).collect();
        for (moment, text) in (0..).zip(&texts) {
            add(&store, "a", "one", &[(moment, text)]);
        }
        drop(store);
        let path = segments(folder.path()).pop().expect("a segment");
        let mut content = fs::read(&path).expect("read");
        let at = 17 + at % (content.len() - 17);
        content[at] ^= 1 << bit;
        fs::write(&path, content).expect("written");
        let store = LogStore::open(folder.path(), LIMITS).expect("opened");
        let page = read(&store, &query("a", Direction::Forward));
        prop_assert!(page.events.len() < texts.len());
        prop_assert_eq!(messages(&page), texts[..page.events.len()].iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn ids_are_positions(timestamp_ms in 0..=999_999_999_999_999_999i64, segment in 0..=99_999_999_999_999u64, offset in 0..=99_999_999_999_999u64, index: u32) {
        let position = Position { timestamp_ms, segment, offset, index };
        prop_assert_eq!(position.to_string().parse(), Ok(position));
    }
}
