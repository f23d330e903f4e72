//! Users.

use std::collections::{BTreeMap, BTreeSet};

use stagegate_model::iam::{Members, UserRow};
use stagegate_model::keys::IamNoun;
use stagegate_plan::identity::PrincipalKind;

use super::access_key::key_row;
use super::boundary;
use super::entity::{Entity as _, admit_new, all, key, load, load_own, store, user_name};
use super::ids::new_id;
use super::{attachment, tag};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, date, fault, page};
use crate::transaction::Transaction;

/// `CreateUser`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let name = call.field("UserName").unwrap_or_default();
    admit_name(call, name, transaction).await?;
    let mut row = UserRow {
        name: name.to_owned(),
        path: call.field("Path").unwrap_or("/").to_owned(),
        id: new_id(call, "AIDA"),
        create_date: call.now(),
        permissions_boundary: None,
        tags: tag::given(call, &[])?,
        access_keys: Vec::new(),
        inline: BTreeMap::new(),
        attached: Vec::new(),
        groups: BTreeSet::new(),
    };
    boundary::set(&mut row, call.field("PermissionsBoundary"), call, transaction).await?;
    store(&row, call, transaction)?;
    Ok(answer(&row, call))
}

/// Refuses a name that is taken, also by a user of the settings.
async fn admit_name(call: &Call, name: &str, transaction: &mut Transaction) -> Result<(), Fault> {
    admit_new::<UserRow>(call, name, transaction).await?;
    if call.world.keyring.directory().has(&format!("settings/{}/user/{name}", call.scope.account)) {
        let message = format!("User with name {name} already exists.");
        return Err(fault(QueryFault::EntityAlreadyExists, message));
    }
    Ok(())
}

fn answer(row: &UserRow, call: &Call) -> Reply {
    let mut xml = Xml::default();
    xml.node("User", |user| {
        write(user, row, &call.scope.account);
        boundary::write(user, row.permissions_boundary.as_deref());
        tag::write(user, &row.tags);
    });
    Reply::Result(xml)
}

/// The members that lists have, too.
pub(super) fn write(xml: &mut Xml, row: &UserRow, account: &str) {
    xml.leaf("Path", &row.path);
    xml.leaf("UserName", &row.name);
    xml.leaf("UserId", &row.id);
    xml.leaf("Arn", &row.arn(account));
    xml.leaf("CreateDate", &date(row.create_date));
}

/// `GetUser`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    if call.field("UserName").is_none() && call.caller.kind == PrincipalKind::Root {
        let mut xml = Xml::default();
        xml.node("User", |user| {
            user.leaf("Path", "/");
            user.leaf("UserName", "root");
            user.leaf("UserId", &call.caller.user_id);
            user.leaf("Arn", &call.caller.arn);
            // No account here says when it was opened.
            user.leaf("CreateDate", "1970-01-01T00:00:00Z");
        });
        return Ok(Reply::Result(xml));
    }
    let row: UserRow = load(&call.scope.account, user_name(call)?, transaction).await?;
    Ok(answer(&row, call))
}

/// `ListUsers`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = page(call, all::<UserRow>(call, transaction).await?, |row| row.name.clone())?;
    let mut xml = Xml::default();
    xml.list("Users", &page.items, |user, row| write(user, row, &call.scope.account));
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// `UpdateUser`: another name, another path.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let account = &call.scope.account;
    let mut row: UserRow = load_own(call, transaction).await?;
    let before = row.name.clone();
    if let Some(path) = call.field("NewPath") {
        path.clone_into(&mut row.path);
    }
    if let Some(name) = call.field("NewUserName").filter(|name| *name != before) {
        if !name.eq_ignore_ascii_case(&before) {
            admit_name(call, name, transaction).await?;
            transaction.delete(&key(account, IamNoun::User, &before));
        }
        name.clone_into(&mut row.name);
        for group in &row.groups {
            let members_key = key(account, IamNoun::Members, group);
            let mut members: Members = transaction.get(&members_key).await?.unwrap_or_default();
            members.users.remove(&before);
            members.users.insert(name.to_owned());
            transaction.put(&members_key, &members)?;
        }
        for access_key in &row.access_keys {
            transaction.put(&key_row(account, &access_key.id), &name)?;
        }
        let boundary = row.permissions_boundary.as_deref();
        attachment::rename::<UserRow>((&before, name), &row.attached, boundary, call, transaction).await?;
    }
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `DeleteUser`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row: UserRow = load_own(call, transaction).await?;
    let hanging = [
        (!row.access_keys.is_empty(), "must delete access keys first"),
        (!row.attached.is_empty(), "must detach all policies first"),
        (!row.inline.is_empty(), "must delete policies first"),
        (!row.groups.is_empty(), "must remove user from all groups first"),
    ];
    if let Some((_, what)) = hanging.iter().find(|(hangs, _)| *hangs) {
        return Err(fault(QueryFault::DeleteConflict, format!("Cannot delete entity, {what}.")));
    }
    boundary::clear::<UserRow>(&row.name, row.permissions_boundary.as_deref(), call, transaction).await?;
    transaction.delete(&key(&call.scope.account, IamNoun::User, &row.name));
    Ok(Reply::Empty)
}
