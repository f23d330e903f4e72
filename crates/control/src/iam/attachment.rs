//! Managed policies attached to users, groups and roles, and who a policy is attached to.

use stagegate_model::iam::{Attachments, GroupRow, RoleRow, UserRow};

use super::entity::{Entity, attachments_key, load, load_own, store};
use super::policy::{is_arn, must_be_there, name_of_arn};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, fault, page};
use crate::transaction::Transaction;

/// Who uses a policy.
pub(super) async fn of_policy(call: &Call, arn: &str, transaction: &mut Transaction) -> Result<Attachments, Fault> {
    let key = attachments_key(&call.scope.account, arn).to_string();
    Ok(transaction.get(&key).await?.unwrap_or_default())
}

/// Changes who uses a policy. At most once in a transaction for each policy: reads do not see writes.
pub(super) async fn change<R>(
    call: &Call,
    arn: &str,
    transaction: &mut Transaction,
    change: impl FnOnce(&mut Attachments) -> R,
) -> Result<(), Fault> {
    let mut attachments = of_policy(call, arn, transaction).await?;
    change(&mut attachments);
    let key = attachments_key(&call.scope.account, arn).to_string();
    if attachments == Attachments::default() {
        transaction.delete(&key);
        return Ok(());
    }
    transaction.put(&key, &attachments)
}

/// Writes a new name wherever the former one uses a policy.
pub(super) async fn rename<E: Entity>(
    (before, after): (&str, &str),
    attached: &[String],
    boundary: Option<&str>,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let only_boundary = boundary.filter(|arn| !attached.iter().any(|one| one == arn));
    for arn in attached.iter().map(String::as_str).chain(only_boundary) {
        change(call, arn, transaction, |attachments| {
            let boundaries = &mut attachments.boundary_users;
            if boundaries.remove(before) {
                boundaries.insert(after.to_owned());
            }
            let names = E::among(attachments);
            if names.remove(before) {
                names.insert(after.to_owned());
            }
        })
        .await?;
    }
    Ok(())
}

fn arn(call: &Call) -> Result<&str, Fault> {
    let arn = call.field("PolicyArn").unwrap_or_default();
    if is_arn(arn) {
        return Ok(arn);
    }
    Err(fault(QueryFault::ValidationError, format!("ARN {arn} is not valid.")))
}

/// `AttachUserPolicy`, `AttachGroupPolicy`, `AttachRolePolicy`; one that is attached stays so.
pub(super) async fn attach<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let arn = arn(call)?;
    let mut row: E = load_own(call, transaction).await?;
    must_be_there(call, arn, transaction).await?;
    let name = row.name().to_owned();
    let attached = row.attached();
    if attached.iter().any(|one| one == arn) {
        return Ok(Reply::Empty);
    }
    if let Some(limit) = call.world.quotas.enforced("iam_attached_policies_count")
        && u64::try_from(attached.len()).unwrap_or(u64::MAX) >= limit
    {
        let message = format!("Cannot exceed quota for PoliciesPer{}: {limit}", E::TITLE);
        return Err(fault(QueryFault::LimitExceeded, message));
    }
    attached.push(arn.to_owned());
    change(call, arn, transaction, |attachments| E::among(attachments).insert(name)).await?;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `DetachUserPolicy`, `DetachGroupPolicy`, `DetachRolePolicy`.
pub(super) async fn detach<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let arn = arn(call)?;
    let mut row: E = load_own(call, transaction).await?;
    let (name, attached) = (row.name().to_owned(), row.attached());
    let before = attached.len();
    attached.retain(|one| one != arn);
    if attached.len() == before {
        return Err(fault(QueryFault::NoSuchEntity, format!("Policy {arn} was not found.")));
    }
    change(call, arn, transaction, |attachments| E::among(attachments).remove(&name)).await?;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `ListAttachedUserPolicies`, `ListAttachedGroupPolicies`, `ListAttachedRolePolicies`.
pub(super) async fn list<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: E = load_own(call, transaction).await?;
    let path = call.field("PathPrefix").unwrap_or("/");
    let in_path = |arn: &String| arn.split_once(":policy").is_some_and(|(_, rest)| rest.starts_with(path));
    let mut arns: Vec<String> = row.attached().iter().filter(|arn| in_path(arn)).cloned().collect();
    arns.sort_unstable();
    let page = page(call, arns, String::clone)?;
    let mut xml = Xml::default();
    xml.list("AttachedPolicies", &page.items, |policy, arn| {
        policy.leaf("PolicyName", name_of_arn(arn));
        policy.leaf("PolicyArn", arn);
    });
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// `ListEntitiesForPolicy`, on one page.
pub(super) async fn entities(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let arn = arn(call)?;
    must_be_there(call, arn, transaction).await?;
    let found = of_policy(call, arn, transaction).await?;
    let shows = |entity: &str| call.field("EntityFilter").is_none_or(|filter| filter == entity);
    let usage = call.field("PolicyUsageFilter");
    let (attached, bounds) = (usage != Some("PermissionsBoundary"), usage != Some("PermissionsPolicy"));
    let names = |entity: &str, is_shown: [bool; 2], sets: [&std::collections::BTreeSet<String>; 2]| {
        let mut names: Vec<String> = sets
            .into_iter()
            .zip(is_shown)
            .filter(|(_, shown)| *shown && shows(entity))
            .flat_map(|(set, _)| set.iter().cloned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let none = std::collections::BTreeSet::new();
    let (groups, users, roles) = (
        rows::<GroupRow>(call, names("Group", [attached, false], [&found.groups, &none]), transaction).await?,
        rows::<UserRow>(call, names("User", [attached, bounds], [&found.users, &found.boundary_users]), transaction)
            .await?,
        rows::<RoleRow>(call, names("Role", [attached, bounds], [&found.roles, &found.boundary_roles]), transaction)
            .await?,
    );
    let mut xml = Xml::default();
    xml.list("PolicyGroups", &groups, |member, row| {
        member.leaf("GroupName", &row.name);
        member.leaf("GroupId", &row.id);
    });
    xml.list("PolicyUsers", &users, |member, row| {
        member.leaf("UserName", &row.name);
        member.leaf("UserId", &row.id);
    });
    xml.list("PolicyRoles", &roles, |member, row| {
        member.leaf("RoleName", &row.name);
        member.leaf("RoleId", &row.id);
    });
    xml.leaf("IsTruncated", "false");
    Ok(Reply::Result(xml))
}

/// The rows of names, below the path that the call asks for.
async fn rows<E: Entity>(call: &Call, names: Vec<String>, transaction: &mut Transaction) -> Result<Vec<E>, Fault> {
    let mut rows = Vec::new();
    for name in names {
        let row: E = load(&call.scope.account, &name, transaction).await?;
        if row.path().starts_with(call.field("PathPrefix").unwrap_or("/")) {
            rows.push(row);
        }
    }
    Ok(rows)
}
