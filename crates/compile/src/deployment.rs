//! A frozen API becomes a deployment plan.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_model::rest::{ApiKeySource as KeySource, EndpointType, Resource, RestApi};
use stagegate_plan::{
    ApiKeySource, AuthorizationPlan, AuthorizerPlan, BinaryTypes, CompressionPlan, DeploymentPlan, IntegrationPlan,
    PrivatePlan, RouteId, RoutePlan, RouteTree, TreeBuilder, TreeError, Unrouted,
};

use crate::authorization::{Authorizers, resource_policy};
use crate::finding::{Effect, Finding, Findings, Subject};
use crate::gateway_responses::gateway_responses;
use crate::route::{Referred, route};
use crate::selection::Patterns;
use crate::validation::Validation;

/// Compiles frozen documents. `hash` is the lower-case hexadecimal SHA-256 of their canonical bytes.
///
/// Never fails: a method that cannot be served becomes a route that answers `API_CONFIGURATION_ERROR`, and a reason that
/// concerns the whole API does that to all of them.
pub fn compile_deployment(frozen: &FrozenApi, hash: &str) -> (DeploymentPlan, Vec<Finding>) {
    let mut findings = Findings::of(&frozen.rest_api.id);
    let mut locks = Vec::new();
    let policy = resource_policy(frozen.rest_api.policy.as_deref()).unwrap_or_else(|why| {
        locks.push((Subject::Api, why));
        None
    });
    let (mut routes, authorizers) = routes(frozen, &mut findings, &mut locks);
    let (tree, misfits) = plant(&routes);
    // A route that has no place in the tree must not leave its requests to a less specific one.
    locks.extend(misfits.into_iter().map(|error| (Subject::Resource, error.to_string())));
    if let Some((_, why)) = locks.first() {
        for route in &mut routes {
            lock(route, why);
        }
    }
    for (what, why) in locks {
        findings.api(what, Effect::Refused, why);
    }
    note_kept(&frozen.unserved, &mut findings);
    let plan = DeploymentPlan {
        hash: hash.into(),
        execute_api_disabled: frozen.rest_api.disable_execute_api_endpoint == Some(true),
        binary_types: BinaryTypes::new(frozen.rest_api.binary_media_types.iter().flatten().map(String::as_str)),
        compression: compression(frozen),
        policy,
        private: private(&frozen.rest_api),
        authorizers,
        key_source: match frozen.rest_api.api_key_source {
            Some(KeySource::Authorizer) => ApiKeySource::Authorizer,
            Some(KeySource::Header) | None => ApiKeySource::Header,
        },
        gateway_responses: Arc::new(gateway_responses(&frozen.nouns.gateway_responses, &mut findings)),
        tree,
        fallback: None,
        unrouted: Unrouted::MissingToken,
        overrides_method: true,
        cors: None,
        routes: routes.into(),
    };
    (plan, findings.into_vec())
}

/// Whether answers are compressed. A threshold is never negative: the control plane refuses that.
fn compression(frozen: &FrozenApi) -> Option<CompressionPlan> {
    let minimum_bytes = u32::try_from(frozen.rest_api.minimum_compression_size?).ok()?;
    Some(CompressionPlan { minimum_bytes })
}

/// Makes a route answer `API_CONFIGURATION_ERROR`.
fn lock(route: &mut RoutePlan, why: &str) {
    route.integration = IntegrationPlan::Misconfigured { why: why.into() };
}

/// Builds the tree, and says which routes have no place in it.
fn plant(routes: &[RoutePlan]) -> (RouteTree, Vec<TreeError>) {
    let mut builder = TreeBuilder::default();
    let mut add = |(index, route): (usize, &RoutePlan)| {
        let id = RouteId(u32::try_from(index).expect("a deployment has fewer than 2^32 routes"));
        builder.add(&route.resource_path, route.method, id).err()
    };
    let misfits = routes.iter().enumerate().filter_map(&mut add).collect();
    (builder.build(), misfits)
}

/// The same routes, each answering `API_CONFIGURATION_ERROR`.
pub(crate) fn refusing(deployment: &DeploymentPlan, why: &str) -> DeploymentPlan {
    let refused = |route: &RoutePlan| RoutePlan {
        resource_id: route.resource_id.clone(),
        resource_path: route.resource_path.clone(),
        key: route.key.clone(),
        method: route.method,
        parameters: route.parameters.clone(),
        authorization: AuthorizationPlan::Open,
        key_required: false,
        validation: None,
        cache_key: None,
        integration: IntegrationPlan::Misconfigured { why: why.into() },
        edits: None,
    };
    let routes: Box<[RoutePlan]> = deployment.routes.iter().map(refused).collect();
    DeploymentPlan {
        hash: deployment.hash.clone(),
        execute_api_disabled: deployment.execute_api_disabled,
        policy: None,
        private: deployment.private.clone(),
        authorizers: Box::default(),
        key_source: deployment.key_source,
        gateway_responses: Arc::clone(&deployment.gateway_responses),
        binary_types: deployment.binary_types.clone(),
        compression: deployment.compression,
        tree: plant(&routes).0,
        fallback: deployment.fallback,
        unrouted: deployment.unrouted,
        overrides_method: deployment.overrides_method,
        cors: None,
        routes,
    }
}

/// Whether the API is private.
fn private(api: &RestApi) -> Option<PrivatePlan> {
    let endpoint = api.endpoint_configuration.as_ref()?;
    endpoint.types.iter().flatten().find(|kind| **kind == EndpointType::Private)?;
    let ids = endpoint.vpc_endpoint_ids.iter().flatten().map(|id| id.as_str().into());
    Some(PrivatePlan { vpc_endpoint_ids: ids.collect() })
}

fn routes(
    frozen: &FrozenApi,
    findings: &mut Findings,
    locks: &mut Vec<(Subject, String)>,
) -> (Vec<RoutePlan>, Box<[AuthorizerPlan]>) {
    let resources: HashMap<&str, &Resource> = frozen.resources.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut referred = Referred {
        authorizers: Authorizers::new(&frozen.nouns.authorizers, findings),
        patterns: Patterns::default(),
        validation: Validation::new(&frozen.nouns),
    };
    let mut routes = Vec::with_capacity(frozen.methods.len());
    for method in &frozen.methods {
        match resources.get(method.resource_id.as_str()) {
            Some(resource) => routes.push(route(resource, &method.method, &mut referred, findings)),
            None => locks.push((
                Subject::Resource,
                format!("a method belongs to the resource {}, which does not exist", method.resource_id),
            )),
        }
    }
    (routes, referred.authorizers.into_plans())
}

/// Notes what was kept from an imported definition.
fn note_kept(unserved: &Value, findings: &mut Findings) {
    for (part, content) in unserved.as_object().into_iter().flatten() {
        let empty = match content {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        if !empty {
            findings.api(Subject::Api, Effect::Ignored, format!("`{part}` is kept but not served yet"));
        }
    }
}
