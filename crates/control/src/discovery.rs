//! Who keeps the keys of an issuer of JSON Web Tokens: its discovery document, read when an authorizer is created and when
//! it is updated (`OpenID` Connect Discovery 1.0, section 4; fact A26).

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use stagegate_model::rest::{Authorizer, AuthorizerType, JwtIssuer};
use stagegate_store::BoxFuture;

use crate::call::Call;
use crate::fault::Fault;

/// How long one call waits for all of its issuers.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Reads discovery documents from outside.
pub trait Discovery: Send + Sync + 'static {
    /// The document at `url`, an `https` URL that an API's author chose: whoever fetches it bounds its size and guards the
    /// addresses that it can lead to.
    fn document<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Bytes, Undiscovered>>;

    /// Whether issuers are looked for at all: where they are not, none counts as missing.
    fn is_on(&self) -> bool {
        true
    }
}

/// Why there is no document, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undiscovered(pub String);

/// The port of a control plane without a way out.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDiscovery;

impl Discovery for NoDiscovery {
    fn document<'a>(&'a self, _url: &'a str) -> BoxFuture<'a, Result<Bytes, Undiscovered>> {
        Box::pin(async { Err(Undiscovered("there is no way out".to_owned())) })
    }

    fn is_on(&self) -> bool {
        false
    }
}

/// Notes the key set of each issuer. One that does not answer keeps the key set it had, or has none yet; one whose document
/// says something else refuses the call.
pub(crate) async fn discover(
    authorizer: &mut Authorizer,
    before: Option<&Authorizer>,
    call: &Call,
) -> Result<(), Fault> {
    if authorizer.kind != Some(AuthorizerType::Jwt) {
        return Ok(());
    }
    let deadline = tokio::time::Instant::now() + TIMEOUT;
    let old = before.and_then(|before| before.jwt_configuration.as_ref()?.issuers.as_deref()).unwrap_or_default();
    for issuer in
        authorizer.jwt_configuration.iter_mut().flat_map(|configuration| configuration.issuers.iter_mut().flatten())
    {
        let known = old.iter().find(|old| old.issuer == issuer.issuer).and_then(|old| old.jwks_uri.clone());
        issuer.jwks_uri = find(issuer, deadline, call).await?.or(known);
    }
    Ok(())
}

async fn find(issuer: &JwtIssuer, deadline: tokio::time::Instant, call: &Call) -> Result<Option<String>, Fault> {
    let name = issuer.issuer.as_deref().unwrap_or_default();
    let url = discovery_url(name);
    let found = tokio::time::timeout_at(deadline, call.world.discovery.document(&url)).await;
    match found.unwrap_or_else(|_elapsed| Err(Undiscovered("it took too long".to_owned()))) {
        Ok(document) => key_set(&document, name).map(Some).map_err(|why| {
            Fault::bad_request(format!("Invalid issuer specified: {name}. The discovery document at {url} {why}"))
        }),
        Err(error) => {
            tracing::warn!(issuer = name, %error, "an issuer was not discovered; its key set is looked for later");
            Ok(None)
        }
    }
}

/// Where an issuer's discovery document is (`OpenID` Connect Discovery 1.0, section 4.1).
pub fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// The key set that a discovery document names.
///
/// # Errors
/// The document is not the issuer's own, or the key set is not on `https`. That of an issuer on this machine may be on `http`, on
/// this machine.
pub fn key_set(document: &[u8], issuer: &str) -> Result<String, &'static str> {
    let document: Value = serde_json::from_slice(document).map_err(|_| "is no JSON")?;
    if document["issuer"].as_str() != Some(issuer) {
        return Err("is of another issuer");
    }
    let uri = document["jwks_uri"].as_str().ok_or("names no jwks_uri")?;
    let is_secure = uri.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    let is_well = is_secure || (is_on_this_machine(issuer) && is_on_this_machine(uri));
    if is_well && uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(uri.to_owned())
    } else {
        Err("names a jwks_uri that is no https URL")
    }
}

/// Whether a URL is `http` on this machine, where there is nobody between who could listen or answer.
pub(crate) fn is_on_this_machine(url: &str) -> bool {
    let Some(authority) = url.strip_prefix("http://").and_then(|rest| rest.split(['/', '?', '#']).next()) else {
        return false;
    };
    if authority.contains('@') {
        return false;
    }
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _port)) => host,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine() {
        for url in ["http://localhost", "http://localhost:1/a", "http://127.0.0.1:9", "http://[::1]:9/x"] {
            assert!(is_on_this_machine(url), "{url}");
        }
        for url in [
            "https://localhost",
            "http://localhost.example",
            "http://localhost@a.example",
            "http://127.0.0.1@a.example/",
            "http://localhost:1@a.example/",
            "http://127.0.0.1.example",
            "http://10.0.0.1",
            "http://",
            "",
        ] {
            assert!(!is_on_this_machine(url), "{url}");
        }
        let document = |uri: &str| format!(r#"{{"issuer":"http://localhost:1","jwks_uri":"{uri}"}}"#).into_bytes();
        assert!(key_set(&document("http://localhost:1/jwks"), "http://localhost:1").is_ok());
        assert!(key_set(&document("http://a.example/jwks"), "http://localhost:1").is_err());
        let secure = br#"{"issuer":"https://a.example","jwks_uri":"http://localhost:1/jwks"}"#;
        assert!(key_set(secure, "https://a.example").is_err());
    }
}
