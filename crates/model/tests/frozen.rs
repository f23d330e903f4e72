//! Freezing: equal APIs give equal bytes, and live members do not count.

use serde_json::{Value, json};
use stagegate_model::rest::frozen::{FrozenApi, FrozenMethod, FrozenNouns};
use stagegate_model::rest::{AuthorizationType, Authorizer, HttpMethod, Method, Model, Resource, RestApi};

fn resource(id: &str) -> Resource {
    Resource { id: id.into(), path: format!("/{id}"), ..Resource::default() }
}

fn method(resource_id: &str, verb: HttpMethod) -> FrozenMethod {
    FrozenMethod { resource_id: resource_id.into(), method: Method::new(verb, AuthorizationType::None) }
}

#[test]
fn the_order_of_rows_does_not_change_the_bytes() {
    let api = RestApi { id: "a".into(), ..RestApi::default() };
    let (a, b) = (resource("a"), resource("b"));
    let (get, any) = (method("a", HttpMethod::Get), method("a", HttpMethod::Any));
    let one = FrozenApi::new(&api, vec![a.clone(), b.clone()], vec![get.clone(), any.clone()], json!({"x": 1, "y": 2}));
    let other = FrozenApi::new(&api, vec![b, a], vec![any, get], json!({"y": 2, "x": 1}));
    assert_eq!(one.canonical_bytes(), other.canonical_bytes());
    assert_eq!(FrozenApi::from_bytes(&one.canonical_bytes()).unwrap(), one);
}

#[test]
fn live_members_do_not_change_the_bytes_and_frozen_ones_do() {
    let base: RestApi = serde_json::from_value(json!({"id": "a", "name": "n"})).unwrap();
    let bytes = |members: Value| {
        let mut document = serde_json::to_value(&base).unwrap();
        document.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let api: RestApi = serde_json::from_value(document).unwrap();
        FrozenApi::new(&api, vec![], vec![], Value::Null).canonical_bytes()
    };
    let unchanged = bytes(json!({}));
    for live in
        [json!({"name": "m"}), json!({"description": "d"}), json!({"tags": {"k": "v"}}), json!({"warnings": ["w"]})]
    {
        assert_eq!(bytes(live.clone()), unchanged, "{live}");
    }
    for frozen in [
        json!({"policy": "{}"}),
        json!({"binaryMediaTypes": ["*/*"]}),
        json!({"minimumCompressionSize": 0}),
        json!({"apiKeySource": "HEADER"}),
        json!({"disableExecuteApiEndpoint": true}),
    ] {
        assert_ne!(bytes(frozen.clone()), unchanged, "{frozen}");
    }
}

#[test]
fn embedded_methods_are_dropped_from_resources() {
    let mut with_methods = resource("a");
    with_methods.resource_methods = Some([(HttpMethod::Get, Method::default())].into());
    let frozen = FrozenApi::new(&RestApi::default(), vec![with_methods], vec![], Value::Null);
    assert_eq!(frozen.resources, [resource("a")]);
}

#[test]
fn nouns_are_frozen_in_canonical_order_and_older_documents_have_none() {
    let model = |name: &str| Model { name: Some(name.into()), ..Model::default() };
    let authorizer = |id: &str| Authorizer { id: id.into(), ..Authorizer::default() };
    let nouns = |models: Vec<Model>, authorizers: Vec<Authorizer>| FrozenNouns {
        models,
        authorizers,
        ..FrozenNouns::default()
    };
    let freeze = |nouns| FrozenApi::new(&RestApi::default(), vec![], vec![], Value::Null).with_nouns(nouns);
    let one = freeze(nouns(vec![model("A"), model("B")], vec![authorizer("a"), authorizer("b")]));
    let other = freeze(nouns(vec![model("B"), model("A")], vec![authorizer("b"), authorizer("a")]));
    assert_eq!(one.canonical_bytes(), other.canonical_bytes());
    assert_eq!(FrozenApi::from_bytes(&one.canonical_bytes()).unwrap(), one);
    let older = json!({ "restApi": RestApi::default(), "resources": [], "methods": [], "unserved": null });
    let older = FrozenApi::from_bytes(older.to_string().as_bytes()).unwrap();
    assert_eq!(older.nouns, FrozenNouns::default());
}
