//! The step "permit": which actions on which resources a call needs, under which conditions, and whether they are allowed.
//!
//! What the call itself says is gathered once; what is stored, tags above all, is read within the call's transaction, so
//! that a change made in between is a lost commit and the call is judged again.

mod carried;
mod further;
mod pass_role;
mod request_keys;
mod resource;
mod shared;
mod stored_keys;

use std::net::IpAddr;
use std::sync::Arc;

use carried::Carried;
use http::{Request, header};
use stagegate_model::domain::Scope;
use stagegate_plan::identity::Principal;
use stagegate_policy::{Context, PolicyKind};

use crate::authenticate::Service;
use crate::call::Call;
use crate::cloudwatch;
use crate::domain::sharing;
use crate::environment::Clock;
use crate::fault::{Fault, FaultKind};
use crate::iam;
use crate::lambda;
use crate::logs;
use crate::permit::{Permit, Question, Ruling};
use crate::sts;
use crate::transaction::Transaction;

/// The address that a request came from, for `aws:SourceIp`; whoever accepts connections puts it into the request's
/// extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceIp(pub IpAddr);

/// Where a call comes from, as conditions see it.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) principal: Arc<Principal>,
    source_ip: Option<IpAddr>,
    user_agent: Option<String>,
    referer: Option<String>,
}

impl Origin {
    /// The origin of a request that somebody signed.
    pub(crate) fn of<B>(request: &Request<B>, principal: Arc<Principal>) -> Self {
        let header = |name| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
        let source_ip = request.extensions().get::<SourceIp>().map(|source| source.0.to_canonical());
        Self { principal, source_ip, user_agent: header(header::USER_AGENT), referer: header(header::REFERER) }
    }
}

/// An action on a resource.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    action: String,
    resource: String,
}

/// What a call asks leave for.
pub(crate) struct Authorization<'c> {
    call: &'c Call,
    origin: &'c Origin,
    asked: Vec<Asked>,
    /// Roles that the call hands over. What they are for is all that is known of them: their conditions are not those of the
    /// noun that the call is about.
    passed: Vec<Asked>,
    context: Context,
}

impl<'c> Authorization<'c> {
    /// Gathers what a call needs; nothing where the principal may do everything.
    pub(crate) async fn of(permit: &dyn Permit, call: &'c Call, origin: &'c Origin) -> Option<Self> {
        let has_policy_of_its_own = sts::is_judged_by_role(call) || shared::is_about_shared(call);
        if permit.is_unlimited(&origin.principal) && !has_policy_of_its_own {
            return None;
        }
        let mut context = request_keys::global(call.world.clock.as_ref(), &call.scope, origin);
        if matches!(call.service, Service::Iam | Service::Sts) {
            iam::fill_request(&mut context, call);
            return Some(Self { call, origin, asked: Vec::new(), passed: Vec::new(), context });
        }
        if call.service == Service::Lambda {
            lambda::fill_request(&mut context, call);
            let (action, resource) = lambda::asked(call);
            let passed = pass_role::of(call, Vec::new());
            return Some(Self { call, origin, asked: vec![Asked { action, resource }], passed, context });
        }
        if call.service == Service::Logs {
            logs::fill_request(&mut context, call);
            let (action, resource) = logs::asked(call);
            return Some(Self { call, origin, asked: vec![Asked { action, resource }], passed: Vec::new(), context });
        }
        if call.service == Service::Monitoring {
            let (action, resource) = cloudwatch::asked(call);
            return Some(Self { call, origin, asked: vec![Asked { action, resource }], passed: Vec::new(), context });
        }
        let carried = Carried::by(call).await;
        request_keys::fill(&mut context, call, &carried);
        let itself = Asked { action: format!("apigateway:{}", call.operation.verb), resource: resource::of(call) };
        let mut asked = vec![itself];
        asked.extend(further::of(call, carried.rest()));
        let passed = pass_role::of(call, carried.roles());
        Some(Self { call, origin, asked, passed, context })
    }

