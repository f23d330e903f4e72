//! What a function's process gets, and what it does not.

mod support;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use stagegate_lambda::{Credentials, FunctionId, SpecError};
use support::{Host, configured, function, host};

#[tokio::test]
async fn the_environment_is_awss_and_the_functions_own() {
    let mut spec = function("look", "python3.12", "surroundings.handler");
    spec.environment.insert("TABLE".to_owned(), "pets".to_owned());
    spec.environment.insert("TZ".to_owned(), "Europe/Vienna".to_owned());
    spec.memory_mb = 256;
    spec.credentials = Some(Credentials {
        access_key_id: "AKID".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: Some("token".to_owned()),
    });
    let host = Host::with(spec).await;
    let seen = host.json("look", "{}").await;
    let environment = seen["environment"].as_object().expect("an object");
    let names: BTreeSet<&str> = environment.keys().map(String::as_str).collect();
    let expected = BTreeSet::from([
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_CONTEXT_MISSING",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "PYTHONPATH",
        "TABLE",
        "TZ",
        "_HANDLER",
    ]);
    let ours: BTreeSet<&str> = names.difference(&BTreeSet::from(["LC_CTYPE"])).copied().collect();
    assert_eq!(ours, expected);
    for (name, value) in [
        ("TABLE", "pets"),
        ("TZ", "Europe/Vienna"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.12"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/look"),
        ("AWS_SESSION_TOKEN", "token"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("_HANDLER", "surroundings.handler"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert_eq!(seen["directory"], environment["LAMBDA_TASK_ROOT"]);
}

#[tokio::test]
async fn descriptors_are_not_inherited_and_limits_are_set() {
    // Descriptors without close-on-exec, as a careless parent of the host would leave them.
    let host = configured(|config| {
        let launcher = config.launcher.program.clone();
        config.launcher.program = "/bin/sh".into();
        let script = format!("exec 7</dev/zero 8</dev/full; exec {} \"$@\"", launcher.display());
        config.launcher.arguments = vec!["-c".into(), script.into(), "sh".into()];
    });
    host.host.put(function("look", "python3.12", "surroundings.handler")).await.expect("allowed");
    let seen = host.json("look", "{}").await;
    let descriptors = seen["descriptors"].as_object().expect("an object");
    for (number, target) in descriptors {
        let target = target.as_str().expect("text");
        let expected = match number.as_str() {
            "0" => target == "/dev/null",
            "1" | "2" => target.starts_with("pipe:"),
            // The connection to the Runtime API, and the folder that is being listed.
            _ => target.starts_with("socket:") || target.contains("/fd"),
        };
        assert!(expected, "{number} is {target}");
    }
    let sockets = descriptors.values().filter(|target| target.as_str().is_some_and(|text| text.starts_with("socket:")));
    assert_eq!(sockets.count(), 1);
    assert_eq!(descriptors["1"], descriptors["2"]);
    let pair = |name: &str| (seen[name][0].as_u64(), seen[name][1].as_u64());
    assert_eq!(pair("files"), (Some(1_024), Some(1_024)));
    assert_eq!(pair("core"), (Some(0), Some(0)));
    assert_eq!(pair("data"), (Some((128 + 512) << 20), Some((128 + 512) << 20)));
    assert_eq!(seen["leads_its_group"], true);
}

#[tokio::test]
async fn a_process_cannot_answer_for_another() {
    let host = Host::with(function("look", "python3.12", "surroundings.handler")).await;
    host.host.put(function("other", "python3.12", "surroundings.handler")).await.expect("allowed");
    let address = |seen: &Value| seen["listening"].as_str().expect("an address").to_owned();
    let (one, other) = (address(&host.json("look", "{}").await), address(&host.json("other", "{}").await));
    assert!(one.starts_with("127.") && one != other, "{one} {other}");
    host.log_until("other", |line| line.starts_with("REPORT")).await;
    // Who finds the address all the same finds no event that it could answer, and no way to take the next one.
    for (call, status) in [
        ("GET /2018-06-01/runtime/invocation/next", 403),
        ("POST /2018-06-01/runtime/invocation/any/response", 403),
        ("POST /2018-06-01/runtime/invocation/any/error", 403),
        ("POST /2018-06-01/runtime/init/error", 403),
        ("GET /2018-06-01/runtime/anything", 404),
        ("GET /2015-03-31/functions", 404),
    ] {
        assert_eq!(call_status(&other, call), status, "{call}");
    }
    assert_eq!(address(&host.json("other", "{}").await), other);
}

fn call_status(address: &str, call: &str) -> u16 {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("{call} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

#[tokio::test]
async fn a_function_whose_interpreter_is_missing_fails_by_name_and_runs_once_it_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = configured(|config| config.search_path = folder.path().into());
    for (runtime, wanted) in [("python3.12", "python3"), ("nodejs22.x", "node")] {
        let spec = function("f", runtime, "echo.handler");
        let missing = host.host.check_interpreter(&spec).await.expect_err("nothing is there");
        let SpecError::NoInterpreter { program, .. } = missing else { panic!("{missing}") };
        assert_eq!(program, wanted);
        host.host.put(spec).await.expect("it is taken");
        let answer = host.invoke("f", "{}").await;
        assert_eq!(answer.function_error.expect("it failed").error_type, "Runtime.InvalidEntrypoint");
        let message = String::from_utf8_lossy(&answer.payload).into_owned();
        assert!(message.contains(&format!("needs `{wanted}`, which is not on the search path")), "{message}");
    }
    let spec = function("f", "python3.12", "echo.handler");
    host.host.put(spec.clone()).await.expect("it is taken");
    let asked = std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let python = String::from_utf8(asked.expect("Python is installed").stdout).expect("a path");
    std::os::unix::fs::symlink(python.trim(), folder.path().join("python3")).expect("linked");
    host.host.check_interpreter(&spec).await.expect("it is there");
    assert!(host.invoke("f", "{}").await.function_error.is_none());
}

#[tokio::test]
async fn a_process_that_goes_on_after_its_answer_runs_out_of_cpu_time() {
    let host = host(|limits| {
        limits.cores_per_function = 1;
        limits.init_timeout_ms = 3_000;
    });
    let mut spec = function("behave", "python3.12", "behave.handler");
    spec.timeout_ms = 1_000;
    host.host.put(spec).await.expect("allowed");
    let process = host.json("behave", r#"{"do":"spin-on"}"#).await;
    for _ in 0..600 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        if host.host.idle_processes(&FunctionId::latest("behave")) == 0 {
            assert!(!std::path::Path::new(&format!("/proc/{process}/fd/0")).exists());
            return;
        }
    }
    unreachable!("the process {process} has used a minute");
}
