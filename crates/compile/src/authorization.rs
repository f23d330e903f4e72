//! What stands before a method's integration: the resource policy and who may call.

use std::collections::HashMap;
use std::sync::Arc;

use stagegate_model::rest::{AuthorizationType, Authorizer, AuthorizerType, Method};
use stagegate_plan::{AuthorizationPlan, AuthorizerId, AuthorizerPlan};
use stagegate_policy::{Limits, Policy, PolicyKind};

use crate::authorizer::lambda_authorizer;
use crate::finding::{Effect, Findings, Refusal, Subject};
use crate::token::token_authorizer;

/// A resource policy's sizes: the control plane enforces AWS's quota, these only bound the work (AWS: 8,192 characters).
const POLICY_LIMITS: Limits = Limits { document_bytes: 1 << 20, statements: 10_000, values_per_list: 10_000 };

/// The authorizers of an API, compiled, and where each of them is.
#[derive(Debug, Default)]
pub(crate) struct Authorizers {
    plans: Vec<AuthorizerPlan>,
    by_id: HashMap<String, (AuthorizerId, Option<AuthorizerType>)>,
}

impl Authorizers {
    /// Compiles them; one that cannot be used is a finding, and refuses the calls of its methods.
    pub(crate) fn new(authorizers: &[Authorizer], findings: &mut Findings) -> Self {
        let mut compiled = Self::default();
        for authorizer in authorizers {
            let Ok(index) = u16::try_from(compiled.plans.len()) else {
                findings.api(Subject::Authorization, Effect::Refused, "an API has at most 65,535 authorizers");
                break;
            };
            let plan = plan(authorizer).unwrap_or_else(|why| {
                let name = authorizer.name.as_deref().unwrap_or(&authorizer.id);
                findings.api(Subject::Authorization, Effect::Refused, format!("authorizer `{name}`: {why}"));
                AuthorizerPlan::Unusable { why: why.into() }
            });
            compiled.plans.push(plan);
            compiled.by_id.insert(authorizer.id.clone(), (AuthorizerId(index), authorizer.kind));
        }
        compiled
    }

    /// The plans; the ids of routes index them.
    pub(crate) fn into_plans(self) -> Box<[AuthorizerPlan]> {
        self.plans.into()
    }

    /// Compiles who may call a method; what is not known is refused, an absent type included.
    pub(crate) fn authorization(&self, method: &Method) -> Result<AuthorizationPlan, Refusal> {
        let refuse = |why: String| Err(Refusal::new(Subject::Authorization, why));
        let kind = match method.authorization_type {
            Some(AuthorizationType::None) => return Ok(AuthorizationPlan::Open),
            Some(AuthorizationType::AwsIam) => return Ok(AuthorizationPlan::Iam),
            Some(kind) => kind,
            None => return refuse("the method has no authorization type".to_owned()),
        };
        let Some(id) = method.authorizer_id.as_deref() else {
            return refuse(format!("authorization type {kind} needs an authorizer"));
        };
        match self.by_id.get(id) {
            Some((authorizer, type_of)) if decides(*type_of, kind) => {
                let scopes = method.authorization_scopes.iter().flatten().map(|scope| scope.as_str().into());
                Ok(AuthorizationPlan::Authorizer { authorizer: *authorizer, scopes: scopes.collect() })
            }
            Some(_) => refuse(format!("the authorizer `{id}` does not decide for authorization type {kind}")),
            None => refuse(format!("there is no authorizer `{id}`")),
        }
    }
}

/// Whether an authorizer of this type decides for methods with this authorization type.
fn decides(authorizer: Option<AuthorizerType>, method: AuthorizationType) -> bool {
    matches!(
        (authorizer, method),
        (Some(AuthorizerType::Token | AuthorizerType::Request), AuthorizationType::Custom)
            | (Some(AuthorizerType::CognitoUserPools), AuthorizationType::CognitoUserPools)
            | (Some(AuthorizerType::Jwt), AuthorizationType::Jwt)
    )
}

fn plan(authorizer: &Authorizer) -> Result<AuthorizerPlan, String> {
    match authorizer.kind {
        Some(AuthorizerType::Token | AuthorizerType::Request) => {
            lambda_authorizer(authorizer).map(AuthorizerPlan::Lambda)
        }
        Some(AuthorizerType::CognitoUserPools | AuthorizerType::Jwt) => token_authorizer(authorizer),
        None => Err("the authorizer has no type".to_owned()),
    }
}

/// Compiles the resource policy of an API or a domain name. The error says what is wrong with it; nothing may be served without its
/// policy.
pub(crate) fn resource_policy(text: Option<&str>) -> Result<Option<Arc<Policy>>, String> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let parsed = Policy::parse(text, &POLICY_LIMITS);
    let policy = parsed.and_then(|policy| policy.require(PolicyKind::Resource).map(|()| policy));
    policy.map(|policy| Some(Arc::new(policy))).map_err(|error| format!("the resource policy cannot be read: {error}"))
}