    /// Refuses a call that is not allowed, by the first action that is not.
    pub(crate) async fn check(&self, permit: &dyn Permit, transaction: &mut Transaction) -> Result<(), Fault> {
        let mut context = self.context.clone();
        let principal = self.origin.principal.as_ref();
        if sts::is_judged_by_role(self.call) {
            return sts::check(principal, self.call, &context, transaction).await;
        }
        let mut query = None;
        let stored = match self.call.service {
            Service::ApiGateway => stored_keys::fill(&mut context, self.call, transaction).await?,
            Service::Lambda => {
                lambda::fill_stored(&mut context, self.call, transaction).await?;
                stored_keys::Stored::default()
            }
            Service::Logs => {
                logs::fill_stored(&mut context, self.call).await;
                stored_keys::Stored::default()
            }
            Service::Monitoring => stored_keys::Stored::default(),
            Service::Iam | Service::Sts => {
                query = iam::asked(self.call, &mut context, transaction).await?;
                stored_keys::Stored::default()
            }
        };
        let more = stored
            .policy_goes
            .then(|| Asked { action: "apigateway:UpdateRestApiPolicy".to_owned(), resource: resource::of(self.call) });
        let query = query.map(|(action, resource)| Asked { action, resource });
        let shared = shared::of(self.call, transaction).await?;
        for Asked { action, resource } in self.asked.iter().chain(&more).chain(&query) {
            let shared = shared.as_ref().filter(|_| action == sharing::CREATE_ASSOCIATION);
            let resource_account = shared.map_or(self.call.scope.account.as_str(), |shared| &shared.account);
            let resource_policy = shared.and_then(|shared| shared.policy.as_ref());
            let context = &context;
            judge(permit, &Question { principal, action, resource, resource_account, resource_policy, context })?;
        }
        self.check_passed(permit)
    }

    fn check_passed(&self, permit: &dyn Permit) -> Result<(), Fault> {
        let mut context = request_keys::global(self.call.world.clock.as_ref(), &self.call.scope, self.origin);
        context.set("iam:PassedToService", pass_role::service(self.call));
        let (context, principal) = (&context, self.origin.principal.as_ref());
        let (resource_account, resource_policy) = (self.call.scope.account.as_str(), None);
        for Asked { action, resource } in &self.passed {
            judge(permit, &Question { principal, action, resource, resource_account, resource_policy, context })?;
        }
        Ok(())
    }
}

/// Judges an action that belongs to no call of AWS's, on what the request itself says.
pub(crate) fn check_alone(
    permit: &dyn Permit,
    origin: &Origin,
    (clock, scope): (&dyn Clock, &Scope),
    (action, resource): (&str, &str),
) -> Result<(), Fault> {
    let principal = &origin.principal;
    if permit.is_unlimited(principal) {
        return Ok(());
    }
    let context = request_keys::global(clock, scope, origin);
    let resource_account = scope.account.as_str();
    let resource_policy = None;
    judge(permit, &Question { principal, action, resource, resource_account, resource_policy, context: &context })
}

fn judge(permit: &dyn Permit, question: &Question<'_>) -> Result<(), Fault> {
    let Question { principal, action, resource, .. } = question;
    let why = match permit.judge(question) {
        Ruling::Allowed => return Ok(()),
        Ruling::NotAllowed(kind) => format!("because no {kind} allows the {action} action"),
        Ruling::Denied(kind) => format!("with an explicit deny in {} {kind}", article(kind)),
    };
    let who = &principal.arn;
    let message = format!("User: {who} is not authorized to perform: {action} on resource: {resource} {why}");
    Err(Fault::new(FaultKind::AccessDenied, message))
}

/// IAM User Guide, "Troubleshoot access denied error messages".
fn article(kind: PolicyKind) -> &'static str {
    if kind == PolicyKind::Identity { "an" } else { "a" }
}
