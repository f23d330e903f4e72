//! `Deployment`: an API as it was at one moment.

use serde::{Deserialize, Serialize};

use super::DateTime;
use crate::closed::closed;

closed! {
    /// How a deployment is getting on.
    DeploymentStatus {
        Pending = "PENDING",
        Failed = "FAILED",
        Deployed = "DEPLOYED",
    }
}

/// A deployment of an API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Whether a stage's `autoDeploy` made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_deployed: Option<bool>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<DateTime>,
    /// Six characters.
    pub deployment_id: String,
    /// How it is getting on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_status: Option<DeploymentStatus>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_status_message: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A deployment's row: what answers show, and what it froze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentRow {
    /// The deployment.
    pub deployment: Deployment,
    /// The SHA-256 of the frozen documents, in lower-case hexadecimal.
    pub frozen: String,
    /// Which edit of its API made it: of two deployments, the one with the higher number is newer. Rows of earlier versions have 0.
    #[serde(default)]
    pub edit: u64,
}
