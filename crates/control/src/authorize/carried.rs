//! The OpenAPI definition that a call carries, for what it asks of its caller.

use bytes::Bytes;
use serde_json::Value;
use stagegate_openapi::{ApiDefinition, HttpApiDefinition};

use crate::call::Call;
use crate::definition;
use crate::rest::import;

/// A definition. One that is broken asks for nothing: the call is refused for it, before it changes anything.
pub(super) enum Carried {
    /// None, or a broken one.
    Nothing,
    /// Of a REST API.
    Rest(Box<ApiDefinition>),
    /// Of an HTTP API.
    Http(Box<HttpApiDefinition>),
}

impl Carried {
    /// Reads it.
    pub(super) async fn by(call: &Call) -> Self {
        match call.operation.name {
            "ImportRestApi" | "PutRestApi" => {
                import::read(call).await.map_or(Self::Nothing, |imported| Self::Rest(Box::new(imported.api)))
            }
            "ImportApi" | "ReimportApi" => http(call).await.map_or(Self::Nothing, |api| Self::Http(Box::new(api))),
            _ => Self::Nothing,
        }
    }

    /// That of a REST API.
    pub(super) fn rest(&self) -> Option<&ApiDefinition> {
        if let Self::Rest(api) = self { Some(api) } else { None }
    }

    /// The tags that it gives its API.
    pub(super) fn tags(&self) -> Vec<(String, String)> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Rest(api) => api.tags.clone().into_iter().collect(),
            Self::Http(api) => api.tags.clone().into_iter().collect(),
        }
    }

    /// The roles that its integrations and authorizers have.
    pub(super) fn roles(&self) -> Vec<String> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Rest(api) => {
                let methods = api.paths.iter().flat_map(|path| &path.methods);
                let integrations = methods.filter_map(|method| method.method_integration.as_ref());
                let of_authorizers = api.nouns.authorizers.iter().filter_map(|one| one.authorizer_credentials.clone());
                integrations.filter_map(|one| one.credentials.clone()).chain(of_authorizers).collect()
            }
            Self::Http(api) => {
                let of_integrations = api.integrations.iter().filter_map(|one| one.noun.credentials_arn.clone());
                let of_authorizers =
                    api.authorizers.iter().filter_map(|one| one.noun.authorizer_credentials_arn.clone());
                of_integrations.chain(of_authorizers).collect()
            }
        }
    }
}

async fn http(call: &Call) -> Option<HttpApiDefinition> {
    let mut given: Value = serde_json::from_slice(&call.body).ok()?;
    let Value::String(body) = given["body"].take() else { return None };
    let options = definition::options(call, call.query("basepath"), "http_integration_timeout_max_ms").ok()?;
    let imported = definition::read(Bytes::from(body), options, stagegate_openapi::import_http).await.ok()?;
    Some(imported.api)
}
