//! How a domain name is exposed: what its endpoint types need, forbid and are given.

use stagegate_model::rest::{
    DomainName, EndpointAccessMode, EndpointType, IpAddressType, MutualTlsAuthentication, SecurityPolicy,
};

use crate::call::Call;
use crate::fault::Fault;
use crate::rest::endpoint;

/// The DNS zone of every edge distribution (API reference, `distributionHostedZoneId`).
const DISTRIBUTION_ZONE: &str = "Z2FDTNDATAQYW2";

/// The DNS zones of regional endpoints (AWS General Reference, "API Gateway endpoints").
const REGIONAL_ZONES: &[(&str, &str)] = &[
    ("ap-northeast-1", "Z1YSHQZHG15GKL"),
    ("ap-northeast-2", "Z20JF4UZKIW1U8"),
    ("ap-south-1", "Z3VO1THU9YC4UR"),
    ("ap-southeast-1", "ZL327KTPIQFUL"),
    ("ap-southeast-2", "Z2RPCDW04V8134"),
    ("ca-central-1", "Z19DQILCV0OWEC"),
    ("eu-central-1", "Z1U9ULNL0V5AJ3"),
    ("eu-north-1", "Z3UWIKFBOOGXPP"),
    ("eu-west-1", "ZLY8HYME6SFDD"),
    ("eu-west-2", "ZJ5UAJN8Y3Z2Q"),
    ("eu-west-3", "Z3KY65QIEKYHQQ"),
    ("sa-east-1", "ZCMLWB8V5SYIT"),
    ("us-east-1", "Z1UJRXOUMOOFQ8"),
    ("us-east-2", "ZOJJZC49E0EPZ"),
    ("us-west-1", "Z2MUQ32089INYE"),
    ("us-west-2", "Z2OJLYMUO9EFXC"),
];

/// The endpoint types; `EDGE` when nothing was said.
pub(super) fn types_of(domain: &DomainName) -> Vec<EndpointType> {
    let types = domain.endpoint_configuration.as_ref().and_then(|configuration| configuration.types.clone());
    types.filter(|types| !types.is_empty()).unwrap_or_else(|| vec![EndpointType::Edge])
}

/// Whether the domain name is reached through VPC endpoints only.
pub(crate) fn is_private(domain: &DomainName) -> bool {
    types_of(domain).contains(&EndpointType::Private)
}

/// Brings a domain name into the form it is stored in, or refuses it. Created and patched ones pass here.
pub(super) fn settle(domain: &mut DomainName, call: &Call) -> Result<(), Fault> {
    let types = types_of(domain);
    domain.endpoint_configuration.get_or_insert_default().types = Some(types.clone());
    if types.len() > 1 && types.contains(&EndpointType::Private) {
        return Err(Fault::bad_request("A private domain name cannot have other endpoint types."));
    }
    settle_addresses(domain, &types)?;
    settle_certificates(domain, &types)?;
    settle_tls(domain, &types)?;
    settle_mutual_tls(domain, &types, call)?;
    check_policies(domain, &types)?;
    give_names(domain, &types, call);
    Ok(())
}

fn settle_addresses(domain: &mut DomainName, types: &[EndpointType]) -> Result<(), Fault> {
    let is_private = types.contains(&EndpointType::Private);
    let configuration = domain.endpoint_configuration.get_or_insert_default();
    let default = if is_private { IpAddressType::Dualstack } else { IpAddressType::Ipv4 };
    let address_type = *configuration.ip_address_type.get_or_insert(default);
    if is_private && address_type != IpAddressType::Dualstack {
        return Err(Fault::bad_request("Only dualstack ipAddressType is supported for private domain names."));
    }
    if configuration.vpc_endpoint_ids.take().is_some_and(|ids| !ids.is_empty()) {
        return Err(Fault::bad_request("VPC endpoint ids are not supported for domain names."));
    }
    Ok(())
}

fn settle_certificates(domain: &DomainName, types: &[EndpointType]) -> Result<(), Fault> {
    let edge = domain.certificate_arn.is_some() || domain.certificate_name.is_some();
    let regional = domain.regional_certificate_arn.is_some() || domain.regional_certificate_name.is_some();
    for kind in types {
        let given = if *kind == EndpointType::Regional { regional } else { edge };
        if !given {
            return Err(Fault::bad_request(format!("A certificate was not provided for the endpoint type {kind}.")));
        }
    }
    let arns =
        [&domain.certificate_arn, &domain.regional_certificate_arn, &domain.ownership_verification_certificate_arn];
    if let Some(arn) = arns.into_iter().flatten().find(|arn| !arn.starts_with("arn:")) {
        return Err(Fault::bad_request(format!("Invalid certificate ARN: {arn}")));
    }
    Ok(())
}

