//! What REST, HTTP and WebSocket APIs share: scopes, ARNs, tags.

mod arn;
mod scope;
mod tags;

pub use arn::{ApiArn, ParseArnError, partition_of};
pub use scope::Scope;
pub use tags::{TagError, Tags, check as check_tag};
