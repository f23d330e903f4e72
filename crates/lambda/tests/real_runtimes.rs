//! AWS's own runtime clients, unchanged, against this Runtime API: awslambdaric, aws-lambda-ric and the crate `lambda_runtime`.

mod support;

use std::path::{Path, PathBuf};

use lambda_runtime::streaming::{Body, Response, channel};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use stagegate_lambda::{CodeSource, FunctionId, FunctionSpec, Invocation};
use support::archive::{executable, zip};
use support::{Host, configured, error_type, function, functions, host, parse, text};

/// Tells the bootstrap of this file what to be.
const STREAMS: &str = "streams";

/// The folder of Python's packages that `scripts/install-test-tools.sh` fills.
fn site_packages() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/lib");
    let listing = std::fs::read_dir(&root).expect("run scripts/install-test-tools.sh first");
    let folders = listing.map(|entry| entry.expect("readable").path().join("site-packages"));
    let mut with_client = folders.filter(|folder| folder.join("awslambdaric").is_dir());
    with_client.next().expect("run scripts/install-test-tools.sh first")
}

/// A package as `pip install --target` makes it: the function, and awslambdaric with what it needs.
fn package_with_awslambdaric() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(site_packages()).expect("there") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if ["awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"]
            .iter()
            .any(|part| name.starts_with(part))
        {
            std::os::unix::fs::symlink(&path, folder.path().join(name)).expect("linked");
        }
    }
    for name in ["echo.py", "behave.py"] {
        std::fs::copy(functions().join(name), folder.path().join(name)).expect("copied");
    }
    folder
}

async fn awslambdaric(folder: &Path, handler: &str) -> Host {
    let mut spec = function("real", "python3.12", handler);
    spec.code = CodeSource::Dir(folder.to_owned());
    // Its compiled part is for the Python of the virtual environment.
    let host = configured(|config| {
        config.search_path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin").into();
    });
    host.host.put(spec).await.expect("allowed");
    host
}

