//! What a deployment froze, as the definition that describes it: ids become names, and defaults go.

use std::collections::{BTreeMap, BTreeSet};

use stagegate_model::rest::frozen::{FrozenApi, FrozenMethod, FrozenNouns};
use stagegate_model::rest::{Method, Model, RestApi};
use stagegate_openapi::{ApiDefinition, NounDefinitions, PathDefinition};

use super::{model, model_schema};

/// The definition. What a deployment does not freeze, such as the name, is that of `rest_api`, the API as it is now.
pub(crate) fn of(mut frozen: FrozenApi, rest_api: RestApi) -> ApiDefinition {
    let paths = paths(&mut frozen);
    let nouns = nouns(std::mem::take(&mut frozen.nouns), &paths);
    ApiDefinition {
        name: rest_api.name.unwrap_or_default(),
        description: rest_api.description,
        version: rest_api.version,
        binary_media_types: frozen.rest_api.binary_media_types,
        policy: frozen.rest_api.policy,
        endpoint_configuration: frozen.rest_api.endpoint_configuration,
        api_key_source: frozen.rest_api.api_key_source,
        minimum_compression_size: frozen.rest_api.minimum_compression_size,
        disable_execute_api_endpoint: frozen.rest_api.disable_execute_api_endpoint,
        security_policy: rest_api.security_policy,
        endpoint_access_mode: rest_api.endpoint_access_mode,
        tags: rest_api.tags.unwrap_or_default(),
        paths,
        documentation: Vec::new(),
        nouns,
        unserved: frozen.unserved,
    }
}

/// The resources that have methods, and those that nothing else implies, by path.
fn paths(frozen: &mut FrozenApi) -> Vec<PathDefinition> {
    let names = Names::of(&frozen.nouns);
    let mut methods: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    for FrozenMethod { resource_id, mut method } in std::mem::take(&mut frozen.methods) {
        names.settle(&mut method, &resource_id);
        methods.entry(resource_id).or_default().push(method);
    }
    let parents: BTreeSet<String> = frozen.resources.iter().filter_map(|resource| resource.parent_id.clone()).collect();
    let mut resources = std::mem::take(&mut frozen.resources);
    resources.sort_by(|a, b| a.path.cmp(&b.path));
    let mut paths = Vec::new();
    for resource in resources {
        let implied = resource.parent_id.is_none() || parents.contains(&resource.id);
        let methods = methods.remove(&resource.id).unwrap_or_default();
        if !(methods.is_empty() && implied) {
            paths.push(PathDefinition { path: resource.path, methods });
        }
    }
    paths
}

/// Names of nouns by their ids.
struct Names {
    authorizers: BTreeMap<String, String>,
    validators: BTreeMap<String, String>,
}

impl Names {
    fn of(nouns: &FrozenNouns) -> Self {
        let authorizers = nouns.authorizers.iter().filter_map(|one| Some((one.id.clone(), one.name.clone()?)));
        let validators = nouns.request_validators.iter().filter_map(|one| Some((one.id.clone(), one.name.clone()?)));
        Self { authorizers: authorizers.collect(), validators: validators.collect() }
    }

    fn settle(&self, method: &mut Method, resource_id: &str) {
        rename(&mut method.authorizer_id, &self.authorizers);
        rename(&mut method.request_validator_id, &self.validators);
        if let Some(integration) = &mut method.method_integration {
            // The namespace that an integration has if nobody chooses one.
            integration.cache_namespace = integration.cache_namespace.take().filter(|space| space != resource_id);
        }
    }
}

fn rename(id: &mut Option<String>, names: &BTreeMap<String, String>) {
    if let Some(name) = id.as_ref().and_then(|id| names.get(id)) {
        *id = Some(name.clone());
    }
}

fn nouns(frozen: FrozenNouns, paths: &[PathDefinition]) -> NounDefinitions {
    let FrozenNouns { mut request_validators, models, gateway_responses, mut authorizers } = frozen;
    request_validators.sort_by(|a, b| a.name.cmp(&b.name));
    authorizers.sort_by(|a, b| a.name.cmp(&b.name));
    NounDefinitions { models: needed(models, paths), request_validators, authorizers, gateway_responses }
}

/// All models but those that every API begins with and that nothing here refers to.
fn needed(models: Vec<Model>, paths: &[PathDefinition]) -> Vec<Model> {
    let methods = || paths.iter().flat_map(|path| &path.methods);
    let bodies = methods().filter_map(|method| method.request_models.as_ref());
    let responses = methods().flat_map(|method| method.method_responses.iter().flat_map(|all| all.values()));
    let all = bodies.chain(responses.filter_map(|response| response.response_models.as_ref()));
    let mut referred: BTreeSet<String> = all.flat_map(|models| models.values().cloned()).collect();
    for model in &models {
        let itself = model.name.as_ref();
        referred.extend(model_schema::references(model).into_iter().filter(|name| Some(name) != itself));
    }
    let named = |model: &Model, test: &dyn Fn(&str) -> bool| model.name.as_deref().is_some_and(test);
    let mut kept = models;
    kept.retain(|model| !named(model, &model::is_built_in) || named(model, &|name| referred.contains(name)));
    for model in kept.iter_mut().filter(|model| named(model, &model::is_built_in)) {
        model.description = None;
    }
    kept
}
