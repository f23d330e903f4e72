//! Roles.

use std::collections::BTreeMap;

use stagegate_model::iam::RoleRow;
use stagegate_model::keys::IamNoun;

use super::document::check_trust;
use super::entity::{Entity as _, admit_new, all, key, load_own, store};
use super::ids::new_id;
use super::{boundary, tag, trust};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{self, QueryFault, Xml, date, fault, page, whole_number};
use crate::transaction::Transaction;

/// The longest session where a role does not say, in seconds (IAM API reference, `CreateRole`).
const SESSION_S: u32 = 3_600;

fn session_s(call: &Call) -> Option<u32> {
    whole_number(call, "MaxSessionDuration").and_then(|seconds| u32::try_from(seconds).ok())
}

/// `CreateRole`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let name = call.field("RoleName").unwrap_or_default();
    let document = call.field("AssumeRolePolicyDocument").unwrap_or_default();
    check_trust(call, document)?;
    admit_new::<RoleRow>(call, name, transaction).await?;
    let mut row = RoleRow {
        name: name.to_owned(),
        path: call.field("Path").unwrap_or("/").to_owned(),
        id: new_id(call, "AROA"),
        create_date: call.now(),
        assume_role_policy_document: document.to_owned(),
        trusted: trust::bind(document, transaction).await?,
        description: call.field("Description").map(str::to_owned),
        max_session_duration: session_s(call).unwrap_or(SESSION_S),
        permissions_boundary: None,
        tags: tag::given(call, &[])?,
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    boundary::set(&mut row, call.field("PermissionsBoundary"), call, transaction).await?;
    store(&row, call, transaction)?;
    Ok(answer(&row, call))
}

fn answer(row: &RoleRow, call: &Call) -> Reply {
    let mut xml = Xml::default();
    xml.node("Role", |role| {
        write(role, row, &call.scope.account);
        boundary::write(role, row.permissions_boundary.as_deref());
        tag::write(role, &row.tags);
        // Sessions leave no trace: their tokens are all there is of them.
        role.node("RoleLastUsed", |_| {});
    });
    Reply::Result(xml)
}

/// The members that lists have, too.
fn write(xml: &mut Xml, row: &RoleRow, account: &str) {
    xml.leaf("Path", &row.path);
    xml.leaf("RoleName", &row.name);
    xml.leaf("RoleId", &row.id);
    xml.leaf("Arn", &row.arn(account));
    xml.leaf("CreateDate", &date(row.create_date));
    xml.leaf("AssumeRolePolicyDocument", &query::document(&row.assume_role_policy_document));
    xml.leaf_if("Description", row.description.as_deref());
    xml.leaf("MaxSessionDuration", &row.max_session_duration.to_string());
}

/// `GetRole`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row: RoleRow = load_own(call, transaction).await?;
    Ok(answer(&row, call))
}

/// `ListRoles`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let page = page(call, all::<RoleRow>(call, transaction).await?, |row| row.name.clone())?;
    let mut xml = Xml::default();
    xml.list("Roles", &page.items, |role, row| write(role, row, &call.scope.account));
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

async fn change(call: &Call, transaction: &mut Transaction) -> Result<RoleRow, Fault> {
    let mut row: RoleRow = load_own(call, transaction).await?;
    if let Some(description) = call.field("Description") {
        row.description = Some(description.to_owned());
    }
    if let Some(seconds) = session_s(call) {
        row.max_session_duration = seconds;
    }
    store(&row, call, transaction)?;
    Ok(row)
}

/// `UpdateRole`.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    change(call, transaction).await?;
    Ok(Reply::Result(Xml::default()))
}

/// `UpdateRoleDescription`.
pub(super) async fn update_description(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    Ok(answer(&change(call, transaction).await?, call))
}

/// `UpdateAssumeRolePolicy`.
pub(super) async fn update_trust(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: RoleRow = load_own(call, transaction).await?;
    let given = call.field("PolicyDocument").unwrap_or_default();
    check_trust(call, given)?;
    given.clone_into(&mut row.assume_role_policy_document);
    row.trusted = trust::bind(given, transaction).await?;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `DeleteRole`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row: RoleRow = load_own(call, transaction).await?;
    let hanging = [
        (!row.attached.is_empty(), "must detach all policies first"),
        (!row.inline.is_empty(), "must delete policies first"),
    ];
    if let Some((_, what)) = hanging.iter().find(|(hangs, _)| *hangs) {
        return Err(fault(QueryFault::DeleteConflict, format!("Cannot delete entity, {what}.")));
    }
    boundary::clear::<RoleRow>(&row.name, row.permissions_boundary.as_deref(), call, transaction).await?;
    transaction.delete(&key(&call.scope.account, IamNoun::Role, &row.name));
    Ok(Reply::Empty)
}
