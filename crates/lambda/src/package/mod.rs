//! Code packages: zip archives unpacked into the host's folder, by content, and folders used in place.

mod names;
mod unzip;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;

pub use unzip::unzip;

use crate::config::PackageLimits;
use crate::identifiers;

/// The folder of the code in the folder of a package.
const CODE: &str = "code";

/// Why code cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A size or a count is over its limit.
    #[error("{what}: {value} is over {limit}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// How much there is, at least.
        value: u64,
        /// What is allowed.
        limit: u64,
    },
    /// It is no zip archive that can be read.
    #[error("could not unzip: {0}")]
    NotAZip(String),
    /// An entry would land outside the package, or cannot be a file.
    #[error("the entry `{name}` {reason}")]
    Entry {
        /// The entry's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The folder is not there.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// A file cannot be written.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
}

/// The folder of an unpacked archive, for its code and what runtimes cache of it; removed with the last function that uses it.
#[derive(Debug)]
pub(crate) struct Unpacked {
    path: PathBuf,
}

impl Unpacked {
    /// The code.
    pub(crate) fn code(&self) -> PathBuf {
        self.path.join(CODE)
    }

    /// What runtimes cache.
    pub(crate) fn cache(&self) -> PathBuf {
        self.path.join("cache")
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let path = std::mem::take(&mut self.path);
        // Thousands of files take their time, and this may be a thread that serves. What stays behind goes at the next start.
        let removal = std::thread::Builder::new().name("lambda-packages".to_owned()).spawn(move || {
            if let Err(error) = std::fs::remove_dir_all(&path) {
                tracing::warn!(path = %path.display(), %error, "an unused code package stays behind");
            }
        });
        if let Err(error) = removal {
            tracing::warn!(%error, "an unused code package stays behind");
        }
    }
}

/// The archives that are unpacked now.
#[derive(Debug)]
pub(crate) struct PackageStore {
    directory: PathBuf,
    limits: PackageLimits,
    by_digest: Mutex<HashMap<String, Weak<Unpacked>>>,
}

impl PackageStore {
    /// A store in a folder that exists and is empty.
    pub(crate) fn new(directory: PathBuf, limits: PackageLimits) -> Self {
        Self { directory, limits, by_digest: Mutex::default() }
    }

    /// Unpacks an archive, unless the same one is unpacked already. It becomes visible as a whole or not at all.
    pub(crate) fn unpack(&self, archive: &Bytes) -> Result<Arc<Unpacked>, PackageError> {
        let digest = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, archive).as_ref());
        if let Some(there) = self.lock().get(&digest).and_then(Weak::upgrade) {
            return Ok(there);
        }
        // Every unpacking has a folder of its own, so that the removal of an old one cannot hit a new one.
        let name = format!("{}-{}", &digest[..16], &identifiers::stream_suffix()[..8]);
        let partial = self.directory.join(format!("{name}.partial"));
        let path = self.directory.join(name);
        let io = |reason| PackageError::Io { path: path.clone(), reason };
        let code = partial.join(CODE);
        let unpacked = std::fs::create_dir_all(&code)
            .map_err(io)
            .and_then(|()| unzip(archive, &code, &self.limits))
            .and_then(|()| std::fs::rename(&partial, &path).map_err(io));
        if let Err(error) = unpacked {
            let _ = std::fs::remove_dir_all(&partial);
            return Err(error);
        }
        let unpacked = Arc::new(Unpacked { path });
        let mut by_digest = self.lock();
        by_digest.retain(|_, package| package.strong_count() > 0);
        by_digest.insert(digest, Arc::downgrade(&unpacked));
        Ok(unpacked)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<Unpacked>>> {
        self.by_digest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
