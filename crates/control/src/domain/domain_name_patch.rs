//! The patch rows of `DomainName`.

use stagegate_model::rest::{DomainName, EndpointAccessMode, EndpointType, IpAddressType, RoutingMode, SecurityPolicy};

use super::exposure::{is_private, types_of};
use crate::fault::Fault;
use crate::patch::{Edit, ITEM, Op, Operation, PatchRow, SET, SET_OR_CLEAR, row};

/// AWS's page "Patch Operations", `UpdateDomainName`.
pub(crate) const PATCH: &[PatchRow<DomainName>] = &[
    row("/certificateName", SET_OR_CLEAR, |domain, edit| {
        domain.certificate_name = edit.optional_text();
        Ok(())
    }),
    row("/certificateArn", SET_OR_CLEAR, |domain, edit| {
        domain.certificate_arn = edit.optional_text();
        Ok(())
    }),
    row("/endpointConfiguration/types", ITEM, patch_types),
    row("/endpointConfiguration/types/{type}", SET, replace_type),
    row("/endpointConfiguration/ipAddressType", SET, |domain, edit| {
        let kind = edit.choice(IpAddressType::NAMES)?;
        domain.endpoint_configuration.get_or_insert_default().ip_address_type = Some(kind);
        Ok(())
    }),
    row("/endpointAccessMode", SET, |domain, edit| {
        domain.endpoint_access_mode = Some(edit.choice(EndpointAccessMode::NAMES)?);
        Ok(())
    }),
    row("/managementPolicy", SET, |domain, edit| {
        domain.management_policy = private_text(domain, edit)?;
        Ok(())
    }),
    row("/mutualTlsAuthentication/truststoreUri", SET_OR_CLEAR, |domain, edit| {
        let uri = edit.optional_text();
        if uri.is_none() {
            domain.mutual_tls_authentication = None;
        } else {
            domain.mutual_tls_authentication.get_or_insert_default().truststore_uri = uri;
        }
        Ok(())
    }),
    row("/mutualTlsAuthentication/truststoreVersion", SET_OR_CLEAR, |domain, edit| {
        let version = edit.optional_text();
        if version.is_some() || domain.mutual_tls_authentication.is_some() {
            domain.mutual_tls_authentication.get_or_insert_default().truststore_version = version;
        }
        Ok(())
    }),
    row("/policy", SET, |domain, edit| {
        domain.policy = private_text(domain, edit)?;
        Ok(())
    }),
    row("/regionalCertificateName", SET_OR_CLEAR, |domain, edit| {
        domain.regional_certificate_name = edit.optional_text();
        Ok(())
    }),
    row("/regionalCertificateArn", SET_OR_CLEAR, |domain, edit| {
        domain.regional_certificate_arn = edit.optional_text();
        Ok(())
    }),
    row("/routingMode", SET, |domain, edit| {
        domain.routing_mode = Some(edit.choice(RoutingMode::NAMES)?);
        Ok(())
    }),
    row("/securityPolicy", SET, |domain, edit| {
        let policy: SecurityPolicy = edit.choice(SecurityPolicy::NAMES)?;
        if !policy.as_str().starts_with("SecurityPolicy_") {
            domain.endpoint_access_mode = None;
        }
        domain.security_policy = Some(policy);
        Ok(())
    }),
    row("/ownershipVerificationCertificateArn", SET_OR_CLEAR, |domain, edit| {
        domain.ownership_verification_certificate_arn = edit.optional_text();
        Ok(())
    }),
];

/// A migration between endpoint types adds in one call and removes in a later one.
const EITHER_ADDED_OR_REMOVED: [&str; 5] = [
    "/certificateArn",
    "/certificateName",
    "/endpointConfiguration/types",
    "/regionalCertificateArn",
    "/regionalCertificateName",
];

/// Refuses `add` and `remove` of certificates and endpoint types in one call (AWS's page "Patch Operations").
pub(super) fn screen(operations: &[Operation]) -> Result<(), Fault> {
    let has = |op: Op| {
        operations.iter().any(|operation| operation.op() == op && EITHER_ADDED_OR_REMOVED.contains(&operation.path()))
    };
    if has(Op::Add) && has(Op::Remove) {
        return Err(Fault::bad_request(
            "Certificates and endpoint types of a domain name cannot be added and removed in the same request.",
        ));
    }
    Ok(())
}

/// An edge domain name becomes a regional one, or the other way round, by way of being both.
fn patch_types(domain: &mut DomainName, edit: &Edit<'_>) -> Result<(), Fault> {
    let kind: EndpointType = edit.choice(EndpointType::NAMES)?;
    let mut types = types_of(domain);
    let found = types.iter().position(|have| *have == kind);
    match (edit.removes(), found) {
        (false, None) => types.push(kind),
        (true, Some(index)) if types.len() > 1 => drop(types.remove(index)),
        (false, Some(_)) => {}
        (true, _) => return Err(edit.nowhere()),
    }
    set_types(domain, &types)
}

/// Clients name the place by its index or by the type that stands there.
fn replace_type(domain: &mut DomainName, edit: &Edit<'_>) -> Result<(), Fault> {
    let kind: EndpointType = edit.choice(EndpointType::NAMES)?;
    let mut types = types_of(domain);
    let name = edit.name(0);
    let place = name.parse().ok().or_else(|| types.iter().position(|have| have.as_str() == name));
    *place.and_then(|index: usize| types.get_mut(index)).ok_or_else(|| edit.nowhere())? = kind;
    set_types(domain, &types)
}

fn set_types(domain: &mut DomainName, types: &[EndpointType]) -> Result<(), Fault> {
    if types.contains(&EndpointType::Private) != is_private(domain) {
        return Err(Fault::bad_request("The endpoint type cannot be changed from or to PRIVATE."));
    }
    let once = types.iter().enumerate().filter(|(index, kind)| !types[..*index].contains(kind));
    domain.endpoint_configuration.get_or_insert_default().types = Some(once.map(|(_, kind)| *kind).collect());
    Ok(())
}

fn private_text(domain: &DomainName, edit: &Edit<'_>) -> Result<Option<String>, Fault> {
    if is_private(domain) {
        return Ok(edit.optional_text());
    }
    Err(Fault::bad_request("Policies are only supported for private domain names."))
}
