//! AWS's standard chain of credentials: environment variables, then the shared credentials file.

use std::path::PathBuf;

use stagegate_sigv4::{Credentials, Secret};

/// The longest credentials file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The credentials of the process's surroundings, if there are any. The file is read each time, so that tools may rotate it.
pub(crate) fn from_surroundings() -> Option<Credentials> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    from_environment(variable).or_else(|| {
        let path = file(variable)?;
        let is_sensible = std::fs::metadata(&path).is_ok_and(|file| file.len() <= FILE_BYTES_MAX);
        let text = is_sensible.then(|| std::fs::read_to_string(&path).ok()).flatten()?;
        from_file(&text, variable("AWS_PROFILE").as_deref().unwrap_or("default"))
    })
}

fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    Some(Credentials {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret: Secret::new(variable("AWS_SECRET_ACCESS_KEY")?),
        session_token: variable("AWS_SESSION_TOKEN"),
    })
}

/// Where the shared credentials file is.
fn file(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let given = variable("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from);
    given.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".aws").join("credentials")))
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
