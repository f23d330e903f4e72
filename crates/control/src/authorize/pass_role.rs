//! `iam:PassRole`: whoever hands a role over to a service must be allowed to, or it would work with more than it has.
//!
//! IAM User Guide, "Grant a user permissions to pass a role to an AWS service"; Service Authorization Reference, the dependent
//! actions of AWS Lambda; API Gateway developer guide, "Troubleshooting Amazon API Gateway identity and access".

use serde_json::Value;

use super::Asked;
use crate::authenticate::Service;
use crate::call::Call;

/// What is asked.
const ACTION: &str = "iam:PassRole";
/// The caller's own credentials in place of a role: nothing is handed over.
const CALLERS_OWN: &str = "arn:aws:iam::*:user/*";

/// Where an operation names a role.
enum At {
    /// A member of the body.
    Member(&'static str),
    /// The value of a patch operation on this path.
    Patch(&'static str),
}

use At::{Member, Patch};

/// The operations of API Gateway, both versions, and of Lambda.
const ROWS: &[(&str, At)] = &[
    ("CreateFunction", Member("Role")),
    ("UpdateFunctionConfiguration", Member("Role")),
    ("PutIntegration", Member("credentials")),
    ("UpdateIntegration", Patch("/credentials")),
    ("CreateAuthorizer", Member("authorizerCredentials")),
    ("UpdateAuthorizer", Patch("/authorizerCredentials")),
    ("UpdateAccount", Patch("/cloudwatchRoleArn")),
    ("CreateIntegration", Member("credentialsArn")),
    ("UpdateIntegration", Member("credentialsArn")),
    ("CreateAuthorizer", Member("authorizerCredentialsArn")),
    ("UpdateAuthorizer", Member("authorizerCredentialsArn")),
    ("CreateApi", Member("credentialsArn")),
    ("UpdateApi", Member("credentialsArn")),
];

/// The service that a call hands roles to: `iam:PassedToService`.
pub(super) fn service(call: &Call) -> &'static str {
    if call.service == Service::Lambda { "lambda.amazonaws.com" } else { "apigateway.amazonaws.com" }
}

/// The roles that a call hands over. A stage variable stands for any role: it is asked about as it is written, so that only
/// who may pass all roles may write it. `defined` are those of the definition that the call carries.
pub(super) fn of(call: &Call, defined: Vec<String>) -> Vec<Asked> {
    let rows: Vec<&At> = ROWS.iter().filter(|(name, _)| *name == call.operation.name).map(|(_, at)| at).collect();
    if rows.is_empty() && defined.is_empty() {
        return Vec::new();
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let mut roles: Vec<String> = rows.into_iter().flat_map(|at| named(at, &body)).chain(defined).collect();
    roles.retain(|role| !role.is_empty() && role != CALLERS_OWN);
    roles.sort();
    roles.dedup();
    roles.into_iter().map(|resource| Asked { action: ACTION.to_owned(), resource }).collect()
}

fn named(at: &At, body: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match at {
        Member(member) => text(&body[*member]).into_iter().collect(),
        Patch(path) => {
            let operations = body["patchOperations"].as_array().into_iter().flatten();
            let there = operations.filter(|one| one["path"] == *path && one["op"] != "remove");
            there.filter_map(|one| text(&one["value"])).collect()
        }
    }
}
