//! The permission hook: may this principal perform this action on this resource?

use http::Method;
use stagegate_model::domain::partition_of;

/// Who signed a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account the key belongs to; the call sees this account's APIs.
    pub account_id: String,
    /// The principal's ARN, such as `arn:aws:iam::000000000000:root`.
    pub arn: String,
}

/// Decides calls, as IAM does on AWS.
pub trait Permit: Send + Sync + 'static {
    /// Whether `principal` may do `action` (such as `apigateway:GET`) on `resource` (an ARN such as
    /// `arn:aws:apigateway:us-east-1::/restapis/abc`).
    fn allows(&self, principal: &Principal, action: &str, resource: &str) -> bool;
}

/// The rule before there are users: only an account's root holds keys, and root may do everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct RootAllowsAll;

impl Permit for RootAllowsAll {
    fn allows(&self, principal: &Principal, _action: &str, _resource: &str) -> bool {
        principal.arn.ends_with(":root")
    }
}

/// The IAM action of a control-plane call: API Gateway's actions are HTTP verbs.
pub(crate) fn action(verb: &Method) -> String {
    format!("apigateway:{verb}")
}

/// The ARN of a control-plane path.
pub(crate) fn resource_arn(region: &str, path: &str) -> String {
    format!("arn:{}:apigateway:{region}::{path}", partition_of(region))
}
