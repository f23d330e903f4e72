//! `AssumeRole`: whom the role trusts, and who may ask for it.

use stagegate_model::iam::RoleRow;
use stagegate_plan::identity::{POLICY_LIMITS, Principal, PrincipalKind, SessionSubject};
use stagegate_policy::{Context, Policy, PolicySet, Principal as Named, Request, Verdict, evaluate};

use super::session::{Session, policies};
use crate::authenticate::Service;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::iam::{policy_for, role_of_arn};
use crate::query::{QueryFault, Xml, fault, tags, texts, whole_number};
use crate::transaction::Transaction;

/// A session where the call does not say, and the longest one that a session of a role may make, in seconds.
const SESSION_S: i64 = 3_600;
/// An account that nobody has: across accounts both sides must allow.
const NOBODYS: &str = "";
/// Allows nothing, and denies nothing.
const NOTHING: &str = r#"{"Statement": {"Effect": "Allow", "Action": "sts:None", "Resource": "arn:aws:iam:::none"}}"#;

/// Whether a call is judged here, by the policy of the role and not by the caller's alone.
pub(crate) fn is_judged_by_role(call: &Call) -> bool {
    call.service == Service::Sts && call.operation.name == "AssumeRole"
}

fn role_arn(call: &Call) -> &str {
    call.field("RoleArn").unwrap_or_default()
}

/// Refuses a caller whom the role does not trust, or whose own policies do not let it ask. A role that is not there trusts
/// nobody, so that nobody learns which are.
pub(crate) async fn check(
    caller: &Principal,
    call: &Call,
    context: &Context,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    if caller.kind == PrincipalKind::Root {
        return Err(fault(QueryFault::AccessDenied, "Roles may not be assumed by root accounts."));
    }
    let mut actions = vec!["sts:AssumeRole"];
    if !tags(call).is_empty() {
        actions.push("sts:TagSession");
    }
    let found = role_of_arn(role_arn(call), transaction).await?;
    for action in actions {
        let may = found.as_ref().is_some_and(|(account, role)| {
            let context = conditions(call, account, role, context);
            is_allowed(caller, action, (account, role_arn(call), role), &context)
        });
        if !may {
            let message =
                format!("User: {} is not authorized to perform: {action} on resource: {}", caller.arn, role_arn(call));
            return Err(fault(QueryFault::AccessDenied, message));
        }
    }
    Ok(())
}

/// The condition keys of the role and of what is asked of it.
fn conditions(call: &Call, account: &str, role: &RoleRow, context: &Context) -> Context {
    let mut context = context.clone();
    context.set("aws:ResourceAccount", account);
    for (key, member) in [("sts:ExternalId", "ExternalId"), ("sts:RoleSessionName", "RoleSessionName")] {
        if let Some(value) = call.field(member) {
            context.set(key, value);
        }
    }
    context.set_all("sts:TransitiveTagKeys", texts(call, "TransitiveTagKeys"));
    for tag in &role.tags {
        context.set(&format!("aws:ResourceTag/{}", tag.key), &tag.value);
        context.set(&format!("iam:ResourceTag/{}", tag.key), &tag.value);
    }
    context
}

/// The role's trust policy must allow in every case; the caller's own policies must, too, unless the trust policy of a role
/// of the same account names the caller itself, or the role behind its session.
fn is_allowed(
    caller: &Principal,
    action: &str,
    (account, resource, role): (&str, &str, &RoleRow),
    context: &Context,
) -> bool {
    let Some(trust) = policy_for(caller, role) else { return false };
    let set = caller.policy_set(Some(&trust));
    let allows = |set: &PolicySet<'_>, principal, resource_account| {
        let request = Request { principal, action, resource, resource_account, context };
        evaluate(set, &request).verdict == Verdict::Allow
    };
    let own = caller.in_policies();
    if allows(&set, own, NOBODYS) {
        return true;
    }
    // Within these limits nothing passes but what names the caller itself: the account alone is not enough.
    let Ok(nothing) = Policy::parse(NOTHING, &POLICY_LIMITS) else { return false };
    let named = PolicySet { resource: Some(&trust), boundary: Some(&nothing), ..PolicySet::default() };
    let behind = Named::User { account: &caller.account, arn: caller.principal_arn() };
    *caller.account == *account
        && allows(&set, own, account)
        && [own, behind].into_iter().any(|principal| allows(&named, principal, account))
}

/// `AssumeRole`, once [`check`] let it pass.
pub(super) async fn assume(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let found = role_of_arn(role_arn(call), transaction).await?;
    let (account, role) = found.ok_or_else(|| Fault::internal("a role that was checked is gone"))?;
    let seconds = seconds(call, &role)?;
    let name = call.field("RoleSessionName").unwrap_or_default();
    let policies = policies(call, &account, transaction).await?;
    let mut xml = Xml::default();
    xml.node("AssumedRoleUser", |user| {
        user.leaf("AssumedRoleId", &format!("{}:{name}", role.id));
        user.leaf("Arn", &format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name));
    });
    Session { holder_id: role.id.clone(), subject: SessionSubject::Role(name.to_owned()), seconds, policies }
        .write(call, &mut xml);
    Ok(Reply::Result(xml))
}

fn seconds(call: &Call, role: &RoleRow) -> Result<i64, Fault> {
    let longest = i64::from(role.max_session_duration);
    let asked = whole_number(call, "DurationSeconds");
    if asked.is_some_and(|seconds| seconds > longest) {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(fault(QueryFault::ValidationError, message));
    }
    let is_chained = matches!(call.caller.kind, PrincipalKind::RoleSession { .. });
    if is_chained && asked.is_some_and(|seconds| seconds > SESSION_S) {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        return Err(fault(QueryFault::ValidationError, message));
    }
    Ok(asked.unwrap_or(SESSION_S))
}
