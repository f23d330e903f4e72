//! Every AWS quota as a row: the setting's name, AWS's default and where it is documented.
//!
//! Limits are settings, never ceilings. Per-request limits are enforced at AWS's value unless set; counts and rates are
//! reported as AWS reports them and enforced only when set, or all at once with `aws_quotas = true`.

mod account;
mod control_plane;
mod http;
mod iam;
mod rest;
mod websocket;

/// One quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The setting's name, unique, ending in its unit (`_count` for plain counts).
    pub name: &'static str,
    /// AWS's default, in the unit of the name.
    pub default: u64,
    /// Where AWS documents it.
    pub source: &'static str,
    /// True for limits of one request; false for counts and rates.
    pub enforced_by_default: bool,
}

/// A limit of one request or document, enforced unless raised.
const fn enforced(name: &'static str, default: u64, source: &'static str) -> Limit {
    Limit { name, default, source, enforced_by_default: true }
}

/// A count or a rate, reported but enforced only when set.
const fn reported(name: &'static str, default: u64, source: &'static str) -> Limit {
    Limit { name, default, source, enforced_by_default: false }
}

pub use account::ACCOUNT;
pub use control_plane::CONTROL_PLANE;
pub use http::HTTP;
pub use iam::IAM;
pub use rest::REST;
pub use websocket::WEBSOCKET;

/// Every row.
pub fn all() -> impl Iterator<Item = &'static Limit> {
    [ACCOUNT, REST, HTTP, WEBSOCKET, CONTROL_PLANE, IAM].into_iter().flatten()
}

/// The row with this name.
pub fn find(name: &str) -> Option<&'static Limit> {
    all().find(|limit| limit.name == name)
}
