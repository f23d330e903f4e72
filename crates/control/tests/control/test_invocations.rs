//! `TestInvokeMethod` and `TestInvokeAuthorizer`: what reaches whoever tries things out, and what never does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stagegate_control::{
    AuthorizerRehearsal, AuthorizerRehearsed, MethodRehearsal, Rehearsal, RehearsalError, Rehearsed,
};
use stagegate_model::rest::{AuthorizationType, AuthorizerType};
use stagegate_store::BoxFuture;

use crate::plane::{Plane, text};

const FUNCTION: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                        arn:aws:lambda:us-east-1:000000000000:function:f/invocations";

/// Keeps what it is asked, and answers the same each time.
#[derive(Default)]
struct Stage {
    error: Option<RehearsalError>,
    methods: Mutex<Vec<MethodRehearsal>>,
    authorizers: Mutex<Vec<AuthorizerRehearsal>>,
}

impl Rehearsal for Stage {
    fn method(&self, rehearsal: MethodRehearsal) -> BoxFuture<'_, Result<Rehearsed, RehearsalError>> {
        self.methods.lock().expect("no panic").push(rehearsal);
        let headers = [("A", "1"), ("B", "2"), ("A", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let rehearsed = Rehearsed {
            status: 418,
            headers: headers.into(),
            body: b"tea\xff".to_vec(),
            log: "log".to_owned(),
            latency_ms: 7,
        };
        let answer = self.error.clone().map_or(Ok(rehearsed), Err);
        Box::pin(async { answer })
    }

    fn authorizer(&self, rehearsal: AuthorizerRehearsal) -> BoxFuture<'_, Result<AuthorizerRehearsed, RehearsalError>> {
        let verifies = rehearsal.authorizer.kind == Some(AuthorizerType::CognitoUserPools);
        self.authorizers.lock().expect("no panic").push(rehearsal);
        Box::pin(async move {
            if verifies {
                let claims = BTreeMap::from([("sub".to_owned(), "ann".to_owned())]);
                let (log, latency_ms) = ("log".to_owned(), 7);
                return Ok(AuthorizerRehearsed { log, latency_ms, claims, ..AuthorizerRehearsed::default() });
            }
            Ok(AuthorizerRehearsed {
                log: "log".to_owned(),
                latency_ms: 7,
                principal_id: Some("me".to_owned()),
                policy: Some("{}".to_owned()),
                context: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
                ..AuthorizerRehearsed::default()
            })
        })
    }
}

fn plane(stage: &Arc<Stage>) -> Plane {
    Plane::rehearsing(Arc::<Stage>::clone(stage))
}

#[tokio::test]
async fn fact_122_a_method_is_handed_over_without_what_guards_it() {
    let stage = Arc::<Stage>::default();
    let plane = plane(&stage);
    let (api, method) = plane.mock_api().await;
    let keys = [("replace", "/apiKeyRequired", "true"), ("replace", "/authorizationType", "AWS_IAM")];
    plane.patch(&method, &keys).await.ok();
    let given = json!({
        "headers": { "H": "1" }, "multiValueHeaders": { "M": ["2", "3"] }, "body": "b", "stageVariables": { "v": "w" },
        "pathWithQueryString": "/?q=1",
    });
    let answer = plane.call("POST", &method, given).await.ok();
    let expected = json!({
        "status": 418, "body": "tea\u{fffd}", "headers": { "A": "3", "B": "2" },
        "multiValueHeaders": { "A": ["1", "3"], "B": ["2"] }, "log": "log", "latency": 7,
    });
    assert_eq!(answer, expected);
    let handed = stage.methods.lock().expect("no panic").pop().expect("a rehearsal");
    assert_eq!(format!("/restapis/{}", handed.api.api_id), api);
    assert_eq!((handed.verb.as_str(), handed.request.path_with_query.as_str()), ("GET", "/?q=1"));
    let pairs: Vec<_> = handed.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((pairs, &*handed.request.body), (vec![("H", "1"), ("M", "2"), ("M", "3")], &b"b"[..]));
    assert_eq!(handed.stage_variables["v"], "w");
    let [tried] = &handed.working_copy.methods[..] else { panic!("one method") };
    assert_eq!(tried.method.authorization_type, Some(AuthorizationType::None));
    assert_eq!(tried.method.api_key_required, Some(false));
}

