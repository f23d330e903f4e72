//! The event that a Lambda proxy function gets (facts 31, 38 and 44 to 66).

use std::sync::Arc;

use serde_json::{Value, json};
use stagegate_gateway::InvocationSource;

use crate::functions::Functions;
use crate::plans::{Api, HOST, function};
use crate::world::World;

/// The event of one request to a route.
fn event(api: Api, line: &str, fields: &str, body: impl AsRef<[u8]>) -> Value {
    let functions = Functions::fine();
    let world = World::invoking(api, Arc::clone(&functions));
    let reply = world.ask(line, fields, body);
    assert_eq!(reply.status, 200, "{}", reply.head);
    functions.event()
}

fn pets() -> Api {
    Api::default().route("ANY /pets/{petId}", function())
}

#[test]
fn every_key_is_there_in_aws_s_order() {
    let functions = Functions::fine();
    let world = World::invoking(pets(), Arc::clone(&functions));
    let port = world.address.port();
    world.ask("GET /s/pets/7", "User-Agent: curl/8\r\nX-Amzn-Trace-Id: Root=1-a-b\r\n", "");
    let mut event = functions.event();
    let context = &mut event["requestContext"];
    for (key, length) in [("extendedRequestId", 16), ("requestTime", 26), ("requestId", 36)] {
        assert_eq!(context[key].take().as_str().map(str::len), Some(length), "{key}");
    }
    assert!(context["requestTimeEpoch"].take().as_u64() > Some(1_700_000_000_000));
    let expected = json!({
        "resource": "/pets/{petId}",
        "path": "/pets/7",
        "httpMethod": "GET",
        "headers": {
            "Host": HOST, "User-Agent": "curl/8", "X-Amzn-Trace-Id": "Root=1-a-b",
            "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": port.to_string(), "X-Forwarded-Proto": "http"
        },
        "multiValueHeaders": {
            "Host": [HOST], "User-Agent": ["curl/8"], "X-Amzn-Trace-Id": ["Root=1-a-b"],
            "X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Port": [port.to_string()], "X-Forwarded-Proto": ["http"]
        },
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": {"petId": "7"},
        "stageVariables": null,
        "requestContext": {
            "resourceId": "res0",
            "resourcePath": "/pets/{petId}",
            "httpMethod": "GET",
            "extendedRequestId": null,
            "requestTime": null,
            "path": "/s/pets/7",
            "accountId": "000000000000",
            "protocol": "HTTP/1.1",
            "stage": "s",
            "domainPrefix": "api",
            "requestTimeEpoch": null,
            "requestId": null,
            "identity": {
                "cognitoIdentityPoolId": null, "accountId": null, "cognitoIdentityId": null, "caller": null,
                "sourceIp": "127.0.0.1", "principalOrgId": null, "accessKey": null,
                "cognitoAuthenticationType": null, "cognitoAuthenticationProvider": null, "userArn": null,
                "userAgent": "curl/8", "user": null
            },
            "domainName": HOST,
            "deploymentId": "dep",
            "apiId": "api"
        },
        "body": null,
        "isBase64Encoded": false
    });
    // Maps keep their order here, so that the texts compare it, too.
    assert_eq!(event.to_string(), expected.to_string());
}

#[test]
fn fact_31_the_query_is_decoded_and_the_path_is_not() {
    let event = event(pets(), "GET /s/pets/test%2Balias@x?a%5B%5D=1+2%2B3&b&b=%C3%A4;c=%22%0A", "", "");
    assert_eq!(event["path"], "/pets/test%2Balias@x");
    assert_eq!(event["pathParameters"], json!({"petId": "test%2Balias@x"}));
    assert_eq!(event["queryStringParameters"], json!({"a[]": "1 2+3", "b": "ä", "c": "\"\n"}));
    assert_eq!(event["multiValueQueryStringParameters"], json!({"a[]": ["1 2+3"], "b": ["", "ä"], "c": ["\"\n"]}));
}

#[test]
fn facts_29_and_30_slashes_stay_where_they_were() {
    let api = || Api::default().route("ANY /{proxy+}", function());
    for (target, path, proxy, context) in [
        ("/s/proxy-value/", "/proxy-value/", "proxy-value", "/s/proxy-value/"),
        ("/s/a//b", "/a//b", "a//b", "/s/a//b"),
        ("/s//path", "/path", "path", "/s//path"),
        ("//s/path", "/path", "path", "/s/path"),
    ] {
        let event = event(api(), &format!("GET {target}"), "", "");
        assert_eq!(event["path"], path, "{target}");
        assert_eq!(event["pathParameters"], json!({"proxy": proxy}), "{target}");
        assert_eq!(event["requestContext"]["path"], context, "{target}");
    }
}

#[test]
fn fact_38_what_is_dropped_first_is_never_seen() {
    let fields = "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-MD5: x\r\nMax-Forwards: 1\r\nServer: x\r\nTE: trailers\r\n\
                  Trailer: x\r\nWWW-Authenticate: x\r\nProxy-Authenticate: x\r\nContent-Length: 2\r\nX-Kept: 1\r\n";
    let event = event(pets(), "POST /s/pets/7", fields, "hi");
    let names: Vec<&String> = event["headers"].as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["Host", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Kept"]
    );
    assert_eq!(event["body"], "hi");
}

