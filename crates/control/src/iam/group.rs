//! Groups.

use std::collections::BTreeMap;

use stagegate_model::iam::{GroupRow, Members, UserRow};
use stagegate_model::keys::IamNoun;

use super::attachment;
use super::entity::{Entity as _, admit_new, all, key, load, load_own, store};
use super::ids::new_id;
use super::user;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, date, fault, page};
use crate::transaction::Transaction;

/// `CreateGroup`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let name = call.field("GroupName").unwrap_or_default();
    admit_new::<GroupRow>(call, name, transaction).await?;
    let row = GroupRow {
        name: name.to_owned(),
        path: call.field("Path").unwrap_or("/").to_owned(),
        id: new_id(call, "AGPA"),
        create_date: call.now(),
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    store(&row, call, transaction)?;
    let mut xml = Xml::default();
    xml.node("Group", |group| write(group, &row, &call.scope.account));
    Ok(Reply::Result(xml))
}

pub(super) fn write(xml: &mut Xml, row: &GroupRow, account: &str) {
    xml.leaf("Path", &row.path);
    xml.leaf("GroupName", &row.name);
    xml.leaf("GroupId", &row.id);
    xml.leaf("Arn", &row.arn(account));
    xml.leaf("CreateDate", &date(row.create_date));
}

/// Who is in a group.
pub(super) async fn members(call: &Call, name: &str, transaction: &mut Transaction) -> Result<Members, Fault> {
    let key = key(&call.scope.account, IamNoun::Members, name);
    Ok(transaction.get(&key).await?.unwrap_or_default())
}

/// `GetGroup`: the group and its users.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row: GroupRow = load_own(call, transaction).await?;
    let names: Vec<String> = members(call, &row.name, transaction).await?.users.into_iter().collect();
    let page = page(call, names, String::clone)?;
    let mut users = Vec::new();
    for name in &page.items {
        users.push(load::<UserRow>(&call.scope.account, name, transaction).await?);
    }
    let mut xml = Xml::default();
    xml.node("Group", |group| write(group, &row, &call.scope.account));
    xml.list("Users", &users, |member, row| user::write(member, row, &call.scope.account));
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// `ListGroups`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = page(call, all::<GroupRow>(call, transaction).await?, |row| row.name.clone())?;
    let mut xml = Xml::default();
    xml.list("Groups", &page.items, |group, row| write(group, row, &call.scope.account));
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// `UpdateGroup`: another name, another path.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let account = &call.scope.account;
    let mut row: GroupRow = load_own(call, transaction).await?;
    let before = row.name.clone();
    if let Some(path) = call.field("NewPath") {
        path.clone_into(&mut row.path);
    }
    if let Some(name) = call.field("NewGroupName").filter(|name| *name != before) {
        let members = members(call, &before, transaction).await?;
        if !name.eq_ignore_ascii_case(&before) {
            admit_new::<GroupRow>(call, name, transaction).await?;
            transaction.delete(&key(account, IamNoun::Group, &before));
            transaction.delete(&key(account, IamNoun::Members, &before));
        }
        name.clone_into(&mut row.name);
        for member in &members.users {
            let mut user: UserRow = load(account, member, transaction).await?;
            user.groups.remove(&before);
            user.groups.insert(name.to_owned());
            store(&user, call, transaction)?;
        }
        transaction.put(&key(account, IamNoun::Members, name), &members)?;
        attachment::rename::<GroupRow>((&before, name), &row.attached, None, call, transaction).await?;
    }
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `DeleteGroup`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row: GroupRow = load_own(call, transaction).await?;
    let members = members(call, &row.name, transaction).await?;
    let hanging = [
        (!members.users.is_empty(), "must remove users from group first"),
        (!row.attached.is_empty(), "must detach all policies first"),
        (!row.inline.is_empty(), "must delete policies first"),
    ];
    if let Some((_, what)) = hanging.iter().find(|(hangs, _)| *hangs) {
        return Err(fault(QueryFault::DeleteConflict, format!("Cannot delete entity, {what}.")));
    }
    transaction.delete(&key(&call.scope.account, IamNoun::Group, &row.name));
    transaction.delete(&key(&call.scope.account, IamNoun::Members, &row.name));
    Ok(Reply::Empty)
}
