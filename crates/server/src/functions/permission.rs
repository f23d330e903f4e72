//! Whether a function's resource policy lets API Gateway invoke it (fact 17).

use stagegate_gateway::{Invocation, InvokeError, InvokeFault};
use stagegate_policy::{Context, PolicySet, Principal, Request, Verdict, evaluate};

use super::directory::Known;

/// Who asks.
const API_GATEWAY: &str = "apigateway.amazonaws.com";

/// Refuses an invocation that no statement allows.
pub(super) fn check(known: &Known, invocation: &Invocation) -> Result<(), InvokeError> {
    let (arn, source) = (&invocation.function, &invocation.source);
    let context: Context =
        [("aws:SourceArn", source.arn.as_ref()), ("aws:SourceAccount", source.account.as_ref())].into_iter().collect();
    let mut resource = arn.to_string();
    if let Some(plain) = resource.strip_suffix(":$LATEST") {
        resource = plain.to_owned();
    }
    let request = Request {
        principal: Principal::Service { name: API_GATEWAY },
        action: "lambda:InvokeFunction",
        resource: &resource,
        resource_account: &arn.account,
        context: &context,
    };
    let policies = PolicySet { resource: known.policy(arn.qualifier.as_deref()), ..PolicySet::default() };
    if evaluate(&policies, &request).verdict == Verdict::Allow {
        return Ok(());
    }
    let message = format!(
        "no statement of the resource policy of {arn} allows {API_GATEWAY} to perform lambda:InvokeFunction for {}; \
         AddPermission adds one",
        source.arn
    );
    Err(InvokeError::new(InvokeFault::AccessDenied, message))
}
