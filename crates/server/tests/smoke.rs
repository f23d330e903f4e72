//! The binary from outside: it starts, imports, serves, tells what it serves, and stops when told.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use bytes::Bytes;
use http::{Request, StatusCode};
use stagegate_sigv4::{Credentials, Secret};
use stagegate_testkit::{EchoBackend, SignedClient, send};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_stagegate");

/// A running server; killed when dropped.
struct Server {
    child: Child,
    greeting: Vec<String>,
}

impl Server {
    /// Starts a server on free ports and waits for its greeting.
    fn start(data_dir: &Path, more: &[&str]) -> Self {
        let mut child = serve(data_dir, more).stdout(Stdio::piped()).spawn().expect("started");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut greeting = Vec::new();
        while !greeting.iter().any(|line: &String| line.contains("credentials")) {
            greeting.push(lines.next().expect("a greeting").expect("text"));
        }
        Self { child, greeting }
    }

    /// The value behind a word of the greeting.
    fn told(&self, what: &str) -> String {
        let line = self.greeting.iter().find(|line| line.trim_start().starts_with(what)).expect(what);
        line.trim_start()[what.len()..].trim().to_owned()
    }

    fn address(&self, what: &str) -> SocketAddr {
        let url = self.told(what);
        let authority = url.trim_start_matches("http://").split('/').next().expect("an authority").to_owned();
        authority.parse().expect("an address")
    }

