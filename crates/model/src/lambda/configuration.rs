//! `FunctionConfiguration`: what a version of a function is, but for its code.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::rest::StringMap;

/// The configuration of one version, as Lambda shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionConfiguration {
    /// The function's name: 1 to 64 letters, digits, `-` and `_`.
    pub function_name: String,
    /// Its ARN; of a published version with the version's number.
    pub function_arn: String,
    /// Such as `python3.12`.
    pub runtime: String,
    /// The role's ARN. No role is looked up.
    pub role: String,
    /// Such as `app.handler`.
    pub handler: String,
    /// Bytes of the zip archive.
    pub code_size: u64,
    /// Free text.
    pub description: String,
    /// Time of one invocation, in seconds.
    pub timeout: u64,
    /// Memory, in MB.
    pub memory_size: u64,
    /// When it was changed last, as `2026-11-22T17:40:11.000+0000`.
    pub last_modified: String,
    /// SHA-256 of the zip archive in base64.
    pub code_sha256: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// Environment variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Changes with every update.
    pub revision_id: String,
    /// `Zip`
    pub package_type: String,
    /// `x86_64` or `arm64`
    pub architectures: Vec<String>,
    /// Members that are kept and shown, and mean nothing here: tracing, networks, logging and so on.
    #[serde(flatten)]
    pub kept: Map<String, Value>,
}

/// Environment variables of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Environment {
    /// Values by name.
    #[serde(default)]
    pub variables: StringMap,
}
