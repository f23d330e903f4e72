//! What REST, HTTP and WebSocket APIs share: scopes, ARNs, tags, the URIs of integrations.

mod arn;
mod integration_uri;
mod scope;
mod tags;

pub use arn::{ApiArn, ParseArnError, partition_of};
pub use integration_uri::{IntegrationUriError, check_integration_uri, is_http_url};
pub use scope::Scope;
pub use tags::{TagError, Tags, check as check_tag};
