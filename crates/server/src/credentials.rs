//! The root credential: made at the first start and kept in the data directory, or set by the environment.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use stagegate_sigv4::{Credentials, Secret};
use thiserror::Error;

use crate::atomic_file;

const FILE: &str = "credentials";
const KEY_VARIABLE: &str = "STAGEGATE_ROOT_ACCESS_KEY_ID";
const SECRET_VARIABLE: &str = "STAGEGATE_ROOT_SECRET_ACCESS_KEY";

/// Why there is no root credential.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum CredentialsError {
    /// Only one of the two variables is set.
    #[error("{0} is set and {1} is not")]
    #[diagnostic(help("set both of them, or neither"))]
    Half(&'static str, &'static str),
    /// A variable has a value that no AWS client could use.
    #[error("{0} is not well-formed")]
    Malformed(&'static str, #[help] &'static str),
    /// The file is there but cannot be used.
    #[error("{} cannot be used: {reason}", path.display())]
    #[diagnostic(help(
        "it is an AWS shared credentials file with a profile `default`; remove it to have a new credential made"
    ))]
    Unusable { path: PathBuf, reason: String },
    /// There is no file, and it is not this command's place to make one.
    #[error("there is no root credential at {}", path.display())]
    #[diagnostic(help(
        "start `stagegate serve` first, name its --data-dir, or set STAGEGATE_ROOT_ACCESS_KEY_ID and \
         STAGEGATE_ROOT_SECRET_ACCESS_KEY"
    ))]
    Absent { path: PathBuf },
}

/// Where the credential is, to be told to people.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// The credential set by the environment, if any. `variable` reads a variable.
pub(crate) fn from_environment(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Credentials>, CredentialsError> {
    let key = variable(KEY_VARIABLE).filter(|value| !value.is_empty());
    let secret = variable(SECRET_VARIABLE).filter(|value| !value.is_empty());
    match (key, secret) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(CredentialsError::Half(KEY_VARIABLE, SECRET_VARIABLE)),
        (None, Some(_)) => Err(CredentialsError::Half(SECRET_VARIABLE, KEY_VARIABLE)),
        (Some(key), Some(_)) if !is_access_key_id(&key) => {
            Err(CredentialsError::Malformed(KEY_VARIABLE, "allowed: 16 to 128 letters, digits and underscores"))
        }
        (Some(_), Some(secret)) if !is_secret(&secret) => {
            Err(CredentialsError::Malformed(SECRET_VARIABLE, "allowed: 16 to 128 printable characters, no spaces"))
        }
        (Some(access_key_id), Some(secret)) => {
            Ok(Some(Credentials { access_key_id, secret: Secret::new(secret), session_token: None }))
        }
    }
}

/// Reads the credential from the data directory.
pub(crate) fn read(data_dir: &Path) -> Result<Credentials, CredentialsError> {
    let path = path(data_dir);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(CredentialsError::Absent { path }),
        Err(error) => return Err(CredentialsError::Unusable { path, reason: error.to_string() }),
    };
    parse(&text).ok_or_else(|| CredentialsError::Unusable { path, reason: "it holds no whole credential".to_owned() })
}

/// Writes a given credential to the data directory, so that clients find it where they find a made one.
pub(crate) fn keep(data_dir: &Path, given: &Credentials) -> Result<(), CredentialsError> {
    match read(data_dir) {
        Ok(kept) if kept.access_key_id == given.access_key_id && kept.secret == given.secret => {
            close_to_others(&path(data_dir))
        }
        _ => write(&path(data_dir), given),
    }
}

/// Reads the credential from the data directory, or makes one and writes it there with mode 0600.
pub(crate) fn read_or_make(data_dir: &Path) -> Result<Credentials, CredentialsError> {
    match read(data_dir) {
        Err(CredentialsError::Absent { path }) => {
            let made = make().map_err(|reason| CredentialsError::Unusable { path: path.clone(), reason })?;
            write(&path, &made)?;
            Ok(made)
        }
        Ok(credentials) => {
            close_to_others(&path(data_dir))?;
            Ok(credentials)
        }
        Err(error) => Err(error),
    }
}

fn make() -> Result<Credentials, String> {
    let key = random_text(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")?;
    let secret = random_text(40, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")?;
    Ok(Credentials { access_key_id: format!("AKIA{key}"), secret: Secret::new(secret), session_token: None })
}

fn write(path: &Path, credentials: &Credentials) -> Result<(), CredentialsError> {
    let (key, secret) = (&credentials.access_key_id, credentials.secret.expose());
    let text = format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n");
    atomic_file::write(path, text.as_bytes(), 0o600)
        .map_err(|error| CredentialsError::Unusable { path: path.to_owned(), reason: error.to_string() })
}

/// Takes away whatever group and others may do with the file.
fn close_to_others(path: &Path) -> Result<(), CredentialsError> {
    let unusable =
        |error: std::io::Error| CredentialsError::Unusable { path: path.to_owned(), reason: error.to_string() };
    let mode = std::fs::metadata(path).map_err(unusable)?.permissions().mode();
    let to_others = mode & 0o077;
    if to_others == 0 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), mode = format!("{:o}", mode & 0o777), "the root credential was open to others; closed it");
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(unusable)
}

