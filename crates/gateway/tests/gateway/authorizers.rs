//! Lambda authorizers before real requests: who is let in, what is remembered, and who is asked (facts 82 to 85, A14 to A20).

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stagegate_gateway::{GatewayConfig, InvokeFault};
use stagegate_mapping::RequestSource;
use stagegate_plan::{
    DecisionForm, EmptyIdentity, IdentitySource, LambdaAuthorizerKind, LambdaAuthorizerPlan, LambdaPlan, PayloadFormat,
    ResponseTransferMode,
};
use tokio::sync::Semaphore;

use crate::functions::{Does, Functions};
use crate::plans::{Api, says};
use crate::wire::{Client, PATIENCE, Reply};
use crate::world::{World, request};

/// How a test makes a plan, as often as it is needed.
type Plan = fn() -> LambdaAuthorizerPlan;

pub(crate) const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:api/s";

fn plan(kind: LambdaAuthorizerKind, ttl_s: u32) -> LambdaAuthorizerPlan {
    let invoke = LambdaPlan {
        uri: "bound already".into(),
        credentials: None,
        invocation_type: None,
        client_context: None,
        timeout_ms: 0,
        transfer: ResponseTransferMode::Buffered,
        format: PayloadFormat::One,
    };
    LambdaAuthorizerPlan { id: "guard1".into(), kind, ttl_s, invoke, answer: DecisionForm::Policy }
}

pub(crate) fn token() -> LambdaAuthorizerPlan {
    plan(LambdaAuthorizerKind::Token { header: "Auth".into(), expression: None }, 300)
}

fn forgetful() -> LambdaAuthorizerPlan {
    LambdaAuthorizerPlan { ttl_s: 0, ..token() }
}

fn strict() -> LambdaAuthorizerPlan {
    let expression = regex::Regex::new(r"\A(?:t-.*)\z").expect("an expression");
    plan(LambdaAuthorizerKind::Token { header: "Auth".into(), expression: Some(expression) }, 300)
}

fn by_request(sources: &[(&str, RequestSource)], ttl_s: u32) -> LambdaAuthorizerPlan {
    let source = |(written, source): &(&str, RequestSource)| IdentitySource {
        written: (*written).into(),
        source: source.clone(),
    };
    plan(
        LambdaAuthorizerKind::Request { sources: sources.iter().map(source).collect(), empty: EmptyIdentity::Missing },
        ttl_s,
    )
}

fn header_and_query() -> LambdaAuthorizerPlan {
    let sources = [
        ("method.request.header.A", RequestSource::Header("A".into())),
        ("method.request.querystring.q", RequestSource::Query("q".into())),
    ];
    by_request(&sources, 300)
}

fn by_address() -> LambdaAuthorizerPlan {
    by_request(&[("method.request.header.x-forwarded-for", RequestSource::Header("x-forwarded-for".into()))], 300)
}

pub(crate) fn sourceless() -> LambdaAuthorizerPlan {
    by_request(&[], 0)
}

