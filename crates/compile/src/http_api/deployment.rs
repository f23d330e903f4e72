//! A frozen HTTP API becomes a deployment plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_model::http::Cors;
use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_plan::{
    BinaryTypes, CorsPlan, DeploymentPlan, IntegrationPlan, MethodKey, Paths, RouteId, RoutePlan, RouteTree,
    TreeBuilder, Unrouted,
};

use super::authorizer::Authorizers;
use super::beyond::{key_source, models, responses};
use super::route::{DEFAULT, Referred, route};
use crate::cors::{CorsLists, cors};
use crate::finding::{Effect, Finding, Findings, Subject};
use crate::method_settings::verb;
use crate::validation::Validation;

/// Compiles the frozen documents of an HTTP API. `hash` is the lower-case hexadecimal SHA-256 of their canonical bytes.
///
/// Never fails: a route that cannot be served answers 500.
pub fn compile_http_deployment(frozen: &FrozenHttpApi, hash: &str) -> (DeploymentPlan, Vec<Finding>) {
    let mut findings = Findings::of(&frozen.api_id);
    let authorizers = Authorizers::new(&frozen.authorizers, &mut findings);
    let models = models(frozen);
    let mut referred = Referred { frozen, authorizers, validation: Validation::new(&models) };
    let mut routes: Vec<RoutePlan> =
        frozen.routes.iter().filter_map(|document| route(document, &mut referred, &mut findings)).collect();
    let beyond = frozen.beyond.as_ref();
    lock_doubles(&mut routes, &mut findings);
    let (tree, fallback) = plant(&routes);
    let plan = DeploymentPlan {
        hash: hash.into(),
        execute_api_disabled: false,
        binary_types: BinaryTypes::default(),
        compression: None,
        policy: None,
        private: None,
        authorizers: referred.authorizers.into_plans(),
        key_source: key_source(beyond),
        gateway_responses: Arc::new(responses(beyond, &mut findings)),
        tree,
        fallback,
        unrouted: Unrouted::NotFound,
        overrides_method: false,
        cors: frozen.cors_configuration.as_ref().and_then(told),
        routes: routes.into(),
    };
    (plan, findings.into_vec())
}

/// Two routes whose paths differ in nothing but the names of their variables take the same requests: who may make them is not
/// clear, so that none of the two is served.
fn lock_doubles(routes: &mut [RoutePlan], findings: &mut Findings) {
    let mut by_shape: BTreeMap<(String, &str), Vec<usize>> = BTreeMap::new();
    for (index, route) in routes.iter().enumerate().filter(|(_, route)| !is_default(route)) {
        by_shape.entry((shape(&route.resource_path), verb(route))).or_default().push(index);
    }
    let doubles: Vec<usize> = by_shape.into_values().filter(|same| same.len() > 1).flatten().collect();
    for index in doubles {
        let route = &mut routes[index];
        let why = "another route takes the same requests: its path differs in names of variables only";
        findings.route((&route.resource_path, verb(route)), Subject::Resource, Effect::Refused, why);
        route.integration = IntegrationPlan::Misconfigured { why: why.into() };
    }
}

/// A path without the names of its variables.
fn shape(path: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{') {
        Some(name) if name.ends_with("+}") => "{+}".to_owned(),
        Some(_) => "{}".to_owned(),
        None => segment.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn is_default(route: &RoutePlan) -> bool {
    route.key.as_deref() == Some(DEFAULT)
}

/// The tree of all routes but `$default`, and that one.
fn plant(routes: &[RoutePlan]) -> (RouteTree, Option<RouteId>) {
    let mut builder = TreeBuilder::new(Paths::Decoded);
    let mut fallback = None;
    for (index, route) in routes.iter().enumerate() {
        let id = RouteId(u32::try_from(index).expect("a deployment has fewer than 2^32 routes"));
        if is_default(route) {
            fallback = Some(id);
        } else {
            // The key was read, so that its path has a place; of two that share one, either refuses.
            _ = builder.add(&route.resource_path, route.method, id);
        }
    }
    (builder.build(), fallback)
}

/// What browsers are told. A configuration that says nothing is none.
fn told(document: &Cors) -> Option<CorsPlan> {
    if *document == Cors::default() {
        return None;
    }
    Some(cors(CorsLists {
        origins: document.allow_origins.as_deref(),
        methods: document.allow_methods.as_deref(),
        headers: document.allow_headers.as_deref(),
        exposed: document.expose_headers.as_deref(),
        has_credentials: document.allow_credentials,
        max_age_s: document.max_age,
    }))
}

/// The key of a route in the tree.
pub(super) fn method_key(method: stagegate_model::rest::HttpMethod) -> MethodKey {
    crate::http::verb(method).map_or(MethodKey::Any, MethodKey::Verb)
}
