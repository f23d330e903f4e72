//! `[aws.endpoints]` and `[aws.roles]`: where AWS's services are, and whose credentials stand for which roles.

use std::time::Duration;

use stagegate_sigv4::{Credentials, Secret};
use toml_edit::{Item, TableLike};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::aws::{Assumption, RoleCredentials, RoleRow, ServiceUrl, URL_ALLOWED};

/// The table of AWS.
pub(super) const AWS: &str = "aws";
/// Its tables.
const TABLES: [&str; 2] = ["endpoints", "roles"];
/// The keys of a role with keys.
const KEYS: [&str; 3] = ["access_key_id", "secret_access_key", "session_token"];
/// The keys of a role that is assumed, the first of which says so.
const ASSUMED: [&str; 6] = ["assume", "sts_endpoint", "region", "session_name", "external_id", "duration_s"];
/// What a role may be, in words.
const FORMS: &str = "allowed: `access_key_id` and `secret_access_key`, `profile`, or `assume = true`";
/// How long an assumed role may last; AWS allows 15 minutes to 12 hours.
const DURATION_S: std::ops::RangeInclusive<u64> = 900..=43_200;
const DURATION_S_DEFAULT: u64 = 3_600;

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(AWS, item)?;
    for (key, item) in table.iter() {
        match key {
            "endpoints" => endpoints(reader, item, settings)?,
            "roles" => roles(reader, item, settings)?,
            _ => return Err(reader.unknown(key_span(table, key), key, &TABLES)),
        }
    }
    Ok(())
}

fn endpoints(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table("aws.endpoints", item)?;
    for (service, item) in table.iter() {
        let is_label = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !service.split('.').all(is_label) {
            let help = "allowed: services as integration ARNs name them, such as sqs or data.iot".to_owned();
            return Err(reader.refuse(key_span(table, service), format!("there is no service `{service}`"), help));
        }
        let url = item.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
            reader.refuse(
                item.span(),
                format!("the endpoint of `{service}` is refused"),
                format!("allowed: {URL_ALLOWED}"),
            )
        })?;
        settings.aws.endpoints.insert(service.to_owned(), url);
    }
    Ok(())
}

fn roles(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table("aws.roles", item)?;
    for (roles, item) in table.iter() {
        let is_pattern = roles == "*" || (roles.starts_with("arn:") && roles.contains(":role/"));
        if !is_pattern {
            let help = "allowed: the ARN of a role, such as arn:aws:iam::123456789012:role/pets, with `*` and `?`";
            let message = format!("`{roles}` names no role");
            return Err(reader.refuse(key_span(table, roles), message, help.to_owned()));
        }
        let credentials = Role { reader, name: roles, item }.read()?;
        settings.aws.roles.push(RoleRow { roles: roles.to_owned(), credentials });
    }
    Ok(())
}

/// A role being read.
struct Role<'r> {
    reader: &'r Reader<'r>,
    name: &'r str,
    item: &'r Item,
}

