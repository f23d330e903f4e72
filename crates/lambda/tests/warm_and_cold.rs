//! Cold starts, warm reuse, what an invocation carries, and what the log says of it.

mod support;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use stagegate_lambda::{Clock, FunctionId, Invocation, LogSource};
use support::{Host, configured, function, host, parse};

#[tokio::test]
async fn a_python_process_is_reused_and_knows_its_invocation() {
    let host = Host::with(function("echo", "python3.12", "echo.handler")).await;
    let mut invocation = Invocation::new(FunctionId::latest("echo"), r#"{"word":"ä€"}"#);
    invocation.request_id = Some("my-request".to_owned());
    invocation.invoked_arn = Some("arn:aws:lambda:us-east-1:000000000000:function:echo:prod".to_owned());
    invocation.client_context = Some(r#"{"custom":{"a":"ä"}}"#.to_owned());
    invocation.cognito_identity = Some(r#"{"cognitoIdentityId":"me","cognitoIdentityPoolId":"pool"}"#.to_owned());
    invocation.trace_header = Some("Root=1-5759e988-bd862e3fe1be46a994272793".to_owned());
    let invoked = host.host.invoke(invocation).await.expect("reached");
    let first = parse(&invoked);
    assert_eq!((invoked.request_id.as_str(), invoked.executed_version.as_str()), ("my-request", "$LATEST"));
    assert_eq!(first["event"], json!({"word": "ä€"}));
    assert_eq!(first["request_id"], "my-request");
    assert_eq!(first["arn"], "arn:aws:lambda:us-east-1:000000000000:function:echo:prod");
    assert_eq!(first["client"], json!({"a": "ä"}));
    assert_eq!(first["identity"], "me");
    assert_eq!(first["trace"], "Root=1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!(
        (&first["name"], &first["version"], &first["memory"]),
        (&json!("echo"), &json!("$LATEST"), &json!("128"))
    );
    let remaining = first["remaining_ms"].as_i64().expect("a number");
    assert!((20_000..=30_000).contains(&remaining), "{remaining}");
    let second = host.json("echo", "").await;
    assert_eq!((&second["count"], &second["pid"]), (&json!(2), &first["pid"]));
    assert_eq!((&second["event"], &second["trace"], &second["client"]), (&json!({}), &Value::Null, &Value::Null));
    assert_eq!(second["arn"], "arn:aws:lambda:us-east-1:000000000000:function:echo");
}

#[tokio::test]
async fn a_node_process_is_reused_and_knows_its_invocation() {
    let host = Host::with(function("echo", "nodejs22.x", "echo.handler")).await;
    let first = host.json("echo", r#"{"word":"ä€"}"#).await;
    let second = host.json("echo", "").await;
    assert_eq!(first["event"], json!({"word": "ä€"}));
    assert_eq!((&second["count"], &second["pid"]), (&json!(2), &first["pid"]));
    assert!(second["remaining"].as_i64().is_some_and(|ms| (20_000..=30_000).contains(&ms)), "{second}");
    let lines = host.log_until("echo", |line| line.starts_with("REPORT")).await;
    let line = lines.iter().find(|line| line.contains("echoing")).expect("printed");
    let parts: Vec<&str> = line.split('\t').collect();
    assert_eq!((parts[1], parts[2], parts[3]), (first["requestId"].as_str().expect("text"), "INFO", "echoing ä€"));
}

#[tokio::test]
async fn the_log_has_awss_lines_in_order() {
    let host = Host::with(function("echo", "python3.12", "echo.handler")).await;
    let id = host.json("echo", r#"{"word":"one"}"#).await["request_id"].as_str().expect("text").to_owned();
    host.json("echo", r#"{"word":"two"}"#).await;
    host.log_until("echo", |line| line.starts_with("REPORT") && !line.contains(&id)).await;
    let lines = host.log("echo");
    assert_eq!(lines[0], "INIT_START Runtime Version: python3.12");
    assert_eq!(lines[1], format!("START RequestId: {id} Version: $LATEST"));
    assert_eq!(lines[2], "echoing one");
    assert_eq!(lines[3], format!("END RequestId: {id}"));
    let report: Vec<&str> = lines[4].split('\t').collect();
    assert_eq!(report[0], format!("REPORT RequestId: {id}"));
    assert!(report[1].starts_with("Duration: ") && report[1].ends_with(" ms"), "{report:?}");
    assert!(report[2].starts_with("Billed Duration: "), "{report:?}");
    assert_eq!(report[3], "Memory Size: 128 MB");
    let used: u64 = report[4]
        .strip_prefix("Max Memory Used: ")
        .and_then(|used| used.strip_suffix(" MB"))
        .expect("MB")
        .parse()
        .expect("a number");
    assert!((1..128).contains(&used), "{used}");
    assert!(report[5].starts_with("Init Duration: "), "{report:?}");
    assert!(lines[5].starts_with("START") && lines[6] == "echoing two", "{lines:?}");
    assert!(!lines[8].contains("Init Duration"), "{lines:?}");
    let streams = host.lines.of("echo");
    assert!(streams[0].log_stream.contains("/[$LATEST]"));
    assert_eq!(&*streams[0].log_group, "/aws/lambda/echo");
    assert_eq!((streams[1].source, streams[2].source), (LogSource::Platform, LogSource::Function));
    assert_eq!((&streams[0].request_id, streams[2].request_id.as_deref()), (&None, Some(id.as_str())));
}

#[tokio::test]
async fn the_tail_of_the_log_comes_with_the_answer() {
    let host = Host::with(function("behave", "python3.12", "behave.handler")).await;
    for (times, is_cut) in [(1, false), (2_000, true)] {
        let event = json!({"do": "print", "text": "says ä", "times": times}).to_string();
        let mut invocation = Invocation::new(FunctionId::latest("behave"), event);
        invocation.log_tail = true;
        let invoked = host.host.invoke(invocation).await.expect("reached");
        let tail = invoked.log_tail.expect("asked for");
        let tail = String::from_utf8_lossy(&tail).into_owned();
        assert!(tail.contains("says ä\nEND RequestId: ") && tail.contains("Max Memory Used"), "{tail}");
        assert_eq!(tail.contains("START RequestId"), !is_cut, "{tail}");
        assert!(tail.len() <= 4_100, "{}", tail.len());
    }
    let mut invocation = Invocation::new(FunctionId::latest("behave"), r#"{"do":"nothing"}"#);
    invocation.log_tail = true;
    let tail = host.host.invoke(invocation).await.expect("reached").log_tail.expect("asked for");
    assert!(!String::from_utf8_lossy(&tail).contains("says"), "it is another invocation's");
}

#[tokio::test]
async fn invocations_at_a_time_get_processes_of_their_own() {
    let host = Host::with(function("behave", "python3.12", "behave.handler")).await;
    let event = r#"{"do":"sleep","seconds":0.5}"#;
    let both = tokio::join!(host.invoke("behave", event), host.invoke("behave", event));
    assert_eq!(support::text(&both.0), "\"awake\"");
    assert_eq!(support::text(&both.1), "\"awake\"");
    host.log_until("behave", |line| line.starts_with("REPORT")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(host.host.idle_processes(&FunctionId::latest("behave")), 2);
}

#[tokio::test]
async fn idle_processes_expire() {
    let host = host(|limits| limits.idle_timeout_ms = 100);
    host.host.put(function("echo", "python3.12", "echo.handler")).await.expect("allowed");
    let first = host.json("echo", "{}").await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(host.host.idle_processes(&FunctionId::latest("echo")), 0);
    let second = host.json("echo", "{}").await;
    assert_ne!(first["pid"], second["pid"]);
    assert_eq!(second["count"], 1);
}

#[tokio::test]
async fn an_idle_process_gives_way_to_another_functions() {
    let host = host(|limits| limits.processes_max = 1);
    host.host.put(function("a", "python3.12", "echo.handler")).await.expect("allowed");
    host.host.put(function("b", "python3.12", "echo.handler")).await.expect("allowed");
    for name in ["a", "b", "a"] {
        assert_eq!(host.json(name, "{}").await["count"], 1, "{name}");
    }
}

#[tokio::test]
async fn a_sink_gets_every_line_and_the_clock_is_the_one_given() {
    let moment = UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let host = configured(|config| config.clock = Clock::new(move || moment));
    host.host.put(function("behave", "python3.12", "behave.handler")).await.expect("allowed");
    let mut invocation =
        Invocation::new(FunctionId::latest("behave"), r#"{"do":"print","text":"one\r\ntwo","times":1000}"#);
    invocation.log_tail = true;
    host.host.invoke(invocation).await.expect("reached");
    let seen = host.lines.of("behave");
    assert_eq!(seen.iter().filter(|line| &*line.text == "one").count(), 1_000);
    assert_eq!(seen.iter().filter(|line| &*line.text == "two").count(), 1_000);
    assert!(seen.iter().all(|line| line.log_stream.starts_with("2096/10/02/[$LATEST]")), "{seen:?}");
    host.host.put(function("echo", "python3.12", "echo.handler")).await.expect("allowed");
    // The function's own clock is 70 years behind.
    assert!(host.json("echo", "{}").await["remaining_ms"].as_i64().is_some_and(|ms| ms > 2_000_000_000_000));
}

#[tokio::test]
async fn large_events_and_answers_pass_whole() {
    let host = host(|_| {});
    let word = "ä€🐾".repeat(600_000);
    for (name, runtime) in [("python", "python3.12"), ("node", "nodejs22.x")] {
        host.host.put(function(name, runtime, "echo.handler")).await.expect("allowed");
        for _ in 0..2 {
            let event = json!({ "padding": word }).to_string();
            assert!(event.len() > 5_000_000);
            assert_eq!(host.json(name, &event).await["event"]["padding"], word.as_str(), "{name}");
        }
        assert_eq!(host.json(name, "{}").await["count"], 3, "{name}");
    }
}
