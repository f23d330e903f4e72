//! `paths`: every operation becomes a route with its integration; one that cannot is left out with a warning.

use std::collections::{HashMap, HashSet};

use stagegate_model::http::{AuthorizationType, Integration, Route, RouteKey};
use stagegate_model::rest::HttpMethod;

use super::super::{basepath, paths::verb, reference::resolve, scope::Scope};
use super::models::Models;
use super::schemes::{Access, Schemes};
use super::{beyond, check_extensions, integration};
use crate::{
    document::{Cursor, NodeId, Value, excerpt},
    error::{ImportError, ImportErrorKind},
    http_definition::{HttpApiDefinition, Placed, RouteDefinition},
};

/// The path whose `ANY` operation is the route `$default`.
const DEFAULT_PATH: &str = "/$default";
/// The most characters of a route's `OperationName`.
const MOST_NAME_CHARS: usize = 64;

/// The routes read so far.
struct Routes<'s, 'd> {
    schemes: &'s Schemes<'d>,
    models: Models<'d>,
    keys: HashSet<String>,
    /// The integrations of `components` by their nodes; nothing for one that cannot be read.
    shared: HashMap<NodeId, Option<usize>>,
    integrations: Vec<Placed<Integration>>,
    read: Vec<Placed<RouteDefinition>>,
}

pub(super) fn read<'d>(
    scope: &mut Scope<'d>,
    schemes: &Schemes<'d>,
    api: &mut HttpApiDefinition,
) -> Result<(), ImportError> {
    let mut routes = Routes {
        schemes,
        models: Models::new(beyond::validated_by_default(scope)?),
        keys: HashSet::new(),
        shared: HashMap::new(),
        integrations: Vec::new(),
        read: Vec::new(),
    };
    for (name, place) in integration::shared(scope)? {
        let read = routes.read_integration(scope, place, &format!("integration '{}'", excerpt(&name)))?;
        routes.shared.insert(place.id(), read);
    }
    let base = basepath::read(scope)?;
    for (path, item) in scope.root.get("paths").map(Cursor::members).transpose()?.into_iter().flatten() {
        if path.starts_with("x-") {
            continue;
        }
        if path == "$default" || !path.starts_with('/') {
            // AWS's words; it takes `$default` nevertheless.
            let message = format!("Parse issue: attribute paths. Resource {} should start with /", excerpt(path));
            scope.warn(item, message);
        }
        scope.repeat(item, base.weight())?;
        routes.read_item(scope, path, &base.parts, item)?;
    }
    let models = routes.models.close(scope)?;
    if !models.is_empty() {
        api.beyond.get_or_insert_default().models = models;
    }
    (api.integrations, api.routes) = (routes.integrations, routes.read);
    Ok(())
}

