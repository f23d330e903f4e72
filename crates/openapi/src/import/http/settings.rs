//! An HTTP API's own settings: `info`, tags, CORS and the endpoint's switches.

use stagegate_model::http::Cors;

use super::super::{
    scope::Scope,
    settings::{self, texts},
};
use super::beyond;
use crate::{document::Cursor, error::ImportError, http_definition::HttpApiDefinition};

pub(super) fn read(scope: &mut Scope<'_>) -> Result<HttpApiDefinition, ImportError> {
    let info = settings::info(scope.root)?;
    let endpoint = settings::endpoint(scope)?;
    let configuration = endpoint.configuration.unwrap_or_default();
    if configuration.types.is_some() || configuration.vpc_endpoint_ids.is_some() {
        scope.warn(scope.root, "endpoint types and VPC endpoints are for REST APIs; they have no effect here");
    }
    Ok(HttpApiDefinition {
        name: info.name,
        description: info.description,
        version: info.version,
        cors: cors(scope),
        disable_execute_api_endpoint: endpoint.is_disabled,
        ip_address_type: configuration.ip_address_type,
        // "If you specify a tag name without the x-amazon-apigateway-tag-value property, API Gateway creates a tag with an empty
        // string for a value."
        tags: settings::tags(scope.root, Some(""))?,
        beyond: beyond::root(scope)?,
        ..HttpApiDefinition::default()
    })
}

/// `x-amazon-apigateway-cors`; one that nobody can read is ignored with a warning.
fn cors(scope: &mut Scope<'_>) -> Option<Cors> {
    let place = scope.root.get("x-amazon-apigateway-cors")?;
    match read_cors(place) {
        Ok(cors) => Some(cors),
        Err(error) => {
            scope.warn(place, format!("CORS Scheme is malformed, ignoring. {}", error.message));
            None
        }
    }
}

fn read_cors(place: Cursor<'_>) -> Result<Cors, ImportError> {
    let mut cors = Cors::default();
    for (key, member) in place.members()?.filter(|(key, _)| place.get(key).is_some()) {
        match key {
            "allowCredentials" => cors.allow_credentials = Some(member.boolean()?),
            "allowHeaders" => cors.allow_headers = Some(texts(member)?),
            "allowMethods" => cors.allow_methods = Some(texts(member)?),
            "allowOrigins" => cors.allow_origins = Some(texts(member)?),
            "exposeHeaders" => cors.expose_headers = Some(texts(member)?),
            "maxAge" => {
                let seconds = i32::try_from(member.integer()?).ok().filter(|age| (-1..=86_400).contains(age));
                let range = || member.error("maxAge is out of range", "-1 to 86400");
                cors.max_age = Some(seconds.ok_or_else(range)?);
            }
            _ => return Err(member.error(format!("there is no member {key:?}"), "a CORS configuration")),
        }
    }
    Ok(cors)
}
