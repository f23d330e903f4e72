//! `[users.NAME]`: users of the control plane, their access keys and what they may do.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use stagegate_control::User;
use stagegate_policy::{Limits, Policy, PolicyKind};
use stagegate_sigv4::Secret;
use toml_edit::{Item, TableLike, Value};

use super::accounts::is_account_id;
use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::credentials::{is_access_key_id, is_secret};

/// The table of users.
pub(super) const USERS: &str = "users";
/// The keys of a user.
const KEYS: [&str; 4] = ["access_key_id", "secret_access_key", "policy", "account"];
/// What a policy may be; AWS allows 6,144 characters of a managed policy, here they are the operator's own.
const LIMITS: Limits = Limits { document_bytes: 65_536, statements: 1_000, values_per_list: 1_000 };

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(USERS, item)?;
    let mut keys = BTreeSet::new();
    for (name, item) in table.iter() {
        if !is_user_name(name) {
            let help = "allowed: 1 to 64 letters, digits and +=,.@-_".to_owned();
            return Err(reader.refuse(key_span(table, name), format!("no user may be named `{name}`"), help));
        }
        let user = read_user(reader, name, item)?;
        if !keys.insert(user.access_key_id.clone()) {
            let help = "each user has a key of its own".to_owned();
            return Err(reader.refuse(item.span(), format!("the access key of `{name}` is another user's, too"), help));
        }
        settings.users.push(user);
    }
    Ok(())
}

fn read_user(reader: &Reader<'_>, name: &str, item: &Item) -> Result<User, ConfigError> {
    let table = reader.table(&format!("{USERS}.{name}"), item)?;
    if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(reader.unknown(key_span(table, key), key, &KEYS));
    }
    let access_key_id = text(reader, name, "access_key_id", item, table)?;
    if !is_access_key_id(access_key_id) {
        let help = "allowed: 16 to 128 letters, digits and underscores".to_owned();
        let span = table.get("access_key_id").and_then(Item::span);
        return Err(reader.refuse(span, format!("`access_key_id` may not be `{access_key_id}`"), help));
    }
    let secret = text(reader, name, "secret_access_key", item, table)?;
    if !is_secret(secret) {
        let help = "allowed: 16 to 128 printable characters, no spaces".to_owned();
        // The secret itself is not shown.
        return Err(reader.refuse(
            key_span(table, "secret_access_key"),
            "`secret_access_key` is refused".to_owned(),
            help,
        ));
    }
    let policies = table.get("policy").map_or_else(|| Ok(Vec::new()), |item| policies(reader, item))?;
    let (access_key_id, secret) = (access_key_id.to_owned(), Secret::new(secret));
    Ok(User { name: name.to_owned(), account: account(reader, table)?, access_key_id, secret, policies })
}

/// The account that a user is in, which the settings need not have: they may come from elsewhere, too.
fn account(reader: &Reader<'_>, table: &dyn TableLike) -> Result<Option<String>, ConfigError> {
    let Some(item) = table.get("account") else { return Ok(None) };
    let given = item.as_str().filter(|id| is_account_id(id));
    given.map(|id| Some(id.to_owned())).ok_or_else(|| {
        let help = "allowed: `account_id`, or the ID of an `[accounts.ID]`, twelve digits in quotes".to_owned();
        reader.refuse(item.span(), "`account` must be the id of an account".to_owned(), help)
    })
}

/// A key that a user must have, as text.
fn text<'i>(
    reader: &Reader<'_>,
    name: &str,
    key: &str,
    user: &Item,
    table: &'i dyn TableLike,
) -> Result<&'i str, ConfigError> {
    let found = table.get(key).and_then(Item::as_str);
    found.ok_or_else(|| {
        let span = key_span(table, key).or_else(|| user.span());
        let [id, secret, policy, account] = KEYS;
        let help = format!("a user has `{id}` and `{secret}`, both strings, and may have `{policy}` and `{account}`");
        reader.refuse(span, format!("the user `{name}` needs a `{key}`"), help)
    })
}

/// One policy or an array of them.
fn policies(reader: &Reader<'_>, item: &Item) -> Result<Vec<Arc<Policy>>, ConfigError> {
    let help = || "allowed: a policy document in JSON, the path of a file with one, or an array of both".to_owned();
    let values: Vec<&Value> = match item.as_value() {
        Some(Value::Array(array)) => array.iter().collect(),
        Some(value) => vec![value],
        None => {
            return Err(reader.refuse(
                item.span(),
                "`policy` must be a string or an array of strings".to_owned(),
                help(),
            ));
        }
    };
    let mut policies = Vec::new();
    for value in values {
        let refuse = |message: String, help: String| reader.refuse(value.span(), message, help);
        let given = value.as_str().ok_or_else(|| refuse("a policy must be a string".to_owned(), help()))?;
        let (from, document) = if given.trim_start().starts_with('{') {
            ("the policy".to_owned(), given.to_owned())
        } else {
            let path = reader.folder.join(given);
            let text = std::fs::read_to_string(&path);
            let text = text.map_err(|error| refuse(format!("{} cannot be read: {error}", path.display()), help()))?;
            (path.display().to_string(), text)
        };
        policies.push(parse(&document).map_err(|error| refuse(format!("{from} is refused: {error}"), IAM.to_owned()))?);
    }
    Ok(policies)
}

