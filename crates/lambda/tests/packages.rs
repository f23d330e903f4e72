//! Code packages: what is unpacked, what is refused, what is left behind.

mod support;

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stagegate_lambda::{CodeSource, FunctionHost, FunctionId, HostConfig, PackageError, SpecError};
use support::archive::{Entry, executable, file, link, zip};
use support::{Host, error_type, function, host, parse, text};

async fn put(host: &Host, archive: Vec<u8>) -> Result<(), SpecError> {
    let mut spec = function("packed", "python3.12", "app.handler");
    spec.code = CodeSource::Zip(archive.into());
    host.host.put(spec).await
}

fn packages(host: &Host) -> Vec<PathBuf> {
    let listing = std::fs::read_dir(host.folder.path().join("lambda/packages")).expect("there");
    listing.map(|entry| entry.expect("readable").path()).collect()
}

#[tokio::test]
async fn a_package_is_unpacked_with_its_folders_links_and_dependencies() {
    let app = "import dep.inner, os\n\
               def handler(event, context):\n    return [dep.inner.NAME, open('alias.txt').read(), os.getcwd()]\n";
    let archive = zip(&[
        Entry { mode: 0o040_755, ..file("dep/", "") },
        file("dep/inner.py", "NAME = 'inner'\n"),
        file("app.py", app),
        file("data/real.txt", "linked"),
        link("alias.txt", "data/real.txt"),
    ]);
    let host = host(|_| {});
    put(&host, archive.clone()).await.expect("a proper package");
    let answer = host.json("packed", "{}").await;
    assert_eq!((&answer[0], &answer[1]), (&"inner".into(), &"linked".into()));
    // The same archive is unpacked once; nothing is written into it; and it goes with its last function.
    put(&host, archive).await.expect("a proper package");
    let unpacked = packages(&host);
    assert_eq!(unpacked.len(), 1);
    let code = Path::new(answer[2].as_str().expect("text")).to_owned();
    assert_eq!(code, unpacked[0].canonicalize().expect("there").join("code"));
    assert!(!code.join("__pycache__").exists() && !code.join("dep/__pycache__").exists());
    assert!(unpacked[0].join("cache").exists(), "compiled code is kept beside it");
    assert!(host.host.remove(&FunctionId::latest("packed")));
    for _ in 0..200 {
        if packages(&host).is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{:?}", packages(&host));
}

#[tokio::test]
async fn entries_that_would_land_elsewhere_are_refused_and_leave_nothing() {
    let app = || file("app.py", "def handler(event, context): return 1\n");
    let host = host(|_| {});
    for (entries, reason) in [
        (vec![file("../evil.py", "")], "leads out of the package"),
        (vec![file("a/../../evil.py", "")], "leads out of the package"),
        (vec![file("/evil.py", "")], "has an absolute name"),
        (vec![file("a\\..\\evil.py", "")], "has a backslash"),
        (vec![file("a\0b", "")], "has a NUL"),
        (vec![link("out", "../evil")], "leads out of the package"),
        (vec![link("out", "/etc/passwd")], "an absolute path"),
        (vec![link("out", "a/../../evil")], "goes up after it went down"),
        (vec![link("deep", "."), file("deep/evil.py", "")], ""),
        (vec![file("deep/evil.py", ""), link("deep", ".")], ""),
        (vec![link("deep", "."), link("deep/evil", "app.py")], ""),
        (vec![app(), file("app.py", "twice")], ""),
        (vec![Entry { mode: 0o010_644, ..file("pipe", "") }], "is neither a file nor a folder"),
        (vec![Entry { mode: 0o060_644, ..file("device", "") }], "is neither a file nor a folder"),
    ] {
        let mut all = entries.clone();
        all.push(file("last.py", ""));
        let refused = put(&host, zip(&all)).await.expect_err(&format!("{entries:?}"));
        assert!(matches!(refused, SpecError::Package { .. }), "{refused}");
        assert!(refused.to_string().contains(reason), "{refused} {reason}");
        assert!(!refused.to_string().contains("lambda/packages"), "{refused}");
        assert_eq!(packages(&host), [] as [PathBuf; 0], "{entries:?}");
        assert!(!host.folder.path().join("evil.py").exists());
    }
}

#[tokio::test]
async fn what_is_no_archive_or_too_large_is_refused() {
    let host = host(|limits| {
        limits.package.zipped_bytes = 40_000;
        limits.package.unzipped_bytes = 20_000;
        limits.package.entries = 10;
    });
    let many: Vec<Entry> = (0..11).map(|index| file(&format!("{index}.py"), "")).collect();
    for (archive, expected) in [
        (Vec::new(), "could not unzip"),
        (b"not a zip".to_vec(), "could not unzip"),
        (zip(&[file("a", "b")])[..60].to_vec(), "could not unzip"),
        (vec![0; 40_001], "bytes of the archive: 40001 is over 40000"),
        (zip(&[file("a", vec![b'x'; 20_001])]), "unzipped bytes: 20001 is over 20000"),
        (zip(&many), "entries: 11 is over 10"),
    ] {
        let refused = put(&host, archive).await.expect_err(expected);
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    assert_eq!(packages(&host), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn a_bomb_is_stopped_while_it_unfolds() {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("zeros", zip::write::SimpleFileOptions::default()).expect("begun");
    let zeros = vec![0; 1 << 20];
    for _ in 0..40 {
        writer.write_all(&zeros).expect("written");
    }
    let archive = writer.finish().expect("finished").into_inner();
    let host = host(|_| {});
    let refused = put(&host, archive).await.expect_err("a bomb");
    let SpecError::Package { reason: PackageError::TooLarge { what, limit: 250, .. }, .. } = refused else {
        panic!("{refused}")
    };
    assert_eq!(what, "unzipped bytes per zipped byte");
}

#[tokio::test]
async fn a_refused_package_leaves_the_old_function() {
    let host = host(|_| {});
    let app = "def handler(event, context): return 'old'\n";
    put(&host, zip(&[file("app.py", app)])).await.expect("a proper package");
    put(&host, zip(&[file("../app.py", app)])).await.expect_err("refused");
    assert_eq!(host.json("packed", "{}").await, "old");
    put(&host, zip(&[file("app.py", app.replace("old", "new"))])).await.expect("a proper package");
    assert_eq!(host.json("packed", "{}").await, "new");
}

#[tokio::test]
async fn a_bootstrap_is_any_executable() {
    // A whole runtime in a shell, with nothing but curl.
    let script = "#!/bin/sh\nset -eu\napi=\"http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\"\nwhile :; do\n\
                  event=$(curl -sS -D /dev/stderr \"$api/next\" 2>headers.$$ || true)\n\
                  id=$(grep -i '^lambda-runtime-aws-request-id:' headers.$$ | tr -d '\\r' | cut -d' ' -f2)\n\
                  curl -sS -o /dev/null -d \"{\\\"handler\\\": \\\"$_HANDLER\\\", \\\"event\\\": $event}\" \"$api/$id/response\"\ndone\n";
    let host = host(|_| {});
    let mut spec = function("custom", "provided.al2023", "hello.handler");
    spec.code = CodeSource::Zip(zip(&[executable("bootstrap", script)]).into());
    host.host.put(spec.clone()).await.expect("a proper package");
    for word in ["one", "two"] {
        let answer = host.json("custom", &format!("\"{word}\"")).await;
        assert_eq!(answer, serde_json::json!({"handler": "hello.handler", "event": word}));
    }
    for entries in [vec![file("bootstrap", script)], vec![file("other", "")]] {
        spec.code = CodeSource::Zip(zip(&entries).into());
        host.host.put(spec.clone()).await.expect("a proper package");
        let invoked = host.invoke("custom", "{}").await;
        assert_eq!(error_type(&invoked), "Runtime.InvalidEntrypoint");
        let message = parse(&invoked)["errorMessage"].as_str().expect("text").to_owned();
        assert!(
            message.ends_with("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
            "{message}"
        );
    }
    spec.code = CodeSource::Zip(zip(&[executable("bootstrap", "#!/no/such/interpreter\n")]).into());
    host.host.put(spec).await.expect("a proper package");
    let invoked = host.invoke("custom", "{}").await;
    assert_eq!(error_type(&invoked), "Runtime.ExitError", "{}", text(&invoked));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the names are, nothing lands outside the host's folder.
    #[test]
    fn no_archive_writes_outside(
        names in proptest::collection::vec(r"(\.\.|\.|[a-c]|/|\\){1,6}", 1..6),
        targets in proptest::collection::vec(r"(\.\.|/|[a-c]){1,6}", 0..3),
    ) {
        let threads = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let outer = tempfile::tempdir().expect("a folder");
        let inner = outer.path().join("a/b/c/lambda");
        let host = FunctionHost::start(HostConfig::new(&inner, support::launcher())).expect("it starts");
        let mut entries: Vec<Entry> = names.iter().map(|name| file(name, "x")).collect();
        entries.extend(targets.iter().enumerate().map(|(index, target)| link(&format!("a{index}"), target)));
        let mut spec = function("packed", "provided", "x");
        spec.code = CodeSource::Zip(zip(&entries).into());
        let _ = threads.block_on(host.put(spec));
        let mut folder = outer.path().to_owned();
        for name in ["a", "b", "c", "lambda"] {
            let listing: Vec<_> = std::fs::read_dir(&folder).expect("there").map(|entry| entry.expect("readable").file_name()).collect();
            prop_assert_eq!(&listing, &[std::ffi::OsString::from(name)]);
            folder.push(name);
        }
        let mut listing: Vec<_> = std::fs::read_dir(&inner).expect("there").map(|entry| entry.expect("readable").file_name()).collect();
        listing.sort();
        prop_assert_eq!(listing, ["cache", "packages", "runtime"]);
        prop_assert!(std::fs::read_dir(inner.join("packages")).expect("there").count() <= 1);
    }
}
