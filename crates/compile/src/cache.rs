//! The response cache: `cacheKeyParameters` of integrations, and the settings of a stage's methods (facts C1 to C8).

use std::sync::Arc;

use stagegate_mapping::{ContextVariable, RequestSource};
use stagegate_model::rest::{
    Method, MethodSetting, Resource, Stage, UnauthorizedCacheControlHeaderStrategy as Strategy,
};
use stagegate_plan::{
    AuthorizationPlan, AuthorizerPlan, CacheKeyPlan, CacheLife, CacheParameter, CacheSettings, DeploymentPlan,
    Invalidation, LambdaAuthorizerKind, MethodKey, RouteCache, RoutePlan, StageCache, TokenSource, Unpermitted, Verb,
};
use stagegate_state::ResponseCache;

use crate::finding::{Effect, Findings, Subject};
use crate::method_settings::{MethodSettings, verb};

/// How long answers are kept where nobody says (fact C1).
const DEFAULT_TTL_S: u32 = 300;

/// Where a stage's cache keeps answers.
#[derive(Debug, Clone, Default)]
pub struct CacheSurroundings {
    /// The store with the life of it; none where the stage has no cache.
    pub store: Option<(Arc<dyn ResponseCache>, CacheLife)>,
    /// See [`StageCache::varies_by_principal`].
    pub varies_by_principal: bool,
}

/// What tells a method's answers apart. A parameter that has no source here makes the method uncached, never its key coarser.
pub(crate) fn cache_key(resource: &Resource, method: &Method) -> Option<CacheKeyPlan> {
    let integration = method.method_integration.as_ref()?;
    let written = integration.cache_key_parameters.iter().flatten();
    let parameters: Option<Vec<CacheParameter>> = written
        .map(|written| {
            let mapped = integration.request_parameters.as_ref().and_then(|mapped| mapped.get(written));
            let source = RequestSource::parse(mapped.unwrap_or(written)).ok()?;
            Some(CacheParameter { written: written.as_str().into(), source })
        })
        .collect();
    let mut parameters = parameters?;
    parameters.sort_by(|a, b| a.written.cmp(&b.written));
    parameters.dedup_by(|a, b| a.written == b.written);
    let namespace = integration.cache_namespace.as_deref().filter(|namespace| !namespace.is_empty());
    Some(CacheKeyPlan {
        namespace: namespace.unwrap_or(&resource.id).into(),
        parameters: parameters.into(),
        own_ttl_s: None,
    })
}

/// The cache of a stage whose routes say themselves how long their answers are kept; `None` where none does. Who calls is part of
/// every key.
pub(crate) fn own_cache(deployment: &DeploymentPlan, surroundings: &CacheSurroundings) -> Option<StageCache> {
    let (store, life) = surroundings.store.clone()?;
    let routes: Box<[_]> = deployment.routes.iter().map(own_route_cache).collect();
    let is_used = routes.iter().any(Option::is_some);
    is_used.then_some(StageCache { store, life, varies_by_principal: true, routes })
}

/// GET and HEAD, as far as the route takes them. Strangers cannot have answers made anew.
fn own_route_cache(route: &RoutePlan) -> Option<RouteCache> {
    let ttl_s = route.cache_key.as_ref()?.own_ttl_s?;
    let settings =
        CacheSettings { ttl_s, is_encrypted: false, invalidation: Invalidation::Permitted(Unpermitted::Silent) };
    let takes = |verb: &Verb| match route.method {
        MethodKey::Verb(own) => own == *verb,
        MethodKey::Any => true,
    };
    let verbs: Box<[_]> = [Verb::Get, Verb::Head].into_iter().filter(takes).map(|verb| (verb, settings)).collect();
    (!verbs.is_empty()).then_some(RouteCache { verbs })
}

/// Compiles the cache of a stage; `None` where it has none, or no method uses it.
pub(crate) fn stage_cache(
    stage: &Stage,
    deployment: &DeploymentPlan,
    surroundings: &CacheSurroundings,
    findings: &mut Findings,
) -> Option<StageCache> {
    if stage.cache_cluster_enabled != Some(true) {
        return None;
    }
    let (store, life) = surroundings.store.clone()?;
    let settings = MethodSettings::of(stage.method_settings.as_ref()?);
    let routes: Box<[_]> = deployment.routes.iter().map(|route| route_cache(&settings, route)).collect();
    let varies_by_principal = surroundings.varies_by_principal;
    for (route, cache) in deployment.routes.iter().zip(&routes) {
        if cache.is_some() && !varies_by_principal && shares_answers(route, deployment) {
            let why = "it is cached, and no cache key parameter says who calls: callers get each other's answers";
            findings.route((&route.resource_path, verb(route)), Subject::Authorization, Effect::Served, why);
        }
    }
    let is_used = routes.iter().any(Option::is_some);
    is_used.then_some(StageCache { store, life, varies_by_principal, routes })
}

/// What is cached of a route: GET where caching is on for it, any other verb where its own setting says so (fact C1).
fn route_cache(settings: &MethodSettings<'_>, route: &RoutePlan) -> Option<RouteCache> {
    route.cache_key.as_ref()?;
    let verbs: &[Verb] = match &route.method {
        MethodKey::Verb(verb) => std::slice::from_ref(verb),
        MethodKey::Any => &Verb::ALL,
    };
    let cached = verbs.iter().filter_map(|verb| Some((*verb, verb_cache(settings, route, *verb)?)));
    let verbs: Box<[_]> = cached.collect();
    (!verbs.is_empty()).then_some(RouteCache { verbs })
}

