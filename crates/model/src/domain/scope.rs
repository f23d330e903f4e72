//! The account and region that a noun belongs to.

use serde::{Deserialize, Serialize};

/// An account and a region. As a document it is the row that says who owns an API id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Twelve digits.
    pub account: String,
    /// An AWS region name such as `us-east-1`.
    pub region: String,
}

impl Scope {
    /// A scope; `None` unless the account is twelve digits and the region looks like a region name.
    pub fn new(account: &str, region: &str) -> Option<Self> {
        (is_account(account) && is_region(region))
            .then(|| Self { account: account.to_owned(), region: region.to_owned() })
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lower-case letters and digits in two to six parts joined by `-`, as every AWS region has.
fn is_region(text: &str) -> bool {
    text.len() <= 32
        && (2..=6).contains(&text.split('-').count())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}
