//! What an HTTP API has beyond AWS, as the plans that REST APIs use (docs/beyond-aws.md).

use serde_json::Value;
use stagegate_mapping::RequestSource;
use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_model::http::{ApiBeyond, RequestValidation, ResponseCache, Route};
use stagegate_model::rest::frozen::FrozenNouns;
use stagegate_model::rest::{ApiKeySource as KeySource, Model};
use stagegate_plan::{ApiKeySource, CacheKeyPlan, CacheParameter, GatewayResponses, RequiredParameter, ValidationPlan};

use crate::finding::{Findings, Refusal, Subject};
use crate::gateway_responses::gateway_responses;
use crate::validation::Validation;

/// Where schemas of a definition refer to each other.
const SCHEMAS: &str = "#/components/schemas/";
/// Where models of REST APIs do, which are compiled.
const MODELS: &str = "https://apigateway.amazonaws.com/restapis/api/models/";
/// Levels of a schema that are looked into for references.
const SCHEMA_LEVELS: usize = 128;

/// What a route has beyond AWS.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) key_required: bool,
    pub(super) validation: Option<ValidationPlan>,
    pub(super) cache_key: Option<CacheKeyPlan>,
}

/// The schemas of an API as models.
pub(super) fn models(frozen: &FrozenHttpApi) -> FrozenNouns {
    let schemas = frozen.beyond.iter().flat_map(|beyond| &beyond.models);
    let model = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        // What is nested too deeply keeps references that lead nowhere, and is refused where it is compiled.
        refer_to_models(&mut schema, SCHEMA_LEVELS);
        Model { name: Some(name.clone()), schema: Some(schema.to_string()), ..Model::default() }
    };
    FrozenNouns { models: schemas.map(model).collect(), ..FrozenNouns::default() }
}

fn refer_to_models(schema: &mut Value, levels: usize) {
    let Some(levels) = levels.checked_sub(1) else { return };
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| refer_to_models(item, levels)),
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get_mut("$ref")
                && let Some(name) = target.strip_prefix(SCHEMAS)
            {
                *target = format!("{MODELS}{name}");
            }
            members.values_mut().for_each(|member| refer_to_models(member, levels));
        }
        _ => {}
    }
}

/// Where callers' API keys come from.
pub(super) fn key_source(beyond: Option<&ApiBeyond>) -> ApiKeySource {
    match beyond.and_then(|beyond| beyond.api_key_source) {
        Some(KeySource::Authorizer) => ApiKeySource::Authorizer,
        Some(KeySource::Header) | None => ApiKeySource::Header,
    }
}

/// What callers get in place of the gateway's own answers.
pub(super) fn responses(beyond: Option<&ApiBeyond>, findings: &mut Findings) -> GatewayResponses {
    gateway_responses(beyond.map_or(&[][..], |beyond| &beyond.gateway_responses), findings)
}

/// What a route has.
pub(super) fn extras(document: &Route, validation: &mut Validation<'_>) -> Result<Extras, Refusal> {
    let Some(beyond) = &document.beyond else { return Ok(Extras::default()) };
    let checks = beyond.request_validation.as_ref().map(|checks| checked(checks, validation)).transpose()?;
    Ok(Extras {
        key_required: beyond.api_key_required,
        validation: checks,
        cache_key: beyond.cache.as_ref().map(|cache| cache_key(document, cache)).transpose()?,
    })
}

fn refuse(what: Subject, name: &str) -> Refusal {
    Refusal::new(what, format!("`{name}` names no parameter of a request"))
}

/// A parameter's place and name.
fn parameter(written: &str) -> Option<(&str, &str)> {
    let (place, name) = written.strip_prefix("$request.")?.split_once('.')?;
    (!name.is_empty()).then_some((place, name))
}

fn checked(checks: &RequestValidation, validation: &mut Validation<'_>) -> Result<ValidationPlan, Refusal> {
    let required = checks.required_parameters.iter().flatten().map(|written| match parameter(written) {
        Some(("header", name)) => Ok(RequiredParameter::HeaderOfAnyCase(name.into())),
        Some(("path", name)) => Ok(RequiredParameter::Path(name.into())),
        Some(("querystring", name)) => Ok(RequiredParameter::Query(name.into())),
        _ => Err(refuse(Subject::RequestValidator, written)),
    });
    Ok(ValidationPlan {
        required: required.collect::<Result<_, _>>()?,
        body: checks.models.as_ref().map(|models| validation.body(Some(models))).transpose()?,
    })
}

