//! Private APIs and private domain names: reached through VPC endpoints only, under their own hosts or those of an endpoint (facts D10 and D11).

use std::sync::Arc;

use stagegate_plan::{DomainPlan, Snapshot, StagePlan};

use crate::accept::Arrival;
use crate::core::Core;
use crate::network::VpcEndpoint;
use crate::observe::Notes;
use crate::refusal::Refusal;

/// An API's id as the first label of a host has it: alone, or as `{api}-{vpce}` with the endpoint it is reached through.
pub(super) fn split_alias(label: &str) -> (&str, Option<&str>) {
    match label.find("-vpce-") {
        Some(at) if at > 0 => (&label[..at], Some(&label[at + 1..])),
        _ => (label, None),
    }
}

/// The id of the endpoint whose own host this is, `{vpce}-{x}.execute-api.{region}.vpce.{suffix}`, in lower case.
pub(super) fn endpoint_of_host<'h>(host: &'h [u8], suffix: &str) -> Option<&'h str> {
    let host = std::str::from_utf8(host).ok()?;
    let (label, rest) = host.split_once('.')?;
    let (region, behind) = rest.strip_prefix("execute-api.")?.split_once('.')?;
    if region.is_empty() || behind.strip_prefix("vpce.") != Some(suffix) {
        return None;
    }
    let (id, name) = label.strip_prefix("vpce-")?.split_once('-')?;
    (!id.is_empty() && !name.is_empty()).then(|| &label[..5 + id.len()])
}

/// The private domain name of a host, for a client whose VPC endpoint is associated with it (developer guide, "Custom domain names
/// for private APIs").
pub(super) fn domain<'s>(
    core: &Core,
    arrival: &Arrival<'_>,
    snapshot: &'s Snapshot,
    host: &str,
) -> Option<&'s Arc<DomainPlan>> {
    snapshot.private_domain(host, &core.config.network.endpoint(arrival.client)?.id)
}

/// How a host names a VPC endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named<'h> {
    /// Not at all.
    Not,
    /// `{api}-{vpce}`: the API must be associated with the endpoint.
    Alias(&'h str),
    /// By a host of the endpoint's.
    Own(&'h str),
}

impl<'h> From<Option<&'h str>> for Named<'h> {
    fn from(alias: Option<&'h str>) -> Self {
        alias.map_or(Self::Not, Self::Alias)
    }
}

/// The VPC endpoint that a request to a private API came through; none for other APIs. What a Host says is not believed: the client
/// must be in the endpoint's networks.
///
/// # Errors
/// It came through no endpoint, or an endpoint that is named is not the API's.
pub(super) fn endpoint<'c>(
    core: &'c Core,
    arrival: &Arrival<'_>,
    stage: &StagePlan,
    named: Named<'_>,
    notes: &Notes,
) -> Result<Option<&'c VpcEndpoint>, Refusal> {
    let network = &core.config.network;
    let Some(private) = &stage.deployment.private else {
        // A host with an endpoint in it is no other API's.
        return if named == Named::Not { Ok(None) } else { Err(Refusal::UnknownApi) };
    };
    let found = match named {
        Named::Not => network.endpoint(arrival.client),
        Named::Alias(id) if !private.vpc_endpoint_ids.iter().any(|known| **known == *id) => None,
        Named::Alias(id) | Named::Own(id) => network.endpoint_with_id(id, arrival.client),
    };
    if let Some(endpoint) = found {
        notes.explain("address", format_args!("private API; through {} of {}", endpoint.id, endpoint.vpc));
        return Ok(Some(endpoint));
    }
    notes.explain("address", format_args!("private API; {} is in no VPC endpoint's networks", arrival.client));
    Err(Refusal::NoVpcEndpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_d10_hosts_may_name_an_endpoint() {
        for (label, expected) in [
            ("abc123", ("abc123", None)),
            ("abc123-vpce-0a1", ("abc123", Some("vpce-0a1"))),
            ("-vpce-0a1", ("-vpce-0a1", None)),
            ("vpce-0a1-x", ("vpce-0a1-x", None)),
        ] {
            assert_eq!(split_alias(label), expected, "{label}");
        }
        for (host, expected) in [
            ("vpce-0a1-xyz.execute-api.us-east-1.vpce.localhost", Some("vpce-0a1")),
            ("vpce-0a1-xyz-us-east-1a.execute-api.us-east-1.vpce.localhost", Some("vpce-0a1")),
            ("vpce-0a1.execute-api.us-east-1.vpce.localhost", None),
            ("vpce-0a1-xyz.execute-api.us-east-1.localhost", None),
            ("vpce-0a1-xyz.execute-api.us-east-1.vpce.example.com", None),
            ("abc.execute-api.us-east-1.vpce.localhost", None),
        ] {
            assert_eq!(endpoint_of_host(host.as_bytes(), "localhost"), expected, "{host}");
        }
    }
}
