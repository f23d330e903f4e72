//! ARNs of API Gateway's own nouns.

use std::fmt;
use std::str::FromStr;

/// A noun that has an ARN: `arn:{partition}:apigateway:{region}::/…`. The account part is always empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ApiArn {
    /// `/restapis/{api}`
    RestApi {
        /// The region.
        region: String,
        /// The API's id.
        api_id: String,
    },
    /// `/restapis/{api}/stages/{name}`
    Stage {
        /// The region.
        region: String,
        /// The API's id.
        api_id: String,
        /// The stage's name.
        stage_name: String,
    },
}

/// Text that is not the ARN of a noun served here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of a REST API or a stage")]
pub struct ParseArnError(pub String);

/// The AWS partition of a region: `aws`, `aws-cn` or `aws-us-gov`.
pub fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

impl ApiArn {
    /// The ARN's region.
    pub fn region(&self) -> &str {
        match self {
            Self::RestApi { region, .. } | Self::Stage { region, .. } => region,
        }
    }
}

impl fmt::Display for ApiArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:apigateway:{}::", partition_of(self.region()), self.region())?;
        match self {
            Self::RestApi { api_id, .. } => write!(f, "/restapis/{api_id}"),
            Self::Stage { api_id, stage_name, .. } => write!(f, "/restapis/{api_id}/stages/{stage_name}"),
        }
    }
}

impl FromStr for ApiArn {
    type Err = ParseArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ParseArnError(text.to_owned());
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "apigateway", region, "", path] = parts[..] else { return Err(refuse()) };
        if region.is_empty() || partition != partition_of(region) {
            return Err(refuse());
        }
        let segments: Vec<&str> = path.split('/').collect();
        if segments.iter().skip(1).any(|segment| segment.is_empty()) {
            return Err(refuse());
        }
        let region = region.to_owned();
        match segments[..] {
            ["", "restapis", api_id] => Ok(Self::RestApi { region, api_id: api_id.to_owned() }),
            ["", "restapis", api_id, "stages", stage_name] => {
                Ok(Self::Stage { region, api_id: api_id.to_owned(), stage_name: stage_name.to_owned() })
            }
            _ => Err(refuse()),
        }
    }
}
