//! `Method` and `MethodResponse`.

use serde_json::{Value, json};

use crate::plane::Plane;

#[tokio::test]
async fn a_method_keeps_what_it_was_given() {
    let plane = Plane::new();
    let (_, root) = plane.api().await;
    let method = format!("{root}/methods/POST");
    let given = json!({
        "authorizationType": "AWS_IAM", "apiKeyRequired": true, "operationName": "AddPet",
        "requestParameters": { "method.request.header.X-A": true, "method.request.querystring.q": false },
        "requestModels": { "application/json": "Error" }, "authorizationScopes": ["a/b"],
    });
    let answer = plane.call("PUT", &method, given.clone()).await;
    assert_eq!(answer.status, 201);
    let made = answer.ok();
    assert_eq!(made["httpMethod"], "POST");
    for (member, value) in given.as_object().expect("members") {
        assert_eq!(&made[member], value, "{member}");
    }
    assert_eq!(plane.get(&method).await.ok(), made);
    let answer = plane.delete(&method).await;
    assert_eq!((answer.status, answer.body), (204, Value::Null));
    plane.get(&method).await.refused("NotFoundException", "Invalid Method identifier specified");
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let none = json!({ "authorizationType": "NONE" });
    plane.call("PUT", &format!("{root}/methods/GET"), none.clone()).await.ok();
    let taken = plane.call("PUT", &format!("{root}/methods/GET"), none.clone()).await;
    taken.refused("ConflictException", "Method already exists for this resource");
    let lost = plane.call("PUT", &format!("{api}/resources/nosuch/methods/GET"), none.clone()).await;
    lost.refused("NotFoundException", "Invalid Resource identifier specified");
    let verb = plane.call("PUT", &format!("{root}/methods/FETCH"), none).await;
    verb.refused(
        "BadRequestException",
        "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
    );
    let cases = [
        (
            json!({ "authorizationType": "BASIC" }),
            "Invalid authorization type specified. Valid options for REST method are: 'NONE', 'AWS_IAM', 'CUSTOM', \
             'COGNITO_USER_POOLS', 'JWT'",
        ),
        (
            json!({ "authorizationType": "CUSTOM" }),
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a \
             valid authorizer.",
        ),
        (
            json!({ "authorizationType": "CUSTOM", "authorizerId": "nosuch" }),
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a \
             valid authorizer.",
        ),
        (
            json!({ "authorizationType": "NONE", "requestValidatorId": "nosuch" }),
            "Invalid Request Validator identifier specified",
        ),
        (
            json!({ "authorizationType": "NONE", "requestModels": { "a/b": "Pet" } }),
            "Invalid model identifier specified: Pet",
        ),
        (
            json!({ "authorizationType": "NONE", "requestParameters": { "method.request.cookie.x": true } }),
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression \
             parameter specified: method.request.cookie.x]",
        ),
    ];
    for (body, message) in cases {
        plane.call("PUT", &format!("{root}/methods/PUT"), body).await.refused("BadRequestException", message);
    }
    let (error_type, message) = plane.call("PUT", &format!("{root}/methods/PUT"), json!({})).await.fault();
    assert_eq!(error_type, "ValidationException");
    assert!(message.contains("'putMethodInput.authorizationType'"), "{message}");
}

#[tokio::test]
async fn an_authorizer_leaves_with_the_type_that_asked_it() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let guard = json!({ "id": "guard", "name": "guard", "type": "TOKEN" });
    plane.plant(&format!("{api}/authorizers/guard"), guard).await;
    let method = format!("{root}/methods/ANY");
    let custom = json!({ "authorizationType": "CUSTOM", "authorizerId": "guard" });
    plane.call("PUT", &method, custom).await.ok();
    let patched = plane.patch(&method, &[("replace", "/authorizationType", "NONE")]).await.ok();
    assert_eq!(patched.get("authorizerId"), None);
}

#[tokio::test]
async fn responses_live_within_their_method() {
    let plane = Plane::new();
    let (_, root) = plane.api().await;
    let method = format!("{root}/methods/GET");
    let response = format!("{method}/responses/404");
    plane.call("PUT", &response, json!({})).await.refused("NotFoundException", "Invalid Method identifier specified");
    plane.call("PUT", &method, json!({ "authorizationType": "NONE" })).await.ok();
    let given = json!({
        "responseParameters": { "method.response.header.X-A": true }, "responseModels": { "application/json": "Error" },
    });
    let answer = plane.call("PUT", &response, given).await;
    assert_eq!(answer.status, 201);
    let made = answer.ok();
    assert_eq!(made["statusCode"], "404");
    assert_eq!(plane.get(&response).await.ok(), made);
    assert_eq!(plane.get(&method).await.ok()["methodResponses"]["404"], made);
    let again = plane.call("PUT", &response, json!({})).await;
    again.refused("ConflictException", "Response already exists for this resource");
    let patched = plane.patch(&response, &[("remove", "/responseParameters/method.response.header.X-A", "")]).await;
    assert_eq!(patched.status, 201, "UpdateMethodResponse answers 201");
    assert_eq!(plane.delete(&response).await.status, 204);
    plane.get(&response).await.refused("NotFoundException", "Invalid Response status code specified");
    assert_eq!(plane.get(&method).await.ok().get("methodResponses"), None);
}

#[tokio::test]
async fn a_status_is_three_digits_from_100_to_599() {
    let plane = Plane::new();
    let (_, root) = plane.api().await;
    let method = format!("{root}/methods/GET");
    plane.call("PUT", &method, json!({ "authorizationType": "NONE" })).await.ok();
    for bad in ["600", "99", "abc", "2000", "default"] {
        let (error_type, message) = plane.call("PUT", &format!("{method}/responses/{bad}"), json!({})).await.fault();
        assert_eq!(error_type, "ValidationException", "{bad}");
        let pattern = r"Member must satisfy regular expression pattern: [1-5]\d\d";
        assert!(message.contains("'putMethodResponseInput.statusCode'") && message.ends_with(pattern), "{message}");
    }
}
