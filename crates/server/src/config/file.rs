//! The TOML file: every key is a row, a quota or a log group, and every value is checked where it stands.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use toml_edit::{Document, Item, TableLike, Value};

use super::accounts::{self, ACCOUNTS};
use super::aws::{self, AWS};
use super::caches::{self, CACHE_SIZES};
use super::cognito::{self, COGNITO};
use super::functions::{self, FUNCTIONS};
use super::lambda::{self, LAMBDA};
use super::log_destinations::{self, LOG_DESTINATIONS};
use super::nearest::nearest;
use super::sticky_canaries::{self, STICKY_CANARIES};
use super::tls::{self, CERTIFICATES, TRUSTSTORES};
use super::users::{self, USERS};
use super::vpc_endpoints::{self, VPC_ENDPOINTS};
use super::vpc_links::{self, VPC_LINKS};
use super::{ConfigError, Row, Settings, Shape, all};

/// The table of quotas.
const QUOTAS: &str = "quotas";
/// The table that maps log groups to files.
const LOG_GROUPS: &str = "log_groups";

/// A file being read.
pub(super) struct Reader<'a> {
    name: String,
    text: &'a str,
    /// Where paths in the file start.
    pub(super) folder: PathBuf,
}

/// Reads the file into the settings.
pub(super) fn read(path: &Path, settings: &mut Settings) -> Result<(), ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    apply(&path.display().to_string(), &text, settings)
}

/// Applies the text of a file to the settings; `name` is shown in refusals.
pub(super) fn apply(name: &str, text: &str, settings: &mut Settings) -> Result<(), ConfigError> {
    let folder = Path::new(name).parent().unwrap_or(Path::new("")).to_owned();
    let reader = Reader { name: name.to_owned(), text, folder };
    let document = Document::parse(text).map_err(|error| {
        reader.refuse(error.span(), format!("not TOML: {}", error.message().trim()), "see https://toml.io".to_owned())
    })?;
    for (key, item) in document.as_table() {
        let span = document.as_table().get_key_value(key).and_then(|(key, _)| key.span());
        match key {
            QUOTAS => reader.quotas(item, settings)?,
            LOG_GROUPS => reader.log_groups(item, settings)?,
            FUNCTIONS => functions::read(&reader, item, settings)?,
            ACCOUNTS => accounts::read(&reader, item, settings)?,
            AWS => aws::read(&reader, item, settings)?,
            CACHE_SIZES => caches::read(&reader, item, settings)?,
            COGNITO => cognito::read(&reader, item, settings)?,
            LAMBDA => lambda::read(&reader, item, settings)?,
            LOG_DESTINATIONS => log_destinations::read(&reader, item, settings)?,
            CERTIFICATES => tls::read_certificates(&reader, item, settings)?,
            TRUSTSTORES => tls::read_truststores(&reader, item, settings)?,
            USERS => users::read(&reader, item, settings)?,
            VPC_ENDPOINTS => vpc_endpoints::read(&reader, item, settings)?,
            STICKY_CANARIES => sticky_canaries::read(&reader, item, settings)?,
            VPC_LINKS => vpc_links::read(&reader, item, settings)?,
            _ => match all().find(|row| row.key == key) {
                Some(row) => reader.row(row, item, settings)?,
                None => {
                    return Err(reader.unknown(
                        span,
                        key,
                        &all()
                            .map(|row| row.key)
                            .chain([ACCOUNTS, CERTIFICATES, TRUSTSTORES])
                            .chain([
                                QUOTAS,
                                LOG_GROUPS,
                                AWS,
                                CACHE_SIZES,
                                COGNITO,
                                FUNCTIONS,
                                LAMBDA,
                                LOG_DESTINATIONS,
                                STICKY_CANARIES,
                                USERS,
                                VPC_ENDPOINTS,
                                VPC_LINKS,
                            ])
                            .collect::<Vec<_>>(),
                    ));
                }
            },
        }
    }
    Ok(())
}

