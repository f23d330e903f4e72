//! The key that secrets at rest are sealed with: in the data directory with mode 0600, or set by the environment.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use stagegate_seal::{MasterKey, MasterKeyError, Sealer};
use thiserror::Error;

use crate::atomic_file;

const FILE: &str = "secret.key";
const VARIABLE: &str = "STAGEGATE_SECRET_KEY";

/// Why there is no key.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum SecretKeyError {
    /// The variable is no key.
    #[error("{VARIABLE} is not well-formed: {0}")]
    #[diagnostic(help(
        "`openssl rand -base64 32` makes one; former keys may follow, each after a comma, to open what they sealed"
    ))]
    Variable(MasterKeyError),
    /// The file is there but cannot be used.
    #[error("{} cannot be used: {reason}", path.display())]
    #[diagnostic(help(
        "each of its lines is the Base64 of 32 bytes, the first the key in use; without it the secrets of access keys \
         cannot be read, so restore it from a backup"
    ))]
    Unusable { path: PathBuf, reason: String },
}

/// Reads the keys of the environment or of the data directory; makes one where there is none.
pub(crate) fn sealer(data_dir: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Sealer, SecretKeyError> {
    if let Some(text) = variable(VARIABLE).filter(|text| !text.is_empty()) {
        return keys(text.split(',')).map_err(SecretKeyError::Variable);
    }
    let path = data_dir.join(FILE);
    let unusable = |reason: String| SecretKeyError::Unusable { path: path.clone(), reason };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))
                .map_err(|error| unusable(error.to_string()))?;
            keys(text.lines().filter(|line| !line.trim().is_empty())).map_err(|error| unusable(error.to_string()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = MasterKey::random().map_err(|error| unusable(error.to_string()))?;
            let text = format!("{}\n", made.expose_base64());
            atomic_file::write(&path, text.as_bytes(), 0o600).map_err(|error| unusable(error.to_string()))?;
            Ok(Sealer::new(&made, &[]))
        }
        Err(error) => Err(unusable(error.to_string())),
    }
}

fn keys<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Sealer, MasterKeyError> {
    let keys = texts.map(MasterKey::from_base64).collect::<Result<Vec<_>, _>>()?;
    let (current, former) = keys.split_first().ok_or(MasterKeyError::Malformed)?;
    Ok(Sealer::new(current, former))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const TWO: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

    fn of_directory(dir: &Path) -> Result<Sealer, SecretKeyError> {
        sealer(dir, |_| None)
    }

    #[test]
    fn a_key_is_made_once_and_closed_to_others() {
        let dir = tempfile::tempdir().expect("a directory");
        let sealed = of_directory(dir.path()).expect("made").seal(b"a", b"secret");
        let file = dir.path().join(FILE);
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("opened");
        assert_eq!(of_directory(dir.path()).expect("read").open(b"a", &sealed).expect("opened"), b"secret");
        assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_first_key_seals_and_all_of_them_open() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join(FILE), ONE).expect("written");
        let sealed = of_directory(dir.path()).expect("read").seal(b"a", b"secret");
        std::fs::write(dir.path().join(FILE), format!("{TWO}\n{ONE}\n")).expect("written");
        assert!(of_directory(dir.path()).expect("read").open(b"a", &sealed).is_ok());
        let set = |text: &'static str| move |_: &str| Some(text.to_owned());
        assert!(sealer(dir.path(), set(ONE)).expect("set").open(b"a", &sealed).is_ok());
        assert!(sealer(dir.path(), set(TWO)).expect("set").open(b"a", &sealed).is_err());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let error = sealer(dir.path(), |_| Some("hunter2".to_owned())).expect_err("no key");
        assert!(error.to_string().starts_with("STAGEGATE_SECRET_KEY is not well-formed"), "{error}");
        for text in ["", "hunter2\n"] {
            std::fs::write(dir.path().join(FILE), text).expect("written");
            assert!(matches!(of_directory(dir.path()), Err(SecretKeyError::Unusable { .. })), "{text}");
        }
    }
}
