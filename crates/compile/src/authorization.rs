//! What stands before a method's integration: authorization, API keys, validation.

use stagegate_model::rest::{AuthorizationType, Method};
use stagegate_plan::AuthorizationPlan;

use crate::finding::{Refusal, Subject};

/// Compiles who may call; everything but `NONE` is refused, an absent type included.
pub(crate) fn authorization(method: &Method) -> Result<AuthorizationPlan, Refusal> {
    match method.authorization_type {
        Some(AuthorizationType::None) => Ok(AuthorizationPlan::Open),
        Some(other) => {
            Err(Refusal::new(Subject::Authorization, format!("authorization type {other} is not served yet")))
        }
        None => Err(Refusal::new(Subject::Authorization, "the method has no authorization type")),
    }
}

/// Refuses a method whose calls must be metered.
pub(crate) fn screens(method: &Method) -> Result<(), Refusal> {
    if method.api_key_required == Some(true) {
        return Err(Refusal::new(Subject::ApiKey, "API keys are not served yet"));
    }
    Ok(())
}
