//! What a host asks of the connection: a client certificate that its truststore accepts (facts D5 and D6), and one name for
//! handshake and Host (developer guide, "Endpoint access mode").

use stagegate_plan::DomainPlan;

use super::without_port;
use crate::accept::Arrival;
use crate::core::Core;
use crate::refusal::Refusal;

/// Whether a custom domain name takes a request.
pub(super) fn check_domain(core: &Core, arrival: &Arrival<'_>, domain: &DomainPlan) -> Result<(), Refusal> {
    if domain.tls.is_strict {
        check_name(arrival)?;
    }
    if !domain.tls.is_mutual {
        return Ok(());
    }
    let Some(tls) = arrival.tls else {
        let is_terminated = core.config.tls.mutual_is_terminated && core.config.network.trusts(arrival.peer);
        return if is_terminated { Ok(()) } else { Err(Refusal::NoClientCertificate) };
    };
    // The handshake may have been with another name, before the domain name was changed, or both: what counts is whom this one
    // trusts now.
    let truststore = domain.tls.host.as_ref().and_then(|host| host.truststore.as_ref());
    match (&tls.client, truststore) {
        (Some(client), Some(truststore)) => client.check(truststore).map_err(Refusal::ClientCertificate),
        _ => Err(Refusal::NoClientCertificate),
    }
}

/// Whether handshake and Host name the same; without TLS there is nothing to compare.
pub(super) fn check_name(arrival: &Arrival<'_>) -> Result<(), Refusal> {
    let Some(tls) = arrival.tls else { return Ok(()) };
    let host = without_port(arrival.head.host());
    let is_same = tls.server_name.as_ref().is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(host));
    if is_same { Ok(()) } else { Err(Refusal::OtherServerName) }
}