impl<'d> Routes<'_, 'd> {
    fn read_item(
        &mut self,
        scope: &mut Scope<'d>,
        path: &str,
        base: &[String],
        item: Cursor<'d>,
    ) -> Result<(), ImportError> {
        let item = resolve(scope, item)?;
        if matches!(item.value(), Value::Null) {
            return Ok(());
        }
        check_extensions(scope, item, &["any-method"], &[])?;
        if let Some(servers) = item.get("servers") {
            scope.left_out(servers, "servers of a path are not supported for HTTP APIs; they are ignored");
        }
        for (key, operation) in item.members()? {
            let Some(verb) = verb(key) else {
                if key == "trace" {
                    scope.warn(operation, "TRACE is no verb of an HTTP API's routes; the operation is ignored");
                }
                continue;
            };
            if item.get(key).is_some() {
                let key = route_key(scope, path, base, verb, operation)?;
                self.read_operation(scope, &key, item, operation)?;
            }
        }
        Ok(())
    }

    fn read_operation(
        &mut self,
        scope: &mut Scope<'d>,
        key: &str,
        item: Cursor<'d>,
        operation: Cursor<'d>,
    ) -> Result<(), ImportError> {
        check_extensions(scope, operation, &["auth", "integration"], beyond::OF_OPERATION)?;
        let mut route = Route { route_key: Some(key.to_owned()), ..Route::default() };
        if let Err(why) = self.secure(scope, operation, &mut route)? {
            let message = format!("Unable to create route '{}': {why}. The route is left out.", excerpt(key));
            scope.warn(operation, message);
            return Ok(());
        }
        if !self.keys.insert(key.to_owned()) {
            let message = format!("the route {} is defined twice", excerpt(key));
            return Err(operation.error(message, "each route once"));
        }
        route.operation_name = operation_name(scope, operation)?;
        route.beyond = beyond::operation(scope, item, operation, &mut self.models)?;
        let mut definition = RouteDefinition { route, integration: None };
        if let Some(place) = operation.get("x-amazon-apigateway-integration") {
            definition.integration = self.integration(scope, place, key)?;
            if definition.integration.is_none() {
                return Ok(());
            }
        }
        self.read.push(Placed::at(operation, definition));
        Ok(())
    }

    /// Sets who may call a route; why there can be no such route.
    fn secure(
        &self,
        scope: &mut Scope<'d>,
        operation: Cursor<'d>,
        route: &mut Route,
    ) -> Result<Result<(), String>, ImportError> {
        if let Err(error) = RouteKey::parse(route.route_key.as_deref().unwrap_or_default()) {
            return Ok(Err(error.to_string()));
        }
        match self.schemes.apply(scope, operation, route)? {
            Access::Unenforced(why) => Ok(Err(why)),
            Access::Stated => apply_auth(operation, route),
        }
    }

    /// The integration of an operation; nothing if it cannot be read, which was remarked upon.
    fn integration(
        &mut self,
        scope: &mut Scope<'d>,
        place: Cursor<'d>,
        key: &str,
    ) -> Result<Option<usize>, ImportError> {
        let target = resolve(scope, place)?;
        match self.shared.get(&target.id()).filter(|_| place.get("$ref").is_some()) {
            Some(None) => {
                let message = format!(
                    "Unable to create route '{}': its integration was not created. The route is left out.",
                    excerpt(key)
                );
                scope.warn(place, message);
                Ok(None)
            }
            Some(found) => Ok(*found),
            None => self.read_integration(scope, target, &format!("integration of route '{}'", excerpt(key))),
        }
    }

    fn read_integration(
        &mut self,
        scope: &mut Scope<'d>,
        place: Cursor<'d>,
        name: &str,
    ) -> Result<Option<usize>, ImportError> {
        match integration::read(scope, place) {
            Ok(read) => {
                self.integrations.push(Placed::at(place, read));
                Ok(Some(self.integrations.len() - 1))
            }
            Err(error) if error.kind == ImportErrorKind::Definition => {
                let message = format!("Unable to create {name}: {}. What has it is left out.", error.message);
                scope.warn(place, message);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The key of an operation's route, base path applied.
fn route_key(
    scope: &mut Scope<'_>,
    path: &str,
    base: &[String],
    verb: HttpMethod,
    operation: Cursor<'_>,
) -> Result<String, ImportError> {
    let stated = operation.get("isDefaultRoute").map(Cursor::boolean).transpose()?;
    let is_path = path == DEFAULT_PATH || path == "$default";
    if verb == HttpMethod::Any && stated.unwrap_or(is_path) {
        return Ok("$default".to_owned());
    }
    let above = base.iter().fold(String::new(), |above, part| above + "/" + part);
    let own = if path == "/" && !above.is_empty() { "" } else { path };
    let path = format!("{above}{own}");
    if path.len() > scope.limits.path_bytes || path.split('/').count() > scope.limits.path_parts.saturating_add(1) {
        return Err(operation.over_limit(format!(
            "the path is longer than {} bytes or {} parts",
            scope.limits.path_bytes, scope.limits.path_parts
        )));
    }
    Ok(format!("{verb} {path}"))
}

fn operation_name(scope: &mut Scope<'_>, operation: Cursor<'_>) -> Result<Option<String>, ImportError> {
    let Some(place) = operation.get("operationId") else { return Ok(None) };
    let name = place.text()?;
    if name.chars().count() <= MOST_NAME_CHARS {
        return Ok(Some(name.to_owned()).filter(|name| !name.is_empty()));
    }
    scope.warn(place, format!("the operationId has more than {MOST_NAME_CHARS} characters; it is ignored"));
    Ok(None)
}

/// `x-amazon-apigateway-auth`, by which REST APIs ask for IAM without a security scheme.
fn apply_auth(operation: Cursor<'_>, route: &mut Route) -> Result<Result<(), String>, ImportError> {
    let auth = operation.get("x-amazon-apigateway-auth").and_then(|auth| auth.get("type"));
    let Some(auth) = auth.filter(|_| route.authorization_type == Some(AuthorizationType::None)) else {
        return Ok(Ok(()));
    };
    match auth.text()?.to_ascii_uppercase().as_str() {
        "NONE" => {}
        "AWS_IAM" => route.authorization_type = Some(AuthorizationType::AwsIam),
        other => return Ok(Err(format!("it has no authorizer of type {:?}", excerpt(other)))),
    }
    Ok(Ok(()))
}
