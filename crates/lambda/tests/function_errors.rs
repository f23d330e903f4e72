//! What functions do wrong, by AWS's error types: in the answer, and in the log.

mod support;

use serde_json::{Value, json};
use stagegate_lambda::{CodeSource, FunctionId, Invocation};
use support::{Host, error_type, function, host, parse, text};

async fn python() -> Host {
    Host::with(function("behave", "python3.12", "behave.handler")).await
}

#[tokio::test]
async fn a_python_exception_is_told_with_its_stack() {
    let host = python().await;
    let invoked = host.invoke("behave", r#"{"do":"raise","message":"no \"pets\""}"#).await;
    let error = invoked.function_error.clone().expect("an error");
    assert_eq!((error.header(), error.error_type.as_str()), ("Unhandled", "Runtime.PetError"));
    let body = parse(&invoked);
    assert_eq!((&body["errorMessage"], &body["errorType"]), (&json!("no \"pets\""), &json!("PetError")));
    assert_eq!(body["requestId"], invoked.request_id);
    let stack = body["stackTrace"].as_array().expect("a stack");
    assert_eq!(stack.len(), 2, "{stack:?}");
    let first = stack[0].as_str().expect("text");
    assert!(first.contains("behave.py\", line ") && first.contains("in handler"), "{first}");
    let lines = host.log_until("behave", |line| line.starts_with("REPORT")).await;
    assert!(lines.iter().any(|line| line == "[ERROR] PetError: no \"pets\""), "{lines:?}");
    // The process lives on.
    assert_eq!(host.json("behave", r#"{"do":"nothing"}"#).await, Value::Null);
    assert_eq!(host.log("behave").iter().filter(|line| line.starts_with("INIT_START")).count(), 1);
}

#[tokio::test]
async fn python_values_become_json_or_a_marshal_error() {
    let host = python().await;
    assert_eq!(text(&host.invoke("behave", r#"{"do":"decimal"}"#).await), "[1.5, 2]");
    let invoked = host.invoke("behave", r#"{"do":"unserializable"}"#).await;
    assert_eq!(error_type(&invoked), "Runtime.MarshalError");
    let message = "Unable to marshal response: Object of type set is not JSON serializable";
    assert_eq!(parse(&invoked)["errorMessage"], message);
}

#[tokio::test]
async fn an_exit_ends_the_process_and_the_next_invocation_gets_a_new_one() {
    let host = python().await;
    for (event, reason) in [
        (r#"{"do":"exit","code":1}"#, "Runtime exited with error: exit status 1"),
        (r#"{"do":"exit","code":0}"#, "Runtime exited without providing a reason"),
        (r#"{"do":"system-exit"}"#, "Runtime exited with error: exit status 3"),
    ] {
        let invoked = host.invoke("behave", event).await;
        let message = format!("RequestId: {} Error: {reason}", invoked.request_id);
        assert_eq!(parse(&invoked), json!({"errorType": "Runtime.ExitError", "errorMessage": message}));
        assert_eq!(error_type(&invoked), "Runtime.ExitError");
        let report = format!("REPORT RequestId: {}", invoked.request_id);
        let lines = host.log_until("behave", |line| line.starts_with(&report)).await;
        let from = lines.iter().position(|line| *line == message).expect("the reason");
        assert_eq!(lines[from + 1], "Runtime.ExitError");
        assert_eq!(lines[from + 2], format!("END RequestId: {}", invoked.request_id));
        assert!(lines[from + 3].ends_with("\tStatus: error\tError Type: Runtime.ExitError"), "{lines:?}");
    }
    assert_eq!(host.json("behave", r#"{"do":"nothing"}"#).await, Value::Null);
}

#[tokio::test]
async fn a_timeout_kills_the_whole_group() {
    let mut spec = function("behave", "python3.12", "behave.handler");
    spec.timeout_ms = 1_500;
    let host = Host::with(spec).await;
    let parent = host.json("behave", r#"{"do":"fork"}"#).await.as_i64().expect("a number");
    let child = children(parent).first().copied().expect("it forked");
    let invoked = host.invoke("behave", r#"{"do":"sleep","seconds":30}"#).await;
    assert_eq!(error_type(&invoked), "Sandbox.Timedout");
    let message = format!("RequestId: {} Error: Task timed out after 1.50 seconds", invoked.request_id);
    assert_eq!(parse(&invoked), json!({"errorType": "Sandbox.Timedout", "errorMessage": message}));
    let lines = host.log_until("behave", |line| line.ends_with("Status: timeout")).await;
    let expected = format!("{} Task timed out after 1.50 seconds", invoked.request_id);
    assert!(lines.contains(&expected), "{lines:?}");
    for id in [parent, child] {
        for _ in 0..100 {
            if !is_running(id) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert!(!is_running(id), "{id}");
    }
}

fn children(parent: i64) -> Vec<i64> {
    let listed = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// Whether a process is there and more than a zombie.
fn is_running(id: i64) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

#[tokio::test]
async fn too_much_memory_ends_the_process() {
    let host = python().await;
    let invoked = host.invoke("behave", r#"{"do":"grow"}"#).await;
    assert_eq!(error_type(&invoked), "Runtime.ExitError", "{}", text(&invoked));
    let message = parse(&invoked)["errorMessage"].as_str().expect("text").to_owned();
    assert!(message.ends_with("Error: Runtime exited with error: signal: killed"), "{message}");
}

#[tokio::test]
async fn a_response_over_the_limit_is_refused_and_one_at_it_passes() {
    let host = host(|limits| limits.response_bytes = 100_000);
    host.host.put(function("behave", "python3.12", "behave.handler")).await.expect("allowed");
    host.host.put(function("node", "nodejs22.x", "behave.handler")).await.expect("allowed");
    for name in ["behave", "node"] {
        let fits = host.invoke(name, r#"{"do":"large","bytes":99998}"#).await;
        assert_eq!((fits.payload.len(), error_type(&fits)), (100_000, "none"));
        for bytes in [99_999, 3_000_000] {
            let invoked = host.invoke(name, &json!({"do": "large", "bytes": bytes}).to_string()).await;
            assert_eq!(error_type(&invoked), "Function.ResponseSizeTooLarge");
            let message = "Response payload size exceeded maximum allowed payload size (100000 bytes).";
            let expected = json!({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message});
            assert_eq!(parse(&invoked), expected);
        }
    }
}

#[tokio::test]
async fn a_python_function_that_cannot_be_imported_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, code: &str| std::fs::write(folder.path().join(name), code).expect("written");
    write("missing.py", "import no_such_module\n");
    write("syntax.py", "def handler(:\n");
    write("raises.py", "raise ValueError('at import')\n");
    write("leaves.py", "import sys\nsys.exit(4)\n");
    write("empty.py", "");
    let host = host(|_| {});
    for (handler, error, message) in [
        (
            "missing.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'missing': No module named 'no_such_module'",
        ),
        ("absent.handler", "Runtime.ImportModuleError", "Unable to import module 'absent': No module named 'absent'"),
        (
            "syntax.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'syntax': invalid syntax (syntax.py, line 1)",
        ),
        ("raises.handler", "Runtime.ValueError", "at import"),
        ("empty.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'empty'"),
        (
            "nodot",
            "Runtime.MalformedHandlerName",
            "Bad handler 'nodot': not enough values to unpack (expected 2, got 1)",
        ),
        ("leaves.handler", "Runtime.ExitError", "Error: Runtime exited with error: exit status 4"),
    ] {
        let mut spec = function("init", "python3.12", handler);
        spec.code = CodeSource::Dir(folder.path().to_owned());
        host.host.put(spec).await.expect("allowed");
        let invoked = host.invoke("init", "{}").await;
        assert_eq!(error_type(&invoked), error, "{handler}");
        let told = parse(&invoked)["errorMessage"].as_str().expect("text").to_owned();
        assert!(told.ends_with(message), "{handler}: {told}");
    }
    assert!(host.log("init").iter().any(|line| line.starts_with("INIT_REPORT Init Duration: ")));
}

#[tokio::test]
async fn a_node_function_that_cannot_be_loaded_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, code: &str| std::fs::write(folder.path().join(name), code).expect("written");
    write("missing.js", "require('no-such-module');");
    write("missing2.mjs", "import 'no-such-module'; export const handler = 1;");
    write("syntax.js", "exports.handler = (;");
    write("raises.mjs", "throw new RangeError('at import');");
    write("number.js", "exports.handler = 1;");
    let host = host(|_| {});
    for (handler, error, message) in [
        ("missing.handler", "Runtime.ImportModuleError", "Cannot find module 'no-such-module'"),
        ("missing2.handler", "Runtime.ImportModuleError", "Cannot find package 'no-such-module'"),
        ("absent.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'absent'"),
        ("syntax.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ';'"),
        ("raises.handler", "Runtime.RangeError", "at import"),
        ("number.handler", "Runtime.HandlerNotFound", "number.handler is not a function"),
        ("number.other", "Runtime.HandlerNotFound", "number.other is undefined or not exported"),
        ("nodot", "Runtime.MalformedHandlerName", "Bad handler"),
        ("../../etc/passwd.handler", "Runtime.MalformedHandlerName", ""),
    ] {
        let mut spec = function("init", "nodejs20.x", handler);
        spec.code = CodeSource::Dir(folder.path().to_owned());
        host.host.put(spec).await.expect("allowed");
        let invoked = host.invoke("init", "{}").await;
        assert_eq!(error_type(&invoked), error, "{handler}: {}", text(&invoked));
        assert!(text(&invoked).contains(message), "{handler}: {}", text(&invoked));
    }
}

#[tokio::test]
async fn node_errors_are_told_by_type() {
    let host = Host::with(function("behave", "nodejs22.x", "behave.handler")).await;
    for (event, error, message) in [
        (r#"{"do":"throw"}"#, "Runtime.TypeError", "no pets"),
        (r#"{"do":"throw-text"}"#, "Runtime.string", "plain text"),
        (r#"{"do":"circular"}"#, "Runtime.MarshalError", "Unable to stringify response body"),
        (r#"{"do":"uncaught"}"#, "Runtime.RangeError", "nobody catches this"),
        (r#"{"do":"exit","code":5}"#, "Runtime.ExitError", "exit status 5"),
    ] {
        let invoked = host.invoke("behave", event).await;
        assert_eq!(error_type(&invoked), error, "{event}: {}", text(&invoked));
        let told = parse(&invoked)["errorMessage"].as_str().expect("text").to_owned();
        assert!(told.ends_with(message), "{event}: {told}");
    }
    assert_eq!(host.json("behave", r#"{"do":"undefined"}"#).await, Value::Null);
    // The event loop is empty, so nothing will ever answer.
    assert_eq!(host.json("behave", r#"{"do":"never"}"#).await, Value::Null);
}

#[tokio::test]
async fn every_style_of_node_handler_answers() {
    let host = host(|_| {});
    for (handler, event, expected) in [
        ("behave.callback", "{}", json!({"waited": true})),
        ("behave.callback", r#"{"waits":false}"#, json!({"waited": false})),
        ("behave.succeed", "{}", json!("through context")),
        ("behave.nothing", "{}", Value::Null),
        ("behave.nested.deep.handler", "{}", json!("deep")),
    ] {
        host.host.put(function("style", "nodejs22.x", handler)).await.expect("allowed");
        for _ in 0..2 {
            assert_eq!(host.json("style", event).await, expected, "{handler} {event}");
        }
    }
    host.host.put(function("style", "nodejs22.x", "behave.callback")).await.expect("allowed");
    let invoked = host.invoke("style", r#"{"fail":true}"#).await;
    assert_eq!((error_type(&invoked), &parse(&invoked)["errorMessage"]), ("Runtime.Error", &json!("called back")));
}

#[tokio::test]
async fn an_initialization_that_never_ends_is_tried_again_on_the_functions_time() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("slow.py"), "import time\ntime.sleep(60)\n").expect("written");
    let host = host(|limits| limits.init_timeout_ms = 300);
    let mut spec = function("slow", "python3.12", "slow.handler");
    spec.code = CodeSource::Dir(folder.path().to_owned());
    spec.timeout_ms = 400;
    host.host.put(spec).await.expect("allowed");
    let invoked = host.invoke("slow", "{}").await;
    assert_eq!(error_type(&invoked), "Sandbox.Timedout");
    let lines = host.log("slow");
    assert_eq!(lines.iter().filter(|line| line.starts_with("INIT_REPORT") && line.ends_with("timeout")).count(), 2);
}

#[tokio::test]
async fn what_does_not_reach_a_function_has_awss_codes() {
    let host = host(|limits| limits.request_bytes = 20);
    host.host.put(function("echo", "python3.12", "echo.handler")).await.expect("allowed");
    for (name, payload, code, status, message) in [
        (
            "no",
            "{}",
            "ResourceNotFoundException",
            404,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:no",
        ),
        (
            "echo",
            "{\"a\":1111111111111111}",
            "RequestTooLargeException",
            413,
            "Request must be smaller than 20 bytes for the InvokeFunction operation",
        ),
        (
            "echo",
            "{a}",
            "InvalidRequestContentException",
            400,
            "Could not parse request body into json: key must be a string at line 1 column 2",
        ),
    ] {
        let error = host.host.invoke(Invocation::new(FunctionId::latest(name), payload)).await.expect_err(code);
        assert_eq!((error.code(), error.status(), error.to_string().as_str()), (code, status, message));
    }
    let missing = Invocation::new(FunctionId::published("echo", 7), "{}");
    let error = host.host.invoke(missing).await.expect_err("no such version");
    assert!(error.to_string().ends_with(":function:echo:7"), "{error}");
}

#[tokio::test]
async fn a_function_that_never_stops_printing_is_cut_off_by_its_timeout() {
    let host = host(|_| {});
    let mut spec = function("behave", "python3.12", "behave.handler");
    spec.timeout_ms = 1_000;
    host.host.put(spec).await.expect("allowed");
    let invoked = host.invoke("behave", r#"{"do":"flood"}"#).await;
    assert_eq!(error_type(&invoked), "Sandbox.Timedout");
    host.log_until("behave", |line| line.ends_with("Status: timeout")).await;
}
