//! Security schemes of an HTTP API: which are authorizers, which is IAM, and which nobody enforces.

use std::collections::HashMap;

use stagegate_model::http::{AuthorizationType, Authorizer, AuthorizerType, JwtConfiguration, Route};

use super::super::{reference::resolve, scope::Scope, security, settings::texts};
use super::beyond;
use crate::{
    document::{Cursor, excerpt},
    error::{ImportError, ImportErrorKind},
    http_definition::Placed,
};

/// What the path of a discovery document ends in (`OpenID` Connect Discovery 1.0, section 4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What a security scheme means to an HTTP API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    AwsIam,
    Authorizer(AuthorizerType),
    /// One that HTTP APIs do not enforce: operations that require it are left out.
    Foreign,
}

/// The schemes of a document by their names.
pub(super) struct Schemes<'d>(HashMap<&'d str, Scheme>);

/// Who may call an operation.
pub(super) enum Access {
    /// As the route says.
    Stated,
    /// What the operation requires cannot be enforced.
    Unenforced(String),
}

/// Reads all schemes, and the authorizers among them.
pub(super) fn read<'d>(scope: &mut Scope<'d>) -> Result<(Schemes<'d>, Vec<Placed<Authorizer>>), ImportError> {
    let (mut schemes, mut authorizers) = (HashMap::new(), Vec::new());
    let Some(defined) = security::defined(scope) else { return Ok((Schemes(schemes), authorizers)) };
    for (name, place) in defined.members()? {
        let scheme = resolve(scope, place)?;
        let meaning = match scheme.get("x-amazon-apigateway-authorizer") {
            Some(authorizer) => match read_authorizer(scope, name, scheme, authorizer) {
                Ok(read) => {
                    let meaning = read.authorizer_type.map_or(Scheme::Foreign, Scheme::Authorizer);
                    authorizers.push(Placed::at(authorizer, read));
                    meaning
                }
                Err(error) if error.kind == ImportErrorKind::Definition => {
                    let message = format!("Unable to create authorizer '{}': {}", excerpt(name), error.message);
                    scope.warn(authorizer, message);
                    Scheme::Foreign
                }
                Err(error) => return Err(error),
            },
            None if is_iam(scheme)? => Scheme::AwsIam,
            None => Scheme::Foreign,
        };
        schemes.insert(name, meaning);
    }
    Ok((Schemes(schemes), authorizers))
}

/// "Every term that begins with `aws`" is IAM, as for REST APIs.
fn is_iam(scheme: Cursor<'_>) -> Result<bool, ImportError> {
    let kind = scheme.get("x-amazon-apigateway-authtype").map(Cursor::text).transpose()?;
    Ok(kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("aws")))
}

fn read_authorizer(
    scope: &mut Scope<'_>,
    name: &str,
    scheme: Cursor<'_>,
    place: Cursor<'_>,
) -> Result<Authorizer, ImportError> {
    let text = |key| place.get(key).map(|member| member.text().map(str::to_owned)).transpose();
    let kind = authorizer_type(place)?;
    let is_jwt = kind == AuthorizerType::Jwt;
    let sources = text("identitySource")?.map(|sources| {
        let sources = sources.split(',').map(str::trim).filter(|source| !source.is_empty());
        sources.map(str::to_owned).collect::<Vec<_>>()
    });
    let sources = sources.or(source_of(scheme)?.map(|source| vec![source]));
    let usual = || is_jwt.then(|| vec!["$request.header.Authorization".to_owned()]);
    let ttl = place.get("authorizerResultTtlInSeconds").map(seconds).transpose()?;
    let simple = place.get("enableSimpleResponses").map(Cursor::boolean).transpose()?;
    Ok(Authorizer {
        name: Some(name.to_owned()),
        authorizer_type: Some(kind),
        authorizer_uri: text("authorizerUri")?,
        authorizer_credentials_arn: text("authorizerCredentials")?,
        authorizer_payload_format_version: text("authorizerPayloadFormatVersion")?,
        authorizer_result_ttl_in_seconds: ttl,
        enable_simple_responses: simple,
        identity_source: sources.or_else(usual),
        jwt_configuration: is_jwt.then(|| jwt(scheme, place)).transpose()?,
        beyond: beyond::authorizer(scope, place, kind)?,
        ..Authorizer::default()
    })
}

