//! `VpcLink`: a way into a private network, by its subnets.

use serde::{Deserialize, Serialize};

use super::DateTime;
use crate::closed::closed;
use crate::rest::StringMap;

closed! {
    /// How a link is getting on.
    VpcLinkStatus {
        Pending = "PENDING",
        Available = "AVAILABLE",
        Deleting = "DELETING",
        Failed = "FAILED",
        Inactive = "INACTIVE",
    }
}

closed! {
    /// The generation of a link.
    VpcLinkVersion {
        V2 = "V2",
    }
}

/// A VPC link of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcLink {
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<DateTime>,
    /// A name; need not be unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Security groups; of no effect here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<String>>,
    /// Subnets; of no effect here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_ids: Option<Vec<String>>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
    /// Six characters.
    pub vpc_link_id: String,
    /// How it is getting on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_link_status: Option<VpcLinkStatus>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_link_status_message: Option<String>,
    /// Its generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_link_version: Option<VpcLinkVersion>,
}
