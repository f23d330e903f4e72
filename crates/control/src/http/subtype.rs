//! Integrations with an `integrationSubtype`: what they must have and may have (developer guide, "Integration subtype reference").

use stagegate_mapping::{HttpDirection, parse_value};
use stagegate_model::http::{Integration, Subtype};

use crate::fault::Fault;

/// Checks an integration with an operation of a service.
pub(super) fn check(integration: &mut Integration) -> Result<(), Fault> {
    let name = integration.integration_subtype.as_deref().unwrap_or_default();
    let Some(subtype) = Subtype::find(name) else {
        let names: Vec<&str> = Subtype::ALL.iter().map(|subtype| subtype.name).collect();
        let names = names.join(", ");
        return Err(Fault::bad_request(format!("Invalid IntegrationSubtype {name}: it must be one of {names}")));
    };
    match integration.payload_format_version.as_deref() {
        Some("1.0") => {}
        None => return Err(Fault::bad_request("PayloadFormatVersion is a required parameter for integration")),
        Some(other) => {
            return Err(Fault::bad_request(format!("Invalid PayloadFormatVersion {other}: it must be 1.0")));
        }
    }
    if integration.credentials_arn.is_none() {
        return Err(Fault::bad_request("CredentialsArn is a required parameter for integrations with AWS services"));
    }
    if integration.integration_uri.is_some() || integration.integration_method.is_some() {
        return Err(Fault::bad_request("IntegrationUri and IntegrationMethod do not go with an IntegrationSubtype"));
    }
    let given = integration.request_parameters.clone().unwrap_or_default();
    let mut needed = subtype.parameters.iter().filter(|parameter| parameter.is_required);
    if let Some(missing) = needed.find(|parameter| !given.contains_key(parameter.name)) {
        return Err(Fault::bad_request(format!("{} is a required request parameter of {name}", missing.name)));
    }
    for (parameter, value) in &given {
        let is_known = parameter == "Region" || subtype.parameter(parameter).is_some();
        if !is_known {
            return Err(Fault::bad_request(format!("{parameter} is no request parameter of {name}")));
        }
        parse_value(HttpDirection::Request, value).map_err(|error| Fault::bad_request(error.to_string()))?;
    }
    Ok(())
}
