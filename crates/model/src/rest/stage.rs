//! `Stage`: a named, reachable pointer to a deployment, with everything that may change without deploying.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AccessLogSettings, CanarySettings, MethodSetting, StringMap, Timestamp};
use crate::closed::closed;

closed! {
    /// A response cache's size in GB.
    CacheClusterSize {
        Gb0_5 = "0.5",
        Gb1_6 = "1.6",
        Gb6_1 = "6.1",
        Gb13_5 = "13.5",
        Gb28_4 = "28.4",
        Gb58_2 = "58.2",
        Gb118 = "118",
        Gb237 = "237",
    }
}

closed! {
    /// The progress of a response cache.
    CacheClusterStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        Available = "AVAILABLE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        NotAvailable = "NOT_AVAILABLE",
        FlushInProgress = "FLUSH_IN_PROGRESS",
    }
}

/// A named pointer to a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// The deployment served.
    pub deployment_id: String,
    /// The client certificate shown to HTTP back ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate_id: Option<String>,
    /// The first path segment of an invoke URL: letters, digits, `-` and `_`, at most 128.
    pub stage_name: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the stage has a response cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_cluster_enabled: Option<bool>,
    /// The cache's size in GB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_cluster_size: Option<CacheClusterSize>,
    /// The cache's progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_cluster_status: Option<CacheClusterStatus>,
    /// `{resource path}/{verb}`, with `*/*` for all, to settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_settings: Option<BTreeMap<String, MethodSetting>>,
    /// Stage variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<StringMap>,
    /// The documentation version published with the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_version: Option<String>,
    /// The access log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_log_settings: Option<AccessLogSettings>,
    /// The canary, absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary_settings: Option<CanarySettings>,
    /// Whether requests are traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing_enabled: Option<bool>,
    /// The web ACL's ARN; set by WAF, read-only here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_acl_arn: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
    /// When the stage was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Timestamp>,
    /// When the stage last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_date: Option<Timestamp>,
}

impl Stage {
    /// The deployments that it serves: its own, and its canary's.
    pub fn deployment_ids(&self) -> impl Iterator<Item = &str> {
        let canary = self.canary_settings.as_ref().and_then(|canary| canary.deployment_id.as_deref());
        std::iter::once(self.deployment_id.as_str()).chain(canary)
    }
}
