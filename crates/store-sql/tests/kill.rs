//! A writer is killed again and again, and its disk fails: what it acknowledged is there, and nothing is half there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use stagegate_store::{ListQuery, Revision, Row, Store};
use stagegate_store_sql::{SqliteOptions, SqliteStore};

const KILLS: u64 = 10;
const TASKS: usize = 8;

/// The newest acknowledged number and revision of each of the writer's tasks.
type Acknowledged = BTreeMap<usize, (u64, u64)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_writer_loses_no_acknowledged_commit_and_leaves_none_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut acknowledged = Acknowledged::new();
    for kill in 0..KILLS {
        let before: u64 = acknowledged.values().map(|(number, _)| number).sum();
        // From almost at once, which hits opening and migrating, to long enough for checkpoints.
        run_and_kill(&path, Duration::from_millis(kill * kill * 3), &mut acknowledged);
        let after: u64 = acknowledged.values().map(|(number, _)| number).sum();
        assert!(kill < 4 || after > before, "the writer works between kills");
        check_integrity(&path).await;
        check(&path, &acknowledged).await;
    }
}

/// Kills a writer some time after it began, and notes what it acknowledged.
fn run_and_kill(path: &Path, life: Duration, acknowledged: &mut Acknowledged) {
    let mut writer = Command::new(writer()).arg(path).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(writer.stdout.take().unwrap());
    let reading = thread::spawn(move || output.lines().map_while(Result::ok).collect::<Vec<_>>());
    thread::sleep(life);
    assert!(writer.try_wait().unwrap().is_none(), "the writer ended by itself");
    writer.kill().unwrap();
    writer.wait().unwrap();
    for line in reading.join().unwrap() {
        note(&line, acknowledged);
    }
}

fn note(line: &str, acknowledged: &mut Acknowledged) {
    if let Some(numbers) = line.strip_prefix("ack ") {
        let numbers: Vec<u64> = numbers.split(' ').map(|word| word.parse().unwrap()).collect();
        acknowledged.insert(usize::try_from(numbers[0]).unwrap(), (numbers[1], numbers[2]));
    }
}

/// No file of the writer may grow beyond this many bytes; the write-ahead log would be four times as long.
const FILE_LIMIT_BYTES: u64 = 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_disk_is_reported_and_writing_goes_on_when_it_works_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut acknowledged = Acknowledged::new();
    let ignoring_the_signal = "trap '' XFSZ; exec \"$0\" \"$1\"";
    let mut writer = Command::new("prlimit")
        .arg(format!("--fsize={FILE_LIMIT_BYTES}:unlimited"))
        .args(["sh", "-c", ignoring_the_signal])
        .args([writer().as_path(), &path])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut failures = 0;
    while failures < 3 * TASKS {
        let line = lines.next().expect("the writer lives").unwrap();
        failures += usize::from(line.starts_with("fail "));
        note(&line, &mut acknowledged);
    }
    let pid = writer.id().to_string();
    let raised = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]).status().unwrap();
    assert!(raised.success());
    for _ in 0..500 {
        let line = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("ack ")).expect("writing goes on");
        note(&line, &mut acknowledged);
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    for line in lines.map_while(Result::ok) {
        note(&line, &mut acknowledged);
    }
    check_integrity(&path).await;
    check(&path, &acknowledged).await;
}

/// The example `writer`, which cargo builds along with the tests.
fn writer() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let writer = profile.join("examples/writer");
    assert!(writer.exists(), "build it first: cargo build -p stagegate-store-sql --example writer");
    writer
}

async fn check_integrity(path: &Path) {
    if !path.exists() {
        return;
    }
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    let findings: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut connection).await.unwrap();
    assert_eq!(findings, ["ok"]);
    connection.close().await.unwrap();
}

async fn check(path: &Path, acknowledged: &Acknowledged) {
    let store = SqliteStore::open_with(path, SqliteOptions::default()).await.unwrap();
    let Revision(head) = store.revision().await.unwrap();
    let mut commits = 0;
    for task in 0..TASKS {
        let (number, revision) = acknowledged.get(&task).copied().unwrap_or_default();
        let counter = store.get(&format!("{task}/counter")).await.unwrap();
        let stored: u64 = counter.as_ref().map_or(0, |row| text(row).parse().unwrap());
        assert!(stored == number || stored == number + 1, "task {task}: {number} acknowledged, {stored} stored");
        assert!(counter.is_none_or(|row| row.revision.0 >= revision) && head >= revision);
        check_task(&store, task, stored).await;
        commits += stored;
    }
    assert_eq!(head, commits, "every commit has one revision");
    check_feed(&store, head).await;
    store.close().await;
}

/// Commits 1 to `stored` are whole and there is nothing else.
async fn check_task(store: &SqliteStore, task: usize, stored: u64) {
    let query = ListQuery { prefix: format!("{task}/"), after: None, limit: usize::MAX };
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for row in store.list(query).await.unwrap() {
        rows.insert(row.key.clone(), row);
    }
    assert_eq!(rows.len() as u64, if stored == 0 { 0 } else { 2 * stored + 1 });
    for number in 1..=stored {
        let [a, b] = ["a", "b"].map(|row| &rows[&format!("{task}/{number}/{row}")]);
        assert_eq!((text(a), text(b)), (number.to_string(), number.to_string()));
        assert_eq!(a.revision, b.revision);
        let blob = store.blob(&format!("{task:032x}{number:032x}")).await.unwrap();
        assert_eq!(blob.as_ref(), Some(&a.body));
    }
}

/// The change feed names the rows of every commit that is kept.
async fn check_feed(store: &SqliteStore, head: u64) {
    let after = head.saturating_sub(u64::from(SqliteOptions::default().kept_revisions));
    let mut changes = store.watch(Revision(after)).await.unwrap();
    for revision in after + 1..=head {
        let change = changes.next().await.unwrap();
        assert_eq!((change.revision, change.keys.len()), (Revision(revision), 3));
    }
}

fn text(row: &Row) -> String {
    String::from_utf8(row.body.to_vec()).unwrap()
}