impl Reader<'_> {
    fn row(&self, row: &Row, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
        let Some(text) = as_text(row.shape, item) else {
            let help = format!("`{}` is {}: {}", row.key, row.shape.in_words(), row.allowed);
            return Err(self.refuse(item.span(), format!("`{}` must be {}", row.key, row.shape.in_words()), help));
        };
        (row.set)(settings, &text).ok_or_else(|| {
            let help = format!("allowed: {}", row.allowed);
            self.refuse(item.span(), format!("`{}` may not be `{text}`", row.key), help)
        })
    }

    fn quotas(&self, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
        let table = self.table(QUOTAS, item)?;
        for (name, item) in table.iter() {
            let Some(limit) = stagegate_model::limits::find(name) else {
                let names = stagegate_model::limits::all().map(|limit| limit.name).collect::<Vec<_>>();
                return Err(self.unknown(key_span(table, name), name, &names));
            };
            let Some(value) = item.as_integer().and_then(|value| u64::try_from(value).ok()) else {
                let help = format!("allowed: a whole number, at least 0; AWS's default is {}", limit.default);
                return Err(self.refuse(item.span(), format!("`{QUOTAS}.{name}` must be a whole number"), help));
            };
            settings.quotas.set(name, value).expect("the quota was just found");
        }
        Ok(())
    }

    fn log_groups(&self, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
        let table = self.table(LOG_GROUPS, item)?;
        for (group, item) in table.iter() {
            let Some(path) = item.as_str().filter(|path| !path.is_empty()) else {
                let help =
                    "allowed: the path of a file that lines are appended to, or `-` for standard output".to_owned();
                return Err(self.refuse(item.span(), format!("`{LOG_GROUPS}.{group}` must be a path"), help));
            };
            settings.log_groups.insert(group.to_owned(), path.into());
        }
        Ok(())
    }

    /// The tables of a key that is an array of them.
    pub(super) fn tables<'i>(&self, key: &str, item: &'i Item) -> Result<Vec<&'i dyn TableLike>, ConfigError> {
        let tables = match (item.as_array_of_tables(), item.as_array()) {
            (Some(tables), _) => Some(tables.iter().map(|table| table as &dyn TableLike).collect()),
            (_, Some(array)) => {
                array.iter().map(|value| value.as_inline_table().map(|table| table as &dyn TableLike)).collect()
            }
            _ => None,
        };
        tables.ok_or_else(|| {
            let help = format!("write `[[{key}]]` and its keys below, once for each");
            self.refuse(item.span(), format!("`{key}` must be an array of tables"), help)
        })
    }

    /// The table of a key.
    pub(super) fn table<'i>(&self, key: &str, item: &'i Item) -> Result<&'i dyn TableLike, ConfigError> {
        item.as_table_like().ok_or_else(|| {
            self.refuse(item.span(), format!("`{key}` must be a table"), format!("write `[{key}]` and its keys below"))
        })
    }

    /// The refusal of a key that is none of the known ones.
    pub(super) fn unknown(&self, span: Option<Range<usize>>, key: &str, known: &[&str]) -> ConfigError {
        let help = match nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("allowed: {}", known.join(", ")),
        };
        self.refuse(span, format!("there is no setting `{key}`"), help)
    }

    /// A refusal of a place in the file.
    pub(super) fn refuse(&self, span: Option<Range<usize>>, message: String, help: String) -> ConfigError {
        let span = span.unwrap_or(0..0);
        ConfigError::InFile {
            message,
            file: Arc::new(NamedSource::new(&self.name, without_secrets(self.text))),
            at: (span.start, span.len()).into(),
            help,
        }
    }
}

