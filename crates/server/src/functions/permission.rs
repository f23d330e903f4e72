//! Whether a function's resource policy lets API Gateway, or who comes by the function's URL, invoke it (fact 17).

use stagegate_gateway::{Invocation, InvocationSource, InvokeError, InvokeFault};
use stagegate_policy::{Context, PolicySet, Principal, Request, Verdict, evaluate};

use super::directory::Known;

/// Who asks for an API.
const API_GATEWAY: &str = "apigateway.amazonaws.com";
/// What an API does.
const INVOKE: &str = "lambda:InvokeFunction";
/// What somebody who comes by a function URL does besides (AWS, "Control access to Lambda function URLs": both are needed).
const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";

/// Refuses an invocation that no statement allows.
pub(super) fn check(known: &Known, invocation: &Invocation) -> Result<(), InvokeError> {
    match &invocation.source {
        InvocationSource::Api { arn, account, .. } => {
            let context = [("aws:SourceArn", arn.as_ref()), ("aws:SourceAccount", account.as_ref())];
            let principal = Principal::Service { name: API_GATEWAY };
            let asked = Asked { principal, action: INVOKE, context: context.into_iter().collect() };
            asked
                .allowed(known, invocation)
                .ok_or_else(|| denied(invocation, &format!("{API_GATEWAY} to perform {INVOKE} for {arn}")))
        }
        InvocationSource::FunctionUrl => {
            let conditions =
                [(INVOKE_URL, "lambda:FunctionUrlAuthType", "NONE"), (INVOKE, "lambda:InvokedViaFunctionUrl", "true")];
            conditions.into_iter().try_for_each(|(action, key, value)| {
                let context = [(key, value)].into_iter().collect();
                let asked = Asked { principal: Principal::Anonymous, action, context };
                let whom = format!("everybody (Principal \"*\") to perform {action} with {key} {value}");
                asked.allowed(known, invocation).ok_or_else(|| denied(invocation, &whom))
            })
        }
    }
}

/// What a policy is asked.
struct Asked<'a> {
    principal: Principal<'a>,
    action: &'a str,
    context: Context,
}

impl Asked<'_> {
    fn allowed(&self, known: &Known, invocation: &Invocation) -> Option<()> {
        let arn = &invocation.function;
        let mut resource = arn.to_string();
        if let Some(plain) = resource.strip_suffix(":$LATEST") {
            resource = plain.to_owned();
        }
        let request = Request {
            principal: self.principal,
            action: self.action,
            resource: &resource,
            resource_account: &arn.account,
            context: &self.context,
        };
        let policies = PolicySet { resource: known.policy(arn.qualifier.as_deref()), ..PolicySet::default() };
        (evaluate(&policies, &request).verdict == Verdict::Allow).then_some(())
    }
}

fn denied(invocation: &Invocation, whom: &str) -> InvokeError {
    let arn = &invocation.function;
    let message = format!("no statement of the resource policy of {arn} allows {whom}; AddPermission adds one");
    InvokeError::new(InvokeFault::AccessDenied, message)
}