fn cache_key(document: &Route, cache: &ResponseCache) -> Result<CacheKeyPlan, Refusal> {
    let one = |written: &String| {
        let source = match parameter(written) {
            Some(("header", name)) => RequestSource::Header(name.into()),
            Some(("path", name)) => RequestSource::Path(name.into()),
            Some(("querystring", name)) => RequestSource::Query(name.into()),
            _ => return Err(refuse(Subject::RequestParameter, written)),
        };
        Ok(CacheParameter { written: written.as_str().into(), source })
    };
    let mut parameters: Vec<CacheParameter> = cache.key_parameters.iter().map(one).collect::<Result<_, _>>()?;
    parameters.sort_by(|a, b| a.written.cmp(&b.written));
    parameters.dedup_by(|a, b| a.written == b.written);
    Ok(CacheKeyPlan {
        namespace: document.route_id.as_str().into(),
        parameters: parameters.into(),
        own_ttl_s: u32::try_from(cache.ttl_in_seconds).ok().filter(|ttl_s| *ttl_s > 0),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use stagegate_model::http::RouteBeyond;

    use super::*;

    fn frozen() -> FrozenHttpApi {
        let models = BTreeMap::from([
            (
                "Pet".to_owned(),
                json!({"type": "object", "properties": {"owner": {"$ref": "#/components/schemas/Owner"}}}),
            ),
            ("Owner".to_owned(), json!({"type": "string"})),
        ]);
        FrozenHttpApi { beyond: Some(ApiBeyond { models, ..ApiBeyond::default() }), ..FrozenHttpApi::default() }
    }

    fn route(beyond: RouteBeyond) -> Route {
        Route { route_id: "r".to_owned(), beyond: Some(beyond), ..Route::default() }
    }

    #[test]
    fn schemas_refer_to_each_other() {
        let nouns = models(&frozen());
        let mut validation = Validation::new(&nouns);
        let models = BTreeMap::from([("application/json".to_owned(), "Pet".to_owned())]);
        let checks = RequestValidation {
            required_parameters: Some(vec!["$request.header.X-A".to_owned(), "$request.querystring.q".to_owned()]),
            models: Some(models),
        };
        let document = route(RouteBeyond { request_validation: Some(checks), ..RouteBeyond::default() });
        let plan = extras(&document, &mut validation).expect("extras").validation.expect("a validation");
        let required = [RequiredParameter::HeaderOfAnyCase("X-A".into()), RequiredParameter::Query("q".into())];
        assert_eq!(*plan.required, required);
        let body = plan.body.expect("models");
        let fits = |value: Value| body.select(None).expect("a model").is_valid(&value);
        assert!(fits(json!({"owner": "ann"})) && !fits(json!({"owner": 1})) && !fits(json!([])));
    }

    #[test]
    fn a_cache_is_keyed_by_what_the_route_lists() {
        let cache = ResponseCache {
            ttl_in_seconds: 60,
            key_parameters: ["$request.querystring.b", "$request.header.A", "$request.path.id"]
                .map(str::to_owned)
                .into(),
        };
        let document = route(RouteBeyond { cache: Some(cache), api_key_required: true, ..RouteBeyond::default() });
        let nouns = FrozenNouns::default();
        let extras = extras(&document, &mut Validation::new(&nouns)).expect("extras");
        let key = extras.cache_key.expect("a key");
        assert!(extras.key_required);
        assert_eq!((&*key.namespace, key.own_ttl_s, key.parameters.len()), ("r", Some(60), 3));
        assert_eq!(key.parameters[0].source, RequestSource::Header("A".into()));
    }

    #[test]
    fn what_names_no_parameter_is_refused() {
        for written in ["$request.body.a", "$context.stage", "$request.header.", "header.a"] {
            let cache = ResponseCache { ttl_in_seconds: 1, key_parameters: vec![written.to_owned()] };
            let checks = RequestValidation { required_parameters: Some(vec![written.to_owned()]), models: None };
            for beyond in [
                RouteBeyond { cache: Some(cache), ..RouteBeyond::default() },
                RouteBeyond { request_validation: Some(checks), ..RouteBeyond::default() },
            ] {
                assert!(extras(&route(beyond), &mut Validation::new(&FrozenNouns::default())).is_err(), "{written}");
            }
        }
    }
}
