//! Response caches: method settings of a stage become what is cached of each route, and keys become their parameters.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use stagegate_compile::{CacheSurroundings, Finding, Surroundings, compile_stage};
use stagegate_mapping::RequestSource;
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_plan::{
    ApiFacts, CacheLife, CacheSettings, Envelope, Invalidation, RouteId, StageCache, Unpermitted, Verb,
};
use stagegate_state::{CacheKey, CacheUsage, ResponseCache};

use crate::documents::{api, compiled, mock, open};

/// A store that nobody asks.
#[derive(Debug)]
struct Nowhere;

impl ResponseCache for Nowhere {
    fn get(&self, _key: &CacheKey) -> Option<Arc<[u8]>> {
        None
    }

    fn put(&self, _key: CacheKey, _entry: Arc<[u8]>, _ttl: Duration) -> bool {
        false
    }

    fn remove(&self, _key: &CacheKey) {}

    fn usage(&self) -> CacheUsage {
        CacheUsage::default()
    }
}

/// A cached stage with these method settings over these resources.
fn cached(
    resources: &[(&str, Value)],
    settings: &Value,
    varies_by_principal: bool,
) -> (Option<StageCache>, Vec<Finding>) {
    cached_of(&api(&json!({}), resources), settings, varies_by_principal)
}

fn cached_of(documents: &FrozenApi, settings: &Value, varies_by_principal: bool) -> (Option<StageCache>, Vec<Finding>) {
    let deployment = Arc::new(compiled(documents).0);
    let stage =
        json!({"stageName": "prod", "deploymentId": "d1", "cacheClusterEnabled": true, "methodSettings": settings});
    let stage = serde_json::from_value(stage).expect("a well-formed document");
    let facts = ApiFacts {
        id: "api0000001".into(),
        account: "000000000000".into(),
        region: "us-east-1".into(),
        name: "pets".into(),
        envelope: Envelope::Amzn,
    };
    let store = Some((Arc::new(Nowhere) as Arc<dyn ResponseCache>, CacheLife { bytes: 1, flush: 2 }));
    let surroundings =
        Surroundings { cache: CacheSurroundings { store, varies_by_principal }, ..Surroundings::default() };
    let (plan, findings) = compile_stage(&stage, &Arc::new(facts), &deployment, &Arc::default(), &surroundings);
    (plan.cache, findings)
}

fn of(settings: &Value, method: &str, verb: Verb) -> Option<CacheSettings> {
    let resources = [("/pets/{id}", json!({ method: mock() }))];
    cached(&resources, settings, false).0.and_then(|cache| cache.of(RouteId(0), verb).copied())
}

#[test]
fn fact_c1_only_get_is_cached_unless_a_verb_has_a_setting_of_its_own() {
    let all = json!({"*/*": {"cachingEnabled": true}});
    let post = json!({"*/*": {"cachingEnabled": true}, "pets/{id}/POST": {"cachingEnabled": true}});
    for (settings, method, verb, is_cached) in [
        (&all, "GET", Verb::Get, true),
        (&all, "ANY", Verb::Get, true),
        (&all, "ANY", Verb::Post, false),
        (&all, "POST", Verb::Post, false),
        (&all, "HEAD", Verb::Head, false),
        (&post, "POST", Verb::Post, true),
        (&post, "ANY", Verb::Post, true),
        (&post, "ANY", Verb::Put, false),
        (&json!({"pets/{id}/ANY": {"cachingEnabled": true}}), "ANY", Verb::Get, true),
        (&json!({"pets/{id}/ANY": {"cachingEnabled": true}}), "ANY", Verb::Put, false),
        (&json!({"*/POST": {"cachingEnabled": true}}), "POST", Verb::Post, false),
        (&json!({"*/*": {"cachingEnabled": false}}), "GET", Verb::Get, false),
        (&json!({"*/*": {"cachingEnabled": true, "cacheTtlInSeconds": 0}}), "GET", Verb::Get, false),
        (&json!({}), "GET", Verb::Get, false),
    ] {
        assert_eq!(of(settings, method, verb).is_some(), is_cached, "{settings} {method} {verb:?}");
    }
}

#[test]
fn fact_c8_the_most_specific_setting_wins() {
    let settings = json!({
        "*/*": {"cachingEnabled": true, "cacheTtlInSeconds": 60, "cacheDataEncrypted": true},
        "~1pets~1{id}/GET": {"cacheTtlInSeconds": 5},
        "pets/{id}/ANY": {"cacheTtlInSeconds": 7},
    });
    let get = of(&settings, "GET", Verb::Get).expect("cached");
    assert_eq!((get.ttl_s, get.is_encrypted), (5, true));
    assert_eq!(of(&settings, "ANY", Verb::Get).expect("cached").ttl_s, 5, "the verb's own before that of ANY");
    let off = json!({"*/*": {"cachingEnabled": true}, "pets/{id}/GET": {"cachingEnabled": false}});
    assert_eq!(of(&off, "GET", Verb::Get), None);
}

