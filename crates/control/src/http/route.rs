//! `Route`: its key, its authorization, its target.

use serde_json::{Map, Value, json};
use stagegate_model::http::{AuthorizationType, Authorizer, AuthorizerType, Integration, Route, RouteKey};
use stagegate_model::keys::HttpNoun;
use stagegate_store::BoxFuture;

use super::edit::Place;
use super::members::{Form, Member, member, required};
use super::{authorizer, integration, verbs};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;

/// Characters of a route's or an integration's id.
pub(super) const ID_LENGTH: usize = 7;

impl verbs::Noun for Route {
    const KIND: HttpNoun = HttpNoun::Route;
    const ID: &'static str = "routeId";
    const IS_FROZEN: bool = true;
    const MEMBERS: &'static [Member] = &[
        member("apiKeyRequired", Form::Flag),
        member("authorizationScopes", Form::Texts),
        member("authorizationType", Form::Choice(AuthorizationType::NAMES)),
        member("authorizerId", Form::Text(0, 128)),
        member("modelSelectionExpression", Form::Text(0, 128)),
        member("operationName", Form::Text(0, 64)),
        member("requestModels", Form::TextMap),
        member("requestParameters", Form::Structures(&[member("required", Form::Flag)])),
        required("routeKey", Form::Text(1, 4096)),
        member("routeResponseSelectionExpression", Form::Text(0, 128)),
        member("target", Form::Text(0, 128)),
    ];

    fn id(&self) -> &str {
        &self.route_id
    }

    fn defaults(call: &Call, _made: &Map<String, Value>) -> Map<String, Value> {
        let defaults =
            json!({ "apiKeyRequired": false, "authorizationType": "NONE", "routeId": call.new_id(ID_LENGTH) });
        defaults.as_object().cloned().unwrap_or_default()
    }

    fn missing(id: &str) -> Fault {
        Fault::not_found(format!("Unable to find Route by id {id} within the provided Api"))
    }

    fn settle<'c>(
        &'c mut self,
        before: Option<&'c Self>,
        place: &'c mut Place<'_>,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let is_renamed = before
                .is_some_and(|before| before.api_gateway_managed == Some(true) && before.route_key != self.route_key);
            if is_renamed {
                let message = "The route key of a route that API Gateway manages is changed by UpdateApi only";
                return Err(Fault::bad_request(message));
            }
            check_key(self, place).await?;
            if before.is_none() {
                let have = place.nouns::<Value>(HttpNoun::Route).await?.len();
                let message = "Maximum number of routes for this Api has been reached.";
                place.call.world.quotas.admit_or_throttle("http_routes_per_api_count", have, message)?;
            }
            refuse_web_socket_members(self)?;
            check_authorization(self, place).await?;
            check_target(self, place).await
        })
    }
}

async fn check_key(route: &Route, place: &Place<'_>) -> Result<(), Fault> {
    let written = route.route_key.as_deref().unwrap_or_default();
    let key = RouteKey::parse(written).map_err(|error| Fault::bad_request(error.to_string()))?;
    let others = place.nouns::<Route>(HttpNoun::Route).await?;
    let others = others.iter().filter(|(id, _)| *id != route.route_id);
    for other in others.filter_map(|(_, other)| other.route_key.as_deref()) {
        if other == written {
            return Err(Fault::conflict(format!("Route with key {key} already exists for this API")));
        }
        if RouteKey::parse(other).is_ok_and(|other| other.shape() == key.shape()) {
            return Err(Fault::conflict(conflicting(written, other)));
        }
    }
    Ok(())
}

/// AWS's words for a route that takes the same requests as another one, with other names of variables.
pub(super) fn conflicting(key: &str, other: &str) -> String {
    format!("The provided route key \"{key}\" has a conflicting variable on the same hierarchical level as \"{other}\"")
}

