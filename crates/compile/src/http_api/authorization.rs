//! Who may call a route of an HTTP API.

use stagegate_model::http::{AuthorizationType, Route};
use stagegate_plan::AuthorizationPlan;

use crate::finding::{Refusal, Subject};

/// Compiles who may call a route; what is not known is refused.
pub(super) fn authorization(route: &Route) -> Result<AuthorizationPlan, Refusal> {
    match route.authorization_type {
        None | Some(AuthorizationType::None) => Ok(AuthorizationPlan::Open),
        Some(AuthorizationType::AwsIam) => Ok(AuthorizationPlan::Iam),
        Some(kind) => Err(Refusal::new(Subject::Authorization, format!("authorization type {kind} is not served yet"))),
    }
}