    fn client(&self) -> SignedClient {
        let text = std::fs::read_to_string(self.told("credentials")).expect("credentials");
        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).expect(name);
            line.split_once(" = ").expect("a value").1.to_owned()
        };
        let secret = Secret::new(value("aws_secret_access_key"));
        let credentials = Credentials { access_key_id: value("aws_access_key_id"), secret, session_token: None };
        SignedClient { endpoint: self.address("control plane"), credentials, region: "us-east-1".to_owned() }
    }

    /// Runs another subcommand against this server.
    fn run(&self, data_dir: &Path, arguments: &[&str]) -> Output {
        let control = self.address("control plane").to_string();
        Command::new(BINARY)
            .args(arguments)
            .arg("--data-dir")
            .arg(data_dir)
            .args(["--control", &control])
            .output()
            .expect("ran")
    }

    /// Sends a request to the gateway under the invoke URL's host.
    async fn get(&self, path: &str) -> http::Response<Bytes> {
        let url = self.told("invoke URL");
        let (host, stage) = url.trim_start_matches("http://").split_once('/').expect("a stage");
        let request = Request::get(format!("/{stage}{path}")).header("host", host).body(Bytes::new());
        send(self.address("gateway"), request.expect("a request")).await.expect("answered")
    }

    /// Sends a signal and returns the exit status' success.
    fn stop(mut self, signal: &str) -> bool {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        self.child.wait().expect("ended").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, as it should.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(data_dir: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("serve").arg("--data-dir").arg(data_dir);
    for port in ["--gateway", "--control", "--status"] {
        command.args([port, "127.0.0.1:0"]);
    }
    command.args(more).stderr(Stdio::piped());
    command
}

/// A definition with one proxied and one mocked route.
fn definition(dir: &TempDir, backend: &EchoBackend, status: u16) -> String {
    let path = dir.path().join("pets.yaml");
    let text = format!(
        "openapi: 3.0.1\ninfo: {{title: pets, version: '1'}}\npaths:\n  /pets:\n    get:\n      responses: \
         {{'200': {{description: all}}}}\n      x-amazon-apigateway-integration: {{type: http_proxy, httpMethod: GET, \
         uri: '{}/animals'}}\n  /mock:\n    get:\n      responses: {{'{status}': {{description: none}}}}\n      \
         x-amazon-apigateway-integration:\n        type: mock\n        requestTemplates: {{application/json: \
         '{{\"statusCode\": {status}}}'}}\n        responses: {{default: {{statusCode: '{status}'}}}}\n",
        backend.url()
    );
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_definition_becomes_a_served_api_and_stays_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let backend = EchoBackend::start().await.expect("started");
    let file = definition(&dir, &backend, 204);
    let import = ["--import", file.as_str(), "--stage", "dev"];

    let server = Server::start(&data, &import);
    let ready =
        send(server.address("status"), Request::get("/readyz").header("host", "x").body(Bytes::new()).expect("ok"));
    assert_eq!(ready.await.expect("answered").status(), StatusCode::OK);
    let proxied = server.get("/pets?type=dog").await;
    assert_eq!(proxied.status(), StatusCode::OK);
    let told: serde_json::Value = serde_json::from_slice(proxied.body()).expect("JSON");
    assert_eq!((told["path"].as_str(), told["query"].as_str()), (Some("/animals"), Some("type=dog")));
    assert_eq!(server.get("/mock").await.status(), StatusCode::NO_CONTENT);
    let shown = text(&server.run(&data, &["apis"]).stdout);
    assert!(shown.contains(&server.told("invoke URL")), "{shown}");
    let listed = server.client().call("GET", "/restapis", "").await.expect("answered");
    let listed: serde_json::Value = serde_json::from_slice(listed.body()).expect("JSON");
    assert_eq!(listed["item"].as_array().map(Vec::len), Some(1), "{listed}");
    let url = server.told("invoke URL");
    let id = url.trim_start_matches("http://").split('.').next().expect("an id").to_owned();
    assert!(server.stop("-TERM"), "SIGTERM drains and exits 0");

    let server = Server::start(&data, &import);
    assert!(server.told("API").ends_with("(unchanged)"), "{:?}", server.greeting);
    assert!(server.told("invoke URL").contains(&id));
    definition(&dir, &backend, 202);
    let output = server.run(&data, &["import", &file, "--stage", "dev"]);
    let expected = format!("{id} updated on stage dev\n{}\n", server.told("invoke URL"));
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
    let mut status = StatusCode::NO_CONTENT;
    for _ in 0..100 {
        status = server.get("/mock").await.status();
        if status == StatusCode::ACCEPTED {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(status, StatusCode::ACCEPTED, "the changed definition is live");
    assert!(server.stop("-INT"), "SIGINT does likewise");
}

#[tokio::test]
async fn a_data_directory_is_held_by_one_server() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::start(dir.path(), &[]);
    let second = serve(dir.path(), &[]).output().expect("ran");
    assert!(!second.status.success());
    assert!(text(&second.stderr).contains("is in use by another Stagegate"), "{}", text(&second.stderr));
    assert!(server.stop("-TERM"));
}

#[tokio::test]
async fn the_control_port_knows_its_names_and_its_callers() {
    let dir = tempfile::tempdir().expect("a directory");
    let server = Server::start(dir.path(), &[]);
    let control = server.address("control plane");
    for (host, origin, code) in [
        ("localhost", None, "MissingAuthenticationTokenException"),
        ("example.com", None, "AccessDeniedException"),
        ("localhost", Some("http://example.com"), "AccessDeniedException"),
    ] {
        let mut request = Request::get("/restapis").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let response = send(control, request.body(Bytes::new()).expect("a request")).await.expect("answered");
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{host} {origin:?}");
        assert_eq!(response.headers()["x-amzn-errortype"], code, "{host} {origin:?}");
    }
    let unsigned = Request::get("/stagegate/apis").header("host", "localhost").body(Bytes::new()).expect("a request");
    assert_eq!(send(control, unsigned).await.expect("answered").status(), StatusCode::FORBIDDEN);
    let large = Bytes::from(vec![b'x'; 7 << 20]);
    let refused = server.client().call("POST", "/restapis?mode=import", large).await.expect("answered");
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.headers()["connection"], "close");
    assert!(server.stop("-TERM"));
}

#[test]
fn what_cannot_be_is_refused_at_the_start() {
    let dir = tempfile::tempdir().expect("a directory");
    let broken = dir.path().join("broken.yaml");
    std::fs::write(&broken, "openapi: 3.0.1\ninfo: {title: x}\npaths: 5\n").expect("written");
    let broken = broken.to_str().expect("UTF-8");
    for (more, says) in [
        (&["--cores", "0"][..], "--cores may not be `0`"),
        (&["--import", broken], "`import` and `stage` go together"),
        (&["--import", broken, "--stage", "dev"], "broken.yaml:3:"),
        (&["--config", "/nowhere.toml"], "/nowhere.toml"),
    ] {
        let output = serve(&dir.path().join("data"), more).output().expect("ran");
        assert!(!output.status.success(), "{says}");
        assert!(text(&output.stderr).contains(says), "{says} in {}", text(&output.stderr));
    }
}
