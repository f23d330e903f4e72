//! `FunctionUrlConfig`: an HTTP address of a function or of one of its aliases.

use serde::{Deserialize, Serialize};

use crate::closed::closed;

closed! {
    /// Who may call a function URL.
    FunctionUrlAuthType {
        None = "NONE",
        AwsIam = "AWS_IAM",
    }
}

closed! {
    /// Whether a function URL streams.
    InvokeMode {
        Buffered = "BUFFERED",
        ResponseStream = "RESPONSE_STREAM",
    }
}

/// A function URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionUrlConfig {
    /// The first label of its host: 32 lower-case letters and digits.
    pub url_id: String,
    /// The ARN of the function, or of the alias.
    pub function_arn: String,
    /// Who may call it.
    pub auth_type: FunctionUrlAuthType,
    /// What browsers are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// In ISO 8601.
    pub creation_time: String,
    /// In ISO 8601.
    pub last_modified_time: String,
    /// Whether it streams.
    pub invoke_mode: InvokeMode,
}

/// What browsers are told of a function URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cors {
    /// Whether cookies may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    /// Headers of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    /// Methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    /// Origins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    /// Headers of responses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// How long a browser remembers, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i32>,
}
