//! Files of certificates, and whether they have changed since they were read.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::pki_types::UnixTime;
use stagegate_tls::{ServerIdentity, Truststore};

use super::settings::PairFiles;

/// Bytes of the longest file that is read.
const BYTES_MAX: u64 = 2 * 1024 * 1024;

/// What tells one content of a file from another.
type Stamp = (Option<SystemTime>, u64, u64);

/// What reading a truststore led to.
pub(super) enum Read {
    /// It, and warnings about its certificates.
    Good((Arc<Truststore>, Vec<String>)),
    /// It is there, and of no use.
    Broken(String),
    /// It is not there.
    Missing(String),
}

/// The files that were read, with what they were like.
#[derive(Debug, Default)]
pub(super) struct Files {
    stamps: HashMap<PathBuf, Option<Stamp>>,
}

impl Files {
    /// Whether one of some files is not as it was when it was read.
    pub(super) fn has_changed(&self, paths: &[&Path]) -> bool {
        paths.iter().any(|path| self.stamps.get(*path).is_none_or(|known| *known != stamp(path)))
    }

    /// Whether any file is not as it was.
    pub(super) fn have_changed(&self) -> bool {
        self.stamps.iter().any(|(path, known)| *known != stamp(path))
    }

    /// Reads a certificate with its key.
    pub(super) fn pair(&mut self, pair: &PairFiles) -> Result<ServerIdentity, String> {
        let [certificate, key] =
            pair.paths().map(|path| self.bytes(path).map_err(|error| format!("{}: {error}", path.display())));
        ServerIdentity::from_pem(&certificate?, &key?).map_err(|error| error.to_string())
    }

    /// Reads a truststore.
    pub(super) fn truststore(&mut self, path: &Path) -> Read {
        let shown = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        match self.bytes(path) {
            Ok(bytes) => match Truststore::from_pem(&bytes, UnixTime::now()) {
                Ok((truststore, warnings)) => Read::Good((Arc::new(truststore), warnings)),
                Err(why) => Read::Broken(shown(&why)),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Read::Missing(shown(&error)),
            Err(error) => Read::Broken(shown(&error)),
        }
    }

    fn bytes(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        // The stamp comes first: what changes while it is read is read again.
        self.stamps.insert(path.to_owned(), stamp(path));
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > BYTES_MAX {
            return Err(io::Error::new(ErrorKind::FileTooLarge, "it is larger than 2 MiB"));
        }
        Ok(bytes)
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len(), metadata.ino()))
}
