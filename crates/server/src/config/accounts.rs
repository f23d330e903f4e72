//! `[accounts.ID]`: further accounts beside `account_id`, each with a root credential of its own.

use stagegate_control::Root;
use stagegate_sigv4::Secret;
use toml_edit::Item;

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::credentials::{is_access_key_id, is_secret};

/// The table of accounts.
pub(super) const ACCOUNTS: &str = "accounts";
/// The keys of an account.
const KEYS: [&str; 2] = ["access_key_id", "secret_access_key"];

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(ACCOUNTS, item)?;
    for (id, item) in table.iter() {
        if !is_account_id(id) {
            let message = format!("no account has the id `{id}`");
            return Err(reader.refuse(key_span(table, id), message, "allowed: twelve digits".to_owned()));
        }
        settings.accounts.push(read_account(reader, id, item)?);
    }
    Ok(())
}

/// Whether an account may have this id.
pub(super) fn is_account_id(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn read_account(reader: &Reader<'_>, id: &str, item: &Item) -> Result<Root, ConfigError> {
    let table = reader.table(&format!("{ACCOUNTS}.{id}"), item)?;
    if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(reader.unknown(key_span(table, key), key, &KEYS));
    }
    let text = |key: &str, is_allowed: fn(&str) -> bool, allowed: &str| {
        let found = table.get(key).and_then(Item::as_str).filter(|text| is_allowed(text));
        found.map(str::to_owned).ok_or_else(|| {
            // What was written is not shown: it may be a secret.
            let span = key_span(table, key).or_else(|| item.span());
            reader.refuse(span, format!("the account `{id}` needs a `{key}`"), format!("allowed: {allowed}"))
        })
    };
    let access_key_id = text(KEYS[0], is_access_key_id, "16 to 128 letters, digits and underscores")?;
    let secret = text(KEYS[1], is_secret, "16 to 128 printable characters, no spaces")?;
    Ok(Root { account_id: id.to_owned(), access_key_id, secret: Secret::new(secret) })
}

#[cfg(test)]
mod tests {
    use crate::config::file::apply;
    use crate::config::load::defaults;

    const CREDENTIAL: &str = "access_key_id = 'AKIAIOSFODNN7EXAMPLE'\nsecret_access_key = '0123456789abcdef'\n";

    #[test]
    fn an_account_has_an_id_and_a_root_credential() {
        let mut settings = defaults();
        apply("s.toml", &format!("[accounts.111111111111]\n{CREDENTIAL}"), &mut settings).expect("allowed");
        assert_eq!(settings.accounts[0].account_id, "111111111111");
        assert_eq!(settings.accounts[0].secret.expose(), "0123456789abcdef");
    }

    #[test]
    fn anything_else_is_refused() {
        for (text, message) in [
            (format!("[accounts.12]\n{CREDENTIAL}"), "no account has the id `12`"),
            ("[accounts.111111111111]\n".to_owned(), "the account `111111111111` needs a `access_key_id`"),
            (format!("[accounts.111111111111]\n{CREDENTIAL}name = 'x'"), "there is no setting `name`"),
            (
                "[accounts.111111111111]\naccess_key_id = 'AKIAIOSFODNN7EXAMPLE'\nsecret_access_key = 'short'"
                    .to_owned(),
                "the account `111111111111` needs a `secret_access_key`",
            ),
        ] {
            let error = apply("s.toml", &text, &mut defaults()).expect_err(&text);
            assert_eq!(error.to_string(), message);
        }
    }
}
