//! Who keeps the keys of an issuer of JSON Web Tokens: its discovery document, read when an authorizer is created and when
//! it is updated (`OpenID` Connect Discovery 1.0, section 4; fact A26).

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
    let url = format!("{}/.well-known/openid-configuration", name.strip_suffix('/').unwrap_or(name));
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

/// The key set that a discovery document names: the document must be the issuer's own, and the key set be on `https`.
fn key_set(document: &[u8], issuer: &str) -> Result<String, &'static str> {
    let document: Value = serde_json::from_slice(document).map_err(|_| "is no JSON")?;
    if document["issuer"].as_str() != Some(issuer) {
        return Err("is of another issuer");
    }
    let uri = document["jwks_uri"].as_str().ok_or("names no jwks_uri")?;
    let is_well = uri.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    if is_well && uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(uri.to_owned())
    } else {
        Err("names a jwks_uri that is no https URL")
    }
}