#[tokio::test]
async fn without_a_path_the_resources_own_is_meant() {
    let stage = Arc::<Stage>::default();
    let plane = plane(&stage);
    let (_, method) = plane.mock_api().await;
    for given in [Value::Null, json!({ "pathWithQueryString": "" })] {
        plane.call("POST", &method, given).await.ok();
        let handed = stage.methods.lock().expect("no panic").pop().expect("a rehearsal");
        assert_eq!(handed.request.path_with_query, "/");
    }
}

#[tokio::test]
async fn what_cannot_be_tried_out_is_said() {
    let cases = [
        (RehearsalError::Request("no".to_owned()), 400, "BadRequestException"),
        (RehearsalError::Busy, 429, "TooManyRequestsException"),
        (RehearsalError::Absent, 503, "ServiceUnavailableException"),
    ];
    for (error, status, error_type) in cases {
        let message = error.to_string();
        let plane = plane(&Arc::new(Stage { error: Some(error), ..Stage::default() }));
        let (_, method) = plane.mock_api().await;
        let answer = plane.call("POST", &method, Value::Null).await;
        assert_eq!(answer.status, status);
        answer.refused(error_type, &message);
    }
}

#[tokio::test]
async fn an_authorizer_is_handed_over_and_its_answer_shown() {
    let stage = Arc::<Stage>::default();
    let plane = plane(&stage);
    let (api, _) = plane.api().await;
    let guard = json!({
        "name": "guard", "type": "REQUEST", "authorizerUri": FUNCTION, "identitySource": "context.tier",
    });
    let made = plane.call("POST", &format!("{api}/authorizers"), guard).await.ok();
    let one = format!("{api}/authorizers/{}", text(&made["id"]));
    let given =
        json!({ "headers": { "H": "1" }, "additionalContext": { "tier": "gold" }, "stageVariables": { "v": "w" } });
    let answer = plane.call("POST", &one, given).await.ok();
    let expected = json!({
        "clientStatus": 0, "log": "log", "latency": 7, "principalId": "me", "policy": "{}", "authorization": { "a": ["b"] },
    });
    assert_eq!(answer, expected);
    let handed = stage.authorizers.lock().expect("no panic").pop().expect("a rehearsal");
    assert_eq!((handed.context["tier"].as_str(), handed.request.path_with_query.as_str()), ("gold", "/"));
    let missing = plane.call("POST", &format!("{api}/authorizers/nosuch"), Value::Null).await;
    missing.refused("NotFoundException", "Invalid Authorizer identifier specified");
}

#[tokio::test]
async fn what_is_claimed_by_a_token_is_told() {
    let stage = Arc::<Stage>::default();
    let plane = plane(&stage);
    let (api, _) = plane.api().await;
    let pool = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a";
    let guard = json!({
        "name": "guard", "type": "COGNITO_USER_POOLS", "providerARNs": [pool],
        "identitySource": "method.request.header.Authorization",
    });
    let made = plane.call("POST", &format!("{api}/authorizers"), guard).await.ok();
    let one = format!("{api}/authorizers/{}", text(&made["id"]));
    let answer = plane.call("POST", &one, json!({ "headers": { "Authorization": "token" } })).await.ok();
    let expected = json!({ "clientStatus": 0, "log": "log", "latency": 7, "claims": { "sub": "ann" } });
    assert_eq!(answer, expected);
    let handed = stage.authorizers.lock().expect("no panic").pop().expect("a rehearsal");
    assert_eq!(handed.request.headers, [("Authorization".to_owned(), "token".to_owned())]);
}