#[tokio::test]
async fn awslambdaric_serves_events() {
    let folder = package_with_awslambdaric();
    let host = awslambdaric(folder.path(), "echo.handler").await;
    let mut invocation = Invocation::new(FunctionId::latest("real"), r#"{"word":"ä€"}"#);
    invocation.trace_header = Some("Root=1-5759e988-bd862e3fe1be46a994272793".to_owned());
    invocation.client_context = Some(r#"{"custom":{"a":"b"}}"#.to_owned());
    let invoked = host.host.invoke(invocation).await.expect("reached");
    let first = parse(&invoked);
    assert_eq!(first["event"], json!({"word": "ä€"}));
    assert_eq!(first["trace"], "Root=1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!((&first["request_id"], &first["client"]), (&json!(invoked.request_id), &json!({"a": "b"})));
    let second = host.json("real", "{}").await;
    assert_eq!((&second["count"], &second["pid"]), (&json!(2), &first["pid"]));
    let lines = host.log_until("real", |line| line.starts_with("REPORT")).await;
    assert!(lines.contains(&"echoing ä€".to_owned()), "{lines:?}");
}

#[tokio::test]
async fn awslambdaric_tells_errors() {
    let folder = package_with_awslambdaric();
    let host = awslambdaric(folder.path(), "behave.handler").await;
    for (event, error, message) in [
        (r#"{"do":"raise"}"#, "PetError", "no pets"),
        (
            r#"{"do":"unserializable"}"#,
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
        (r#"{"do":"exit","code":9}"#, "Runtime.ExitError", "Runtime exited with error: exit status 9"),
    ] {
        let invoked = host.invoke("real", event).await;
        assert_eq!(error_type(&invoked), error, "{}", text(&invoked));
        assert!(
            parse(&invoked)["errorMessage"].as_str().is_some_and(|told| told.ends_with(message)),
            "{}",
            text(&invoked)
        );
    }
    let absent = awslambdaric(folder.path(), "absent.handler").await;
    let invoked = absent.invoke("real", "{}").await;
    assert_eq!(error_type(&invoked), "Runtime.ImportModuleError");
    assert_eq!(parse(&invoked)["errorMessage"], "Unable to import module 'absent': No module named 'absent'");
}

#[tokio::test]
#[ignore = "aws-lambda-ric compiles for minutes with cmake and autotools; NODE_MODULES names the folder it is installed in"]
async fn aws_lambda_ric_serves_events_and_streams() {
    let modules = std::env::var_os("NODE_MODULES").expect("the folder that aws-lambda-ric is installed in");
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).expect("linked");
    for name in ["echo.js", "behave.mjs", "stream.mjs"] {
        std::fs::copy(functions().join(name), folder.path().join(name)).expect("copied");
    }
    let host = host(|_| {});
    let spec = |handler: &str| {
        let mut spec = function("real", "nodejs22.x", handler);
        spec.code = CodeSource::Dir(folder.path().to_owned());
        spec
    };
    host.host.put(spec("echo.handler")).await.expect("allowed");
    assert_eq!(host.json("real", r#"{"word":"ä€"}"#).await["event"], json!({"word": "ä€"}));
    assert_eq!(host.json("real", "{}").await["count"], 2);
    host.host.put(spec("behave.handler")).await.expect("allowed");
    let invoked = host.invoke("real", r#"{"do":"throw"}"#).await;
    assert_eq!(parse(&invoked)["errorMessage"], "no pets");
    host.host.put(spec("stream.handler")).await.expect("allowed");
    let invoked = host.invoke("real", r#"{"pieces":2}"#).await;
    assert_eq!(text(&invoked), "piece 0\npiece 1\n");
}

/// A `bootstrap` that becomes this very test program, and in it the one function below.
fn bootstrap(variable: &str) -> FunctionSpec {
    let program = std::env::current_exe().expect("it runs");
    let script = format!("#!/bin/sh\nexec '{}' --exact serve_as_bootstrap --ignored --nocapture\n", program.display());
    let mut spec = function("rust", "provided.al2023", "unused");
    spec.code = CodeSource::Zip(zip(&[executable("bootstrap", script)]).into());
    spec.environment.insert("MODE".to_owned(), variable.to_owned());
    spec
}

#[test]
#[ignore = "it is no test but the function of the tests below"]
fn serve_as_bootstrap() {
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let is_streaming = std::env::var("MODE").is_ok_and(|mode| mode == STREAMS);
    threads
        .block_on(async {
            if is_streaming {
                lambda_runtime::run(service_fn(streaming)).await
            } else {
                lambda_runtime::run(service_fn(echo)).await
            }
        })
        .expect("the host ends it");
}

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    if event.payload["fail"] == true {
        return Err("no pets".into());
    }
    println!("echoing from Rust");
    let context = event.context;
    Ok(json!({"event": event.payload, "arn": context.invoked_function_arn, "name": context.env_config.function_name}))
}

async fn streaming(event: LambdaEvent<Value>) -> Result<Response<Body>, Error> {
    let (mut sender, body) = channel();
    let pieces = event.payload["pieces"].as_u64().unwrap_or(2);
    tokio::spawn(async move {
        for piece in 0..pieces {
            if sender.send_data(format!("piece {piece}\n").into()).await.is_err() {
                return;
            }
        }
    });
    Ok(Response::from(body))
}

#[tokio::test]
async fn lambda_runtime_serves_events_and_tells_errors() {
    let host = host(|_| {});
    host.host.put(bootstrap("whole")).await.expect("allowed");
    for _ in 0..2 {
        let answer = host.json("rust", r#"{"word":"ä"}"#).await;
        assert_eq!(answer["event"], json!({"word": "ä"}));
        assert_eq!(answer["arn"], "arn:aws:lambda:us-east-1:000000000000:function:rust");
        assert_eq!(answer["name"], "rust");
    }
    let invoked = host.invoke("rust", r#"{"fail":true}"#).await;
    assert!(invoked.function_error.is_some(), "{}", text(&invoked));
    assert_eq!(parse(&invoked)["errorMessage"], "no pets");
    let lines = host.log_until("rust", |line| line.starts_with("REPORT")).await;
    assert!(lines.iter().any(|line| line.ends_with("echoing from Rust")), "{lines:?}");
}

#[tokio::test]
async fn lambda_runtime_streams() {
    let host = host(|_| {});
    host.host.put(bootstrap(STREAMS)).await.expect("allowed");
    let invocation = Invocation::new(FunctionId::latest("rust"), r#"{"pieces":3}"#);
    let mut stream = host.host.invoke_stream(invocation).await.expect("reached");
    assert_eq!(stream.content_type.as_deref(), Some("application/vnd.awslambda.http-integration-response"));
    let mut bytes = Vec::new();
    while let Some(piece) = stream.payload.next().await {
        bytes.extend_from_slice(&piece.expect("whole"));
    }
    let end = bytes.windows(8).position(|window| window == [0; 8]).expect("eight NUL bytes");
    let prelude: Value = serde_json::from_slice(&bytes[..end]).expect("JSON");
    assert_eq!(prelude["statusCode"], 200);
    assert_eq!(&bytes[end + 8..], b"piece 0\npiece 1\npiece 2\n");
}
