//! What each type of authorizer needs, and what it does not take (fact section 1.4).

use stagegate_model::rest::{Authorizer, AuthorizerType};

use super::authorizer_jwt;
use super::mapping::named;
use crate::fault::Fault;

/// Seconds a decision is kept where nothing is said (fact 86).
const DEFAULT_TTL_SECONDS: i32 = 300;
/// The most seconds a decision is kept (service model, `Authorizer`).
const MOST_TTL_SECONDS: i32 = 3_600;
/// Characters of an authorizer's name.
const MOST_NAME_CHARS: usize = 128;

/// Drops the members that an authorizer's new type does not have: `UpdateAuthorizer` cannot remove most of them.
pub(crate) fn forget_foreign_members(authorizer: &mut Authorizer) {
    let kind = authorizer.kind;
    let calls_a_function = matches!(kind, Some(AuthorizerType::Token | AuthorizerType::Request));
    if !calls_a_function {
        authorizer.authorizer_uri = None;
        authorizer.authorizer_credentials = None;
    }
    if kind == Some(AuthorizerType::Jwt) {
        authorizer.authorizer_result_ttl_in_seconds = None;
        authorizer.auth_type = None;
    } else {
        authorizer.jwt_configuration = None;
    }
    if kind != Some(AuthorizerType::CognitoUserPools) {
        authorizer.provider_arns = None;
    }
    if !matches!(kind, Some(AuthorizerType::Token | AuthorizerType::CognitoUserPools)) {
        authorizer.identity_validation_expression = None;
    }
}

/// Brings an authorizer into the form it is stored in, or refuses it. Created, patched and imported ones pass here.
pub(crate) fn check(authorizer: &mut Authorizer) -> Result<(), Fault> {
    let name = authorizer.name.as_deref().unwrap_or_default();
    if name.trim().is_empty() || name.chars().count() > MOST_NAME_CHARS {
        return Err(Fault::bad_request(format!("Invalid authorizer name specified: {name}")));
    }
    check_ttl(authorizer)?;
    check_expression(authorizer)?;
    match authorizer.kind {
        None => return Err(Fault::bad_request("Invalid authorizer type specified")),
        Some(AuthorizerType::Token) => check_token(authorizer)?,
        Some(AuthorizerType::Request) => check_request(authorizer)?,
        Some(AuthorizerType::CognitoUserPools) => check_cognito(authorizer)?,
        Some(AuthorizerType::Jwt) => authorizer_jwt::check(authorizer)?,
    }
    if authorizer.kind != Some(AuthorizerType::Jwt) && authorizer.jwt_configuration.is_some() {
        return Err(Fault::bad_request("jwtConfiguration is only allowed for authorizers of type JWT"));
    }
    Ok(())
}

fn check_ttl(authorizer: &Authorizer) -> Result<(), Fault> {
    match authorizer.authorizer_result_ttl_in_seconds {
        Some(seconds) if !(0..=MOST_TTL_SECONDS).contains(&seconds) => Err(Fault::bad_request(format!(
            "Invalid authorizer result TTL specified. Must be between 0 and {MOST_TTL_SECONDS} seconds"
        ))),
        _ => Ok(()),
    }
}

/// Whether it is a regular expression is for whoever runs it to say: AWS's are Java's.
fn check_expression(authorizer: &Authorizer) -> Result<(), Fault> {
    let Some(expression) = &authorizer.identity_validation_expression else { return Ok(()) };
    if expression.chars().count() > 1_024 || expression.contains('\0') {
        return Err(Fault::bad_request("Invalid identity validation expression specified"));
    }
    Ok(())
}

fn check_token(authorizer: &mut Authorizer) -> Result<(), Fault> {
    check_function(authorizer)?;
    check_one_header(authorizer)
}

fn check_request(authorizer: &mut Authorizer) -> Result<(), Fault> {
    check_function(authorizer)?;
    let Some(sources) = &authorizer.identity_source else {
        if authorizer.authorizer_result_ttl_in_seconds == Some(0) {
            return Ok(());
        }
        return Err(Fault::bad_request("Identity source is required when authorization caching is enabled"));
    };
    match sources.split(',').map(str::trim).find(|source| !is_request_source(source)) {
        Some(bad) => Err(Fault::bad_request(format!("Invalid Authorizer Identity Source specified: {bad}"))),
        None => Ok(()),
    }
}

/// Headers, query parameters, stage variables and the context; path parameters are no identity (fact A21).
fn is_request_source(source: &str) -> bool {
    let of_request = source.strip_prefix("method.request.");
    let of_other = source.strip_prefix("context.").or_else(|| source.strip_prefix("stageVariables."));
    of_request.is_some_and(|rest| {
        named(rest, &["header", "querystring", "multivalueheader", "multivaluequerystring"]).is_some()
    }) || of_other.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn check_cognito(authorizer: &mut Authorizer) -> Result<(), Fault> {
    authorizer.auth_type.get_or_insert_with(|| "cognito_user_pools".to_owned());
    let pools = authorizer.provider_arns.as_deref().unwrap_or_default();
    let is_pool = |arn: &String| arn.starts_with("arn:") && arn.contains(":cognito-idp:") && arn.contains(":userpool/");
    if pools.is_empty() {
        let message = "At least one user pool ARN is required for authorizers of type COGNITO_USER_POOLS";
        return Err(Fault::bad_request(message));
    }
    if let Some(bad) = pools.iter().find(|arn| !is_pool(arn)) {
        return Err(Fault::bad_request(format!("Invalid Cognito User Pool ARN specified: {bad}")));
    }
    check_one_header(authorizer)
}

/// The one header that carries a token.
pub(crate) fn check_one_header(authorizer: &Authorizer) -> Result<(), Fault> {
    let source = authorizer.identity_source.as_deref().unwrap_or_default();
    let header = source.strip_prefix("method.request.").and_then(|rest| named(rest, &["header"]));
    if header.is_some() {
        return Ok(());
    }
    Err(Fault::bad_request(format!("Invalid Authorizer Identity Source specified: {source}")))
}

/// `TOKEN` and `REQUEST` call a function through its invocation ARN.
fn check_function(authorizer: &mut Authorizer) -> Result<(), Fault> {
    let uri = authorizer.authorizer_uri.as_deref();
    let is_invocation = |uri: &str| {
        uri.starts_with("arn:")
            && uri.contains(":apigateway:")
            && uri.contains(":lambda:path/")
            && uri.ends_with("/invocations")
    };
    if !uri.is_some_and(is_invocation) {
        return Err(Fault::bad_request(format!(
            "Invalid Authorizer URI: {}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda \
             function invocation.",
            uri.unwrap_or("null")
        )));
    }
    let role = authorizer.authorizer_credentials.as_deref();
    if role.is_some_and(|role| !role.starts_with("arn:") || !role.contains(":iam::")) {
        return Err(Fault::bad_request("Invalid ARN specified in the request"));
    }
    authorizer.auth_type.get_or_insert_with(|| "custom".to_owned());
    authorizer.authorizer_result_ttl_in_seconds.get_or_insert(DEFAULT_TTL_SECONDS);
    Ok(())
}
