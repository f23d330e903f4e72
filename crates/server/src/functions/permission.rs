//! Whether policies let API Gateway, or who comes by the function's URL, invoke a function (fact 17).

use stagegate_gateway::{Invocation, InvocationSource, InvokeError, InvokeFault, Signer};
use stagegate_plan::{FunctionArn, InvokeCredentials, identity};
use stagegate_policy::{Context, Policy, PolicySet, Principal, Request, Verdict, evaluate, evaluate_alone};

use super::directory::Known;

/// Who asks for an API.
const API_GATEWAY: &str = "apigateway.amazonaws.com";
/// What an API does.
const INVOKE: &str = "lambda:InvokeFunction";
/// What somebody who comes by a function URL does besides (AWS, "Control access to Lambda function URLs": both are needed).
const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";

/// Refuses an invocation in a caller's own name that policies do not let it make: those of the caller and the function's together, by
/// AWS's tables for one account and for two (IAM User Guide, "Policy evaluation logic").
pub(super) fn check_signer(
    signer: &Signer,
    function: &FunctionArn,
    resource_policy: Option<&Policy>,
) -> Result<(), InvokeError> {
    let Signer { principal, context, .. } = signer;
    let arn = function.to_string();
    let request = Request {
        principal: principal.in_policies(),
        action: INVOKE,
        resource: arn.strip_suffix(":$LATEST").unwrap_or(&arn),
        resource_account: &function.account,
        context,
    };
    let decision = evaluate(&principal.policy_set(resource_policy), &request);
    if decision.verdict == Verdict::Allow {
        return Ok(());
    }
    Err(denied(format!("{} may not perform {INVOKE} on {arn}: {decision}", principal.arn)))
}

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
    if let Some(signer) = &invocation.signer {
        return check_signer(signer, &invocation.function, known.policy(scene.qualifier));
    }
    match (&invocation.source, &invocation.credentials) {
        (InvocationSource::FunctionUrl { caller: Some(caller) }, _) => scene.signed(&caller.principal),
        _ if !checks_resource_policies => Ok(()),
        (InvocationSource::Api { account, .. }, Some(InvokeCredentials::Role(role))) => scene.role(role, account),
        (InvocationSource::Api { arn, account, .. }, _) => {
            let context = [("aws:SourceArn", arn.as_ref()), ("aws:SourceAccount", account.as_ref())];
            let whom = format!("{API_GATEWAY} to perform {INVOKE} for {arn}");
            scene.service(Principal::Service { name: API_GATEWAY }, INVOKE, &context.into_iter().collect(), &whom)
        }
        (InvocationSource::FunctionUrl { caller: None }, _) => {
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

    /// The role of an integration or authorizer, of the account that has the API: it is handed over within one account (IAM User
    /// Guide, "Grant a user permissions to pass a role"). What it may do there is not asked, since it may be one that is not known
    /// here; a function of another account must allow it.
    fn role(&self, role: &str, owner: &str) -> Result<(), InvokeError> {
        if role.split(':').nth(4) != Some(owner) {
            return Err(denied(format!("the role {role} is of another account than the API")));
        }
        if owner == self.account {
            return Ok(());
        }
        let context = Context::new();
        let request = Request {
            principal: Principal::RoleSession { account: owner, arn: role, role_arn: role },
            action: INVOKE,
            resource: self.resource,
            resource_account: self.account,
            context: &context,
        };
        let allows = |policy| evaluate_alone(policy, &request).verdict == Verdict::Allow;
        if self.known.policy(self.qualifier).is_some_and(allows) {
            return Ok(());
        }
        let resource = self.resource;
        Err(denied(format!("no statement of the resource policy of {resource} allows {role} to perform {INVOKE}")))
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