/// The text with its secrets starred out, each byte by one.
fn without_secrets(text: &str) -> String {
    const SECRETS: [&str; 2] = ["secret_access_key", "session_token"];
    let star = |line: &str| match SECRETS.iter().find_map(|name| Some((name, line.split_once(name)?))) {
        Some((name, (before, secret))) => {
            let ending = if secret.ends_with('\n') { "\n" } else { "" };
            format!("{before}{name}{}{ending}", "*".repeat(secret.len() - ending.len()))
        }
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(star).collect()
}

/// Where a key of a table stands.
pub(super) fn key_span(table: &dyn TableLike, name: &str) -> Option<Range<usize>> {
    table.get_key_value(name).and_then(|(key, _)| key.span())
}

/// A value of the right shape, as a flag would write it.
fn as_text(shape: Shape, item: &Item) -> Option<String> {
    match shape {
        Shape::Text => item.as_str().map(str::to_owned),
        Shape::Integer => item.as_integer().map(|value| value.to_string()),
        Shape::Boolean => item.as_bool().map(|value| value.to_string()),
        Shape::List => {
            let parts: Option<Vec<&str>> = item.as_array()?.iter().map(Value::as_str).collect();
            Some(parts?.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;
    use crate::config::load::defaults;

    #[test]
    fn every_kind_of_key_is_read() {
        let mut settings = defaults();
        let text = "gateway = '0.0.0.0:80'\nregions = ['eu-west-1', 'us-east-1']\ncores = 2\naws_quotas = true\n\
                    [quotas]\nrest_payload_bytes = 20971520\n[log_groups]\n'/aws/pets' = '/var/log/pets.log'\n";
        apply("test.toml", text, &mut settings).expect("allowed");
        assert_eq!(settings.gateway.to_string(), "0.0.0.0:80");
        assert_eq!(settings.regions, ["eu-west-1", "us-east-1"]);
        assert_eq!((settings.cores, settings.aws_quotas), (Some(2), true));
        assert_eq!(settings.quotas.value_of("rest_payload_bytes"), Some(20_971_520));
        assert_eq!(settings.log_groups["/aws/pets"], Path::new("/var/log/pets.log"));
    }

    #[test]
    fn what_is_refused_is_shown_with_its_place_and_what_is_allowed() {
        for (text, at, message, help) in [
            ("\ngatway = 'x'", "gatway", "there is no setting `gatway`", "did you mean `gateway`?"),
            ("zzzzz = 1", "zzzzz", "there is no setting `zzzzz`", "allowed: data_dir, gateway, control"),
            ("gateway = 'x'", "'x'", "`gateway` may not be `x`", "allowed: an IP address and a port"),
            ("gateway = 8080", "8080", "`gateway` must be a string", "an IP address and a port"),
            ("cores = 0", "0", "`cores` may not be `0`", "at least 1"),
            ("cores = '2'", "'2'", "`cores` must be a whole number", "at least 1"),
            ("cores = -1", "-1", "`cores` may not be `-1`", "at least 1"),
            ("idle_timeout_ms = 0", "0", "`idle_timeout_ms` may not be `0`", "at least 1"),
            ("regions = ['mars']", "['mars']", "`regions` may not be `mars`", "AWS region names"),
            ("regions = [1]", "[1]", "`regions` must be an array of strings", "AWS region names"),
            ("account_id = '12'", "'12'", "`account_id` may not be `12`", "twelve digits"),
            ("aws_quotas = 'yes'", "'yes'", "`aws_quotas` must be true or false", "true or false"),
            ("log_level = 'loud'", "'loud'", "`log_level` may not be `loud`", "error, warn, info"),
            ("log_format = 'xml'", "'xml'", "`log_format` may not be `xml`", "text or json"),
            ("quotas = 1", "1", "`quotas` must be a table", "[quotas]"),
            ("[quotas]\nrest_payload_byte = 1", "rest_payload_byte", "there is no setting", "`rest_payload_bytes`"),
            ("[quotas]\nrest_payload_bytes = 'x'", "'x'", "must be a whole number", "default is 10485760"),
            ("[log_groups]\na = 1", "1", "must be a path", "path of a file"),
            ("gateway = ", "", "not TOML", "toml.io"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            let ConfigError::InFile { at: span, .. } = &error else { panic!("{text}: {error:?}") };
            let shown = &text[span.offset()..span.offset() + span.len()];
            assert_eq!(shown.trim(), at, "{text}");
            assert!(error.to_string().contains(message), "{text}: {error}");
            let given = error.help().expect("help").to_string();
            assert!(given.contains(help), "{text}: {given}");
        }
    }

    #[test]
    fn a_refusal_shows_no_secret() {
        let text = "[users.ann]\naccess_key_id = 'AKIAIOSFODNN7EXAMPLE'\nsecret_access_key = 'hunter2'\n";
        let error = apply("stagegate.toml", text, &mut defaults()).expect_err("too short");
        let shown = format!("{:?}", miette::Report::new(error));
        assert!(shown.contains("secret_access_key***") && !shown.contains("hunter2"), "{shown}");
        assert_eq!(without_secrets(text).len(), text.len());
    }

    #[test]
    fn a_refusal_names_file_and_line() {
        let error = apply("stagegate.toml", "\n\ngatway = 'x'\n", &mut defaults()).expect_err("unknown");
        let shown = format!("{:?}", miette::Report::new(error));
        assert!(shown.contains("stagegate.toml:3:1"), "{shown}");
    }
}
