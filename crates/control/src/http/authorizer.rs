//! `Authorizer`: functions that decide, and issuers of tokens (facts 94 and 95).

use serde_json::{Map, Value, json};
use stagegate_model::domain::is_http_url;
use stagegate_model::http::{Authorizer, AuthorizerType};
use stagegate_model::keys::HttpNoun;
use stagegate_store::BoxFuture;

use super::edit::Place;
use super::members::{Form, Member, member, required};
use super::{route, verbs};
use crate::call::Call;
use crate::fault::Fault;

/// Seconds that decisions are kept, at most.
const MOST_TTL_S: i64 = 3_600;

/// What is not done to an authorizer that a route asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refused {
    Deletion,
    OtherType,
}

pub(super) fn in_use(refused: Refused, id: &str, route_key: &str) -> Fault {
    let what = match refused {
        Refused::Deletion => "delete",
        Refused::OtherType => "change the type of",
    };
    Fault::conflict(format!("Cannot {what} Authorizer '{id}' as it is referenced in Route '{route_key}'"))
}

impl verbs::Noun for Authorizer {
    const KIND: HttpNoun = HttpNoun::Authorizer;
    const ID: &'static str = "authorizerId";
    const IS_FROZEN: bool = true;
    const MEMBERS: &'static [Member] = &[
        member("authorizerCredentialsArn", Form::Text(0, 2048)),
        member("authorizerPayloadFormatVersion", Form::Text(0, 64)),
        member("authorizerResultTtlInSeconds", Form::Integer(0, MOST_TTL_S)),
        required("authorizerType", Form::Choice(AuthorizerType::NAMES)),
        member("authorizerUri", Form::Text(0, 2048)),
        member("enableSimpleResponses", Form::Flag),
        member("identitySource", Form::Texts),
        member("identityValidationExpression", Form::Text(0, 1024)),
        member(
            "jwtConfiguration",
            Form::Structure(&[member("audience", Form::Texts), member("issuer", Form::Text(1, 2048))]),
        ),
        required("name", Form::Text(1, 128)),
    ];

    fn id(&self) -> &str {
        &self.authorizer_id
    }

    fn defaults(call: &Call, _made: &Map<String, Value>) -> Map<String, Value> {
        let defaults = json!({ "authorizerId": call.new_noun_id() });
        defaults.as_object().cloned().unwrap_or_default()
    }

    fn missing(id: &str) -> Fault {
        Fault::not_found(format!("Unable to find Authorizer by id {id} within the provided Api"))
    }

    fn settle<'c>(
        &'c mut self,
        before: Option<&'c Self>,
        place: &'c mut Place<'_>,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let others = place.nouns::<Self>(HttpNoun::Authorizer).await?;
            if before.is_none() {
                let message = "Maximum number of authorizers for this Api has been reached.";
                place.call.world.quotas.admit_or_throttle("http_authorizers_per_api_count", others.len(), message)?;
            }
            if others.iter().any(|(id, other)| *id != self.authorizer_id && other.name == self.name) {
                let name = self.name.as_deref().unwrap_or_default();
                return Err(Fault::bad_request(format!("Authorizer name must be unique: {name} is taken")));
            }
            if before.is_some_and(|before| before.authorizer_type != self.authorizer_type) {
                route::refuse_used_authorizer(Refused::OtherType, &self.authorizer_id, place).await?;
            }
            check(self, place.call)
        })
    }

    fn release<'c>(&'c self, place: &'c mut Place<'_>) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(route::refuse_used_authorizer(Refused::Deletion, &self.authorizer_id, place))
    }
}

/// Checks an authorizer by itself.
pub(super) fn check(authorizer: &mut Authorizer, call: &Call) -> Result<(), Fault> {
    for source in authorizer.identity_source.iter().flatten() {
        check_source(source)?;
    }
    match authorizer.authorizer_type {
        Some(AuthorizerType::Jwt) => check_jwt(authorizer, call),
        Some(AuthorizerType::Request) => check_request(authorizer),
        None => Err(Fault::bad_request("AuthorizerType is a required parameter")),
    }
}