fn authorizer_type(place: Cursor<'_>) -> Result<AuthorizerType, ImportError> {
    const EXPECTED: &str = "one of request, jwt";
    let Some(member) = place.get("type") else {
        return Err(place.error("the authorizer has no type", EXPECTED));
    };
    let text = member.text()?;
    let unknown = |_| {
        member.error(format!("{:?} is no type of an authorizer of HTTP APIs, which is {EXPECTED}", excerpt(text)), "")
    };
    text.to_ascii_uppercase().parse().map_err(unknown)
}

fn seconds(place: Cursor<'_>) -> Result<i32, ImportError> {
    i32::try_from(place.integer()?).map_err(|_| place.error("the time to live is out of range", "0 to 3600 seconds"))
}

/// Where the token is, if the scheme itself says so: `in: header` or `in: query`, and a name.
fn source_of(scheme: Cursor<'_>) -> Result<Option<String>, ImportError> {
    let root = match scheme.get("in").map(Cursor::text).transpose()? {
        Some("header") => "$request.header.",
        Some("query") => "$request.querystring.",
        _ => return Ok(None),
    };
    scheme.get("name").map(|name| Ok(format!("{root}{}", name.text()?))).transpose()
}

/// The issuer is named, or it is that of `openIdConnectUrl`, which "must be fully formed".
fn jwt(scheme: Cursor<'_>, place: Cursor<'_>) -> Result<JwtConfiguration, ImportError> {
    let own = place.get("jwtConfiguration");
    let named = own.and_then(|own| own.get("issuer")).map(Cursor::text).transpose()?;
    let discovered = scheme.get("openIdConnectUrl").map(Cursor::text).transpose()?;
    let issuer = named.or_else(|| discovered.and_then(|url| url.strip_suffix(DISCOVERY)));
    let audience = own.and_then(|own| own.get("audience")).map(texts).transpose()?;
    Ok(JwtConfiguration { audience, issuer: issuer.map(str::to_owned) })
}

impl Schemes<'_> {
    /// Sets the authorization of a route from its operation, or from the document where the operation says nothing.
    pub(super) fn apply<'d>(
        &self,
        scope: &mut Scope<'d>,
        operation: Cursor<'d>,
        route: &mut Route,
    ) -> Result<Access, ImportError> {
        route.authorization_type = Some(AuthorizationType::None);
        let stated = operation.get("security");
        let Some(required) = stated.or_else(|| scope.root.get("security")) else { return Ok(Access::Stated) };
        if stated.is_none() {
            scope.repeat(operation, required.weight())?;
        }
        let Some((name, scopes)) = only(required)? else { return Ok(Access::Stated) };
        match self.0.get(name) {
            Some(Scheme::AwsIam) => route.authorization_type = Some(AuthorizationType::AwsIam),
            Some(Scheme::Authorizer(kind)) => {
                let is_jwt = *kind == AuthorizerType::Jwt;
                let custom = if is_jwt { AuthorizationType::Jwt } else { AuthorizationType::Custom };
                route.authorization_type = Some(custom);
                route.authorizer_id = Some(name.to_owned());
                route.authorization_scopes = Some(texts(scopes)?).filter(|scopes| is_jwt && !scopes.is_empty());
            }
            Some(Scheme::Foreign) => {
                let why = "the security scheme '{}' has no authorizer that HTTP APIs know";
                return Ok(Access::Unenforced(why.replace("{}", &excerpt(name))));
            }
            None => {
                let why = format!("the security scheme '{}' is not defined", excerpt(name));
                return Ok(Access::Unenforced(why));
            }
        }
        Ok(Access::Stated)
    }
}

/// The one scheme that is required. "Attempting to model multiple security requirements results in an error."
fn only(required: Cursor<'_>) -> Result<Option<(&str, Cursor<'_>)>, ImportError> {
    let refuse = |place: Cursor<'_>| {
        let message = "Multiple security requirements are not supported for HTTP APIs";
        place.error(message, "one of IAM, a Lambda authorizer or a JWT authorizer for an operation").of_entity()
    };
    let mut all = required.items()?;
    let Some(requirement) = all.next() else { return Ok(None) };
    if let Some(second) = all.next() {
        return Err(refuse(second));
    }
    let mut schemes = requirement.members()?;
    let first = schemes.next();
    if let Some((_, second)) = schemes.next() {
        return Err(refuse(second));
    }
    Ok(first)
}
