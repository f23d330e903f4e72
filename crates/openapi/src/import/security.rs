//! Security: which authorization an operation asks for, and whether it asks for an API key.

use stagegate_model::rest::{AuthorizationType, AuthorizerType, Method};

use super::{
    extensions::choice,
    reference::resolve,
    scope::{Dialect, Scope},
    settings::texts,
};
use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
};

/// What a security scheme means to API Gateway.
enum Scheme {
    ApiKey,
    AwsIam,
    Authorizer(AuthorizationType),
    /// A scheme that API Gateway does not enforce.
    Foreign,
}

/// The object in which a document defines its security schemes.
pub(super) fn defined<'d>(scope: &Scope<'d>) -> Option<Cursor<'d>> {
    match scope.dialect {
        Dialect::Swagger2 => scope.root.get("securityDefinitions"),
        Dialect::OpenApi3 => scope.root.get("components")?.get("securitySchemes"),
    }
}

/// Sets the method's authorization from the operation. The document's own `security` counts for nothing (AWS: "important
/// notes for REST APIs").
pub(super) fn apply<'d>(scope: &mut Scope<'d>, operation: Cursor<'d>, method: &mut Method) -> Result<(), ImportError> {
    method.api_key_required = Some(false);
    if let Some(requirements) = operation.get("security") {
        for requirement in requirements.items()? {
            for (name, scopes) in requirement.members()? {
                require(scope, name, scopes, method)?;
            }
        }
    }
    if let Some(auth) = operation.get("x-amazon-apigateway-auth").and_then(|auth| auth.get("type"))
        && method.authorization_type == Some(AuthorizationType::None)
    {
        method.authorization_type = Some(choice(auth)?);
    }
    Ok(())
}

fn require<'d>(scope: &mut Scope<'d>, name: &str, scopes: Cursor<'d>, method: &mut Method) -> Result<(), ImportError> {
    let taken = method.authorization_type != Some(AuthorizationType::None);
    let scheme = defined(scope).and_then(|schemes| schemes.get(name));
    let meaning = if let Some(scheme) = scheme {
        classify(resolve(scope, scheme)?)?
    } else {
        // AWS's own examples name schemes that they do not define. Whoever asked for security gets a closed method.
        scope.warn(scopes, format!("the security scheme {:?} is not defined", excerpt(name)));
        Scheme::Authorizer(AuthorizationType::Custom)
    };
    match meaning {
        Scheme::ApiKey => method.api_key_required = Some(true),
        Scheme::AwsIam | Scheme::Authorizer(_) if taken => {
            let message = format!("a method has one authorization; the scheme {:?} is ignored", excerpt(name));
            scope.warn(scopes, message);
        }
        Scheme::AwsIam => method.authorization_type = Some(AuthorizationType::AwsIam),
        Scheme::Authorizer(kind) => {
            method.authorization_type = Some(kind);
            method.authorizer_id = Some(name.to_owned());
            method.authorization_scopes = Some(texts(scopes)?).filter(|scopes| !scopes.is_empty());
        }
        Scheme::Foreign => {
            let message = format!(
                "the security scheme {:?} has no API Gateway extension: as on AWS it is not enforced and the method is open",
                excerpt(name)
            );
            scope.warn(scopes, message);
        }
    }
    Ok(())
}

/// Classifies a scheme by its extensions, then by AWS's one plain case, the API key in `x-api-key`.
fn classify(scheme: Cursor<'_>) -> Result<Scheme, ImportError> {
    if let Some(authorizer) = scheme.get("x-amazon-apigateway-authorizer") {
        return authorizer_type(authorizer).map(|kind| Scheme::Authorizer(authorization_of(kind)));
    }
    if let Some(kind) = scheme.get("x-amazon-apigateway-authtype") {
        // Every term that begins with `aws` is reserved for IAM; any other only names a Lambda authorizer's scheme.
        let is_iam = kind.text()?.to_ascii_lowercase().starts_with("aws");
        return Ok(if is_iam { Scheme::AwsIam } else { Scheme::Authorizer(AuthorizationType::Custom) });
    }
    let member = |key| scheme.get(key).map_or(Ok(""), Cursor::text);
    let is_key = member("type")? == "apiKey" && member("in")? == "header";
    Ok(if is_key && member("name")?.eq_ignore_ascii_case("x-api-key") { Scheme::ApiKey } else { Scheme::Foreign })
}

/// The type of an authorizer, in any letter case.
pub(super) fn authorizer_type(authorizer: Cursor<'_>) -> Result<AuthorizerType, ImportError> {
    const EXPECTED: &str = "one of token, request, cognito_user_pools, jwt";
    let Some(place) = authorizer.get("type") else {
        return Err(authorizer.error("the authorizer has no type", EXPECTED));
    };
    let text = place.text()?;
    let unknown = |_| place.error(format!("{:?} is no type of an authorizer", excerpt(text)), EXPECTED);
    text.to_ascii_uppercase().parse().map_err(unknown)
}

/// The authorization type of methods that such an authorizer serves.
fn authorization_of(kind: AuthorizerType) -> AuthorizationType {
    match kind {
        AuthorizerType::Token | AuthorizerType::Request => AuthorizationType::Custom,
        AuthorizerType::CognitoUserPools => AuthorizationType::CognitoUserPools,
        AuthorizerType::Jwt => AuthorizationType::Jwt,
    }
}