fn check_source(source: &str) -> Result<(), Fault> {
    const ROOTS: [&str; 4] = ["$request.header.", "$request.querystring.", "$context.", "$stageVariables."];
    let names = ROOTS.iter().any(|root| source.strip_prefix(root).is_some_and(|name| !name.is_empty()));
    if names {
        return Ok(());
    }
    let roots = ROOTS.join("…, ");
    Err(Fault::bad_request(format!("Invalid IdentitySource {source}: it must begin with {roots}…")))
}

fn check_jwt(authorizer: &mut Authorizer, call: &Call) -> Result<(), Fault> {
    let sources = authorizer.identity_source.as_deref().unwrap_or_default();
    let is_one =
        matches!(sources, [source] if !source.starts_with("$context.") && !source.starts_with("$stageVariables."));
    if !is_one {
        let message = "A JWT authorizer must have exactly one IdentitySource, a header or a query string";
        return Err(Fault::bad_request(message));
    }
    let Some(jwt) = &authorizer.jwt_configuration else {
        return Err(Fault::bad_request("JwtConfiguration is a required parameter for JWT authorizer"));
    };
    let issuer = jwt.issuer.as_deref().unwrap_or_default();
    if !is_http_url(issuer) {
        return Err(Fault::bad_request(format!("Invalid Issuer {issuer}: it must be a URL")));
    }
    let audiences = jwt.audience.as_ref().map_or(0, Vec::len);
    if audiences == 0 {
        return Err(Fault::bad_request("JwtConfiguration must have an Audience"));
    }
    let message = "Maximum number of audiences for this authorizer has been reached.";
    call.world.quotas.admit_or_throttle("http_audiences_per_authorizer_count", audiences.saturating_sub(1), message)?;
    let of_functions = [
        ("AuthorizerUri", authorizer.authorizer_uri.is_some()),
        ("AuthorizerCredentialsArn", authorizer.authorizer_credentials_arn.is_some()),
        ("AuthorizerPayloadFormatVersion", authorizer.authorizer_payload_format_version.is_some()),
        ("EnableSimpleResponses", authorizer.enable_simple_responses == Some(true)),
    ];
    match of_functions.iter().find(|(_, is_set)| *is_set) {
        Some((name, _)) => Err(Fault::bad_request(format!("{name} does not go with a JWT authorizer"))),
        None => Ok(()),
    }
}

fn check_request(authorizer: &mut Authorizer) -> Result<(), Fault> {
    if authorizer.jwt_configuration.is_some() {
        return Err(Fault::bad_request("JwtConfiguration does not go with a REQUEST authorizer"));
    }
    let uri = authorizer.authorizer_uri.as_deref().unwrap_or_default();
    if !(uri.starts_with("arn:") && uri.contains(":lambda:path/")) {
        return Err(Fault::bad_request(format!("Invalid AuthorizerUri {uri}: it must be the URI of a function")));
    }
    match authorizer.authorizer_payload_format_version.as_deref() {
        None => {
            let message = "AuthorizerPayloadFormatVersion is a required parameter for Lambda authorizer";
            return Err(Fault::bad_request(message));
        }
        Some("1.0" | "2.0") => {}
        Some(other) => {
            let message = format!("Invalid AuthorizerPayloadFormatVersion {other}: it must be one of 1.0, 2.0");
            return Err(Fault::bad_request(message));
        }
    }
    let is_first = authorizer.authorizer_payload_format_version.as_deref() == Some("1.0");
    if is_first && authorizer.enable_simple_responses == Some(true) {
        return Err(Fault::bad_request("EnableSimpleResponses needs AuthorizerPayloadFormatVersion 2.0"));
    }
    let sources = authorizer.identity_source.as_ref().map_or(0, Vec::len);
    if authorizer.authorizer_result_ttl_in_seconds.is_some_and(|ttl| ttl > 0) && sources == 0 {
        return Err(Fault::bad_request("A decision can only be kept for an authorizer that has an IdentitySource"));
    }
    Ok(())
}
