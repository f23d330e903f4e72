//! Canaries: an overlay of the stage with a deployment and variables of its own.

use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_compile::{CanarySurroundings, Surroundings, compile_canary};
use stagegate_plan::{DeploymentPlan, Release, RouteId, StageMeter, StagePlan};

use crate::documents::{api, compiled, mock, proxy};
use crate::stage::stage;

fn deployed(uri: &str) -> Arc<DeploymentPlan> {
    let resources = [("/", json!({"GET": proxy(uri, &json!({}))})), ("/mock", json!({"GET": mock()}))];
    Arc::new(compiled(&api(&json!({}), &resources)).0)
}

/// The stage `prod` over one deployment, with a canary of it or of another.
fn released(members: &Value, canary: &Made) -> StagePlan {
    let mut members = members.clone();
    members.as_object_mut().expect("a well-formed document").entry("variables").or_insert(json!({"place": "a"}));
    let members = &members;
    let (mut plan, _) = stage(&deployed("http://one.test/${stageVariables.place}"), members);
    let mut document = json!({"stageName": "prod", "deploymentId": "d1"});
    let given = members.as_object().expect("a well-formed document").clone();
    document.as_object_mut().expect("a well-formed document").extend(given);
    let document: stagegate_model::rest::Stage = serde_json::from_value(document).expect("a well-formed document");
    let settings = document.canary_settings.clone().expect("a canary");
    let surroundings = CanarySurroundings { meter: Arc::clone(&canary.meter), sticky: None, seed: 1 };
    let findings =
        compile_canary(&document, &settings, &mut plan, &canary.deployment, surroundings, &Surroundings::default());
    assert!(findings.is_empty(), "{findings:?}");
    plan
}

/// A canary's deployment and its counters.
struct Made {
    deployment: Arc<DeploymentPlan>,
    meter: Arc<StageMeter>,
}

fn canary() -> Made {
    Made { deployment: deployed("http://two.test/${stageVariables.place}"), meter: Arc::default() }
}

fn back_end(plan: &StagePlan) -> String {
    let endpoint = plan.endpoint(RouteId(0)).expect("the route has a back end").as_ref().expect("it is bound");
    format!("{}{:?}", endpoint.authority, endpoint.path)
}

#[test]
fn fact_117_variables_are_the_stage_s_overridden() {
    let made = canary();
    let members = json!({
        "variables": {"place": "a", "kept": "k"},
        "canarySettings": {"percentTraffic": 10.0, "deploymentId": "d2",
                           "stageVariableOverrides": {"place": "b", "new": "n"}},
    });
    let plan = released(&members, &made);
    let canary = &plan.canary.as_ref().expect("a canary").stage;
    let variables = |plan: &StagePlan| {
        plan.variables.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((variables(&plan).as_str(), variables(canary).as_str()), ("kept=k place=a", "kept=k new=n place=b"));
    assert_eq!((&*plan.deployment_id, &*canary.deployment_id), ("d1", "d2"));
    assert!(back_end(&plan).contains("one.test") && back_end(&plan).contains("\"/a\""), "{}", back_end(&plan));
    assert!(back_end(canary).contains("two.test") && back_end(canary).contains("\"/b\""), "{}", back_end(canary));
    assert_eq!((plan.release, canary.release), (Release::Production, Release::Canary));
    assert!(canary.canary.is_none(), "a canary has none");
}

#[test]
fn counters_and_limits_are_the_stage_s_and_the_canary_counts_alone_too() {
    let made = canary();
    let members = json!({
        "methodSettings": {"*/*": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 2}},
        "canarySettings": {"percentTraffic": 10.0, "deploymentId": "d2"},
    });
    let plan = released(&members, &made);
    let canary = &plan.canary.as_ref().expect("a canary").stage;
    assert!(Arc::ptr_eq(&plan.meter, &canary.meter));
    assert!(plan.canary_meter.is_none());
    assert!(Arc::ptr_eq(canary.canary_meter.as_ref().expect("counters of its own"), &made.meter));
    let [own, canarys] = [&plan, canary].map(|plan| plan.rates.route(RouteId(0)).expect("a limit"));
    assert!(Arc::ptr_eq(&own.limit.word, &canarys.limit.word), "one bucket for both");
    assert_ne!(plan.authorizer_flush, canary.authorizer_flush, "what one decides is not the other's");
}

#[test]
fn fact_c10_the_cache_is_shared_where_the_stage_s_is_used_and_the_deployment_is_the_same() {
    for (settings, is_shared) in [
        (json!({"deploymentId": "d1", "useStageCache": true}), true),
        (json!({"useStageCache": true}), true),
        (json!({"deploymentId": "d1", "useStageCache": false}), false),
        (json!({"deploymentId": "d1"}), false),
        (json!({"deploymentId": "d2", "useStageCache": true}), false),
    ] {
        let plan = released(&json!({"canarySettings": settings}), &canary());
        let canary = &plan.canary.as_ref().expect("a canary").stage;
        assert_eq!(plan.cache_scope == canary.cache_scope, is_shared, "{settings}");
    }
}

#[test]
fn facts_124_and_n2_lines_of_the_canary_are_written_twice() {
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:access";
    let stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-access";
    for (destination, copy) in [(group, Some(format!("{group}/Canary"))), (stream, None)] {
        let members = json!({
            "accessLogSettings": {"destinationArn": destination, "format": "$context.requestId"},
            "methodSettings": {"*/*": {"loggingLevel": "INFO"}},
            "canarySettings": {"percentTraffic": 10.0},
        });
        let plan = released(&members, &canary());
        let canary = &plan.canary.as_ref().expect("a canary").stage;
        let access = |plan: &StagePlan| {
            let log = plan.access_log.as_ref().expect("an access log");
            (log.destination_arn.to_string(), log.copy_arn.as_ref().map(ToString::to_string))
        };
        assert_eq!(access(&plan), (destination.to_owned(), None));
        assert_eq!(access(canary), (destination.to_owned(), copy));
        let execution = |plan: &StagePlan| plan.execution_log.clone().expect("an execution log");
        let own = execution(&plan);
        assert_eq!(own.copy_arn, None);
        let canarys = execution(canary);
        assert_eq!(canarys.destination_arn, own.destination_arn);
        assert_eq!(canarys.copy_arn.as_deref(), Some(&*format!("{}/Canary", own.destination_arn)));
    }
}
