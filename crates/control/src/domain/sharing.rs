//! Private domain names and their associations across accounts: what a management policy shares, and lists of others' nouns.
//!
//! API reference, `GetDomainNames` and `GetDomainNameAccessAssociations`, the member `resourceOwner`.

use serde_json::Value;
use stagegate_model::domain::Scope;
use stagegate_model::rest::{DomainName, ResourceOwner};
use stagegate_plan::identity::{POLICY_LIMITS, Principal};
use stagegate_policy::{Context, Policy, Request, Verdict, evaluate_alone};

use crate::account_verbs::{Owned, rows};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::paging::Page;
use crate::transaction::Transaction;

/// What a management policy allows.
pub(crate) const CREATE_ASSOCIATION: &str = "apigateway:CreateAccessAssociation";
/// Stands for a policy that cannot be read.
const NOTHING: &str = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#;

/// The management policy of a domain name; one that cannot be read denies everything.
pub(crate) fn management_policy(domain: &DomainName) -> Option<Policy> {
    let document = domain.management_policy.as_deref()?;
    let parsed = Policy::parse(document, &POLICY_LIMITS).or_else(|error| {
        tracing::error!(domain = domain.domain_name_arn, %error, "a management policy cannot be read, and denies everything");
        Policy::parse(NOTHING, &POLICY_LIMITS)
    });
    parsed.ok()
}

/// Whether a private domain name's management policy lets a principal of another account associate VPC endpoints with it,
/// whatever the principal's own policies say.
pub(super) fn is_shared_with(principal: &Principal, domain: &DomainName, owner: &Scope) -> bool {
    let (Some(policy), Some(resource)) = (management_policy(domain), domain.domain_name_arn.as_deref()) else {
        return false;
    };
    let (action, resource_account, context) = (CREATE_ASSOCIATION, owner.account.as_str(), &Context::default());
    let request = Request { principal: principal.in_policies(), action, resource, resource_account, context };
    evaluate_alone(&policy, &request).verdict == Verdict::Allow
}

/// Whether a list is to have what other accounts own.
pub(super) fn asks_for_others(call: &Call) -> Result<bool, Fault> {
    let mut input = Input::of(call)?;
    let given = call.query("resourceOwner").filter(|text| !text.is_empty());
    let owner = input.query_choice::<ResourceOwner>("resourceOwner", given, ResourceOwner::NAMES);
    input.finish()?;
    Ok(owner == Some(ResourceOwner::OtherAccounts))
}

/// The nouns of every other account in the call's region, with whose they are and their ids.
pub(super) async fn rows_of_others<N: Owned>(
    call: &Call,
    transaction: &Transaction,
) -> Result<Vec<(Scope, String, N::Row)>, Fault> {
    let mut all = Vec::new();
    for scope in transaction.accounts_in(&call.scope.region).await? {
        if scope != call.scope {
            let rows = rows::<N>(&scope, transaction).await?;
            all.extend(rows.into_iter().map(|(id, row)| (scope.clone(), id, row)));
        }
    }
    Ok(all)
}

/// One page of them.
pub(super) fn page(items: Vec<(String, Value)>, call: &Call) -> Result<Reply, Fault> {
    Ok(Reply::Document(Page::of(call)?.cut(items)))
}
