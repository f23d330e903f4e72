//! Whatever the combination of settings: a route that is served has no guard that is not.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use stagegate_compile::Effect;
use stagegate_plan::Verb;

use crate::documents::{api, compiled, mock, served};

/// One change to a served method, and whether it must close the route.
type Change = (&'static str, Value, bool);

fn changes() -> Vec<Change> {
    let integration = |members: Value| json!({"methodIntegration": members});
    vec![
        ("an authorizer", json!({"authorizationType": "CUSTOM", "authorizerId": "a"}), true),
        ("an API key", json!({"apiKeyRequired": true}), false),
        (
            "a validator of models",
            json!({"requestValidatorId": "v", "requestModels": {"application/json": "Pet"}}),
            true,
        ),
        ("a template", integration(json!({"requestTemplates": {"application/json": "$x"}})), false),
        ("a template that is none", integration(json!({"requestTemplates": {"application/json": "#if("}})), true),
        (
            "a template of another type",
            integration(json!({"requestTemplates": {"text/plain": "{\"statusCode\": 201}"}})),
            false,
        ),
        ("a Lambda function", integration(json!({"type": "AWS_PROXY"})), true),
        ("a conversion", integration(json!({"contentHandling": "CONVERT_TO_TEXT"})), false),
        ("a scope without an authorizer", json!({"authorizationScopes": ["a"]}), false),
        ("an operation name", json!({"operationName": "Get"}), false),
        ("a validator of nothing", json!({"requestValidatorId": "v"}), true),
        ("a timeout", integration(json!({"timeoutInMillis": 50})), false),
    ]
}

/// Merges objects, member by member.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

proptest! {
    #[test]
    fn a_served_route_has_no_guard_that_is_not_served(
        chosen in subsequence(changes(), 0..=changes().len()),
        policy in prop::option::of(select(vec!["{\"Statement\":", " ", ""])),
    ) {
        let mut method = mock();
        for (_, change, _) in &chosen {
            merge(&mut method, change);
        }
        let rest_api = policy.map_or(json!({}), |policy| json!({"policy": policy}));
        let has_policy = policy.is_some_and(|policy| !policy.trim().is_empty());
        let closed = has_policy || chosen.iter().any(|(_, _, closes)| *closes);
        let (plan, findings) = compiled(&api(&rest_api, &[("/guarded", json!({"ANY": method}))]));
        let (_, why) = served(&plan, Verb::Get, "/guarded").expect("every method has its route");
        prop_assert_eq!(why.is_some(), closed, "{:?} {:?}", why, chosen);
        prop_assert_eq!(findings.iter().any(|finding| finding.effect == Effect::Refused), closed);
    }
}