#[test]
fn fact_115_permission_is_needed_unless_it_is_not() {
    use Unpermitted as U;
    for (members, expected) in [
        (json!({}), Invalidation::Permitted(U::Warned)),
        (json!({"requireAuthorizationForCacheControl": false}), Invalidation::Anyone),
        (json!({"unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403"}), Invalidation::Permitted(U::Refused)),
        (
            json!({"unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITHOUT_RESPONSE_HEADER"}),
            Invalidation::Permitted(U::Silent),
        ),
        (
            json!({"requireAuthorizationForCacheControl": true,
                   "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER"}),
            Invalidation::Permitted(U::Warned),
        ),
    ] {
        let mut all = members.clone();
        all["cachingEnabled"] = true.into();
        let found = of(&json!({"*/*": all}), "GET", Verb::Get).expect("cached");
        assert_eq!((found.invalidation, found.ttl_s), (expected, 300), "{members}");
    }
}

#[test]
fn keys_are_their_parameters_in_one_order() {
    let mut method = mock();
    method["methodIntegration"]["cacheKeyParameters"] =
        json!(["method.request.querystring.b", "integration.request.path.x", "method.request.querystring.b"]);
    method["methodIntegration"]["requestParameters"] =
        json!({"integration.request.path.x": "context.authorizer.tenant"});
    let plan = compiled(&api(&json!({}), &[("/a", json!({"GET": method.clone()}))])).0;
    let key = plan.routes[0].cache_key.as_ref().expect("a key");
    let written: Vec<&str> = key.parameters.iter().map(|parameter| &*parameter.written).collect();
    assert_eq!(written, ["integration.request.path.x", "method.request.querystring.b"]);
    assert!(matches!(key.parameters[0].source, RequestSource::Context(_)));
    assert_eq!(&*key.namespace, "/a", "the resource's id");
    method["methodIntegration"]["cacheNamespace"] = "shared".into();
    method["methodIntegration"]["cacheKeyParameters"] = json!(["nonsense"]);
    let plan = compiled(&api(&json!({}), &[("/a", json!({"GET": method}))])).0;
    assert_eq!(plan.routes[0].cache_key, None, "a key that is not understood caches nothing");
}

/// The findings about callers who get each other's answers, of a method with this authorization.
fn shares_behind(authorizer: Option<&Value>, parameters: &Value, varies_by_principal: bool) -> usize {
    let mut method = open(&mock()["methodIntegration"]);
    method["authorizationType"] = authorizer.map_or("AWS_IAM".into(), |_| "CUSTOM".into());
    method["methodIntegration"]["cacheKeyParameters"] = parameters.clone();
    method["methodIntegration"]["requestParameters"] = json!({
        "integration.request.header.X-Who": "context.identity.user",
        "integration.request.header.X-Place": "stageVariables.place",
    });
    let mut authorizers = Vec::new();
    if let Some(authorizer) = authorizer {
        method["authorizerId"] = "aut123".into();
        let mut authorizer = authorizer.clone();
        authorizer["id"] = "aut123".into();
        authorizer["authorizerUri"] = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
            arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"
            .into();
        authorizers.push(authorizer);
    }
    let settings = json!({"*/*": {"cachingEnabled": true}});
    let mut documents = api(&json!({}), &[("/a", json!({"GET": method}))]);
    documents.nouns.authorizers = serde_json::from_value(authorizers.into()).expect("authorizers");
    let findings = cached_of(&documents, &settings, varies_by_principal).1;
    findings.iter().filter(|finding| finding.why.contains("each other's answers")).count()
}

#[test]
fn a_key_that_does_not_say_who_calls_is_found() {
    let shares = |parameters: Value, varies| shares_behind(None, &parameters, varies);
    assert_eq!(shares(json!([]), false), 1);
    assert_eq!(shares(json!(["method.request.querystring.q"]), false), 1);
    assert_eq!(shares(json!(["integration.request.header.X-Who"]), false), 0);
    assert_eq!(shares(json!([]), true), 0, "it is part of every key");
    let signed = shares(json!(["method.request.header.authorization"]), false);
    assert_eq!(signed, 1, "a signed URL has its signature in the query");
}

#[test]
fn a_key_says_who_calls_with_all_that_an_authorizer_decides_by() {
    let token = json!({"type": "TOKEN", "identitySource": "method.request.header.X-Token"});
    let request = |sources: &str| json!({"type": "REQUEST", "identitySource": sources});
    let (a, b) = ("method.request.header.A", "method.request.querystring.b");
    for (authorizer, parameters, findings) in [
        (token.clone(), json!(["method.request.header.x-token"]), 0),
        (token.clone(), json!(["method.request.multivalueheader.X-TOKEN"]), 0),
        (token, json!(["method.request.header.Authorization"]), 1),
        (request(&format!("{a},{b}")), json!([a, b]), 0),
        (request(&format!("{a},{b}")), json!([a]), 1),
        (request(&format!("{a},{b}")), json!([b]), 1),
        (request(&format!("{a},stageVariables.place")), json!(["integration.request.header.X-Place"]), 1),
        (request(&format!("{a},stageVariables.place,context.httpMethod")), json!([a]), 0),
        (json!({"type": "REQUEST", "authorizerResultTtlInSeconds": 0}), json!([a, b]), 1),
    ] {
        assert_eq!(shares_behind(Some(&authorizer), &parameters, false), findings, "{authorizer} {parameters}");
    }
}