const IAM: &str = "see the IAM User Guide, \"IAM JSON policy elements reference\"";

fn parse(document: &str) -> Result<Arc<Policy>, stagegate_policy::ParseError> {
    let policy = Policy::parse(document, &LIMITS)?;
    policy.require(PolicyKind::Identity)?;
    Ok(Arc::new(policy))
}

/// The IAM API's own rule.
fn is_user_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte))
}

/// Whether a file with secrets can be read by others than its owner.
pub(super) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;
    use crate::config::file::apply;
    use crate::config::load::defaults;

    const KEYS_OF_ANN: &str = "access_key_id = 'AKIAIOSFODNN7EXAMPLE'\nsecret_access_key = '0123456789abcdef'\n";
    const POLICY: &str = r#"{"Statement": {"Effect": "Allow", "Action": "apigateway:GET", "Resource": "*"}}"#;

    #[test]
    fn policies_stand_in_the_file_or_in_files_beside_it() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("get.json"), POLICY).expect("written");
        let file = dir.path().join("stagegate.toml");
        for (policy, count) in [
            (String::new(), 0),
            ("policy = 'get.json'".to_owned(), 1),
            (format!("policy = '{POLICY}'"), 1),
            (format!("policy = ['get.json', '{POLICY}']"), 2),
        ] {
            std::fs::write(&file, format!("[users.ann]\n{KEYS_OF_ANN}{policy}\n")).expect("written");
            let mut settings = defaults();
            crate::config::file::read(&file, &mut settings).expect("allowed");
            let [user] = settings.users.as_slice() else { panic!("one user") };
            assert_eq!((user.name.as_str(), user.policies.len()), ("ann", count), "{policy}");
        }
    }

    #[test]
    fn what_is_refused_is_shown_with_its_place_and_what_is_allowed() {
        let ann = |rest: &str| format!("[users.ann]\n{KEYS_OF_ANN}{rest}");
        for (text, at, message, help) in [
            ("users = 1".to_owned(), "1", "`users` must be a table", "[users]"),
            ("[users]\nann = 1".to_owned(), "1", "`users.ann` must be a table", "[users.ann]"),
            ("[users.'a b']".to_owned(), "'a b'", "no user may be named `a b`", "1 to 64"),
            ("[users.ann]\naccess_key_id = 'AKIA'".to_owned(), "'AKIA'", "may not be `AKIA`", "16 to 128"),
            ("[users.ann]\naccess_key_id = 7".to_owned(), "access_key_id", "needs a `access_key_id`", "both strings"),
            (
                "[users.ann]\naccess_key_id = 'AKIAIOSFODNN7EXAMPLE'\nsecret_access_key = 'hunter2'".to_owned(),
                "secret_access_key",
                "`secret_access_key` is refused",
                "16 to 128",
            ),
            (ann("polic = 'x'"), "polic", "there is no setting `polic`", "did you mean `policy`?"),
            (ann("account = 111111111111"), "111111111111", "`account` must be the id of an account", "in quotes"),
            (ann("account = '12'"), "'12'", "`account` must be the id of an account", "twelve digits"),
            (ann("policy = 7"), "7", "a policy must be a string", "a policy document"),
            (ann("policy = 'none.json'"), "'none.json'", "none.json cannot be read", "the path of a file"),
            (ann("policy = '{'"), "'{'", "the policy is refused: the document is not JSON", "IAM"),
            (
                ann(r#"policy = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}'"#),
                r#"'{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}'"#,
                "Principal is not allowed in this kind of policy",
                "IAM",
            ),
        ] {
            let error = apply("test.toml", &text, &mut defaults()).expect_err(&text);
            let ConfigError::InFile { at: span, .. } = &error else { panic!("{text}: {error:?}") };
            assert_eq!(text[span.offset()..span.offset() + span.len()].trim(), at, "{text}");
            assert!(error.to_string().contains(message), "{text}: {error}");
            let given = error.help().expect("help").to_string();
            assert!(given.contains(help), "{text}: {given}");
            assert!(!format!("{error}").contains("hunter2"), "a secret is not shown");
        }
    }

    #[test]
    fn two_users_have_two_keys() {
        let text = format!("[users.ann]\n{KEYS_OF_ANN}[users.bob]\n{KEYS_OF_ANN}");
        let error = apply("test.toml", &text, &mut defaults()).expect_err("the same key");
        assert!(error.to_string().contains("the access key of `bob` is another user's, too"), "{error}");
    }
}