/// Fact 1.2: `endpointAccessMode` belongs to the newer policies.
fn settle_tls(domain: &mut DomainName, types: &[EndpointType]) -> Result<(), Fault> {
    let policy = *domain.security_policy.get_or_insert(SecurityPolicy::Tls12);
    let is_newer = endpoint::is_newer(policy);
    let is_private = types.contains(&EndpointType::Private);
    types.iter().try_for_each(|kind| endpoint::check_policy(policy, *kind))?;
    if is_private && policy == SecurityPolicy::Tls10 {
        return Err(Fault::bad_request("The security policy TLS_1_0 is not supported for the endpoint type PRIVATE."));
    }
    if domain.endpoint_access_mode.is_some() && (!is_newer || is_private) {
        return Err(Fault::bad_request(
            "Endpoint access mode is only supported for public domain names with security policies that start with \
             SecurityPolicy_.",
        ));
    }
    if is_newer && !is_private {
        domain.endpoint_access_mode.get_or_insert(EndpointAccessMode::Basic);
    }
    Ok(())
}

/// Fact D5: mutual TLS is for regional domain names with TLS 1.2 or newer, its truststore lies in S3.
fn settle_mutual_tls(domain: &mut DomainName, types: &[EndpointType], call: &Call) -> Result<(), Fault> {
    domain.mutual_tls_authentication =
        domain.mutual_tls_authentication.take().filter(|mutual| *mutual != MutualTlsAuthentication::default());
    let Some(mutual) = &mut domain.mutual_tls_authentication else {
        return match &domain.ownership_verification_certificate_arn {
            Some(_) => Err(Fault::bad_request(
                "An ownership verification certificate is only supported with mutual TLS authentication.",
            )),
            None => Ok(()),
        };
    };
    if types != [EndpointType::Regional] {
        return Err(Fault::bad_request("Mutual TLS is only supported for Regional domain names."));
    }
    if domain.security_policy == Some(SecurityPolicy::Tls10) {
        return Err(Fault::bad_request("Mutual TLS requires a security policy of TLS 1.2 or newer."));
    }
    // Developer guide, "Choose a security policy for your custom domain", considerations.
    if domain.security_policy.is_some_and(endpoint::is_newer) {
        return Err(Fault::bad_request(
            "Mutual TLS is not supported for security policies that start with SecurityPolicy_.",
        ));
    }
    let lies_in_s3 = mutual.truststore_uri.as_deref().is_some_and(|uri| {
        uri.strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
    });
    if !lies_in_s3 {
        return Err(Fault::bad_request(
            "Invalid truststore URI. The URI must have the form s3://bucket-name/key-name.",
        ));
    }
    let uri = mutual.truststore_uri.as_deref().unwrap_or_default();
    let warnings = call.world.truststores.warnings(uri, mutual.truststore_version.as_deref());
    mutual.truststore_warnings = Some(warnings).filter(|warnings| !warnings.is_empty());
    Ok(())
}

/// A strict domain name keeps its endpoint types (developer guide, "Endpoint access mode", considerations).
pub(super) fn check_change(before: &DomainName, domain: &DomainName) -> Result<(), Fault> {
    let is_strict = |it: &DomainName| it.endpoint_access_mode == Some(EndpointAccessMode::Strict);
    if is_strict(before) && is_strict(domain) && types_of(before) != types_of(domain) {
        return Err(Fault::bad_request(
            "The endpoint type cannot be changed while the endpoint access mode is STRICT. Change it to BASIC first.",
        ));
    }
    Ok(())
}

fn check_policies(domain: &DomainName, types: &[EndpointType]) -> Result<(), Fault> {
    let given = domain.policy.is_some() || domain.management_policy.is_some();
    if given && !types.contains(&EndpointType::Private) {
        return Err(Fault::bad_request("Policies are only supported for private domain names."));
    }
    Ok(())
}

/// An endpoint type that is new gets the names that DNS points at; one that is gone loses them.
fn give_names(domain: &mut DomainName, types: &[EndpointType], call: &Call) {
    if types.contains(&EndpointType::Edge) {
        let name = || format!("d{}.cloudfront.net", call.new_id(13));
        domain.distribution_domain_name.get_or_insert_with(name);
        domain.distribution_hosted_zone_id = Some(DISTRIBUTION_ZONE.to_owned());
    } else {
        domain.distribution_domain_name = None;
        domain.distribution_hosted_zone_id = None;
    }
    if types.contains(&EndpointType::Regional) {
        let region = &call.scope.region;
        let name = || format!("d-{}.execute-api.{region}.amazonaws.com", call.new_id(10));
        domain.regional_domain_name.get_or_insert_with(name);
        let zone = REGIONAL_ZONES.iter().find(|(of, _)| of == region);
        domain.regional_hosted_zone_id = zone.map(|(_, zone)| (*zone).to_owned());
    } else {
        domain.regional_domain_name = None;
        domain.regional_hosted_zone_id = None;
    }
}
