//! Code packages: any bytes. Nothing is written outside the folder, no link leads out of it, and no more comes out than the
//! limits allow.
#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use stagegate_lambda::{PackageLimits, unzip};

const BYTES: u64 = 100_000;

fuzz_target!(|data: &[u8]| {
    let outer = tempfile::tempdir().expect("a folder");
    let root = outer.path().join("a/b/root");
    fs::create_dir_all(&root).expect("made");
    let limits = PackageLimits { zipped_bytes: 50_000, unzipped_bytes: BYTES, entries: 100, ratio: 50 };
    let _ = unzip(data, &root, &limits);
    let mut folder = outer.path().to_owned();
    for name in ["a", "b", "root"] {
        let listing: Vec<_> = fs::read_dir(&folder).expect("there").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(listing, [name], "something lies beside the package");
        folder.push(name);
    }
    let root = root.canonicalize().expect("there");
    // A last read may go beyond the limit before it is noticed, and is not written.
    assert!(bytes_below(&root, &root) <= BYTES);
});

fn bytes_below(root: &Path, folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).expect("there").flatten() {
        let kind = entry.file_type().expect("known");
        if kind.is_symlink() {
            if let Ok(target) = entry.path().canonicalize() {
                assert!(target.starts_with(root), "{} leads out", entry.path().display());
            }
        } else if kind.is_dir() {
            bytes += bytes_below(root, &entry.path());
        } else {
            bytes += entry.metadata().expect("known").len();
        }
    }
    bytes
}