/// What only WebSocket APIs have is refused: it would have no effect.
fn refuse_web_socket_members(route: &Route) -> Result<(), Fault> {
    let set = [
        ("ApiKeyRequired", route.api_key_required == Some(true)),
        ("ModelSelectionExpression", route.model_selection_expression.is_some()),
        ("RequestModels", route.request_models.is_some()),
        ("RequestParameters", route.request_parameters.is_some()),
        ("RouteResponseSelectionExpression", route.route_response_selection_expression.is_some()),
    ];
    match set.iter().find(|(_, is_set)| *is_set) {
        Some((name, _)) => Err(Fault::bad_request(format!("{name} is not currently supported for HTTP APIs"))),
        None => Ok(()),
    }
}

async fn check_authorization(route: &mut Route, place: &mut Place<'_>) -> Result<(), Fault> {
    if wanted(route).is_none() {
        route.authorizer_id = None;
        route.authorization_scopes = None;
        return Ok(());
    }
    let id = route.authorizer_id.as_deref().ok_or_else(no_authorizer)?;
    let authorizer: Authorizer = place.noun(HttpNoun::Authorizer, id, no_authorizer).await?;
    check_kind(route, authorizer.authorizer_type, place.call)
}

/// The type of authorizer that a route needs.
fn wanted(route: &Route) -> Option<AuthorizerType> {
    match route.authorization_type? {
        AuthorizationType::Custom => Some(AuthorizerType::Request),
        AuthorizationType::Jwt => Some(AuthorizerType::Jwt),
        AuthorizationType::None | AuthorizationType::AwsIam => None,
    }
}

/// AWS's words, which name another type than the one that was asked for.
fn no_authorizer() -> Fault {
    Fault::bad_request(
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
    )
}

/// Checks a route beside the authorizer that it names, of type `kind`.
pub(super) fn check_kind(route: &Route, kind: Option<AuthorizerType>, call: &Call) -> Result<(), Fault> {
    if kind.is_none() || kind != wanted(route) {
        return Err(no_authorizer());
    }
    let scopes = route.authorization_scopes.as_ref().map_or(0, Vec::len);
    if kind != Some(AuthorizerType::Jwt) && scopes > 0 {
        return Err(Fault::bad_request("AuthorizationScopes are only supported for authorization type JWT"));
    }
    let message = "Maximum number of authorization scopes for this route has been reached.";
    call.world.quotas.admit_or_throttle("http_scopes_per_route_count", scopes.saturating_sub(1), message)
}

async fn check_target(route: &Route, place: &mut Place<'_>) -> Result<(), Fault> {
    let Some(target) = route.target.as_deref() else { return Ok(()) };
    let id = target.strip_prefix("integrations/").filter(|id| !id.is_empty());
    let id =
        id.ok_or_else(|| Fault::bad_request(format!("Invalid target {target}: it must be integrations/{{id}}")))?;
    let missing = || integration::missing(id);
    place.noun::<Integration>(HttpNoun::Integration, id, missing).await.map(drop)
}

/// The route that uses an authorizer or an integration.
pub(super) async fn find(place: &Place<'_>, uses: impl Fn(&Route) -> bool) -> Result<Option<Route>, Fault> {
    let routes = place.nouns::<Route>(HttpNoun::Route).await?;
    Ok(routes.into_iter().map(|(_, route)| route).find(|route| uses(route)))
}

/// `DeleteRouteRequestParameter`: HTTP APIs have none.
pub(crate) async fn delete_request_parameter(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut place = Place::edit(call, transaction).await?;
    let route: Route = verbs::load(&mut place).await?;
    let key = call.parameter("requestParameterKey");
    let known = route.request_parameters.as_ref().is_some_and(|parameters| parameters.contains_key(key));
    if !known {
        return Err(Fault::not_found(format!(
            "Unable to find RequestParameter by key {key} within the provided Route"
        )));
    }
    Ok(Reply::Empty)
}

/// Refuses to delete or to turn over an authorizer that a route asks.
pub(super) async fn refuse_used_authorizer(
    refused: authorizer::Refused,
    id: &str,
    place: &Place<'_>,
) -> Result<(), Fault> {
    let used = find(place, |route| route.authorizer_id.as_deref() == Some(id)).await?;
    used.map_or(Ok(()), |route| Err(authorizer::in_use(refused, id, route.route_key.as_deref().unwrap_or_default())))
}
