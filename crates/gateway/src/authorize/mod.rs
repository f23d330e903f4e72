//! Room 5: who may call: the resource policy, signatures, and authorizers, in AWS's order (facts A23 and A24).

mod caller;
mod iam;
mod invalidate;
mod lambda;
mod pass_through;
mod policy;
mod policy_context;
mod shown;
mod signature;
mod token;
mod verdict;

use stagegate_plan::{
    AuthorizationPlan, AuthorizerId, AuthorizerPlan, GatewayResponseType, IntegrationPlan, TokenAuthorizerPlan,
};

use crate::accept::{Exchange, Payload};
use crate::core::Core;
use crate::observe::{Notes, log_start};
use crate::refusal::{Cause, Refusal};
use crate::route::Routed;

pub(crate) use self::caller::{AuthorizerAnswer, Caller};
pub(crate) use self::iam::unrouted;
pub(crate) use self::invalidate::may_invalidate;
pub(crate) use self::lambda::{Asking, Decisions, Identity, Places, try_out};
pub(crate) use self::pass_through::{caller_credentials, signer};
pub(crate) use self::shown::{shown_caller, shown_signer, shown_token};
pub(crate) use self::signature::{Scope, SignatureFault, Signed, authenticate};
pub(crate) use self::token::{TokenCache, try_token};

/// A request that its route's authorization allows. Who calls is in the notes.
#[derive(Debug)]
pub(crate) struct Authorized<'j> {
    /// The request.
    pub(crate) routed: Routed<'j>,
    /// Its content, if the signature covers it.
    pub(crate) payload: Option<Payload>,
}

/// Authorizes a request.
pub(crate) async fn authorize<'j, E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: Routed<'j>,
    notes: &Notes,
) -> Result<Authorized<'j>, Refusal> {
    if let IntegrationPlan::Misconfigured { .. } = routed.route.integration {
        log_start(notes, &routed);
        return Err(Refusal::Gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration));
    }
    let mut payload = None;
    match &routed.route.authorization {
        AuthorizationPlan::Open => {
            policy::anonymous(&routed, notes)?;
            notes.explain("authorize", format_args!("authorization type NONE"));
        }
        AuthorizationPlan::Iam => {
            let (caller, read) = iam::authorize(core, exchange, &routed, notes).await?;
            notes.enter_caller(caller);
            payload = read;
        }
        AuthorizationPlan::Authorizer { authorizer, scopes } => {
            let caller = by_authorizer(core, exchange, &routed, (*authorizer, scopes), notes).await?;
            notes.enter_caller(caller);
        }
    }
    Ok(Authorized { routed, payload })
}

/// Asks an authorizer.
async fn by_authorizer<E: Exchange>(
    core: &Core,
    exchange: &mut E,
    routed: &Routed<'_>,
    (id, scopes): (AuthorizerId, &[Box<str>]),
    notes: &Notes,
) -> Result<Caller, Refusal> {
    match routed.addressed.stage.deployment.authorizer(id) {
        Some(AuthorizerPlan::Lambda(plan)) => {
            policy::explicit_deny(routed, notes)?;
            lambda::authorize(core, exchange, routed, (id, plan), notes).await
        }
        Some(AuthorizerPlan::Token(plan)) => by_token(core, routed, plan, scopes, notes).await,
        Some(AuthorizerPlan::Pools(_)) => match routed.addressed.stage.bound_pools(id) {
            Some(Ok(plan)) => by_token(core, routed, plan, scopes, notes).await,
            Some(Err(unbound)) => Err(unusable(notes, &unbound.why)),
            None => Err(unusable(notes, "the stage has not bound its user pools")),
        },
        Some(AuthorizerPlan::Unusable { why }) => Err(unusable(notes, why)),
        None => Err(unusable(notes, "there is none")),
    }
}

/// Lets a token in, and then what the resource policy says.
async fn by_token(
    core: &Core,
    routed: &Routed<'_>,
    plan: &TokenAuthorizerPlan,
    scopes: &[Box<str>],
    notes: &Notes,
) -> Result<Caller, Refusal> {
    let caller = token::authorize(core, routed, plan, scopes, notes).await?;
    policy::alone(routed, notes)?;
    Ok(caller)
}

fn unusable(notes: &Notes, why: &str) -> Refusal {
    notes.explain("authorize", format_args!("the authorizer cannot be used: {why}"));
    Refusal::Gateway(GatewayResponseType::AuthorizerConfigurationError, Cause::Configuration)
}
