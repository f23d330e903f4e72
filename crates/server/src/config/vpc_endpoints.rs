//! `[vpc_endpoints.ID]`: the networks from which private APIs are reached, as VPC endpoints.

use std::sync::Arc;

use stagegate_gateway::VpcEndpoint;
use stagegate_policy::{Limits, Network, Policy, PolicyKind};
use toml_edit::{Item, TableLike, Value};

use super::file::{Reader, key_span};
use super::{ConfigError, Settings};

/// The table of VPC endpoints.
pub(super) const VPC_ENDPOINTS: &str = "vpc_endpoints";
/// The keys of an endpoint.
const KEYS: [&str; 3] = ["vpc", "sources", "policy"];
/// What an endpoint's policy may be; AWS allows 20,480 characters, here they are the operator's own.
const LIMITS: Limits = Limits { document_bytes: 65_536, statements: 1_000, values_per_list: 1_000 };
/// What sources are, in words.
const SOURCES: &str = "allowed: an array of 1 to 256 IP addresses and CIDR ranges, such as [\"10.0.0.0/8\"]";

/// Reads the table.
pub(super) fn read(reader: &Reader<'_>, item: &Item, settings: &mut Settings) -> Result<(), ConfigError> {
    let table = reader.table(VPC_ENDPOINTS, item)?;
    let mut endpoints = Vec::new();
    for (id, item) in table.iter() {
        if !is_id(id, "vpce-") {
            let help = "allowed: `vpce-` and 1 to 64 lower-case letters and digits".to_owned();
            return Err(reader.refuse(key_span(table, id), format!("no VPC endpoint has the id `{id}`"), help));
        }
        endpoints.push(Endpoint { reader, id, item }.read()?);
    }
    settings.network.vpc_endpoints = endpoints.into();
    Ok(())
}

/// An endpoint being read.
struct Endpoint<'r> {
    reader: &'r Reader<'r>,
    id: &'r str,
    item: &'r Item,
}

impl Endpoint<'_> {
    fn read(&self) -> Result<VpcEndpoint, ConfigError> {
        let table = self.reader.table(&format!("{VPC_ENDPOINTS}.{}", self.id), self.item)?;
        if let Some((key, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
            return Err(self.reader.unknown(key_span(table, key), key, &KEYS));
        }
        let vpc = table.get("vpc").and_then(Item::as_str).filter(|vpc| is_id(vpc, "vpc-"));
        let vpc = vpc.ok_or_else(|| {
            self.refuse(table.get("vpc"), "allowed: `vpc`, such as \"vpc-1\": lower-case letters and digits")
        })?;
        Ok(VpcEndpoint {
            id: self.id.into(),
            vpc: vpc.into(),
            sources: self.sources(table)?,
            policy: self.policy(table.get("policy"))?,
        })
    }

    fn sources(&self, table: &dyn TableLike) -> Result<Box<[Network]>, ConfigError> {
        let item = table.get("sources");
        let array = item.and_then(Item::as_array).filter(|array| (1..=256).contains(&array.len()));
        let array = array.ok_or_else(|| self.refuse(item, SOURCES))?;
        let network = |value: &Value| value.as_str().and_then(Network::parse);
        array.iter().map(network).collect::<Option<_>>().ok_or_else(|| self.refuse(item, SOURCES))
    }

    fn policy(&self, item: Option<&Item>) -> Result<Option<Arc<Policy>>, ConfigError> {
        let Some(item) = item else { return Ok(None) };
        let allowed = "allowed: `policy`, a policy document in JSON whose statements name principals";
        let text = item.as_str().ok_or_else(|| self.refuse(Some(item), allowed))?;
        let policy = Policy::parse(text, &LIMITS);
        let policy = policy.and_then(|policy| policy.require(PolicyKind::Resource).map(|()| policy));
        let refuse =
            |error| self.reader.refuse(item.span(), format!("the policy is refused: {error}"), allowed.to_owned());
        policy.map(|policy| Some(Arc::new(policy))).map_err(refuse)
    }

    fn refuse(&self, at: Option<&Item>, allowed: &str) -> ConfigError {
        let span = at.unwrap_or(self.item).span();
        self.reader.refuse(span, format!("the VPC endpoint `{}` is refused", self.id), allowed.to_owned())
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (1..=64).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

    use crate::config::file::apply;
    use crate::config::load::defaults;

    #[test]
    fn endpoints_have_networks() {
        let mut settings = defaults();
        let text = "[vpc_endpoints.vpce-1a]\nvpc = 'vpc-2'\nsources = ['10.0.0.0/8', '::1']\n\
                    policy = '{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}}'\n";
        apply("a.toml", text, &mut settings).expect("settings");
        let endpoint = &settings.network.vpc_endpoints[0];
        assert_eq!((&*endpoint.id, &*endpoint.vpc, endpoint.sources.len()), ("vpce-1a", "vpc-2", 2));
        assert!(endpoint.policy.is_some());
    }

    #[test]
    fn what_is_no_endpoint_is_refused_at_its_place() {
        for (text, message, help) in [
            ("vpc_endpoints = 1", "must be a table", "[vpc_endpoints]"),
            ("[vpc_endpoints.pets]", "`pets`", "vpce-"),
            ("[vpc_endpoints.vpce-1]", "`vpce-1` is refused", "`vpc`"),
            ("[vpc_endpoints.vpce-1]\nvpc = 'x'", "`vpce-1` is refused", "`vpc`"),
            ("[vpc_endpoints.vpce-1]\nvpc = 'vpc-1'", "`vpce-1` is refused", "10.0.0.0/8"),
            ("[vpc_endpoints.vpce-1]\nvpc = 'vpc-1'\nsources = ['x']", "`vpce-1` is refused", "10.0.0.0/8"),
            ("[vpc_endpoints.vpce-1]\nvpc = 'vpc-1'\nsource = []", "no setting `source`", "`sources`"),
            (
                "[vpc_endpoints.vpce-1]\nvpc = 'vpc-1'\nsources = ['::1']\npolicy = '{}'",
                "the policy is refused",
                "name principals",
            ),
        ] {
            let error = apply("a.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains(message), "{text}: {error}");
            let found = error.help().map(|help| help.to_string()).unwrap_or_default();
            assert!(found.contains(help), "{text}: {found}");
        }
    }
}
