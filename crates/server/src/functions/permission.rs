//! Whether policies let API Gateway, or who comes by the function's URL, invoke a function (fact 17).

use stagegate_gateway::{Invocation, InvocationSource, InvokeError, InvokeFault};
use stagegate_plan::identity;
use stagegate_policy::{Context, PolicySet, Principal, Request, Verdict, evaluate};

use super::directory::Known;

/// Who asks for an API.
const API_GATEWAY: &str = "apigateway.amazonaws.com";
/// What an API does.
const INVOKE: &str = "lambda:InvokeFunction";
/// What somebody who comes by a function URL does besides (AWS, "Control access to Lambda function URLs": both are needed).
const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";

/// Refuses an invocation that no statement allows. Without `checks_resource_policies` a function's resource policy counts for
/// nobody but a caller who signed.
pub(super) fn check(known: &Known, invocation: &Invocation, checks_resource_policies: bool) -> Result<(), InvokeError> {
    let arn = invocation.function.to_string();
    let scene = Scene {
        known,
        qualifier: invocation.function.qualifier.as_deref(),
        resource: arn.strip_suffix(":$LATEST").unwrap_or(&arn),
        account: &invocation.function.account,
    };
    match &invocation.source {
        InvocationSource::FunctionUrl { caller: Some(caller) } => scene.signed(&caller.principal),
        _ if !checks_resource_policies => Ok(()),
        InvocationSource::Api { arn, account, .. } => {
            let context = [("aws:SourceArn", arn.as_ref()), ("aws:SourceAccount", account.as_ref())];
            let whom = format!("{API_GATEWAY} to perform {INVOKE} for {arn}");
            scene.service(Principal::Service { name: API_GATEWAY }, INVOKE, &context.into_iter().collect(), &whom)
        }
        InvocationSource::FunctionUrl { caller: None } => {
            asked("NONE").into_iter().try_for_each(|(action, context)| {
                let whom = format!("everybody (Principal \"*\") to perform {action} through its URL");
                scene.service(Principal::Anonymous, action, &context, &whom)
            })
        }
    }
}

/// What a caller of a function URL must be allowed, each with its condition keys.
fn asked(auth_type: &str) -> [(&'static str, Context); 2] {
    [
        (INVOKE_URL, [("lambda:FunctionUrlAuthType", auth_type)].into_iter().collect()),
        (INVOKE, [("lambda:InvokedViaFunctionUrl", "true")].into_iter().collect()),
    ]
}

/// A function that is to be invoked.
struct Scene<'a> {
    known: &'a Known,
    qualifier: Option<&'a str>,
    resource: &'a str,
    account: &'a str,
}

impl Scene<'_> {
    /// Somebody without policies of their own: the function's must allow it.
    fn service(
        &self,
        principal: Principal<'_>,
        action: &str,
        context: &Context,
        whom: &str,
    ) -> Result<(), InvokeError> {
        let policies = PolicySet { resource: self.known.policy(self.qualifier), ..PolicySet::default() };
        self.allowed(principal, &policies, action, context).ok_or_else(|| {
            let resource = self.resource;
            denied(format!("no statement of the resource policy of {resource} allows {whom}; AddPermission adds one"))
        })
    }

    /// Somebody who signed: their policies and the function's together.
    fn signed(&self, caller: &identity::Principal) -> Result<(), InvokeError> {
        if caller.is_unlimited() && *caller.account == *self.account {
            return Ok(());
        }
        asked("AWS_IAM").into_iter().try_for_each(|(action, mut context)| {
            caller.fill(&mut context);
            let policies = caller.policy_set(self.known.policy(self.qualifier));
            self.allowed(caller.in_policies(), &policies, action, &context).ok_or_else(|| {
                denied(format!("no policy allows {} to perform {action} on {}", caller.arn, self.resource))
            })
        })
    }

    fn allowed(
        &self,
        principal: Principal<'_>,
        policies: &PolicySet<'_>,
        action: &str,
        context: &Context,
    ) -> Option<()> {
        let request = Request { principal, action, resource: self.resource, resource_account: self.account, context };
        (evaluate(policies, &request).verdict == Verdict::Allow).then_some(())
    }
}

fn denied(message: String) -> InvokeError {
    InvokeError::new(InvokeFault::AccessDenied, message)
}
