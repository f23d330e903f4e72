//! Who is in which group. Both sides have it in their rows, written together.

use stagegate_model::iam::{GroupRow, UserRow};
use stagegate_model::keys::IamNoun;

use super::entity::{key, load, load_own, store};
use super::group;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, fault, page};
use crate::transaction::Transaction;

/// `AddUserToGroup`; somebody who is in it stays in it.
pub(super) async fn add(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row: GroupRow = load_own(call, transaction).await?;
    let mut user: UserRow = load_own(call, transaction).await?;
    if user.groups.contains(&row.name) {
        return Ok(Reply::Empty);
    }
    if let Some(limit) = call.world.quotas.enforced("iam_groups_of_a_user_count")
        && u64::try_from(user.groups.len()).unwrap_or(u64::MAX) >= limit
    {
        return Err(fault(QueryFault::LimitExceeded, format!("Cannot exceed quota for GroupsPerUser: {limit}")));
    }
    let mut members = group::members(call, &row.name, transaction).await?;
    members.users.insert(user.name.clone());
    user.groups.insert(row.name.clone());
    transaction.put(&key(&call.scope.account, IamNoun::Members, &row.name), &members)?;
    store(&user, call, transaction)?;
    Ok(Reply::Empty)
}

/// `RemoveUserFromGroup`; somebody who is not in it is no error.
pub(super) async fn remove(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row: GroupRow = load_own(call, transaction).await?;
    let mut user: UserRow = load_own(call, transaction).await?;
    let mut members = group::members(call, &row.name, transaction).await?;
    members.users.remove(&user.name);
    user.groups.remove(&row.name);
    transaction.put(&key(&call.scope.account, IamNoun::Members, &row.name), &members)?;
    store(&user, call, transaction)?;
    Ok(Reply::Empty)
}

/// `ListGroupsForUser`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let user: UserRow = load_own(call, transaction).await?;
    let page = page(call, user.groups.into_iter().collect(), String::clone)?;
    let mut groups = Vec::new();
    for name in &page.items {
        groups.push(load::<GroupRow>(&call.scope.account, name, transaction).await?);
    }
    let mut xml = Xml::default();
    xml.list("Groups", &groups, |member, row| group::write(member, row, &call.scope.account));
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}
