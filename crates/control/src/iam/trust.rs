//! Whom a trust policy means: AWS binds a user or role that it names to the unique id, so that a later one of the name is not
//! trusted, and a renamed one still is.
//!
//! IAM User Guide, "AWS JSON policy elements: Principal".

use std::collections::BTreeMap;

use serde_json::Value;
use stagegate_model::iam::{RoleRow, UserRow};
use stagegate_model::keys::{IamNoun, Key};
use stagegate_plan::identity::{POLICY_LIMITS, Principal, PrincipalKind};
use stagegate_policy::Policy;

use super::entity::{Entity, key};
use crate::fault::Fault;
use crate::transaction::Transaction;

/// The users and roles that a trust policy names and that there are: their unique ids by their ARNs.
pub(super) async fn bind(document: &str, transaction: &mut Transaction) -> Result<BTreeMap<String, String>, Fault> {
    let mut named = Vec::new();
    let mut policy: Value = serde_json::from_str(document).unwrap_or_default();
    each_principal(&mut policy, &mut |arn| named.push(arn.clone()));
    let mut bound = BTreeMap::new();
    for arn in named {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, "iam", "", account, resource] = parts[..] else { continue };
        let id = match resource.split_once('/') {
            Some(("user", _)) => id_of::<UserRow>(account, IamNoun::User, &arn, transaction).await?,
            Some(("role", _)) => id_of::<RoleRow>(account, IamNoun::Role, &arn, transaction).await?,
            _ => None,
        };
        if let Some(id) = id {
            bound.insert(arn, id);
        }
    }
    Ok(bound)
}

async fn id_of<E: Entity>(
    account: &str,
    noun: IamNoun,
    arn: &str,
    transaction: &mut Transaction,
) -> Result<Option<String>, Fault> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let key = key(account, noun, name);
    // What is no name is no key either.
    if Key::parse(&key).is_none() {
        return Ok(None);
    }
    let row: Option<E> = transaction.get(&key).await?;
    Ok(row.filter(|row| row.arn(account) == arn).map(|row| row.id().to_owned()))
}

/// The trust policy of a role as it is for a caller: what is bound to the caller's unique id has the caller's ARN, and what is
/// bound to another has one that nobody has. `None` if it cannot be read.
pub(crate) fn policy_for(caller: &Principal, role: &RoleRow) -> Option<Policy> {
    if role.trusted.is_empty() {
        return Policy::parse(&role.assume_role_policy_document, &POLICY_LIMITS).ok();
    }
    let mut policy: Value = serde_json::from_str(&role.assume_role_policy_document).ok()?;
    let caller_id = match caller.kind {
        PrincipalKind::User { .. } => Some(&*caller.user_id),
        PrincipalKind::RoleSession { .. } => caller.user_id.split(':').next(),
        // Whose session it is says its ARN alone.
        PrincipalKind::Root | PrincipalKind::Federated { .. } => None,
    };
    each_principal(&mut policy, &mut |arn| match role.trusted.get(arn) {
        Some(id) if caller_id == Some(id.as_str()) => caller.principal_arn().clone_into(arn),
        // No name has a `#`.
        Some(id) => *arn = format!("arn:aws:iam::000000000000:user/#{id}"),
        None => {}
    });
    Policy::parse(&policy.to_string(), &POLICY_LIMITS).ok()
}

/// Visits what stands under `AWS` in the principals of a policy.
fn each_principal(policy: &mut Value, visit: &mut impl FnMut(&mut String)) {
    let statements = match policy.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    for statement in statements {
        for element in ["Principal", "NotPrincipal"] {
            match statement.get_mut(element).and_then(|principal| principal.get_mut("AWS")) {
                Some(Value::String(arn)) => visit(arn),
                Some(Value::Array(arns)) => arns.iter_mut().for_each(|arn| {
                    if let Value::String(arn) = arn {
                        visit(arn);
                    }
                }),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use stagegate_model::rest::Timestamp;
    use stagegate_plan::identity::PrincipalPolicies;
    use stagegate_policy::{Context, Request, Verdict, evaluate_alone};

    use super::*;

    const ANN: &str = "arn:aws:iam::000000000000:user/ann";

    fn role(effect: &str, element: &str) -> RoleRow {
        let statement = serde_json::json!({ "Effect": effect, element: { "AWS": [ANN] }, "Action": "sts:AssumeRole" });
        RoleRow {
            name: "r".to_owned(),
            path: "/".to_owned(),
            id: "AROAR".to_owned(),
            create_date: Timestamp::from_epoch_seconds(0),
            assume_role_policy_document: serde_json::json!({ "Statement": statement }).to_string(),
            trusted: BTreeMap::from([(ANN.to_owned(), "AIDA1".to_owned())]),
            description: None,
            max_session_duration: 3_600,
            permissions_boundary: None,
            tags: Vec::new(),
            inline: BTreeMap::new(),
            attached: Vec::new(),
        }
    }

    fn user(name: &str, id: &str) -> Principal {
        Principal {
            account: "000000000000".into(),
            arn: format!("arn:aws:iam::000000000000:user/{name}").into(),
            user_id: id.into(),
            kind: PrincipalKind::User { name: name.into() },
            policies: Arc::new(PrincipalPolicies::default()),
            session_policies: Vec::new(),
            tags: Arc::default(),
            issued_at_s: None,
        }
    }

    #[test]
    fn a_principal_is_its_unique_id_whatever_its_name() {
        for (effect, element, name, id, verdict) in [
            ("Allow", "Principal", "ann", "AIDA1", Verdict::Allow),
            ("Allow", "Principal", "ann", "AIDA2", Verdict::ImplicitDeny),
            ("Allow", "Principal", "renamed", "AIDA1", Verdict::Allow),
            ("Allow", "Principal", "bob", "AIDA3", Verdict::ImplicitDeny),
            ("Deny", "Principal", "renamed", "AIDA1", Verdict::ExplicitDeny),
            ("Deny", "Principal", "ann", "AIDA2", Verdict::ImplicitDeny),
            ("Deny", "NotPrincipal", "ann", "AIDA2", Verdict::ExplicitDeny),
        ] {
            let caller = user(name, id);
            let policy = policy_for(&caller, &role(effect, element)).expect("a policy");
            let request = Request {
                principal: caller.in_policies(),
                action: "sts:AssumeRole",
                resource: "arn:aws:iam::000000000000:role/r",
                resource_account: "000000000000",
                context: &Context::default(),
            };
            assert_eq!(evaluate_alone(&policy, &request).verdict, verdict, "{effect} {element} {name} {id}");
        }
    }
}
