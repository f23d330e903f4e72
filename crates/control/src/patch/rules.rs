//! The patch rules of every noun as plain data, for tests and documents that quantify over them.

use super::{Op, PatchRow};
use crate::{domain, rest};

/// One row without its setter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    /// A JSON Pointer with `{placeholders}`.
    pub pattern: &'static str,
    /// The operations accepted there.
    pub ops: &'static [Op],
}

/// The rows of one noun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NounRules {
    /// AWS's name of the noun.
    pub noun: &'static str,
    /// Its rows.
    pub rows: Vec<RuleRow>,
}

/// The patch rules of every noun that is served.
pub fn patch_rules() -> Vec<NounRules> {
    vec![
        rules("Account", rest::account::PATCH),
        rules("RestApi", rest::rest_api::PATCH),
        rules("Resource", rest::resource::PATCH),
        rules("Method", rest::method::PATCH),
        rules("MethodResponse", rest::method_response::PATCH),
        rules("Integration", rest::integration::PATCH),
        rules("IntegrationResponse", rest::integration_response::PATCH),
        rules("Deployment", rest::deployment::PATCH),
        rules("Stage", rest::stage::PATCH),
        rules("DomainName", domain::domain_name::PATCH),
        rules("BasePathMapping", domain::mapping::PATCH),
        rules("VpcLink", rest::vpc_link::PATCH),
        rules("ClientCertificate", rest::client_certificate::PATCH),
        rules("RequestValidator", rest::request_validator::PATCH),
        rules("Model", rest::model::PATCH),
        rules("GatewayResponse", rest::gateway_response::PATCH),
        rules("Authorizer", rest::authorizer::PATCH),
        rules("ApiKey", rest::api_key::PATCH),
        rules("UsagePlan", rest::usage_plan::PATCH),
        rules("Usage", rest::usage::PATCH),
        rules("DocumentationPart", rest::documentation_part::PATCH),
        rules("DocumentationVersion", rest::documentation_version::PATCH),
    ]
}

fn rules<N>(noun: &'static str, rows: &[PatchRow<N>]) -> NounRules {
    let rows = rows.iter().map(|row| RuleRow { pattern: row.pattern, ops: row.ops }).collect();
    NounRules { noun, rows }
}
