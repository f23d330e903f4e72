//! The patch rows of `RestApi`.

use stagegate_model::rest::{ApiKeySource, EndpointAccessMode, EndpointType, IpAddressType, RestApi, SecurityPolicy};

use crate::fault::Fault;
use crate::patch::{Edit, ITEM, Op, PatchRow, SET, SET_OR_CLEAR, row, unescape};

/// AWS's page "Patch Operations", `UpdateRestApi`.
pub(crate) const PATCH: &[PatchRow<RestApi>] = &[
    row("/name", SET, |api, edit| {
        api.name = Some(edit.text()?);
        Ok(())
    }),
    row("/description", SET_OR_CLEAR, |api, edit| {
        api.description = edit.optional_text();
        Ok(())
    }),
    row("/version", SET, |api, edit| {
        api.version = edit.optional_text();
        Ok(())
    }),
    row("/apiKeySource", SET, |api, edit| {
        api.api_key_source = Some(edit.choice(ApiKeySource::NAMES)?);
        Ok(())
    }),
    row("/binaryMediaTypes/{type}", SET_OR_CLEAR, binary_media_type),
    row("/minimumCompressionSize", SET, |api, edit| {
        let clears = edit.optional_text().is_none();
        api.minimum_compression_size = if clears { None } else { Some(edit.number()?) };
        Ok(())
    }),
    row("/policy", SET, |api, edit| {
        api.policy = edit.optional_text();
        Ok(())
    }),
    row("/disableExecuteApiEndpoint", SET, |api, edit| {
        api.disable_execute_api_endpoint = Some(edit.flag()?);
        Ok(())
    }),
    row("/endpointConfiguration/types/{type}", SET, endpoint_type),
    row("/endpointConfiguration/ipAddressType", SET, |api, edit| {
        api.endpoint_configuration.get_or_insert_default().ip_address_type = Some(edit.choice(IpAddressType::NAMES)?);
        Ok(())
    }),
    row("/endpointConfiguration/vpcEndpointIds", ITEM, vpc_endpoint),
    row("/securityPolicy", SET, |api, edit| {
        let policy: SecurityPolicy = edit.choice(SecurityPolicy::NAMES)?;
        api.security_policy = Some(policy);
        if !policy.as_str().starts_with("SecurityPolicy_") {
            api.endpoint_access_mode = None;
        }
        Ok(())
    }),
    row("/endpointAccessMode", SET, |api, edit| {
        api.endpoint_access_mode = Some(edit.choice(EndpointAccessMode::NAMES)?);
        Ok(())
    }),
];

/// The media type is the path's last segment; `replace` puts the value in its place, which may be written with the
/// escapes of the path.
fn binary_media_type(api: &mut RestApi, edit: &Edit<'_>) -> Result<(), Fault> {
    let named = edit.name(0);
    if edit.op == Op::Replace {
        let types = api.binary_media_types.get_or_insert_default();
        let place = types.iter().position(|have| *have == named).ok_or_else(|| edit.nowhere())?;
        types[place] = unescape(&edit.text()?);
        return Ok(());
    }
    edit.member(&mut api.binary_media_types, named)?;
    if api.binary_media_types.as_ref().is_some_and(Vec::is_empty) {
        api.binary_media_types = None;
    }
    Ok(())
}

/// `/endpointConfiguration/types/EDGE` names the type that is replaced; an index works too.
fn endpoint_type(api: &mut RestApi, edit: &Edit<'_>) -> Result<(), Fault> {
    let configuration = api.endpoint_configuration.get_or_insert_default();
    let types = configuration.types.get_or_insert_with(|| vec![EndpointType::Edge]);
    let named = edit.name(0);
    let place = named
        .parse::<usize>()
        .ok()
        .filter(|index| *index < types.len())
        .or_else(|| types.iter().position(|have| have.as_str() == named))
        .ok_or_else(|| edit.nowhere())?;
    let kind: EndpointType = edit.choice(EndpointType::NAMES)?;
    types[place] = kind;
    if kind == EndpointType::Private {
        configuration.ip_address_type = Some(IpAddressType::Dualstack);
    } else {
        configuration.vpc_endpoint_ids = None;
    }
    Ok(())
}

fn vpc_endpoint(api: &mut RestApi, edit: &Edit<'_>) -> Result<(), Fault> {
    let configuration = api.endpoint_configuration.get_or_insert_default();
    edit.member(&mut configuration.vpc_endpoint_ids, edit.text()?)?;
    if configuration.vpc_endpoint_ids.as_ref().is_some_and(Vec::is_empty) {
        configuration.vpc_endpoint_ids = None;
    }
    Ok(())
}
