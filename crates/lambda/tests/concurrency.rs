//! Limits of invocations at a time.

mod support;

use std::sync::Arc;
use std::time::Duration;

use stagegate_lambda::{FunctionHost, FunctionId, Invocation, InvokeError, SpecError, ThrottleReason};
use support::{Host, function, host, text};

fn sleep_on(host: &Arc<FunctionHost>, name: &str) -> tokio::task::JoinHandle<Result<String, InvokeError>> {
    let (host, id) = (Arc::clone(host), FunctionId::latest(name));
    tokio::spawn(async move {
        let invoked = host.invoke(Invocation::new(id, r#"{"do":"sleep","seconds":1.5}"#)).await?;
        Ok(text(&invoked))
    })
}

async fn throttled(host: &Host, name: &str) -> ThrottleReason {
    let error = host.host.invoke(Invocation::new(FunctionId::latest(name), "{}")).await.expect_err("throttled");
    assert_eq!(
        (error.code(), error.status(), error.to_string().as_str()),
        ("TooManyRequestsException", 429, "Rate Exceeded.")
    );
    match error {
        InvokeError::TooManyRequests { reason } => reason,
        other => unreachable!("{other} has the code of throttling"),
    }
}

#[tokio::test]
async fn reserved_and_shared_concurrency_are_kept_apart() {
    let host = host(|limits| limits.concurrency_total = 2);
    let mut own = function("own", "python3.12", "behave.handler");
    own.reserved_concurrency = Some(1);
    host.host.put(own).await.expect("one of two");
    host.host.put(function("shared", "python3.12", "behave.handler")).await.expect("allowed");
    let mut greedy = function("greedy", "python3.12", "behave.handler");
    greedy.reserved_concurrency = Some(2);
    let refused = host.host.put(greedy).await.expect_err("only one is left");
    assert!(matches!(refused, SpecError::Reservation { asked: 2, left: 1, total: 2, .. }), "{refused}");
    let running = [sleep_on(&host.host, "own"), sleep_on(&host.host, "shared")];
    tokio::time::sleep(Duration::from_millis(300)).await;
    let reserved = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
    assert_eq!(throttled(&host, "own").await, reserved);
    assert_eq!(throttled(&host, "shared").await, ThrottleReason::ConcurrentInvocationLimitExceeded);
    for task in running {
        assert_eq!(task.await.expect("joined").expect("reached"), "\"awake\"");
    }
    assert_eq!(text(&host.invoke("own", r#"{"do":"nothing"}"#).await), "null");
}

#[tokio::test]
async fn a_reservation_of_zero_stops_a_function() {
    let mut spec = function("stopped", "python3.12", "behave.handler");
    spec.reserved_concurrency = Some(0);
    let host = Host::with(spec).await;
    throttled(&host, "stopped").await;
}

#[tokio::test]
async fn one_call_after_the_other_is_never_throttled_and_stays_on_one_process() {
    for (runtime, handler) in [("python3.12", "echo.handler"), ("nodejs22.x", "echo.handler")] {
        let mut spec = function("echo", runtime, handler);
        spec.reserved_concurrency = Some(1);
        let host = Host::with(spec).await;
        let mut processes = std::collections::BTreeSet::new();
        for _ in 0..200 {
            processes.insert(host.json("echo", "{}").await["pid"].as_u64());
        }
        // On a machine that stalls, a process may take too long to ask for its next event.
        assert!(processes.len() <= 2, "{runtime} {processes:?}");
    }
}

#[tokio::test]
async fn a_caller_that_leaves_does_not_stop_the_function() {
    let host = Host::with(function("behave", "python3.12", "behave.handler")).await;
    let event = r#"{"do":"sleep","seconds":0.5}"#;
    let gone = tokio::time::timeout(
        Duration::from_millis(300),
        host.host.invoke(Invocation::new(FunctionId::latest("behave"), event)),
    );
    assert!(gone.await.is_err());
    let lines = host.log_until("behave", |line| line.starts_with("REPORT")).await;
    assert!(!lines.iter().any(|line| line.contains("Status:")), "{lines:?}");
}

#[test]
fn callers_may_be_on_any_runtime_and_a_dropped_host_leaves_nothing_behind() {
    let caller = || tokio::runtime::Builder::new_current_thread().build().expect("a runtime without timers");
    let host = caller().block_on(Host::with(function("echo", "python3.12", "echo.handler")));
    let shared = Arc::clone(&host.host);
    let other = std::thread::spawn(move || {
        caller().block_on(async { shared.invoke(Invocation::new(FunctionId::latest("echo"), "{}")).await })
    });
    let invoked = other.join().expect("joined").expect("reached");
    let process = support::parse(&invoked)["pid"].as_u64().expect("a number");
    assert!(std::path::Path::new(&format!("/proc/{process}/environ")).exists());
    let Host { host, folder, .. } = host;
    drop(host);
    for _ in 0..200 {
        if std::fs::read_to_string(format!("/proc/{process}/environ")).unwrap_or_default().is_empty() {
            drop(folder);
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the process {process} outlives its host");
}

#[tokio::test]
async fn a_host_that_stops_waits_for_what_runs_and_takes_nothing_more() {
    let host = Host::with(function("behave", "python3.12", "behave.handler")).await;
    let running = sleep_on(&host.host, "behave");
    tokio::time::sleep(Duration::from_millis(300)).await;
    host.host.stop(Duration::from_secs(20)).await;
    let running = tokio::time::timeout(Duration::from_millis(500), running).await.expect("it was waited for");
    assert_eq!(running.expect("joined").expect("reached"), "\"awake\"");
    let error = host.host.invoke(Invocation::new(FunctionId::latest("behave"), "{}")).await.expect_err("stopped");
    assert_eq!(error.code(), "ServiceException");
}
