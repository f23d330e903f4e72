//! `VpcLink`: a way into a private network, by its load balancers.

use serde::{Deserialize, Serialize};

use super::StringMap;
use crate::closed::closed;

closed! {
    /// The progress of a VPC link.
    VpcLinkStatus {
        Available = "AVAILABLE",
        Pending = "PENDING",
        Deleting = "DELETING",
        Failed = "FAILED",
    }
}

/// A VPC link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcLink {
    /// Ten lower-case letters and digits.
    pub id: String,
    /// The link's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One network load balancer's ARN; the service model says list for history's sake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_arns: Option<Vec<String>>,
    /// The link's progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<VpcLinkStatus>,
    /// Words to `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
}