fn verb_cache(settings: &MethodSettings<'_>, route: &RoutePlan, verb: Verb) -> Option<CacheSettings> {
    let is_on = if verb == Verb::Get {
        settings.member_of(route, verb, |setting| setting.caching_enabled)
    } else {
        settings.own(route, verb).and_then(|setting| setting.caching_enabled)
    };
    if is_on != Some(true) {
        return None;
    }
    let ttl_s = settings.member_of(route, verb, |setting| setting.cache_ttl_in_seconds);
    let ttl_s = ttl_s.map_or(DEFAULT_TTL_S, |seconds| u32::try_from(seconds).unwrap_or_default());
    let is_encrypted = settings.member_of(route, verb, |setting| setting.cache_data_encrypted) == Some(true);
    let invalidation = invalidation(settings, route, verb);
    // A TTL of 0 turns the cache off.
    (ttl_s > 0).then_some(CacheSettings { ttl_s, is_encrypted, invalidation })
}

/// Permission is needed unless somebody has said otherwise, and without it AWS warns (fact 1.5).
fn invalidation(settings: &MethodSettings<'_>, route: &RoutePlan, verb: Verb) -> Invalidation {
    let of = |member: fn(&MethodSetting) -> Option<bool>| settings.member_of(route, verb, member);
    if of(|setting| setting.require_authorization_for_cache_control) == Some(false) {
        return Invalidation::Anyone;
    }
    let strategy = settings.member_of(route, verb, |setting| setting.unauthorized_cache_control_header_strategy);
    Invalidation::Permitted(match strategy {
        Some(Strategy::FailWith403) => Unpermitted::Refused,
        Some(Strategy::SucceedWithoutResponseHeader) => Unpermitted::Silent,
        Some(Strategy::SucceedWithResponseHeader) | None => Unpermitted::Warned,
    })
}

/// Whether a route asks who calls and its key does not.
fn shares_answers(route: &RoutePlan, deployment: &DeploymentPlan) -> bool {
    let Some(key) = &route.cache_key else { return false };
    let has = |wanted: &RequestSource| key.parameters.iter().any(|parameter| is_same(&parameter.source, wanted));
    let is_told = |parameter: &CacheParameter| matches!(&parameter.source, RequestSource::Context(variable) if is_of_caller(variable));
    if key.parameters.iter().any(is_told) {
        return false;
    }
    match &route.authorization {
        AuthorizationPlan::Open => false,
        // No header names every caller: a signed URL has its signature in the query.
        AuthorizationPlan::Iam => true,
        AuthorizationPlan::Authorizer { authorizer, .. } => match deployment.authorizer(*authorizer) {
            Some(AuthorizerPlan::Lambda(plan)) => match &plan.kind {
                LambdaAuthorizerKind::Token { header, .. } => !has(&RequestSource::Header(header.clone())),
                LambdaAuthorizerKind::Request { sources, .. } => {
                    let mut own = sources.iter().filter(|identity| is_of_client(&identity.source)).peekable();
                    // Without sources nobody knows what the function decides by.
                    own.peek().is_none() || own.any(|identity| !has(&identity.source))
                }
            },
            Some(AuthorizerPlan::Token(plan)) => !has(&carrier(&plan.source)),
            Some(AuthorizerPlan::Pools(pools)) => !has(&carrier(&pools.source)),
            Some(AuthorizerPlan::Unusable { .. }) | None => true,
        },
    }
}

fn carrier(source: &TokenSource) -> RequestSource {
    match source {
        TokenSource::Header(name) => RequestSource::Header(name.clone()),
        TokenSource::Query(name) => RequestSource::Query(name.clone()),
    }
}

/// Whether two sources have the same values, all of which count in a key.
fn is_same(one: &RequestSource, other: &RequestSource) -> bool {
    use RequestSource as R;
    match (one, other) {
        (R::Header(one) | R::MultiHeader(one), R::Header(other) | R::MultiHeader(other)) => {
            one.eq_ignore_ascii_case(other)
        }
        (R::Query(one) | R::MultiQuery(one), R::Query(other) | R::MultiQuery(other)) => one == other,
        _ => one == other,
    }
}

/// Whether clients differ in an identity source: those of the stage and of the method are everybody's.
fn is_of_client(source: &RequestSource) -> bool {
    use ContextVariable as V;
    let RequestSource::Context(variable) = source else {
        return !matches!(source, RequestSource::StageVariable(_) | RequestSource::Static(_));
    };
    !matches!(
        variable,
        V::AccountId | V::ApiId | V::DeploymentId | V::HttpMethod | V::ResourceId | V::ResourcePath | V::Stage
    )
}

/// What a signature or an authorizer has found out about the caller.
fn is_of_caller(variable: &ContextVariable) -> bool {
    use ContextVariable as V;
    matches!(
        variable,
        V::AuthorizerPrincipalId
            | V::AuthorizerClaim(_)
            | V::AuthorizerContext(_)
            | V::IdentityAccessKey
            | V::IdentityCaller
            | V::IdentityCognitoIdentityId
            | V::IdentityUser
            | V::IdentityUserArn
    )
}
