//! An integration's `responses`: pattern by pattern, each answering with one status.

use std::collections::BTreeMap;

use stagegate_model::rest::{IntegrationResponse, MethodResponse, StatusCode};

use super::{extensions::choice, integration::templates, mapping_expression, scope::Scope};
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// Reads the responses; `declared` are those of the method. A proxy integration keeps them and has no use for them.
pub(super) fn read(
    scope: &mut Scope<'_>,
    place: Cursor<'_>,
    declared: Option<&BTreeMap<StatusCode, MethodResponse>>,
    is_proxy: bool,
) -> Result<BTreeMap<StatusCode, IntegrationResponse>, ImportError> {
    let mut responses = BTreeMap::new();
    for (pattern, response) in place.members()? {
        let read = read_one(scope, pattern, response, declared)?;
        let status_code = read.status_code;
        if !is_proxy && declared.is_none_or(|declared| !declared.contains_key(&status_code)) {
            scope.warn(response, format!("the method declares no response {status_code}"));
        }
        if responses.insert(status_code, read).is_some() {
            let message = format!(
                "two patterns answer with status {status_code}, which has one integration response: {:?} replaces the earlier",
                excerpt(pattern)
            );
            scope.warn(response, message);
        }
    }
    Ok(responses)
}

fn read_one(
    scope: &mut Scope<'_>,
    pattern: &str,
    place: Cursor<'_>,
    declared: Option<&BTreeMap<StatusCode, MethodResponse>>,
) -> Result<IntegrationResponse, ImportError> {
    let Some(status) = place.get("statusCode") else {
        return Err(place.error("the integration response has no status code", "`statusCode`, such as \"200\""));
    };
    let text = status.text()?;
    let status_code = text
        .parse()
        .map_err(|_| status.error(format!("{:?} is no status code", excerpt(text)), "a status code from 100 to 599"))?;
    let mut response = IntegrationResponse::new(status_code);
    response.selection_pattern = (pattern != "default").then(|| pattern.to_owned());
    let method_response = declared.and_then(|declared| declared.get(&status_code));
    for (key, member) in place.members()?.filter(|(key, _)| place.get(key).is_some()) {
        match key {
            "statusCode" => {}
            "contentHandling" => response.content_handling = Some(choice(member)?),
            "responseTemplates" => response.response_templates = templates(member)?,
            "responseParameters" => {
                let nothing = BTreeMap::new();
                let headers = method_response.map(|method| method.response_parameters.as_ref().unwrap_or(&nothing));
                let mappings = mapping_expression::read_response(member, headers)?;
                response.response_parameters = (!mappings.is_empty()).then_some(mappings);
            }
            _ => {
                let message = format!("an integration response has no member {:?}; it is ignored", excerpt(key));
                scope.warn(member, message);
            }
        }
    }
    Ok(response)
}
