//! `[[log_destinations]]`: which logs go where.

use toml_edit::{Item, TableLike};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::logs::{LogRule, Place, RemotePlace};

/// The array of rules.
pub(super) const LOG_DESTINATIONS: &str = "log_destinations";
/// The keys of a rule.
const KEYS: [&str; 5] = ["logs", "to", "path", "url", "role"];
/// The places.
const PLACES: &str = "`to` is \"store\", \"file\", \"stdout\", \"cloudwatch\", \"firehose\" or \"otlp\"";

/// Reads the array.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    for table in reader.tables(LOG_DESTINATIONS, item)? {
        settings.logs.rules.push(rule(reader, item, table)?);
    }
    Ok(())
}

fn rule(reader: &Reader<'_>, whole: &Item, table: &dyn TableLike) -> Result<LogRule, ConfigError> {
    if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(reader.unknown(key_span(table, key), key, &KEYS));
    }
    let span = |key: &str| table.get(key).and_then(Item::span).or_else(|| whole.span());
    let text = |key: &str| {
        table.get(key).and_then(Item::as_str).ok_or_else(|| {
            let help = "`logs` and `to` are needed, the others are not, all strings".to_owned();
            reader.refuse(span(key), format!("a destination of logs needs `{key}`, a string"), help)
        })
    };
    let optional = |key: &str| table.contains_key(key).then(|| text(key)).transpose();
    let (logs, to) = (text("logs")?, text("to")?);
    let (path, url, role) = (optional("path")?, optional("url")?, optional("role")?);
    let refuse = |allowed: &str| {
        let culprit = KEYS.into_iter().find(|key| allowed.starts_with(&format!("`{key}`"))).unwrap_or("to");
        reader.refuse(span(culprit), format!("`{culprit}` may not be this"), format!("allowed: {allowed}"))
    };
    let place = place(to, path, url, role).map_err(refuse)?;
    LogRule::new(logs, place).map_err(refuse)
}

/// A place of these words; the error says what is allowed.
fn place(to: &str, path: Option<&str>, url: Option<&str>, role: Option<&str>) -> Result<Place, &'static str> {
    let is_service = matches!(to, "cloudwatch" | "firehose");
    if path.is_some_and(|path| to != "file" || path.is_empty()) {
        return Err(
            "`path` is the path of a file, where `to` is \"file\"; without it a group has a file in `logs_dir`",
        );
    }
    if url.is_some_and(|url| !is_service || !is_url(url)) {
        return Err("`url` is an http:// or https:// URL without a path, where `to` is \"cloudwatch\" or \"firehose\"");
    }
    if role.is_some_and(|role| !is_service || !role.starts_with("arn:") || !role.contains(":role/")) {
        return Err("`role` is the ARN of a role that [aws.roles] has, where `to` is \"cloudwatch\" or \"firehose\"");
    }
    let remote = RemotePlace { url: url.map(str::to_owned), role: role.map(str::to_owned) };
    Ok(match to {
        "store" => Place::Store,
        "file" => Place::File(path.map(Into::into)),
        "stdout" => Place::StandardOutput,
        "cloudwatch" => Place::CloudWatchLogs(remote),
        "firehose" => Place::Firehose(remote),
        "otlp" => Place::Otlp,
        _ => return Err(PLACES),
    })
}

fn is_url(url: &str) -> bool {
    let uri = url.replace("{region}", "us-east-1").parse::<http::Uri>();
    uri.is_ok_and(|uri| {
        let has_host = uri.authority().is_some_and(|it| !it.as_str().contains('@'));
        has_host && matches!(uri.scheme_str(), Some("http" | "https")) && uri.path() == "/" && uri.query().is_none()
    })
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use crate::config::file::apply;
    use crate::config::load::defaults;
    use crate::logs::{LogRule, Place, RemotePlace};

    #[test]
    fn rules_are_read_in_order() {
        let mut settings = defaults();
        let text = "[[log_destinations]]\nlogs = 'arn:aws:logs:*:*:log-group:a*'\nto = 'file'\npath = 'a.log'\n\
                    [[log_destinations]]\nlogs = 'b'\nto = 'cloudwatch'\nurl = 'http://127.0.0.1:1'\n\
                    role = 'arn:aws:iam::123456789012:role/logs'\n\
                    [[log_destinations]]\nlogs = '*'\nto = 'otlp'\n";
        apply("test.toml", text, &mut settings).expect("allowed");
        let remote = RemotePlace {
            url: Some("http://127.0.0.1:1".to_owned()),
            role: Some("arn:aws:iam::123456789012:role/logs".to_owned()),
        };
        let expected = [
            LogRule::new("arn:aws:logs:*:*:log-group:a*", Place::File(Some("a.log".into()))),
            LogRule::new("b", Place::CloudWatchLogs(remote)),
            LogRule::new("*", Place::Otlp),
        ];
        assert_eq!(settings.logs.rules, expected.map(|rule| rule.expect("allowed")));
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("log_destinations = 1", "must be an array of tables", "[[log_destinations]]"),
            ("[[log_destinations]]\nlogs = 'a'", "needs `to`", "all strings"),
            ("[[log_destinations]]\nlogs = 'a'\nto = 'disk'", "`to` may not be this", "\"store\""),
            ("[[log_destinations]]\nlogs = 'a b'\nto = 'store'", "`logs` may not be this", "an ARN"),
            ("[[log_destinations]]\nlogs = 'a'\nto = 'store'\npath = 'x'", "`path` may not", "\"file\""),
            ("[[log_destinations]]\nlogs = 'a'\nto = 'firehose'\nurl = 'x'", "`url` may not", "http://"),
            ("[[log_destinations]]\nlogs = 'a'\nto = 'otlp'\nurl = 'http://a'", "`url` may not", "cloudwatch"),
            ("[[log_destinations]]\nlogs = 'a'\nto = 'firehose'\nrole = 'x'", "`role` may not", "[aws.roles]"),
            ("[[log_destinations]]\nlog = 'a'", "there is no setting `log`", "`logs`"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(error.help().expect("help").to_string().contains(help), "{text}");
        }
    }
}
