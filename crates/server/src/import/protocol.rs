//! What an import makes: a REST API or an HTTP API, each by the calls of its own service.

use bytes::Bytes;
use serde_json::{Value, json};

use super::encode;
use super::source::Source;
use crate::client::{CallError, Client};

/// APIs asked for at once, AWS's maximum.
const PAGE_APIS: u32 = 500;

/// The service whose API a definition becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A REST API: `apigateway`.
    #[default]
    Rest,
    /// An HTTP API: `apigatewayv2`.
    Http,
}

/// A page of a list: its items, and the query of the next one.
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    pub(super) next: Option<String>,
}

impl Protocol {
    /// What the flag `--protocol` calls them.
    pub(crate) const NAMES: [&str; 2] = ["rest", "http"];

    /// The protocol of a flag's value, which is one of [`Self::NAMES`].
    pub(crate) fn named(name: &str) -> Self {
        if name == "http" { Self::Http } else { Self::Rest }
    }

    fn root(self) -> &'static str {
        match self {
            Self::Rest => "/restapis",
            Self::Http => "/v2/apis",
        }
    }

    /// An API's path.
    pub(super) fn api(self, id: &str) -> String {
        format!("{}/{id}", self.root())
    }

    /// A stage's path.
    pub(super) fn stage(self, id: &str, stage: &str) -> String {
        format!("{}/stages/{}", self.api(id), encode(stage))
    }

    /// The id of an API.
    pub(super) fn id(self, api: &Value) -> Option<String> {
        let id = match self {
            Self::Rest => &api["id"],
            Self::Http => &api["apiId"],
        };
        id.as_str().map(str::to_owned)
    }

    /// The page of APIs behind `after`.
    pub(super) async fn page(self, client: &Client, after: Option<&str>) -> Result<Page, CallError> {
        let (limit, token, items, next) = match self {
            Self::Rest => ("limit", "position", "item", "position"),
            Self::Http => ("maxResults", "nextToken", "items", "nextToken"),
        };
        let from = after.map(|after| format!("&{token}={}", encode(after))).unwrap_or_default();
        let mut page = client.call("GET", &format!("{}?{limit}={PAGE_APIS}{from}", self.root()), "").await?;
        let next = page[next].as_str().map(str::to_owned);
        let items = page[items].as_array_mut().map(std::mem::take).unwrap_or_default();
        Ok(Page { items, next })
    }

    /// Makes an API that has nothing yet but its tags.
    pub(super) async fn create(self, client: &Client, name: &str, tags: Value) -> Result<Value, CallError> {
        let mut api = json!({ "name": name, "tags": tags });
        if self == Self::Http {
            api["protocolType"] = "HTTP".into();
        }
        client.call("POST", self.root(), api.to_string()).await
    }

    /// Puts a definition in the place of what an API has.
    pub(super) async fn fill(self, client: &Client, source: &Source, id: &str) -> Result<Value, CallError> {
        match self {
            Self::Rest => client.call("PUT", &format!("{}?mode=overwrite", self.api(id)), source.content.clone()).await,
            Self::Http => {
                let body = json!({ "body": String::from_utf8_lossy(&source.content) });
                client.call("PUT", &self.api(id), Bytes::from(body.to_string())).await
            }
        }
    }

    /// Deploys an API to a stage, which is made if it is not there.
    pub(super) async fn deploy(self, client: &Client, source: &Source, id: &str, stage: &str) -> Result<(), CallError> {
        if self == Self::Http && !self.is_to_be_deployed(client, id, stage).await? {
            return Ok(());
        }
        let deployment = json!({ "stageName": stage, "description": source.description() });
        client.call("POST", &format!("{}/deployments", self.api(id)), deployment.to_string()).await.map(drop)
    }

    /// Makes the stage that a deployment must find; false if it deploys by itself.
    async fn is_to_be_deployed(self, client: &Client, id: &str, stage: &str) -> Result<bool, CallError> {
        match client.call("GET", &self.stage(id, stage), "").await {
            Ok(found) => Ok(found["autoDeploy"] != true),
            Err(error) if error.is_not_found() => {
                let made = json!({ "stageName": stage }).to_string();
                client.call("POST", &format!("{}/stages", self.api(id)), made).await.map(|_| true)
            }
            Err(error) => Err(error),
        }
    }
}