impl Role<'_> {
    fn read(&self) -> Result<RoleCredentials, ConfigError> {
        let table = self.reader.table(&format!("aws.roles.\"{}\"", self.name), self.item)?;
        let known: Vec<&str> = KEYS.into_iter().chain(["profile"]).chain(ASSUMED).collect();
        if let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(key)) {
            return Err(self.reader.unknown(key_span(table, key), key, &known));
        }
        let has = |keys: &[&str]| keys.iter().any(|key| table.contains_key(key));
        match (has(&KEYS), has(&["profile"]), has(&ASSUMED)) {
            (true, false, false) => self.keys(table),
            (false, true, false) => Ok(RoleCredentials::Profile(self.needed(table, "profile")?.to_owned())),
            (false, false, true) => self.assumption(table).map(RoleCredentials::Assume),
            _ => Err(self.refuse(None, FORMS)),
        }
    }

    fn keys(&self, table: &dyn TableLike) -> Result<RoleCredentials, ConfigError> {
        Ok(RoleCredentials::Keys(Credentials {
            access_key_id: self.needed(table, "access_key_id")?.to_owned(),
            secret: Secret::new(self.needed(table, "secret_access_key")?),
            session_token: self.text(table, "session_token")?.map(str::to_owned),
        }))
    }

    fn assumption(&self, table: &dyn TableLike) -> Result<Assumption, ConfigError> {
        if table.get("assume").and_then(Item::as_bool) != Some(true) {
            return Err(self.refuse(table.get("assume"), FORMS));
        }
        let endpoint = self.text(table, "sts_endpoint")?.map(str::parse::<ServiceUrl>).transpose();
        let duration_s = match table.get("duration_s") {
            None => DURATION_S_DEFAULT,
            Some(item) => {
                let seconds = item.as_integer().and_then(|number| u64::try_from(number).ok());
                let allowed = "allowed: whole seconds from 900 to 43200";
                seconds.filter(|it| DURATION_S.contains(it)).ok_or_else(|| self.refuse(Some(item), allowed))?
            }
        };
        let session_name = self.text(table, "session_name")?.unwrap_or("stagegate");
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_=,.@-".contains(&byte);
        if !(2..=64).contains(&session_name.len()) || !session_name.bytes().all(is_name) {
            return Err(self.refuse(table.get("session_name"), "allowed: 2 to 64 letters, digits and _=,.@-"));
        }
        Ok(Assumption {
            sts_endpoint: endpoint.map_err(|_| self.refuse(table.get("sts_endpoint"), URL_ALLOWED))?,
            region: self.text(table, "region")?.unwrap_or("us-east-1").to_owned(),
            session_name: session_name.to_owned(),
            external_id: self.text(table, "external_id")?.map(str::to_owned),
            duration: Duration::from_secs(duration_s),
        })
    }

    fn needed<'t>(&self, table: &'t dyn TableLike, key: &str) -> Result<&'t str, ConfigError> {
        self.text(table, key)?.ok_or_else(|| self.refuse(None, FORMS))
    }

    fn text<'t>(&self, table: &'t dyn TableLike, key: &str) -> Result<Option<&'t str>, ConfigError> {
        let Some(item) = table.get(key) else { return Ok(None) };
        let text = item.as_str().filter(|text| !text.is_empty());
        // A secret is never shown: its key is pointed at.
        text.map(Some).ok_or_else(|| {
            let message = format!("`{key}` of the role `{}` must be a string", self.name);
            self.reader.refuse(key_span(table, key), message, FORMS.to_owned())
        })
    }

    fn refuse(&self, at: Option<&Item>, allowed: &str) -> ConfigError {
        let span = at.unwrap_or(self.item).span();
        self.reader.refuse(span, format!("the role `{}` is refused", self.name), allowed.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;
    use crate::config::file::apply;
    use crate::config::load::defaults;

    const ROLE: &str = "arn:aws:iam::123456789012:role/pets";

    #[test]
    fn endpoints_and_roles_are_read() {
        let mut settings = defaults();
        let text = format!(
            "aws_endpoint_url = 'http://127.0.0.1:4566'\n[aws.endpoints]\nsqs = 'http://queues:9324/'\n\
             'data.iot' = 'https://things'\n[aws.roles.'{ROLE}']\naccess_key_id = 'AKIA1'\nsecret_access_key = 's'\n\
             [aws.roles.'arn:aws:iam::*:role/p*']\nprofile = 'pets'\n\
             [aws.roles.'*']\nassume = true\nexternal_id = 'x'\nduration_s = 900\n"
        );
        apply("test.toml", &text, &mut settings).expect("allowed");
        assert_eq!(settings.aws.url("sqs").map(ServiceUrl::as_str), Some("http://queues:9324"));
        assert_eq!(settings.aws.url("sns").map(ServiceUrl::as_str), Some("http://127.0.0.1:4566"));
        let [keys, profile, assumed] = settings.aws.roles.as_slice() else { unreachable!("three roles") };
        assert!(matches!(&keys.credentials, RoleCredentials::Keys(it) if it.access_key_id == "AKIA1"));
        assert!(matches!(&profile.credentials, RoleCredentials::Profile(name) if name == "pets"));
        let RoleCredentials::Assume(assumption) = &assumed.credentials else { unreachable!("assumed") };
        assert_eq!((assumption.duration.as_secs(), assumption.session_name.as_str()), (900, "stagegate"));
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("aws = 1".to_owned(), "`aws` must be a table", "[aws]"),
            ("[aws]\nendpoint = 1".to_owned(), "there is no setting `endpoint`", "`endpoints`"),
            ("[aws.endpoints]\nsqs = 'x'".to_owned(), "the endpoint of `sqs`", "http://"),
            ("[aws.endpoints]\n'a b' = 'http://x'".to_owned(), "no service `a b`", "data.iot"),
            ("[aws.roles.pets]\nprofile = 'x'".to_owned(), "names no role", "the ARN of a role"),
            (format!("[aws.roles.'{ROLE}']\n"), "is refused", "`profile`"),
            (format!("[aws.roles.'{ROLE}']\naccess_key_id = 'x'\n"), "is refused", "`profile`"),
            (format!("[aws.roles.'{ROLE}']\nprofile = 'x'\nassume = true\n"), "is refused", "`profile`"),
            (format!("[aws.roles.'{ROLE}']\nassume = true\nduration_s = 1\n"), "is refused", "900"),
            (format!("[aws.roles.'{ROLE}']\nassume = true\nsession_name = 'a b'\n"), "is refused", "2 to 64"),
            (format!("[aws.roles.'{ROLE}']\nprofil = 'x'\n"), "no setting `profil`", "`profile`"),
            ("aws_endpoint_url = 'x'".to_owned(), "`aws_endpoint_url` may not be `x`", "http://"),
        ] {
            let error = apply("test.toml", &text, &mut defaults()).expect_err(&text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            let given = error.help().expect("help").to_string();
            assert!(given.contains(help), "{text}: {given}");
        }
    }
}
