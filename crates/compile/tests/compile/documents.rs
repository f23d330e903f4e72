//! Documents to compile, written as JSON, for the other test files of this crate.

use serde_json::{Value, json};
use stagegate_compile::{Finding, compile_deployment};
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_plan::{DeploymentPlan, IntegrationPlan, Verb};

/// An API of these resources; each is a path and its methods.
pub(crate) fn api(rest_api: &Value, resources: &[(&str, Value)]) -> FrozenApi {
    let mut api = json!({"id": "api0000001"});
    api.as_object_mut().expect("an object").extend(rest_api.as_object().expect("an object").clone());
    let rows: Vec<Value> = resources.iter().map(|(path, _)| json!({"id": path, "path": path})).collect();
    let methods: Vec<Value> = resources
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("an object").clone();
            methods.into_iter().map(move |(verb, mut method)| {
                method["httpMethod"] = verb.into();
                json!({"resourceId": path, "method": method})
            })
        })
        .collect();
    let document = json!({"restApi": api, "resources": rows, "methods": methods, "unserved": null});
    serde_json::from_value(document).expect("the test's documents are in wire form")
}

/// An open method with this integration.
pub(crate) fn open(integration: &Value) -> Value {
    json!({"authorizationType": "NONE", "methodIntegration": integration})
}

/// An open `MOCK` method that answers 200.
pub(crate) fn mock() -> Value {
    open(&json!({"type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
                 "integrationResponses": {"200": {"statusCode": "200"}}}))
}

/// An open `HTTP_PROXY` method to a URI, with these request mappings.
pub(crate) fn proxy(uri: &str, parameters: &Value) -> Value {
    open(&json!({"type": "HTTP_PROXY", "httpMethod": "ANY", "uri": uri, "requestParameters": parameters}))
}

/// Compiles under a fixed hash.
pub(crate) fn compiled(api: &FrozenApi) -> (DeploymentPlan, Vec<Finding>) {
    compile_deployment(api, "00")
}

/// What a request for `path` is answered by: the resource path, and why it is refused if it is.
pub(crate) fn served(plan: &DeploymentPlan, verb: Verb, path: &str) -> Option<(String, Option<String>)> {
    let route = plan.route(plan.tree.find(path.as_bytes(), verb)?.route).expect("the tree's ids index routes");
    let why = match &route.integration {
        IntegrationPlan::Misconfigured { why } => Some(why.to_string()),
        IntegrationPlan::Mock(_)
        | IntegrationPlan::Http(_)
        | IntegrationPlan::Lambda(_)
        | IntegrationPlan::MappedFunction(_)
        | IntegrationPlan::Service(_)
        | IntegrationPlan::Subtype(_) => None,
    };
    Some((route.resource_path.to_string(), why))
}
