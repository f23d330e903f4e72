//! AWS's Security Token Service: `AssumeRole` over its Query protocol.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use stagegate_sigv4::{Credentials, Payload, RequestParts, Secret, sign};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::session::Temporary;
use super::{Assumption, ServiceUrl};
use crate::functions::Connections;

/// For a call, its connection included.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A client of the service.
#[derive(Debug)]
pub(super) struct SecurityTokens {
    connections: Arc<Connections>,
}

impl SecurityTokens {
    pub(super) fn new(connections: Arc<Connections>) -> Self {
        Self { connections }
    }

    /// Assumes a role; `place` is where the service is, if not at AWS.
    pub(super) async fn assume_role(
        &self,
        place: Option<&ServiceUrl>,
        signer: &Credentials,
        role: &str,
        assumption: &Assumption,
    ) -> Result<Temporary, String> {
        let url = place.map_or_else(|| aws_url(role, &assumption.region), |url| url.as_str().to_owned());
        let uri: Uri = format!("{url}/").parse().map_err(|error| format!("{url}: {error}"))?;
        let body = form(role, assumption);
        let request = request(&uri, signer, &assumption.region, body).map_err(|error| format!("{url}: {error}"))?;
        let call = async {
            let answer = self.connections.send(&uri, request).await.map_err(|error| error.to_string())?;
            let status = answer.response.status();
            let body = Limited::new(answer.response.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| format!("{url}: {error}"))?.to_bytes();
            self.connections.keep(answer.sender, answer.origin);
            Ok((status, body))
        };
        let called = tokio::time::timeout(CALL_TIMEOUT, call).await;
        let (status, body) = called.unwrap_or_else(|_elapsed| Err(format!("{url} did not answer in time")))?;
        let text = String::from_utf8_lossy(&body);
        if !status.is_success() {
            let member = |name| element(&text, name).unwrap_or_default();
            return Err(format!(
                "{role} is not assumed: {url} answers {status} {}: {}",
                member("Code"),
                member("Message")
            ));
        }
        read(&text).ok_or_else(|| format!("{role} is not assumed: {url} answers without credentials"))
    }
}

/// AWS's own endpoint in a region, of the role's partition.
fn aws_url(role: &str, region: &str) -> String {
    let suffix = if role.starts_with("arn:aws-cn:") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://sts.{region}.{suffix}")
}

/// The parameters of the call.
fn form(role: &str, assumption: &Assumption) -> String {
    let seconds = assumption.duration.as_secs().to_string();
    let mut pairs = vec![
        ("Action", "AssumeRole"),
        ("Version", "2011-06-15"),
        ("RoleArn", role),
        ("RoleSessionName", &assumption.session_name),
        ("DurationSeconds", &seconds),
    ];
    if let Some(id) = &assumption.external_id {
        pairs.push(("ExternalId", id));
    }
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    pairs.collect::<Vec<_>>().join("&")
}

fn request(uri: &Uri, signer: &Credentials, region: &str, body: String) -> Result<Request<Full<Bytes>>, http::Error> {
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let headers: [(&str, &[u8]); 2] =
        [("host", host.as_bytes()), ("content-type", b"application/x-www-form-urlencoded; charset=utf-8")];
    let payload = Payload::Bytes(body.as_bytes());
    let parts = RequestParts { method: "POST", path: uri.path(), query: "", headers: &headers, payload };
    let added = sign(&parts, signer, region, "sts", OffsetDateTime::now_utc());
    let request = Request::builder().method("POST").uri(uri.path());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = added.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(Full::new(body.into()))
}

/// The credentials of an answer.
fn read(text: &str) -> Option<Temporary> {
    let (_, text) = text.split_once("<Credentials>")?;
    let expires = OffsetDateTime::parse(&element(text, "Expiration")?, &Rfc3339).ok()?;
    let credentials = Credentials {
        access_key_id: element(text, "AccessKeyId")?,
        secret: Secret::new(element(text, "SecretAccessKey")?),
        session_token: Some(element(text, "SessionToken")?),
    };
    Some(Temporary { credentials: Arc::new(credentials), expires })
}

/// The text of the first element with a name.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once(&format!("</{name}>"))?;
    let plain = content.trim().replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    Some(plain.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
        <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/pets/x</Arn></AssumedRoleUser><Credentials>\
        <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>a/b+c</SecretAccessKey><SessionToken>t&amp;=</SessionToken>\
        <Expiration>2026-11-22T18:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

    #[test]
    fn credentials_are_read_from_an_answer() {
        let found = read(ANSWER).expect("credentials");
        let Credentials { access_key_id, secret, session_token } = &*found.credentials;
        assert_eq!(
            (access_key_id.as_str(), secret.expose(), session_token.as_deref()),
            ("ASIA1", "a/b+c", Some("t&="))
        );
        assert_eq!(found.expires.unix_timestamp(), 1_795_370_400);
        for cut in ["SessionToken", "Expiration", "AccessKeyId", "Credentials"] {
            assert!(read(&ANSWER.replace(&format!("<{cut}>"), "<x>")).is_none(), "{cut}");
        }
    }

    #[test]
    fn parameters_are_encoded() {
        let assumption = Assumption {
            sts_endpoint: None,
            region: "eu-west-1".to_owned(),
            session_name: "stagegate".to_owned(),
            external_id: Some("a b".to_owned()),
            duration: Duration::from_hours(1),
        };
        assert_eq!(
            form("arn:aws:iam::1:role/pets", &assumption),
            "Action=AssumeRole&Version=2011%2D06%2D15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fpets\
             &RoleSessionName=stagegate&DurationSeconds=3600&ExternalId=a%20b"
        );
        assert_eq!(aws_url("arn:aws-cn:iam::1:role/x", "cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn");
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_read_or_refused(text in "(</?(Credentials|AccessKeyId|SecretAccessKey|SessionToken|Expiration|Code)>|2026-11-22T18:00:00Z|&amp;|é|x){0,20}") {
            let _ = read(&text);
        }
    }
}
