//! `[vpc_links.NAME]`: the private targets that a VPC link leads to, and how their health is checked.

use std::time::Duration;

use toml_edit::{Item, TableLike, Value};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};
use crate::private::{HealthCheck, LinkSettings};

/// The table of links.
pub(super) const VPC_LINKS: &str = "vpc_links";
/// The keys of a link.
const KEYS: [&str; 5] = ["targets", "check", "check_path", "check_interval_ms", "check_timeout_ms"];
/// Between two checks of a target, and for one, in milliseconds.
const INTERVAL_MS: u64 = 10_000;
const TIMEOUT_MS: u64 = 2_000;
/// What a target is, in words.
const TARGETS: &str =
    "allowed: an array of 1 to 256 hosts with ports, such as [\"10.0.0.1:8080\", \"pets.internal:80\"]";

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(VPC_LINKS, item)?;
    for (name, item) in table.iter() {
        if name.is_empty() || name.len() > 2048 {
            let help = "allowed: a VPC link's id or name, or the ARN of its target".to_owned();
            return Err(reader.refuse(key_span(table, name), "a VPC link needs a name".to_owned(), help));
        }
        let link = Link { reader, name, item }.read()?;
        settings.vpc_links.insert(name.to_owned(), link);
    }
    Ok(())
}

/// A link being read.
struct Link<'r> {
    reader: &'r Reader<'r>,
    name: &'r str,
    item: &'r Item,
}

impl Link<'_> {
    fn read(&self) -> Result<LinkSettings, ConfigError> {
        let table = self.reader.table(&format!("{VPC_LINKS}.\"{}\"", self.name), self.item)?;
        if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
            return Err(self.reader.unknown(key_span(table, key), key, &KEYS));
        }
        Ok(LinkSettings { targets: self.targets(table)?, check: self.check(table)? })
    }

    fn targets(&self, table: &dyn TableLike) -> Result<Vec<(Box<str>, u16)>, ConfigError> {
        let item = table.get("targets");
        let array = item.and_then(Item::as_array).filter(|array| (1..=256).contains(&array.len()));
        let array = array.ok_or_else(|| self.refuse(item, TARGETS))?;
        let target = |value: &Value| value.as_str().and_then(target);
        array.iter().map(target).collect::<Option<_>>().ok_or_else(|| self.refuse(item, TARGETS))
    }

    fn check(&self, table: &dyn TableLike) -> Result<Option<HealthCheck>, ConfigError> {
        let kind = table.get("check").map(|item| item.as_str().unwrap_or_default());
        let path = match (kind, table.get("check_path").map(|item| (item, item.as_str()))) {
            (None | Some("none"), None) => return Ok(None),
            (Some("tcp"), None) => None,
            (Some("http"), None) => Some("/".to_owned()),
            (Some("http"), Some((_, Some(path)))) if is_path(path) => Some(path.to_owned()),
            (Some("http"), Some((item, _))) => {
                return Err(self.refuse(Some(item), "allowed: a path that starts with `/`, such as /health"));
            }
            _ => {
                let allowed = "allowed: check = \"none\", \"tcp\", or \"http\" with a check_path";
                return Err(self.refuse(table.get("check"), allowed));
            }
        };
        let interval = self.duration(table, "check_interval_ms", INTERVAL_MS)?;
        let timeout = self.duration(table, "check_timeout_ms", TIMEOUT_MS)?;
        Ok(Some(HealthCheck { path, interval, timeout }))
    }

    fn duration(&self, table: &dyn TableLike, key: &str, default_ms: u64) -> Result<Duration, ConfigError> {
        let Some(item) = table.get(key) else { return Ok(Duration::from_millis(default_ms)) };
        let number = item.as_integer().and_then(|number| u64::try_from(number).ok());
        let number = number.filter(|number| (10..=3_600_000).contains(number));
        let allowed = "allowed: whole milliseconds from 10 to 3600000";
        number.map(Duration::from_millis).ok_or_else(|| self.refuse(Some(item), allowed))
    }

    fn refuse(&self, at: Option<&Item>, allowed: &str) -> ConfigError {
        let span = at.unwrap_or(self.item).span();
        self.reader.refuse(span, format!("the VPC link `{}` is refused", self.name), allowed.to_owned())
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A host and its port; an IPv6 address stands in brackets.
fn target(text: &str) -> Option<(Box<str>, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().ok().map(|_| (address.into(), port));
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (!host.is_empty() && host.len() <= 253 && host.bytes().all(is_name)).then(|| (host.into(), port))
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use super::*;
    use crate::config::file::apply;
    use crate::config::load::defaults;

    #[test]
    fn links_are_read() {
        let mut settings = defaults();
        let text = "[vpc_links.abc123]\ntargets = ['10.0.0.1:8080', '[::1]:80', 'pets.internal:443']\n\
                    [vpc_links.'arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/pets/1']\n\
                    targets = ['10.0.0.2:1']\ncheck = 'http'\ncheck_path = '/health'\ncheck_interval_ms = 500\n";
        apply("test.toml", text, &mut settings).expect("allowed");
        let targets = &settings.vpc_links["abc123"].targets;
        let expected: Vec<(Box<str>, u16)> =
            [("10.0.0.1", 8080), ("::1", 80), ("pets.internal", 443)].map(|(host, port)| (host.into(), port)).into();
        assert_eq!((targets, settings.vpc_links["abc123"].check.is_none()), (&expected, true));
        let checked = settings.vpc_links.values().find_map(|link| link.check.clone()).expect("a check");
        assert_eq!((checked.path.as_deref(), checked.interval.as_millis()), (Some("/health"), 500));
    }

    #[test]
    fn refusals_say_what_is_allowed() {
        for (text, message, help) in [
            ("vpc_links = 1", "must be a table", "[vpc_links]"),
            ("[vpc_links.a]\n", "`a` is refused", "10.0.0.1:8080"),
            ("[vpc_links.a]\ntargets = []", "`a` is refused", "10.0.0.1:8080"),
            ("[vpc_links.a]\ntargets = ['10.0.0.1']", "`a` is refused", "10.0.0.1:8080"),
            ("[vpc_links.a]\ntargets = ['http://x:1']", "`a` is refused", "10.0.0.1:8080"),
            ("[vpc_links.a]\ntargets = ['x:0']", "`a` is refused", "10.0.0.1:8080"),
            ("[vpc_links.a]\ntarget = ['x:1']", "no setting `target`", "`targets`"),
            ("[vpc_links.a]\ntargets = ['x:1']\ncheck = 'icmp'", "`a` is refused", "tcp"),
            ("[vpc_links.a]\ntargets = ['x:1']\ncheck_path = '/'", "`a` is refused", "tcp"),
            ("[vpc_links.a]\ntargets = ['x:1']\ncheck = 'http'\ncheck_path = 'x'", "`a` is refused", "/health"),
            ("[vpc_links.a]\ntargets = ['x:1']\ncheck = 'tcp'\ncheck_interval_ms = 1", "`a` is refused", "10 to"),
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(error.help().expect("help").to_string().contains(help), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_target_is_read_or_refused(text in "[a-z0-9.:\\[\\]é-]{0,20}") {
            if let Some((host, port)) = target(&text) {
                let is_same = text == format!("{host}:{port}");
                proptest::prop_assert!(is_same || text.starts_with('[') || text.contains(":0"));
            }
        }
    }
}
