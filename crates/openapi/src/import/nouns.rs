//! What methods refer to: models, request validators, authorizers; and the gateway responses.

use stagegate_model::rest::{
    Authorizer, AuthorizerType, GatewayResponse, GatewayResponseType, Model, RequestValidator, StringMap,
};

use super::{models, reference::resolve, scope::Scope, security, settings::texts};
use crate::{
    definition::NounDefinitions,
    document::{Cursor, Value, excerpt},
    error::ImportError,
};

/// Reads them all, after everything else was read: operations make up names for inline schemas.
pub(super) fn read(scope: &mut Scope<'_>) -> Result<NounDefinitions, ImportError> {
    Ok(NounDefinitions {
        models: read_models(scope)?,
        request_validators: read_validators(scope)?,
        authorizers: read_authorizers(scope)?,
        gateway_responses: scope
            .root
            .get("x-amazon-apigateway-gateway-responses")
            .map_or_else(|| Ok(Vec::new()), gateway_responses)?,
    })
}

fn read_models(scope: &mut Scope<'_>) -> Result<Vec<Model>, ImportError> {
    let mut all: Vec<Model> = Vec::new();
    if let Some(defined) = models::defined(scope) {
        models::check_references(scope, defined);
        for (name, place) in defined.members()? {
            // What is no object was remarked upon with the document's shape.
            if matches!(place.value(), Value::Mapping(_)) {
                all.push(model(name, &models::schema(scope, name, place)?));
            }
        }
    }
    let inline = std::mem::take(&mut scope.inline_models);
    all.extend(inline.iter().map(|(name, schema)| model(name, schema)));
    Ok(all)
}

fn model(name: &str, schema: &serde_json::Value) -> Model {
    Model {
        name: Some(name.to_owned()),
        description: schema.get("description").and_then(serde_json::Value::as_str).map(str::to_owned),
        schema: Some(format!("{schema:#}")),
        content_type: Some("application/json".to_owned()),
        ..Model::default()
    }
}

fn read_validators(scope: &mut Scope<'_>) -> Result<Vec<RequestValidator>, ImportError> {
    let Some(place) = scope.root.get("x-amazon-apigateway-request-validators") else { return Ok(Vec::new()) };
    let flag = |validator: Cursor<'_>, key| validator.get(key).map_or(Ok(false), Cursor::boolean);
    let read = |(name, validator): (&str, Cursor<'_>)| {
        Ok(RequestValidator {
            id: String::new(),
            name: Some(name.to_owned()),
            validate_request_body: Some(flag(validator, "validateRequestBody")?),
            validate_request_parameters: Some(flag(validator, "validateRequestParameters")?),
        })
    };
    place.members()?.map(read).collect()
}

/// Gateway responses by their types.
pub(super) fn gateway_responses(place: Cursor<'_>) -> Result<Vec<GatewayResponse>, ImportError> {
    let mut all = Vec::new();
    for (name, response) in place.members()? {
        let response_type: GatewayResponseType = name.parse().map_err(|_| {
            let expected = format!("one of {}", GatewayResponseType::NAMES.join(", "));
            response.error(format!("{:?} is no type of a gateway response", excerpt(name)), expected)
        })?;
        let status = response.get("statusCode").map(|place| {
            let text = place.text()?;
            text.parse().map_err(|_| place.error("no status code", "a status code from 100 to 599"))
        });
        all.push(GatewayResponse {
            response_type,
            status_code: status.transpose()?,
            response_parameters: text_map(response.get("responseParameters"))?,
            response_templates: text_map(response.get("responseTemplates"))?,
            default_response: None,
        });
    }
    Ok(all)
}

fn text_map(place: Option<Cursor<'_>>) -> Result<Option<StringMap>, ImportError> {
    let Some(place) = place else { return Ok(None) };
    let texts = place.members()?.map(|(name, member)| {
        let text = if matches!(member.value(), Value::Null) { "" } else { member.text()? };
        Ok((name.to_owned(), text.to_owned()))
    });
    texts.collect::<Result<_, _>>().map(Some)
}

fn read_authorizers(scope: &mut Scope<'_>) -> Result<Vec<Authorizer>, ImportError> {
    let Some(schemes) = security::defined(scope) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (name, scheme) in schemes.members()? {
        let scheme = resolve(scope, scheme)?;
        if let Some(place) = scheme.get("x-amazon-apigateway-authorizer") {
            let step = format!("Unable to create authorizer '{}'", excerpt(name));
            all.push(read_authorizer(name, scheme, place).map_err(|error| error.during(&step))?);
        }
    }
    Ok(all)
}

fn read_authorizer(name: &str, scheme: Cursor<'_>, place: Cursor<'_>) -> Result<Authorizer, ImportError> {
    let text = |key| place.get(key).map(|member| member.text().map(str::to_owned)).transpose();
    let kind = security::authorizer_type(place)?;
    let ttl = place.get("authorizerResultTtlInSeconds").map(seconds).transpose()?;
    let jwt = place.get("jwtConfiguration").map(|member| {
        serde_json::from_value(member.json())
            .map_err(|error| member.error(format!("no JWT configuration: {error}"), "issuers and defaultAlgorithms"))
    });
    let auth_type = scheme.get("x-amazon-apigateway-authtype").map(|member| member.text().map(str::to_owned));
    Ok(Authorizer {
        id: String::new(),
        name: Some(name.to_owned()),
        kind: Some(kind),
        provider_arns: place.get("providerARNs").map(texts).transpose()?,
        auth_type: auth_type.transpose()?,
        authorizer_uri: text("authorizerUri")?,
        authorizer_credentials: text("authorizerCredentials")?,
        identity_source: text("identitySource")?.or(header_of(scheme, kind)?),
        identity_validation_expression: text("identityValidationExpression")?,
        authorizer_result_ttl_in_seconds: ttl,
        jwt_configuration: jwt.transpose()?,
    })
}

fn seconds(place: Cursor<'_>) -> Result<i32, ImportError> {
    let seconds = place.integer()?;
    i32::try_from(seconds).map_err(|_| place.error("the time to live is out of range", "seconds from 0 to 3600"))
}

/// Where the token is, which the scheme says of itself: `in: header` and its name.
fn header_of(scheme: Cursor<'_>, kind: AuthorizerType) -> Result<Option<String>, ImportError> {
    let is_header = scheme.get("in").map(Cursor::text).transpose()? == Some("header");
    match scheme.get("name").filter(|_| is_header && kind != AuthorizerType::Request) {
        Some(name) => Ok(Some(format!("method.request.header.{}", name.text()?))),
        None => Ok(None),
    }
}