fn policy(effect: &str, resource: &str) -> Value {
    json!({ "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource }] })
}

pub(crate) fn allows() -> Value {
    json!({ "principalId": "p", "policyDocument": policy("Allow", "*"), "context": { "tier": "gold", "n": 1, "b": true } })
}

pub(crate) fn world(plan: Plan, does: Does) -> (World, Arc<Functions>) {
    let functions = Functions::that(does);
    let api = Api::default().guarded(plan).route("GET /a", says("a")).route("GET /b", says("b"));
    (World::invoking_with(api, Arc::clone(&functions), |config| config.cores = 2), functions)
}

pub(crate) fn with_token(world: &World, path: &str, token: &str) -> Reply {
    world.ask(&format!("GET {path}"), &format!("Auth: {token}\r\n"), "")
}

/// Sends a request and does not wait for its answer.
fn sent(world: &World, token: &str) -> Client {
    let mut client = world.client();
    client.send(request("GET /s/a", &format!("Auth: {token}\r\n")));
    client
}

/// Waits until the function was asked so often.
fn wait_for(functions: &Functions, count: usize) {
    let deadline = Instant::now() + PATIENCE;
    while functions.count() != count {
        assert!(Instant::now() < deadline, "asked {} times, not {count}", functions.count());
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn facts_a14_to_a16_what_becomes_of_an_answer() {
    let denied = |suffix: &str| format!("{{\"Message\":\"User is not authorized to access this resource{suffix}\"}}");
    let silent = denied(" because no identity-based policy allows the execute-api:Invoke action");
    let explicit = denied(" with an explicit deny in an identity-based policy");
    let answer = |document: Value| Does::returns(&json!({ "principalId": "p", "policyDocument": document }));
    let nothing = "{\"message\":null}";
    let unusable = (500, nothing, "AuthorizerConfigurationException");
    let cases = [
        (Does::returns(&allows()), (200, "a", "")),
        (answer(policy("Allow", &format!("{ARN}/GET/a"))), (200, "a", "")),
        (Does::returns(&json!({ "policyDocument": policy("Allow", "*") })), (200, "a", "")),
        (answer(policy("Allow", &format!("{ARN}/GET/b"))), (403, &silent, "AccessDeniedException")),
        (answer(policy("Deny", "*")), (403, &explicit, "AccessDeniedException")),
        (Does::returns(&json!({ "policyDocument": policy("Deny", "*") })), (403, &explicit, "AccessDeniedException")),
        (
            Does::Fails(r#"{"errorMessage":"Unauthorized"}"#),
            (401, "{\"message\":\"Unauthorized\"}", "UnauthorizedException"),
        ),
        (Does::Fails(r#"{"errorMessage":"unauthorized"}"#), unusable),
        (Does::Fails(r#"{"errorMessage":"no","errorType":"Error"}"#), unusable),
        (Does::Refuses(InvokeFault::AccessDenied), unusable),
        (Does::Refuses(InvokeFault::TooManyRequests), unusable),
        (Does::returns(&json!({ "principalId": "p" })), unusable),
        (Does::returns(&json!({ "policyDocument": policy("Allow", "*"), "context": { "a": [] } })), unusable),
        (
            Does::returns(&json!({ "policyDocument": policy("Allow", "*"), "context": { "a": "x".repeat(9_000) } })),
            unusable,
        ),
        (Does::Returns(b"nonsense".to_vec()), unusable),
    ];
    for (does, (status, body, kind)) in cases {
        let (world, _) = world(token, does.clone());
        let reply = with_token(&world, "/s/a", "t");
        assert_eq!((reply.status, reply.text().as_str()), (status, body), "{does:?}");
        assert_eq!(reply.field("x-amzn-ErrorType").unwrap_or_default(), kind, "{does:?}");
        assert_eq!(reply.field("X-Amzn-Trace-Id"), None, "fact A2: {does:?}");
    }
}

#[test]
fn facts_82_and_a15_without_an_identity_nobody_is_asked() {
    let unauthorized = "{\"message\":\"Unauthorized\"}";
    let cases: [(Plan, &str, &str); 8] = [
        (token, "/s/a", ""),
        (token, "/s/a", "Auth: \r\n"),
        (token, "/s/a", "Auth: t\r\nAuth: \r\n"),
        (forgetful, "/s/a", "Other: t\r\n"),
        (strict, "/s/a", "Auth: xt-1\r\n"),
        (header_and_query, "/s/a?q=1", ""),
        (header_and_query, "/s/a", "A: 1\r\n"),
        (header_and_query, "/s/a?q=", "A: 1\r\n"),
    ];
    for (plan, path, fields) in cases {
        let (world, functions) = world(plan, Does::Hangs);
        let reply = world.ask(&format!("GET {path}"), fields, "");
        assert_eq!((reply.status, reply.text().as_str()), (401, unauthorized), "{path} {fields}");
        assert_eq!(reply.field("x-amzn-ErrorType"), Some("UnauthorizedException"));
        assert!(functions.is_unasked(), "{path} {fields}");
    }
    let (world, functions) = world(sourceless, Does::returns(&allows()));
    for count in 1..3 {
        assert_eq!(world.get("/s/a").status, 200);
        assert_eq!(functions.count(), count, "without sources nothing tells callers apart");
    }
}

#[test]
fn fact_83_the_policy_is_remembered_and_not_its_verdict() {
    let only_a = json!({ "principalId": "p", "policyDocument": policy("Allow", &format!("{ARN}/GET/a")) });
    let (world, functions) = world(token, Does::returns(&only_a));
    for (path, status) in [("/s/a", 200), ("/s/b", 403), ("/s/%61", 200), ("/s/a", 200)] {
        assert_eq!(with_token(&world, path, "t").status, status, "{path}");
    }
    assert_eq!(functions.count(), 1);
    assert_eq!(with_token(&world, "/s/a", "u").status, 200);
    assert_eq!(functions.count(), 2, "another identity");
}

#[test]
fn fact_85_denials_are_remembered_and_errors_are_not() {
    let deny = json!({ "principalId": "p", "policyDocument": policy("Deny", "*") });
    let cases = [
        (Does::returns(&deny), 403, 1),
        (Does::Fails(r#"{"errorMessage":"Unauthorized"}"#), 401, 3),
        (Does::Refuses(InvokeFault::Network), 500, 3),
        (Does::returns(&json!({ "principalId": "p" })), 500, 3),
    ];
    for (does, status, count) in cases {
        let (world, functions) = world(token, does);
        for _ in 0..3 {
            assert_eq!(with_token(&world, "/s/a", "t").status, status);
        }
        assert_eq!(functions.count(), count);
    }
    let (world, functions) = world(forgetful, Does::returns(&allows()));
    for _ in 0..2 {
        assert_eq!(with_token(&world, "/s/a", "t").status, 200);
    }
    assert_eq!(functions.count(), 2, "no time to live");
}

#[test]
fn identities_are_told_apart_by_every_value() {
    let (world, functions) = world(header_and_query, Does::returns(&allows()));
    let cases = [
        ("/s/a?q=1", "A: x\r\n"),
        ("/s/a?q=x", "A: 1\r\n"),
        ("/s/a?q=1", "A: x,y\r\n"),
        ("/s/a?q=1", "A: x\r\nA: y\r\n"),
        ("/s/a?q=1", "A: y\r\nA: x\r\n"),
        ("/s/a?q=1&q=2", "A: x\r\n"),
        ("/s/a?q=2&q=1", "A: x\r\n"),
        ("/s/a?q=1", "A: X\r\n"),
    ];
    for (index, (path, fields)) in cases.iter().enumerate() {
        assert_eq!(world.ask(&format!("GET {path}"), fields, "").status, 200);
        assert_eq!(functions.count(), index + 1, "{path} {fields}");
    }
    for (path, fields) in [("/s/a?q=1", "a: x\r\n"), ("/s/b?p=7&q=%31", "B: z\r\nA: x\r\n")] {
        assert_eq!(world.ask(&format!("GET {path}"), fields, "").status, 200);
        assert_eq!(functions.count(), cases.len(), "the same caller: {path} {fields}");
    }
}

#[test]
fn who_forwards_is_not_the_client_s_to_say() {
    let (world, functions) = world(by_address, Does::returns(&allows()));
    assert_eq!(world.ask("GET /s/a", "X-Forwarded-For: 10.0.0.5\r\n", "").status, 200);
    assert_eq!(world.get("/s/a").status, 200, "the gateway writes one");
    assert_eq!(functions.count(), 2);
    let seen: Vec<Value> = functions.events().iter().map(|event| event["headers"]["X-Forwarded-For"].clone()).collect();
    assert_eq!(seen, ["10.0.0.5, 127.0.0.1", "127.0.0.1"]);
    let (world, functions) = self::world(token, Does::Hangs);
    let reply = world.ask("GET /s/a", "Auth: t\r\nConnection: auth\r\n", "");
    assert_eq!(
        (reply.status, functions.count()),
        (401, 0),
        "what a client calls its connection's is shown to no function"
    );
}

#[test]
fn a_flush_of_the_stage_is_a_new_beginning() {
    let functions = Functions::that(Does::returns(&allows()));
    let api = || Api::default().guarded(token).route("GET /a", says("a"));
    let world = World::invoking(api(), Arc::clone(&functions));
    for (flushed, count) in [(0, 1), (7, 2), (7, 2), (9, 3)] {
        world.snapshot.store(Arc::new(api().flushed(flushed).snapshot()));
        assert_eq!(with_token(&world, "/s/a", "t").status, 200);
        assert_eq!(functions.count(), count);
    }
}

#[test]
fn what_was_decided_before_a_flush_is_forgotten_soon() {
    let functions = Functions::that(Does::returns(&allows()));
    let api = || Api::default().guarded(token).route("GET /a", says("a"));
    let often = |config: &mut GatewayConfig| config.authorizers.sweep = Duration::from_millis(10);
    let world = World::invoking_with(api(), Arc::clone(&functions), often);
    for who in ["t", "u"] {
        assert_eq!(with_token(&world, "/s/a", who).status, 200);
    }
    thread::sleep(Duration::from_millis(100));
    assert_eq!(world.remembered_decisions(), 2, "what may be asked for stays");
    world.snapshot.store(Arc::new(api().flushed(7).snapshot()));
    assert_eq!(with_token(&world, "/s/a", "t").status, 200);
    let until = Instant::now() + PATIENCE;
    while world.remembered_decisions() != 1 {
        assert!(Instant::now() < until, "{} are remembered", world.remembered_decisions());
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(functions.count(), 3);
}

#[test]
fn many_who_come_at_once_ask_once_on_all_cores() {
    let permits = Arc::new(Semaphore::new(0));
    let (world, functions) = world(token, Does::Waits(Arc::clone(&permits), allows().to_string().into_bytes()));
    let mut clients: Vec<Client> = (0..16).map(|_| sent(&world, "t")).collect();
    wait_for(&functions, 1);
    thread::sleep(Duration::from_millis(100));
    permits.add_permits(1);
    for client in &mut clients {
        assert_eq!(client.reply().status, 200);
    }
    assert_eq!(functions.count(), 1);
}

#[test]
fn a_question_outlives_the_client_that_asked_first() {
    let permits = Arc::new(Semaphore::new(0));
    let (world, functions) = world(token, Does::Waits(Arc::clone(&permits), allows().to_string().into_bytes()));
    let first = sent(&world, "t");
    wait_for(&functions, 1);
    let mut second = sent(&world, "t");
    thread::sleep(Duration::from_millis(50));
    drop(first);
    thread::sleep(Duration::from_millis(50));
    permits.add_permits(1);
    assert_eq!(second.reply().status, 200);
    assert_eq!(with_token(&world, "/s/a", "t").status, 200);
    assert_eq!(functions.count(), 1);
}

#[test]
fn an_error_is_for_those_who_wait() {
    let permits = Arc::new(Semaphore::new(0));
    let (world, functions) = world(token, Does::Waits(Arc::clone(&permits), b"nonsense".to_vec()));
    let mut clients: Vec<Client> = (0..4).map(|_| sent(&world, "t")).collect();
    wait_for(&functions, 1);
    thread::sleep(Duration::from_millis(100));
    permits.add_permits(1);
    for client in &mut clients {
        assert_eq!(client.reply().status, 500);
    }
    let mut next = sent(&world, "t");
    wait_for(&functions, 2);
    permits.add_permits(1);
    assert_eq!(next.reply().status, 500);
}

#[test]
fn a_function_that_takes_too_long_is_given_up() {
    for plan in [token, forgetful] {
        let functions = Functions::that(Does::Hangs);
        let api = Api::default().guarded(plan).route("GET /a", says("a"));
        let world = World::invoking_with(api, Arc::clone(&functions), |config| {
            config.authorizers.deadline = Duration::from_millis(100);
        });
        for count in 1..3 {
            let reply = with_token(&world, "/s/a", "t");
            assert_eq!((reply.status, reply.text().as_str()), (500, "{\"message\":null}"));
            assert_eq!(functions.count(), count);
        }
    }
}

#[test]
fn calls_of_one_authorizer_have_a_limit() {
    for plan in [token, forgetful] {
        let permits = Arc::new(Semaphore::new(0));
        let functions = Functions::that(Does::Waits(Arc::clone(&permits), allows().to_string().into_bytes()));
        let api = Api::default().guarded(plan).route("GET /a", says("a"));
        let world = World::invoking_with(api, Arc::clone(&functions), |config| config.authorizers.concurrency = 1);
        let mut first = sent(&world, "t");
        wait_for(&functions, 1);
        let reply = with_token(&world, "/s/a", "u");
        assert_eq!((reply.status, reply.text().as_str()), (429, "{\"message\":\"Too Many Requests\"}"));
        assert_eq!(reply.field("x-amzn-ErrorType"), Some("TooManyRequestsException"));
        permits.add_permits(9);
        assert_eq!(first.reply().status, 200);
        assert_eq!(with_token(&world, "/s/a", "u").status, 200, "a refusal is not remembered");
        assert_eq!(functions.count(), 2);
    }
}
