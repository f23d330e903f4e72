//! Keys of the process's environment: AWS's variables, then the shared files.

use std::path::PathBuf;

use stagegate_sigv4::{Credentials, Secret};

/// The longest shared file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A variable of this process that is set and not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The credentials of environment variables or of the shared files' profile that `AWS_PROFILE` names.
pub(crate) fn from_surroundings() -> Option<Credentials> {
    let named = variable("AWS_PROFILE");
    from_environment(variable).or_else(|| profile(named.as_deref().unwrap_or("default")))
}

/// The keys of a profile: in the shared credentials file, else in the configuration file.
fn profile(name: &str) -> Option<Credentials> {
    let in_credentials = text_of(files(variable).0).and_then(|text| from_file(&text, name));
    in_credentials.or_else(|| {
        let text = text_of(files(variable).1)?;
        let section = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        from_file(&text, &section)
    })
}

/// The same, off the threads that must not block.
pub(super) async fn profile_of_files(name: &str) -> Option<Credentials> {
    let name = name.to_owned();
    tokio::task::spawn_blocking(move || profile(&name)).await.ok().flatten()
}

fn text_of(path: Option<PathBuf>) -> Option<String> {
    let path = path?;
    let is_sensible = std::fs::metadata(&path).is_ok_and(|file| file.len() <= FILE_BYTES_MAX);
    is_sensible.then(|| std::fs::read_to_string(&path).ok()).flatten()
}

fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    Some(Credentials {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret: Secret::new(variable("AWS_SECRET_ACCESS_KEY")?),
        session_token: variable("AWS_SESSION_TOKEN"),
    })
}

/// Where the shared credentials file and the configuration file are.
fn files(variable: impl Fn(&str) -> Option<String>) -> (Option<PathBuf>, Option<PathBuf>) {
    let at_home = |name: &str| Some(PathBuf::from(variable("HOME")?).join(".aws").join(name));
    let credentials = variable("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from).or_else(|| at_home("credentials"));
    let config = variable("AWS_CONFIG_FILE").map(PathBuf::from).or_else(|| at_home("config"));
    (credentials, config)
}

/// The keys of one profile.
fn from_file(text: &str, profile: &str) -> Option<Credentials> {
    let mut is_ours = false;
    let (mut key, mut secret, mut token) = (None, None, None);
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            is_ours = name.trim() == profile;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| is_ours) {
            let slot = match name.trim().to_ascii_lowercase().as_str() {
                "aws_access_key_id" => &mut key,
                "aws_secret_access_key" => &mut secret,
                "aws_session_token" => &mut token,
                _ => continue,
            };
            *slot = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        }
    }
    Some(Credentials { access_key_id: key?, secret: Secret::new(secret?), session_token: token })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# keys\n[default]\naws_access_key_id = AKIA1\naws_secret_access_key=s1\n\n\
                        [ other ]\nAWS_ACCESS_KEY_ID=AKIA2\naws_secret_access_key = a=b\naws_session_token = t\n\
                        [half]\naws_access_key_id = AKIA3\n";

    #[test]
    fn a_profile_gives_its_own_keys() {
        for (profile, expected) in [
            ("default", Some(("AKIA1", "s1", None))),
            ("other", Some(("AKIA2", "a=b", Some("t")))),
            ("half", None),
            ("none", None),
        ] {
            let found = from_file(FILE, profile);
            let found =
                found.as_ref().map(|it| (it.access_key_id.as_str(), it.secret.expose(), it.session_token.as_deref()));
            assert_eq!(found, expected, "{profile}");
        }
    }

    #[test]
    fn the_environment_needs_both_keys() {
        let with = |names: &'static [&str]| from_environment(|name| names.contains(&name).then(|| name.to_owned()));
        assert!(with(&["AWS_ACCESS_KEY_ID"]).is_none());
        let both = with(&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]).expect("credentials");
        assert_eq!((both.access_key_id.as_str(), both.session_token), ("AWS_ACCESS_KEY_ID", None));
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_read_or_refused(text in "(\\[default\\]|\\[|\\]|=|aws_access_key_id|aws_secret_access_key|x|\n| ){0,30}") {
            let _ = from_file(&text, "default");
        }
    }
}
