//! `Account`: what holds for every API of an account in a region.

use serde::{Deserialize, Serialize};

/// The account-wide request limits, as `GetAccount` reports them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ThrottleSettings {
    /// Requests a bucket holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst_limit: Option<i32>,
    /// Requests per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<f64>,
}

/// Settings of an account in a region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The role that writes logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloudwatch_role_arn: Option<String>,
    /// The account's request limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle_settings: Option<ThrottleSettings>,
    /// `UsagePlans` when usage plans are on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// The version of API keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_version: Option<String>,
}