#[test]
fn fact_46_names_keep_their_case_but_for_two() {
    let fields = "tEsT-HEADeR: a\r\nauthorization: b\r\nuser-agent: c\r\n";
    let event = event(pets(), "GET /s/pets/7", fields, "");
    for (name, value) in [("tEsT-HEADeR", "a"), ("Authorization", "b"), ("User-Agent", "c")] {
        assert_eq!(event["headers"][name], value, "{name}");
    }
}

#[test]
fn fact_49_the_last_value_and_all_of_them() {
    let event = event(pets(), "GET /s/pets/7?q=1&q=2", "X-A: 1\r\nx-a: 2\r\nX-Forwarded-For: 1.2.3.4\r\n", "");
    assert_eq!(event["headers"]["X-A"], "2");
    assert_eq!(event["multiValueHeaders"]["X-A"], json!(["1", "2"]));
    assert_eq!(event["queryStringParameters"], json!({"q": "2"}));
    assert_eq!(event["multiValueQueryStringParameters"], json!({"q": ["1", "2"]}));
    assert_eq!(event["multiValueHeaders"]["X-Forwarded-For"], json!(["1.2.3.4, 127.0.0.1"]));
}

#[test]
fn fact_58_absent_collections_are_null() {
    let api = Api::default().route("ANY /plain", function());
    let event = event(api, "POST /s/plain?", "Content-Length: 0\r\n", "");
    for key in ["pathParameters", "queryStringParameters", "multiValueQueryStringParameters", "stageVariables", "body"]
    {
        assert_eq!(event[key], Value::Null, "{key}");
    }
}

#[test]
fn stage_variables_and_the_overridden_verb_are_shown() {
    let api = pets().variable("b", "2").variable("a", "\"1\"");
    let event = event(api, "POST /s/pets/7", "X-HTTP-Method-Override: PUT\r\nContent-Length: 0\r\n", "");
    assert_eq!(event["stageVariables"].to_string(), r#"{"a":"\"1\"","b":"2"}"#);
    assert_eq!((&event["httpMethod"], &event["requestContext"]["httpMethod"]), (&json!("PUT"), &json!("PUT")));
}

#[test]
fn fact_66_the_content_type_decides_about_base64() {
    for (types, content_type, body, shown, is_base64) in [
        (&["image/png"][..], "image/png", &b"\x89PNG"[..], "iVBORw==", true),
        (&["image/*"], "image/png; x=1", b"\x89PNG", "iVBORw==", true),
        (&["*/*"], "application/json", b"{}", "e30=", true),
        (&["*/png"], "image/png", b"{}", "{}", false),
        (&[], "image/png", b"\x89PNG", "\u{fffd}PNG", false),
        (&["image/png"], "application/json", b"\"\n\x00\"", "\"\n\u{0}\"", false),
    ] {
        let api = pets().binary(types);
        let fields = format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
        let event = event(api, "POST /s/pets/7", &fields, body);
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(shown), &json!(is_base64)), "{content_type}");
    }
}

#[test]
fn long_and_chunked_content_is_in_the_event_whole() {
    let text = "äö\"\\ ".repeat(40_000);
    let chunk = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    let event = event(pets(), "POST /s/pets/7", "Transfer-Encoding: chunked\r\n", chunk);
    assert_eq!(event["body"], text);
}

#[test]
fn the_function_is_told_who_invokes_it_and_for_how_long() {
    let functions = Functions::fine();
    let world = World::invoking(pets(), Arc::clone(&functions));
    world.ask("GET /s/pets/7", "X-Amzn-Trace-Id: Root=1-a-b;Parent=7\r\n", "");
    let seen = functions.only();
    assert_eq!(seen.function.to_string(), "arn:aws:lambda:us-east-1:000000000000:function:pets");
    let InvocationSource::Api { arn, account, region } = &seen.source else { panic!("{:?}", seen.source) };
    assert_eq!(&**arn, "arn:aws:execute-api:us-east-1:000000000000:api/s/GET/pets/{petId}");
    assert_eq!((&**account, &**region), ("000000000000", "us-east-1"));
    assert_eq!(&*seen.trace, "Root=1-a-b;Parent=7;Sampled=1");
    assert!(!seen.is_streamed && seen.client_context.is_none() && seen.credentials.is_none());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(40))]
    #[test]
    fn any_request_becomes_json_that_says_the_same(
        body in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..200),
        value in "[ -~äß€\u{1f680}\t]{0,30}",
        query in "(%[2-7][0-9A-F]|%C3%A4|[a-z+=&;]){0,12}",
        segment in "[a-zA-Z0-9][a-zA-Z0-9._~!$'()*,;:@%]{0,20}",
    ) {
        let segment = segment.replace('%', "%25");
        let fields = format!("X-Value: {value}\r\nContent-Length: {}\r\n", body.len());
        let event = event(pets(), &format!("POST /s/pets/{segment}?{query}"), &fields, &body);
        proptest::prop_assert_eq!(event["body"].as_str().unwrap(), String::from_utf8_lossy(&body));
        proptest::prop_assert_eq!(&event["headers"]["X-Value"], value.trim_matches([' ', '\t']));
        proptest::prop_assert_eq!(&event["pathParameters"]["petId"], &segment);
        let last = event["queryStringParameters"].as_object().map_or(0, serde_json::Map::len);
        let all = event["multiValueQueryStringParameters"].as_object().map_or(0, serde_json::Map::len);
        proptest::prop_assert_eq!(last, all);
    }
}