/// Reads the profile `default` of a shared credentials file.
fn parse(text: &str) -> Option<Credentials> {
    let (mut is_default, mut key, mut secret) = (false, None, None);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])) {
        if let Some(profile) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_default = profile.trim() == "default";
        } else if let Some((name, value)) = line.split_once('=').filter(|_| is_default) {
            match name.trim() {
                "aws_access_key_id" => key = Some(value.trim().to_owned()),
                "aws_secret_access_key" => secret = Some(value.trim().to_owned()),
                _ => {}
            }
        }
    }
    let access_key_id = key.filter(|key| is_access_key_id(key))?;
    let secret = secret.filter(|secret| is_secret(secret))?;
    Some(Credentials { access_key_id, secret: Secret::new(secret), session_token: None })
}

/// The IAM API's own bounds: 16 to 128 word characters.
pub(crate) fn is_access_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What a secret access key may be here.
pub(crate) fn is_secret(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Random text over an alphabet whose size is a power of two, so that every letter is equally likely.
fn random_text(length: usize, alphabet: &[u8]) -> Result<String, String> {
    let mut bytes = vec![0_u8; length];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system gives no randomness".to_owned())?;
    Ok(bytes.into_iter().map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn a_credential_is_made_once_and_closed_to_others() {
        let dir = tempfile::tempdir().expect("a directory");
        let first = read_or_make(dir.path()).expect("made");
        let file = path(dir.path());
        assert_eq!(mode(&file), 0o600);
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("opened");
        let second = read_or_make(dir.path()).expect("read");
        assert_eq!((&first.access_key_id, &first.secret), (&second.access_key_id, &second.secret));
        assert_eq!(mode(&file), 0o600);
        assert_eq!(first.access_key_id.len(), 20);
        assert_eq!(first.secret.expose().len(), 40);
    }

    #[test]
    fn a_given_credential_is_kept_where_clients_look() {
        let dir = tempfile::tempdir().expect("a directory");
        let made = read_or_make(dir.path()).expect("made");
        let given = make().expect("made");
        keep(dir.path(), &given).expect("kept");
        let read = read(dir.path()).expect("read");
        assert_eq!((&read.access_key_id, &read.secret), (&given.access_key_id, &given.secret));
        assert_ne!(read.access_key_id, made.access_key_id);
        assert_eq!(mode(&path(dir.path())), 0o600);
    }

    #[test]
    fn two_directories_have_two_credentials() {
        let (one, two) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        let secrets = [&one, &two].map(|dir| read_or_make(dir.path()).expect("made").secret.expose().to_owned());
        assert_ne!(secrets[0], secrets[1]);
    }

    #[test]
    fn a_file_without_a_whole_credential_is_refused() {
        for text in [
            "",
            "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
            "[other]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = 0123456789abcdef\n",
            "[default]\naws_access_key_id = short\naws_secret_access_key = 0123456789abcdef\n",
        ] {
            let dir = tempfile::tempdir().expect("a directory");
            std::fs::write(path(dir.path()), text).expect("written");
            assert!(matches!(read_or_make(dir.path()), Err(CredentialsError::Unusable { .. })), "{text}");
        }
    }

    #[test]
    fn the_environment_sets_both_or_neither() {
        let (key, secret) = ("AKIAIOSFODNN7EXAMPLE", "0123456789abcdef");
        for (given_key, given_secret, outcome) in [
            (None, None, "none"),
            (Some(key), Some(secret), "some"),
            (Some(key), None, "STAGEGATE_ROOT_ACCESS_KEY_ID is set and STAGEGATE_ROOT_SECRET_ACCESS_KEY is not"),
            (None, Some(secret), "STAGEGATE_ROOT_SECRET_ACCESS_KEY is set and STAGEGATE_ROOT_ACCESS_KEY_ID is not"),
            (Some("a b"), Some(secret), "STAGEGATE_ROOT_ACCESS_KEY_ID is not well-formed"),
            (Some(key), Some("short"), "STAGEGATE_ROOT_SECRET_ACCESS_KEY is not well-formed"),
        ] {
            let variable = |name: &str| if name == KEY_VARIABLE { given_key } else { given_secret }.map(str::to_owned);
            let found = match from_environment(variable) {
                Ok(None) => "none".to_owned(),
                Ok(Some(_)) => "some".to_owned(),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, outcome);
        }
    }
}
