//! Every noun with every member: documents generated from the shapes themselves survive a round trip.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use stagegate_model::rest::{
    Account, ApiKey, Authorizer, BasePathMapping, ClientCertificate, Deployment, DeploymentRow, DocumentationPart,
    DocumentationVersion, DocumentationVersionRow, DomainName, DomainNameAccessAssociation, GatewayResponse, Method,
    Model, RequestValidator, Resource, RestApi, Stage, UsagePlan, UsagePlanKey, VpcLink,
};
use stagegate_model::shape::{Shape, shape_of};

/// Documents of a shape, with every member of every structure.
fn documents(shape: &Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Structure { members, .. } => {
            let members = members.iter().map(|(name, member)| (Just(*name), documents(member)));
            let object = |members: Vec<(&str, Value)>| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            };
            members.collect::<Vec<_>>().prop_map(object).boxed()
        }
        Shape::Closed { values, .. } => proptest::sample::select(*values).prop_map(Value::from).boxed(),
        Shape::List(item) => prop::collection::vec(documents(item), 0..3).prop_map(Value::Array).boxed(),
        Shape::Map(key, item) => {
            let key = documents(key).prop_map(|key| key.as_str().map(str::to_owned).unwrap_or_default());
            let entries = prop::collection::btree_map(key, documents(item), 0..3);
            entries.prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())).boxed()
        }
        // A status code is the narrowest string among the members.
        Shape::Text => "[1-5][0-9][0-9]".prop_map(Value::from).boxed(),
        Shape::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Integer => any::<i32>().prop_map(Value::from).boxed(),
        Shape::Double => (-1.0e9..1.0e9).prop_map(|number: f64| json!(number)).boxed(),
        Shape::Timestamp => (0..4_000_000_000_i64).prop_map(Value::from).boxed(),
        Shape::Any => Just(json!({"any": ["thing"]})).boxed(),
    }
}

/// A document, and the same with one of its members left out.
fn with_a_gap(shape: &Shape) -> impl Strategy<Value = (Value, Value)> + use<> {
    (documents(shape), any::<prop::sample::Index>()).prop_map(|(document, index)| {
        let mut gapped = document.clone();
        if let Some(members) = gapped.as_object_mut() {
            let name = members.keys().nth(index.index(members.len())).cloned().unwrap_or_default();
            members.remove(&name);
        }
        (document, gapped)
    })
}

fn round_trips<T: Serialize + DeserializeOwned>(document: &Value) -> Option<Value> {
    serde_json::from_value::<T>(document.clone()).ok().and_then(|noun| serde_json::to_value(noun).ok())
}

macro_rules! nouns {
    ($($test:ident: $noun:ty, required $required:expr;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            $(
                #[test]
                fn $test((document, gapped) in with_a_gap(&shape_of::<$noun>())) {
                    prop_assert_eq!(round_trips::<$noun>(&document), Some(document.clone()));
                    let required: &[&str] = &$required;
                    let lacks = required.iter().any(|name| gapped.get(name).is_none());
                    prop_assert_eq!(round_trips::<$noun>(&gapped), (!lacks).then_some(gapped));
                }
            )+
        }
    };
}

nouns! {
    rest_apis: RestApi, required ["id"];
    resources: Resource, required ["id", "path"];
    methods: Method, required [];
    deployments: Deployment, required ["id"];
    deployment_rows: DeploymentRow, required ["deployment", "frozen"];
    stages: Stage, required ["deploymentId", "stageName"];
    accounts: Account, required [];
    request_validators: RequestValidator, required ["id"];
    models: Model, required ["id"];
    gateway_responses: GatewayResponse, required ["responseType"];
    authorizers: Authorizer, required ["id"];
    api_keys: ApiKey, required ["id"];
    usage_plans: UsagePlan, required ["id"];
    usage_plan_keys: UsagePlanKey, required ["id"];
    documentation_parts: DocumentationPart, required ["id", "location", "properties"];
    documentation_versions: DocumentationVersion, required ["version"];
    documentation_version_rows: DocumentationVersionRow, required ["version", "parts"];
    domain_names: DomainName, required ["domainName"];
    base_path_mappings: BasePathMapping, required ["basePath"];
    access_associations: DomainNameAccessAssociation, required ["domainNameAccessAssociationArn"];
    vpc_links: VpcLink, required ["id"];
    client_certificates: ClientCertificate, required ["clientCertificateId"];
}
