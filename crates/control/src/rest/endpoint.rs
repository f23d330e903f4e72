//! How an API is exposed: endpoint type, address types and TLS policy, with what AWS allows together.

use stagegate_model::rest::{
    EndpointAccessMode, EndpointConfiguration, EndpointType, IpAddressType, RestApi, SecurityPolicy,
};

use crate::fault::Fault;
use crate::input::{Input, choose};

/// Reads `endpointConfiguration` of a create call.
pub(crate) fn read(input: &mut Input) -> Result<Option<EndpointConfiguration>, Fault> {
    let Some(mut nested) = input.structure("endpointConfiguration")? else { return Ok(None) };
    let types = nested.texts("types")?;
    let known = types.as_ref().map(|types| types.iter().filter_map(|text| choose(text)).collect::<Vec<EndpointType>>());
    if let (Some(types), Some(known)) = (&types, &known) {
        let value = format!("'[{}]'", types.join(", "));
        if types.is_empty() {
            nested.broken(&value, "types", "Member must have length greater than or equal to 1");
        } else if known.len() < types.len() {
            let rule =
                "Member must satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]";
            nested.broken(&value, "types", rule);
        }
    }
    let configuration = EndpointConfiguration {
        types: known,
        ip_address_type: nested.choice("ipAddressType", &["ipv4", "dualstack"])?,
        vpc_endpoint_ids: nested.texts("vpcEndpointIds")?.filter(|ids| !ids.is_empty()),
    };
    input.absorb(nested);
    Ok(Some(configuration))
}

/// The endpoint type of an API; `EDGE` when nothing was said (fact 128).
pub(crate) fn type_of(rest_api: &RestApi) -> EndpointType {
    let types = rest_api.endpoint_configuration.as_ref().and_then(|configuration| configuration.types.as_ref());
    types.and_then(|types| types.first()).copied().unwrap_or(EndpointType::Edge)
}

/// Fills in AWS's defaults (fact 128) and refuses what AWS refuses.
pub(crate) fn settle(rest_api: &mut RestApi) -> Result<(), Fault> {
    let kind = type_of(rest_api);
    let configuration = rest_api.endpoint_configuration.get_or_insert_default();
    configuration.vpc_endpoint_ids = configuration.vpc_endpoint_ids.take().filter(|ids| !ids.is_empty());
    if configuration.types.get_or_insert_with(|| vec![kind]).len() > 1 {
        return Err(Fault::bad_request("Cannot create an api with multiple Endpoint Types."));
    }
    let is_private = kind == EndpointType::Private;
    let default = if is_private { IpAddressType::Dualstack } else { IpAddressType::Ipv4 };
    let address_type = *configuration.ip_address_type.get_or_insert(default);
    if is_private && address_type != IpAddressType::Dualstack {
        return Err(Fault::bad_request("Only dualstack ipAddressType is supported for Private APIs."));
    }
    if !is_private && configuration.vpc_endpoint_ids.is_some() {
        return Err(Fault::bad_request("VPC endpoint ids are only supported for Private APIs."));
    }
    if let Some(wrong) = configuration.vpc_endpoint_ids.iter().flatten().find(|id| !is_vpc_endpoint(id)) {
        return Err(no_vpc_endpoint(wrong));
    }
    settle_tls(rest_api, kind)
}

/// Whether a text looks like the id of a VPC endpoint.
pub(crate) fn is_vpc_endpoint(id: &str) -> bool {
    let rest = id.strip_prefix("vpce-").unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The fault for a text that is no id of a VPC endpoint.
pub(crate) fn no_vpc_endpoint(id: &str) -> Fault {
    Fault::bad_request(format!("Invalid VPC endpoint identifier specified: {id}"))
}

/// Refuses a policy that an endpoint type does not have: of the newer ones those ending in `EDGE` belong to edge
/// endpoints, the others to regional and private ones (developer guide: supported security policies).
pub(crate) fn check_policy(policy: SecurityPolicy, kind: EndpointType) -> Result<(), Fault> {
    let suits = policy.as_str().ends_with("_EDGE") == (kind == EndpointType::Edge);
    if suits || !is_newer(policy) {
        return Ok(());
    }
    Err(Fault::bad_request(format!("The security policy {policy} is not supported for the endpoint type {kind}.")))
}

/// A strict API keeps its endpoint type (developer guide, "Endpoint access mode", considerations).
pub(crate) fn check_change(before: &RestApi, rest_api: &RestApi) -> Result<(), Fault> {
    let is_strict = |it: &RestApi| it.endpoint_access_mode == Some(EndpointAccessMode::Strict);
    if is_strict(before) && is_strict(rest_api) && type_of(before) != type_of(rest_api) {
        return Err(Fault::bad_request(
            "The endpoint type cannot be changed while the endpoint access mode is STRICT. Change it to BASIC first.",
        ));
    }
    Ok(())
}

/// Whether a policy is one of those that came with endpoint access modes (fact 1.2).
pub(crate) fn is_newer(policy: SecurityPolicy) -> bool {
    policy.as_str().starts_with("SecurityPolicy_")
}

/// `endpointAccessMode` belongs to the newer policies only (fact 1.2); they have `BASIC` unless told otherwise. The
/// policy of a new API depends on its endpoint type (developer guide: default security policies).
fn settle_tls(rest_api: &mut RestApi, kind: EndpointType) -> Result<(), Fault> {
    let default = if kind == EndpointType::Private { SecurityPolicy::Tls12 } else { SecurityPolicy::Tls10 };
    let policy = *rest_api.security_policy.get_or_insert(default);
    check_policy(policy, kind)?;
    if is_newer(policy) {
        rest_api.endpoint_access_mode.get_or_insert(EndpointAccessMode::Basic);
    } else if rest_api.endpoint_access_mode.is_some() {
        return Err(Fault::bad_request(
            "Endpoint access mode is only supported for security policies that start with SecurityPolicy_.",
        ));
    }
    Ok(())
}
