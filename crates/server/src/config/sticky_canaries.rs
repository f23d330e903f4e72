//! `[sticky_canaries]`: what keeps a client on one side of a canary, for all APIs, one of them, or one stage.

use stagegate_plan::StickyBy;
use toml_edit::Item;

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};

/// The table.
pub(super) const STICKY_CANARIES: &str = "sticky_canaries";
/// The longest name of a header or cookie.
const NAME_MAX_BYTES: usize = 256;
const KEYS: &str = "allowed: \"*\", an API's id, or an API's id and a stage, such as \"a1b2c3d4e5/prod\"";
const VALUES: &str = "allowed: \"none\", \"source_address\", \"header:NAME\", \"cookie:NAME\"";

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(STICKY_CANARIES, item)?;
    for (key, item) in table.iter() {
        if !is_place(key) {
            return Err(reader.refuse(key_span(table, key), format!("`{key}` is no API or stage"), KEYS.to_owned()));
        }
        let refused = || reader.refuse(item.span(), format!("`{key}` is refused"), VALUES.to_owned());
        let by = match item.as_str() {
            Some("none") => None,
            text => Some(text.and_then(sticky_by).ok_or_else(refused)?),
        };
        settings.sticky_canaries.0.insert(key.to_owned(), by);
    }
    Ok(())
}

fn is_place(key: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    key == "*" || key.split_once('/').map_or(is_name(key), |(api, stage)| is_name(api) && is_name(stage))
}

fn sticky_by(text: &str) -> Option<StickyBy> {
    let is_name = |name: &&str| !name.is_empty() && name.len() <= NAME_MAX_BYTES && name.bytes().all(is_token);
    match text.split_once(':') {
        None => (text == "source_address").then_some(StickyBy::SourceAddress),
        Some((kind, name)) => {
            let name = Some(name).filter(is_name)?;
            match kind {
                "header" => Some(StickyBy::Header(name.to_ascii_lowercase().into())),
                "cookie" => Some(StickyBy::Cookie(name.into())),
                _ => None,
            }
        }
    }
}

/// A byte of a token (RFC 9110 §5.6.2), which names of headers and cookies are.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;
    use crate::config::file::apply;
    use crate::config::load::defaults;

    #[test]
    fn stickiness_is_read() {
        let mut settings = defaults();
        let text = "[sticky_canaries]\n'*' = 'source_address'\nabc123 = 'header:X-User'\n'abc123/prod' = 'cookie:Sid'\n\
                    'abc123/test' = 'none'\n";
        apply("test.toml", text, &mut settings).expect("allowed");
        let expected = [
            ("*", Some(StickyBy::SourceAddress)),
            ("abc123", Some(StickyBy::Header("x-user".into()))),
            ("abc123/prod", Some(StickyBy::Cookie("Sid".into()))),
            ("abc123/test", None),
        ];
        let expected = expected.map(|(key, by)| (key.to_owned(), by));
        assert_eq!(settings.sticky_canaries.0, expected.into());
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("sticky_canaries = 1", "must be a table", "[sticky_canaries]"),
            ("[sticky_canaries]\n'a/b/c' = 'none'", "`a/b/c` is no API", "an API's id"),
            ("[sticky_canaries]\n'a/' = 'none'", "`a/` is no API", "an API's id"),
            ("[sticky_canaries]\na = 'header:'", "`a` is refused", "header:NAME"),
            ("[sticky_canaries]\na = 'header:a b'", "`a` is refused", "header:NAME"),
            ("[sticky_canaries]\na = 'cookie'", "`a` is refused", "cookie:NAME"),
            ("[sticky_canaries]\na = 1", "`a` is refused", "source_address"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            let advice = error.help().map(|help| help.to_string()).unwrap_or_default();
            assert!(advice.contains(help), "{text}: {advice}");
        }
    }
}
