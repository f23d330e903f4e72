//! What the functions of authorizers are told, and what rooms, events and logs say of their decisions (facts A18 to A20, L3, L7, L18).

use std::sync::Arc;

use serde_json::json;
use stagegate_plan::LogLevel;

use crate::authorizers::{ARN, allows, sourceless, token, with_token, world};
use crate::functions::{Does, Functions};
use crate::plans::{Api, function, says};
use crate::world::World;

#[test]
fn facts_a18_and_a20_a_token_s_function_is_told_three_things() {
    let (world, functions) = world(token, Does::returns(&allows()));
    let reply = world.ask("GET /s/%61?q=1", "aUTH: t\r\nX-Amzn-Trace-Id: Root=1-a-b;Parent=7\r\n", "");
    assert_eq!(reply.status, 200);
    let asked = functions.only();
    let event = format!("{{\"type\":\"TOKEN\",\"authorizationToken\":\"t\",\"methodArn\":\"{ARN}/GET/a\"}}");
    assert_eq!(String::from_utf8_lossy(&asked.payload), event);
    assert_eq!(asked.source.arn(), "arn:aws:execute-api:us-east-1:000000000000:api/authorizers/guard1");
    assert_eq!(&*asked.trace, "Root=1-a-b;Parent=7;Sampled=1");
}

#[test]
fn fact_a19_a_request_s_function_is_told_all_of_it() {
    let functions = Functions::that(Does::returns(&allows()));
    let api = Api::default().guarded(sourceless).variable("v", "1").route("GET /pets/{id}", says("pet"));
    let world = World::invoking(api, Arc::clone(&functions));
    assert_eq!(world.ask("GET /s/pets/7?q=1&q=2", "X-A: 1\r\nX-A: 2\r\n", "").status, 200);
    let event = functions.event();
    let keys: Vec<&String> = event.as_object().expect("an object").keys().collect();
    let expected = [
        "type",
        "methodArn",
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
    ];
    assert_eq!(keys, expected);
    assert_eq!(event["methodArn"], format!("{ARN}/GET/pets/7"));
    assert_eq!((&event["resource"], &event["path"]), (&json!("/pets/{id}"), &json!("/pets/7")));
    assert_eq!((&event["headers"]["X-A"], &event["multiValueHeaders"]["X-A"]), (&json!("2"), &json!(["1", "2"])));
    assert_eq!(event["multiValueQueryStringParameters"], json!({ "q": ["1", "2"] }));
    assert_eq!((&event["pathParameters"], &event["stageVariables"]), (&json!({ "id": "7" }), &json!({ "v": "1" })));
    let context = &event["requestContext"];
    assert_eq!((&context["path"], &context["stage"]), (&json!("/s/pets/7"), &json!("s")));
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    assert!(context.get("authorizer").is_none());
}

#[test]
fn fact_a19_collections_without_members_are_empty_objects() {
    let (world, functions) = world(sourceless, Does::returns(&allows()));
    assert_eq!(world.get("/s/a").status, 200);
    for name in ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"] {
        assert_eq!(functions.event()[name], json!({}), "{name}");
    }
}

#[test]
fn a_proxy_function_is_told_what_the_authorizer_said() {
    let functions = Functions::that(Does::Decides(|event| match event["type"].as_str() {
        Some(_) => Does::returns(&allows()),
        None => Does::Returns(b"{\"statusCode\": 200}".to_vec()),
    }));
    let world = World::invoking(Api::default().guarded(token).route("GET /f", function()), Arc::clone(&functions));
    for _ in 0..2 {
        assert_eq!(with_token(&world, "/s/f", "t").status, 200);
    }
    let events = functions.events();
    assert_eq!(events.len(), 3);
    for event in &events[1..] {
        let said = &event["requestContext"]["authorizer"];
        let keys: Vec<&String> = said.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["tier", "n", "b", "principalId", "integrationLatency"]);
        assert_eq!((&said["tier"], &said["n"], &said["b"]), (&json!("gold"), &json!("1"), &json!("true")), "fact 81");
        assert_eq!(said["principalId"], "p");
    }
    assert_eq!(events[2]["requestContext"]["authorizer"]["integrationLatency"], 0, "nobody was asked");
}

#[test]
fn fact_l18_access_logs_know_the_authorizer() {
    let format = "$context.authorizer.principalId $context.authorizer.tier $context.authorizer.status \
                  $context.authorizer.integrationStatus $context.authorizer.requestId $context.authorizer.error";
    let functions = Functions::that(Does::Decides(|event| match event["authorizationToken"].as_str() {
        Some("bad") => Does::Fails(r#"{"errorMessage":"Unauthorized"}"#),
        _ => Does::returns(&allows()),
    }));
    let world = World::invoking(Api::default().guarded(token).logs(format).route("GET /a", says("a")), functions);
    for token in ["t", "t", "bad", ""] {
        with_token(&world, "/s/a", token);
    }
    let expected = "p gold 200 200 rid -\np gold 200 - - -\n- - 401 200 rid Unauthorized\n- - 401 - - Unauthorized\n";
    assert_eq!(world.log(), expected);
}

#[test]
fn facts_l3_and_l7_the_execution_log_begins_with_the_authorizer() {
    let functions = Functions::that(Does::returns(&allows()));
    let api = Api::default().guarded(token).traces(LogLevel::Info, true).route("GET /a", says("a"));
    let world = World::invoking(api, functions);
    for token in ["token-of-mine", ""] {
        with_token(&world, "/s/a", token);
    }
    let lines = world.execution_log();
    let lines: Vec<&str> = lines.iter().filter_map(|line| line.split_once(") ").map(|(_, text)| text)).collect();
    let starts = |index: usize, start: &str| assert!(lines[index].starts_with(start), "{index}: {lines:?}");
    starts(0, "Extended Request Id: ");
    starts(1, "Starting authorizer: guard1 for request: ");
    starts(2, "Incoming identity: *******f-mine");
    starts(3, "Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/");
    starts(4, "Endpoint request headers: {");
    starts(5, "Endpoint request body after transformations: {\"type\":\"TOKEN\"");
    starts(6, "Sending request to https://lambda.");
    starts(7, "Authorizer result body before parsing: {\"principalId\":\"p\"");
    assert_eq!(
        lines[8..10],
        ["Using valid authorizer policy for principal: *", "Successfully completed authorizer execution"]
    );
    starts(10, "Verifying Usage Plan for request: ");
    let last: Vec<&str> =
        lines[lines.len() - 3..].iter().map(|line| line.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(last, ["Extended Request Id", "Starting authorizer", "Unauthorized request"], "fact L7");
}

#[test]
fn fact_a2_refusals_of_authorizers_name_the_trace_where_the_stage_is_traced() {
    let deny = json!({ "policyDocument": { "Statement": { "Action": "*", "Effect": "Deny", "Resource": "*" } } });
    let api = || Api::default().guarded(token).route("GET /a", says("a"));
    for (api, is_traced) in [(api(), false), (api().traced(), true)] {
        let world = World::invoking(api, Functions::that(Does::returns(&deny)));
        for (token, status) in [("", 401), ("t", 403), ("t", 403)] {
            let reply = with_token(&world, "/s/a", token);
            let root = reply.field("X-Amzn-Trace-Id").unwrap_or_default();
            assert_eq!((reply.status, root.starts_with("Root=1-")), (status, is_traced), "{root}");
        }
    }
}
