//! `stagegate explain`: sends one request through the gateway and prints why it answers as it does, room by room.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use miette::{IntoDiagnostic as _, Report, WrapErr as _, miette};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::served;

/// The longest time for the answer: an integration may take 29 s on AWS, and longer here.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(2);
/// The most of an answer's content that is read.
const CONTENT_LIMIT_BYTES: usize = 1 << 20;
/// The header that asks and answers.
const HEADER: &str = "x-stagegate-explain";

/// The request to explain.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The verb.
    pub(crate) method: Method,
    /// The URL, as a client would call it.
    pub(crate) url: Uri,
    /// Headers, `Name: value` each.
    pub(crate) headers: Vec<String>,
    /// The content.
    pub(crate) body: String,
}

/// Asks the control plane for leave, sends the request, and writes what came back.
pub(crate) async fn explain(client: &Client, asked: &Asked) -> Result<String, Report> {
    let leave = client.call("POST", served::EXPLAIN, "").await?;
    let token = leave["token"].as_str().ok_or_else(|| miette!("the control plane gave no token"))?;
    let sent = send(asked, token);
    let answered = tokio::time::timeout(ANSWER_TIMEOUT, sent).await;
    answered.map_err(|_| miette!("{} did not answer within {} s", asked.url, ANSWER_TIMEOUT.as_secs()))?
}

async fn send(asked: &Asked, token: &str) -> Result<String, Report> {
    let authority = asked.url.authority().ok_or_else(|| miette!("`{}` is no http:// URL", asked.url))?;
    if asked.url.scheme_str() != Some("http") {
        return Err(miette!("`{}` is no http:// URL", asked.url));
    }
    let request = request(asked, authority.as_str(), token)?;
    // Names below `localhost` mean this machine, whatever the resolver knows of them (RFC 6761 §6.3).
    let host = if authority.host().ends_with(".localhost") { "localhost" } else { authority.host() };
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80)))
        .await
        .into_diagnostic()
        .wrap_err_with(|| format!("{authority} cannot be reached"))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.into_diagnostic()?;
    let driver = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await.into_diagnostic()?.into_parts();
    let content = Limited::new(body, CONTENT_LIMIT_BYTES).collect().await;
    let content = content.map_err(|error| miette!("the answer's content cannot be read: {error}"))?.to_bytes();
    driver.abort();
    let reasons =
        head.headers.get_all(HEADER).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Ok(render(head.status.as_u16(), reasons, &content))
}

fn request(asked: &Asked, authority: &str, token: &str) -> Result<Request<Full<Bytes>>, Report> {
    let target = asked.url.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::builder().method(&asked.method).uri(target).header(HEADER, token);
    let mut has_host = false;
    for line in &asked.headers {
        let (name, value) = line.split_once(':').ok_or_else(|| miette!("`{line}` is no `Name: value`"))?;
        has_host |= name.trim().eq_ignore_ascii_case("host");
        request = request.header(name.trim(), value.trim());
    }
    if !has_host {
        request = request.header(header::HOST, authority);
    }
    request.body(Full::new(Bytes::from(asked.body.clone()))).into_diagnostic()
}

/// One line for each room's reason, then the content; control characters are a stranger's.
fn render(status: u16, reasons: impl Iterator<Item = String>, content: &[u8]) -> String {
    let mut lines = vec![format!("{status}")];
    let rooms = reasons.map(|reason| {
        let (room, text) = reason.split_once("; ").unwrap_or(("", &reason));
        format!("  {room:<10}{}", text.trim_end_matches("; "))
    });
    lines.extend(rooms);
    if lines.len() == 1 {
        lines.push("  no reasons: the request did not reach a gateway that knows the token".to_owned());
    }
    let content = String::from_utf8_lossy(content);
    let plain = content.chars().map(|character| match character {
        '\n' | '\t' => character,
        control if control.is_control() => '?',
        other => other,
    });
    lines.push(plain.collect());
    lines.join("\n").trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_listed_room_by_room() {
        let reasons = ["address; api a1; stage dev", "respond; THROTTLED; status 429; "];
        let text = render(429, reasons.into_iter().map(str::to_owned), b"{\"message\":\"\x1b[31m\"}\n");
        assert_eq!(
            text,
            "429\n  address   api a1; stage dev\n  respond   THROTTLED; status 429\n{\"message\":\"?[31m\"}\n"
        );
        assert!(render(200, std::iter::empty(), b"").contains("no reasons"));
    }

    #[test]
    fn a_header_without_a_colon_is_named() {
        let asked = |line: &str| Asked {
            method: Method::GET,
            url: Uri::from_static("http://a.localhost/x"),
            headers: vec![line.to_owned()],
            body: String::new(),
        };
        assert!(request(&asked("nothing"), "a", "t").expect_err("no header").to_string().contains("nothing"));
        let request = request(&asked("Host: b"), "a", "t").expect("a request");
        assert_eq!(request.headers().get_all(header::HOST).iter().count(), 1);
    }
}
