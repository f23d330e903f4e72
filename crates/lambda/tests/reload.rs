//! A folder that is watched: its function is put again when a file changes.

mod support;

use std::path::Path;
use std::time::Duration;

use stagegate_lambda::{CodeSource, FunctionId, FunctionSpec};
use support::{Host, function, host};

fn write(folder: &Path, answer: &str) {
    let code = format!("def handler(event, context):\n    return {answer:?}\n");
    std::fs::write(folder.join("app.py"), code).expect("written");
}

fn watched(folder: &Path) -> FunctionSpec {
    let mut spec = function("dev", "python3.12", "app.handler");
    spec.code = CodeSource::Dir(folder.to_owned());
    spec
}

async fn answers(host: &Host, expected: &str) -> bool {
    for _ in 0..100 {
        if host.json("dev", "{}").await == expected {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_changed_file_is_served_and_an_unchanged_one_stays_warm() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "one");
    let host = host(|limits| limits.watch_interval_ms = 50);
    host.host.put_and_watch(watched(folder.path())).await.expect("allowed");
    assert_eq!(host.json("dev", "{}").await, "one");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(host.json("dev", "{}").await, "one");
    let starts = |host: &Host| host.log("dev").iter().filter(|line| line.starts_with("INIT_START")).count();
    assert_eq!(starts(&host), 1);
    write(folder.path(), "another");
    assert!(answers(&host, "another").await);
    std::fs::create_dir(folder.path().join("lib")).expect("made");
    std::fs::write(folder.path().join("lib/__init__.py"), "WORD = 'from lib'\n").expect("written");
    let code = "import lib\ndef handler(event, context):\n    return lib.WORD\n";
    std::fs::write(folder.path().join("app.py"), code).expect("written");
    assert!(answers(&host, "from lib").await);
    std::fs::write(folder.path().join("lib/__init__.py"), "WORD = 'from a changed lib'\n").expect("written");
    assert!(answers(&host, "from a changed lib").await);
}

#[tokio::test]
async fn a_function_that_is_removed_or_replaced_is_not_brought_back() {
    let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    write(first.path(), "first");
    write(second.path(), "second");
    let host = host(|limits| limits.watch_interval_ms = 50);
    host.host.put_and_watch(watched(first.path())).await.expect("allowed");
    host.host.put_and_watch(watched(second.path())).await.expect("allowed");
    assert_eq!(host.json("dev", "{}").await, "second");
    tokio::time::sleep(Duration::from_millis(200)).await;
    write(first.path(), "the first again");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(host.json("dev", "{}").await, "second");
    assert!(host.host.remove(&FunctionId::latest("dev")));
    write(second.path(), "the second again");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(host.host.functions(), []);
}
