//! The credentials of the process's surroundings: AWS's standard chain, with the services of containers and instances.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use serde::Deserialize;
use stagegate_sigv4::{Credentials, Secret};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::chain::{from_surroundings, variable};
use super::session::{Session, Temporary};
use crate::functions::Connections;

/// How long keys of variables and files are used before they are looked for anew, so that tools may rotate files.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// For a call of a credential service.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Where containers of ECS find their credentials.
const CONTAINER_HOST: &str = "http://169.254.170.2";
/// The path of instance credentials.
const INSTANCE_PATH: &str = "/latest/meta-data/iam/security-credentials/";

/// Keys that variables or files gave, and when.
type Found = Option<(Instant, Option<Arc<Credentials>>)>;

/// The chain.
#[derive(Debug)]
pub(super) struct Surroundings {
    found: Mutex<Found>,
    service: Option<Service>,
    session: Session,
    connections: Arc<Connections>,
}

/// A service of the surroundings that gives temporary credentials. None is asked that the environment does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Service {
    /// A container's: its URL, and the token that it wants or the file that has it.
    Container { url: String, token: Option<String>, token_file: Option<String> },
    /// An instance's metadata, version 2.
    Instance { endpoint: String },
}

impl Surroundings {
    /// As the environment of this process says.
    pub(super) fn new(connections: Arc<Connections>) -> Self {
        Self { found: Mutex::default(), service: service(variable), session: Session::default(), connections }
    }

    /// The credentials, if there are any.
    pub(super) async fn credentials(&self) -> Result<Option<Arc<Credentials>>, String> {
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let found = match known {
            Some((when, found)) if when.elapsed() < LOOK_AGAIN => found,
            _ => {
                let found = tokio::task::spawn_blocking(from_surroundings).await.map_err(|error| error.to_string())?;
                let found = found.map(Arc::new);
                *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), found.clone()));
                found
            }
        };
        match (found, &self.service) {
            (None, Some(service)) => self.session.credentials(|| self.ask(service)).await.map(Some),
            (found, _) => Ok(found),
        }
    }

    async fn ask(&self, service: &Service) -> Result<Temporary, String> {
        let answer = match service {
            Service::Container { url, token, token_file } => {
                let token = match (token_file, token) {
                    (Some(path), _) => Some(tokio::fs::read_to_string(path).await.map_err(|error| error.to_string())?),
                    (None, token) => token.clone(),
                };
                let token = token.as_deref().map(str::trim);
                self.call(Method::GET, url, token.map(|token| ("authorization", token))).await?
            }
            Service::Instance { endpoint } => {
                let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "300");
                let token = self.call(Method::PUT, &format!("{endpoint}/latest/api/token"), Some(lifetime)).await?;
                let header = Some(("x-aws-ec2-metadata-token", token.trim()));
                let role = self.call(Method::GET, &format!("{endpoint}{INSTANCE_PATH}"), header).await?;
                let role = role.lines().next().unwrap_or_default().trim();
                self.call(Method::GET, &format!("{endpoint}{INSTANCE_PATH}{role}"), header).await?
            }
        };
        read(&answer).ok_or_else(|| "the credential service of the surroundings answers without credentials".to_owned())
    }

    async fn call(&self, method: Method, url: &str, header: Option<(&str, &str)>) -> Result<String, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let request = Request::builder().method(method).uri(target).header("host", host);
        let request = header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = request.body(Full::<Bytes>::default()).map_err(|error| format!("{url}: {error}"))?;
        let call = async {
            let answer = self.connections.send(&uri, request).await.map_err(|error| error.to_string())?;
            let status = answer.response.status();
            let body = Limited::new(answer.response.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| format!("{url}: {error}"))?.to_bytes();
            if !status.is_success() {
                return Err(format!("{url} answers {status}"));
            }
            Ok(String::from_utf8_lossy(&body).into_owned())
        };
        let called = tokio::time::timeout(CALL_TIMEOUT, call).await;
        called.unwrap_or_else(|_elapsed| Err(format!("{url} did not answer in time")))
    }
}

/// The service that the environment names, a container's before an instance's.
fn service(variable: impl Fn(&str) -> Option<String>) -> Option<Service> {
    let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{CONTAINER_HOST}{path}"));
    if let Some(url) = relative.or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
        let token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
        let token_file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        return Some(Service::Container { url, token, token_file });
    }
    let is_disabled = variable("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").filter(|_| !is_disabled)?;
    Some(Service::Instance { endpoint: endpoint.trim_end_matches('/').to_owned() })
}

/// What both services answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: String,
}

fn read(text: &str) -> Option<Temporary> {
    let answer: Answer = serde_json::from_str(text).ok()?;
    let expires = OffsetDateTime::parse(&answer.expiration, &Rfc3339).ok()?;
    let credentials = Credentials {
        access_key_id: answer.access_key_id,
        secret: Secret::new(answer.secret_access_key),
        session_token: answer.token,
    };
    Some(Temporary { credentials: Arc::new(credentials), expires })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_only_asked_where_the_environment_names_them() {
        let with = |set: &'static [(&str, &str)]| {
            service(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[]), None);
        let container = |url: &str| Service::Container { url: url.to_owned(), token: None, token_file: None };
        assert_eq!(
            with(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x")]),
            Some(container("http://169.254.170.2/v2/x"))
        );
        assert_eq!(
            with(&[
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/x"),
                ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://y")
            ]),
            Some(container("http://localhost/x"))
        );
        let instance = Service::Instance { endpoint: "http://y".to_owned() };
        assert_eq!(with(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://y/")]), Some(instance));
        let disabled = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://y/"), ("AWS_EC2_METADATA_DISABLED", "true")];
        assert_eq!(with(Box::leak(Box::new(disabled))), None);
    }

    #[test]
    fn credentials_are_read_from_an_answer() {
        let text = r#"{"Code": "Success", "AccessKeyId": "ASIA1", "SecretAccessKey": "s", "Token": "t",
                       "Expiration": "2026-11-22T18:00:00Z"}"#;
        let found = read(text).expect("credentials");
        assert_eq!(
            (found.credentials.access_key_id.as_str(), found.credentials.session_token.as_deref()),
            ("ASIA1", Some("t"))
        );
        for text in ["", "{}", r#"{"AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": "soon"}"#] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
