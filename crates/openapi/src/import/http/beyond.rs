//! `x-stagegate-…`: what a definition asks for beyond AWS. A value that cannot be meant is refused.

use std::str::FromStr;

use stagegate_model::UnknownValue;
use stagegate_model::http::{
    ApiBeyond, AuthorizerBeyond, AuthorizerType, IntegrationBeyond, RequestValidation, ResponseCache, RouteBeyond,
    TokenIssuer, some_beyond,
};

use super::super::{
    extensions::{choice, exact_choice},
    nouns, parameters,
    reference::resolve,
    scope::Scope,
    settings::texts,
};
use super::models::Models;
use super::{check_extensions, integration::timeout_ms};
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// What the key of every extension of ours begins with.
pub(super) const PREFIX: &str = "x-stagegate-";
/// Extensions of an operation.
pub(super) const OF_OPERATION: &[&str] = &["api-key-required", "cache", "request-validation"];
/// Extensions of an integration.
const OF_INTEGRATION: &[&str] = &["request-transfer-mode", "response-transfer-mode", "timeout-in-millis"];
/// Extensions of a JWT authorizer.
const OF_JWT: &[&str] = &["algorithms", "issuers"];
/// Fewest milliseconds of a timeout.
const TIMEOUT_LEAST_MS: i32 = 50;
/// Most seconds that an answer is kept, as in a REST API.
const MOST_TTL_S: i64 = 3_600;

/// The extension of ours with this name.
fn get<'d>(place: Cursor<'d>, name: &str) -> Option<Cursor<'d>> {
    place.get(&format!("{PREFIX}{name}"))
}

fn entity<T>(read: Result<T, ImportError>) -> Result<T, ImportError> {
    read.map_err(ImportError::of_entity)
}

/// What the API itself asks for.
pub(super) fn root(scope: &Scope<'_>) -> Result<Option<ApiBeyond>, ImportError> {
    let responses = get(scope.root, "gateway-responses").map(nouns::gateway_responses).transpose();
    Ok(some_beyond(ApiBeyond {
        api_key_source: entity(get(scope.root, "api-key-source").map(choice).transpose())?,
        gateway_responses: entity(responses)?.unwrap_or_default(),
        ..ApiBeyond::default()
    }))
}

/// What is validated.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Validated {
    parameters: bool,
    body: bool,
}

/// What is validated of every operation that says nothing else.
pub(super) fn validated_by_default(scope: &Scope<'_>) -> Result<Validated, ImportError> {
    let stated = get(scope.root, "request-validation").map(validated).transpose();
    Ok(entity(stated)?.unwrap_or_default())
}

fn validated(place: Cursor<'_>) -> Result<Validated, ImportError> {
    let mut flags = Validated::default();
    for (key, member) in place.members()? {
        match key {
            "parameters" => flags.parameters = member.boolean()?,
            "body" => flags.body = member.boolean()?,
            _ => return Err(member.error(format!("there is no member {:?}", excerpt(key)), "parameters or body")),
        }
    }
    Ok(flags)
}

/// What an operation asks for.
pub(super) fn operation<'d>(
    scope: &mut Scope<'d>,
    item: Cursor<'d>,
    operation: Cursor<'d>,
    models: &mut Models<'d>,
) -> Result<Option<RouteBeyond>, ImportError> {
    let stated = get(operation, "request-validation").map(validated).transpose();
    let flags = entity(stated)?.unwrap_or(models.by_default);
    Ok(some_beyond(RouteBeyond {
        api_key_required: entity(get(operation, "api-key-required").map_or(Ok(false), Cursor::boolean))?,
        request_validation: request_validation(scope, item, operation, flags, models)?,
        cache: entity(get(operation, "cache").map(cache).transpose())?,
    }))
}

fn request_validation<'d>(
    scope: &mut Scope<'d>,
    item: Cursor<'d>,
    operation: Cursor<'d>,
    flags: Validated,
    models: &mut Models<'d>,
) -> Result<Option<RequestValidation>, ImportError> {
    let mut validation = RequestValidation::default();
    if flags.parameters {
        let shared = parameters::read_shared(scope, item)?;
        let declared = parameters::read(scope, operation, &shared)?.request;
        let names = declared.into_iter().filter(|(_, required)| *required).filter_map(|(name, _)| {
            // A path has all of its parameters, or it is of another route.
            let name = name.strip_prefix("method.request.").filter(|name| !name.starts_with("path."))?;
            Some(format!("$request.{name}"))
        });
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        validation.required_parameters = Some(names);
    }
    let body = operation.get("requestBody");
    if flags.body {
        let body = body.map(|body| resolve(scope, body)).transpose()?;
        validation.models = Some(models.of_content(scope, body.and_then(|body| body.get("content")))?);
    } else if let Some(body) = body {
        scope.left_out(body, "requestBody is not supported for HTTP APIs; it is ignored");
    }
    Ok(some_beyond(validation))
}

