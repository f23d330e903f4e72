//! Watching a folder of code: a bounded walk over times and sizes, and the function put again when they change.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, DirEntry};
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::function::FunctionSpec;
use crate::pool::Pool;
use crate::resources::Resources;

/// What is not looked at: tools make it beside the code.
const IGNORED: &[&str] = &["__pycache__", ".git"];
/// Folders whose inside is not looked at: tools install there, in numbers.
const NOT_ENTERED: &[&str] = &["node_modules", ".venv", "venv"];
/// Folders in folders.
const DEPTH: usize = 32;
/// A walk may take one part in this many of the time between walks.
const SHARE: u32 = 20;

/// A folder being followed.
struct Watched {
    resources: Weak<Resources>,
    spec: FunctionSpec,
    folder: PathBuf,
    /// The pool that runs the folder's code now; when it is another's, the watch is over.
    pool: Arc<Pool>,
    seen: Option<u64>,
    served: Option<u64>,
}

/// Follows a folder until its function is removed or put from elsewhere.
pub(crate) async fn follow(resources: Weak<Resources>, spec: FunctionSpec, folder: PathBuf, pool: Arc<Pool>) {
    let mut watched = Watched { resources, spec, folder, pool, seen: None, served: None };
    loop {
        let look = tokio::task::spawn_blocking(move || {
            let pause = watched.look();
            (watched, pause)
        });
        let Ok((next, Some(pause))) = look.await else { return };
        watched = next;
        tokio::time::sleep(pause).await;
    }
}

impl Watched {
    /// Looks once, and tells when to look again; `None` when the watch is over.
    fn look(&mut self) -> Option<Duration> {
        let resources = self.resources.upgrade()?;
        let limits = &resources.config.limits;
        let began = Instant::now();
        let now = Some(fingerprint(&self.folder, limits.watch_entries));
        let pause = Duration::from_millis(limits.watch_interval_ms).max(began.elapsed() * SHARE);
        // Code is served once it has stayed the same for one pause: editors and builds write several files.
        let is_settled = self.seen == now;
        self.seen = now;
        if self.served.is_none() {
            self.served = now;
        } else if is_settled && self.served != now {
            self.served = now;
            match resources.put_again(&self.spec, &self.pool) {
                Ok(pool) => self.pool = pool?,
                Err(error) => tracing::warn!(%error, "the changed code is not served"),
            }
            tracing::info!(function = %self.spec.id, "the function's code changed");
        }
        resources.is_current(&self.spec.id, &self.pool).then_some(pause)
    }
}

/// A number that changes with any file's place, size or time.
fn fingerprint(root: &Path, entries_max: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut folders = vec![(root.to_owned(), 0)];
    let mut entries = 0;
    while let Some((folder, depth)) = folders.pop() {
        let Ok(listing) = fs::read_dir(&folder) else { continue };
        let mut listing: Vec<DirEntry> = listing.take(entries_max - entries).filter_map(Result::ok).collect();
        listing.sort_by_key(DirEntry::file_name);
        entries += listing.len();
        for entry in listing {
            if IGNORED.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            let Ok(file) = entry.metadata() else { continue };
            entry.path().hash(&mut hasher);
            (file.len(), file.modified().ok()).hash(&mut hasher);
            let is_entered = !NOT_ENTERED.iter().any(|name| entry.file_name() == *name);
            if file.is_dir() && is_entered && depth < DEPTH {
                folders.push((entry.path(), depth + 1));
            }
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_changes_with_the_code_and_not_with_what_tools_make() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("lib/__pycache__")).expect("made");
        fs::write(root.join("lib/a.py"), "1").expect("written");
        let first = fingerprint(root, 100);
        assert_eq!(fingerprint(root, 100), first);
        fs::write(root.join("lib/__pycache__/a.pyc"), "x").expect("written");
        assert_eq!(fingerprint(root, 100), first);
        fs::write(root.join("lib/a.py"), "22").expect("written");
        let second = fingerprint(root, 100);
        assert_ne!(second, first);
        fs::write(root.join("lib/b.py"), "").expect("written");
        assert_ne!(fingerprint(root, 100), second);
    }

    #[test]
    fn a_walk_is_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        for index in 0..20 {
            fs::write(folder.path().join(format!("{index}.py")), "").expect("written");
        }
        assert_eq!(fingerprint(folder.path(), 0), fingerprint(&folder.path().join("missing"), 10));
    }
}