fn cache(place: Cursor<'_>) -> Result<ResponseCache, ImportError> {
    let mut cache = ResponseCache::default();
    for (key, member) in place.members()? {
        match key {
            "ttlInSeconds" => {
                let seconds = member.integer()?;
                let in_range = (1..=MOST_TTL_S).contains(&seconds);
                cache.ttl_in_seconds = i32::try_from(seconds).ok().filter(|_| in_range).ok_or_else(|| {
                    member.error("the time to live is out of range", format!("1 to {MOST_TTL_S} seconds"))
                })?;
            }
            "keyParameters" => {
                cache.key_parameters = member.items()?.map(key_parameter).collect::<Result<_, ImportError>>()?;
            }
            _ => {
                let message = format!("there is no member {:?}", excerpt(key));
                return Err(member.error(message, "ttlInSeconds or keyParameters"));
            }
        }
    }
    if cache.ttl_in_seconds == 0 {
        return Err(place.error("the cache has no ttlInSeconds", format!("1 to {MOST_TTL_S} seconds")));
    }
    Ok(cache)
}

fn key_parameter(place: Cursor<'_>) -> Result<String, ImportError> {
    const ROOTS: [&str; 3] = ["$request.header.", "$request.path.", "$request.querystring."];
    let text = place.text()?;
    let is_known = ROOTS.iter().any(|root| text.strip_prefix(root).is_some_and(|name| !name.is_empty()));
    if is_known {
        return Ok(text.to_owned());
    }
    Err(place
        .error(format!("{:?} is no parameter of a request", excerpt(text)), format!("{}NAME", ROOTS.join("NAME, "))))
}

/// What an integration asks for.
pub(super) fn integration(scope: &mut Scope<'_>, place: Cursor<'_>) -> Result<Option<IntegrationBeyond>, ImportError> {
    check_extensions(scope, place, &[], OF_INTEGRATION)?;
    let timeout = get(place, "timeout-in-millis").map(|member| {
        let timeout = timeout_ms(member)?;
        let is_long_enough = timeout >= TIMEOUT_LEAST_MS;
        let short = || member.error("the timeout is too short", format!("at least {TIMEOUT_LEAST_MS} milliseconds"));
        is_long_enough.then_some(timeout).ok_or_else(short)
    });
    Ok(some_beyond(IntegrationBeyond {
        timeout_in_millis: entity(timeout.transpose())?,
        request_transfer_mode: entity(get(place, "request-transfer-mode").map(choice).transpose())?,
        response_transfer_mode: entity(get(place, "response-transfer-mode").map(choice).transpose())?,
    }))
}

/// What a JWT authorizer asks for.
pub(super) fn authorizer(
    scope: &mut Scope<'_>,
    place: Cursor<'_>,
    kind: AuthorizerType,
) -> Result<Option<AuthorizerBeyond>, ImportError> {
    let known = if kind == AuthorizerType::Jwt { OF_JWT } else { &[] };
    check_extensions(scope, place, &[], known)?;
    if known.is_empty() {
        return Ok(None);
    }
    let issuers = get(place, "issuers").map(|list| list.items()?.map(issuer).collect()).transpose();
    let algorithms = get(place, "algorithms").map(all).transpose();
    Ok(some_beyond(AuthorizerBeyond {
        issuers: entity(issuers)?.unwrap_or_default(),
        algorithms: entity(algorithms)?.unwrap_or_default(),
    }))
}

fn all<T: FromStr<Err = UnknownValue>>(place: Cursor<'_>) -> Result<Vec<T>, ImportError> {
    place.items()?.map(exact_choice).collect()
}

fn issuer(place: Cursor<'_>) -> Result<TokenIssuer, ImportError> {
    let member = |key: &str| {
        place.get(key).ok_or_else(|| place.error(format!("the issuer has no {key}"), "an issuer and its audience"))
    };
    let (issuer, audience) = (member("issuer")?, texts(member("audience")?)?);
    let url = issuer.text()?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(issuer.error(format!("{:?} is no URL", excerpt(url)), "an https URL"));
    }
    if audience.is_empty() {
        return Err(place.error("the issuer has no audience", "at least one audience"));
    }
    Ok(TokenIssuer { issuer: url.to_owned(), audience })
}
