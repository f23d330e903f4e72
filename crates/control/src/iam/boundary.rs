//! Permissions boundaries of users and roles.

use std::collections::BTreeSet;

use stagegate_model::iam::{Attachments, RoleRow, UserRow};

use super::attachment::change;
use super::entity::{Entity, load_own, store};
use super::policy::{is_arn, must_be_there};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, fault};
use crate::transaction::Transaction;

/// What can have a boundary.
pub(super) trait Bounded: Entity {
    /// The boundary's ARN.
    fn boundary(&mut self) -> &mut Option<String>;
    /// Where its name is among those a policy is the boundary of.
    fn among_bounded(attachments: &mut Attachments) -> &mut BTreeSet<String>;
}

impl Bounded for UserRow {
    fn boundary(&mut self) -> &mut Option<String> {
        &mut self.permissions_boundary
    }

    fn among_bounded(attachments: &mut Attachments) -> &mut BTreeSet<String> {
        &mut attachments.boundary_users
    }
}

impl Bounded for RoleRow {
    fn boundary(&mut self) -> &mut Option<String> {
        &mut self.permissions_boundary
    }

    fn among_bounded(attachments: &mut Attachments) -> &mut BTreeSet<String> {
        &mut attachments.boundary_roles
    }
}

/// Writes the boundary of an answer.
pub(super) fn write(xml: &mut Xml, arn: Option<&str>) {
    if let Some(arn) = arn {
        xml.node("PermissionsBoundary", |boundary| {
            boundary.leaf("PermissionsBoundaryType", "Policy");
            boundary.leaf("PermissionsBoundaryArn", arn);
        });
    }
}

/// Gives a row another boundary; none leaves it as it is. The row is written by the caller.
pub(super) async fn set<E: Bounded>(
    row: &mut E,
    arn: Option<&str>,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let Some(arn) = arn else { return Ok(()) };
    if !is_arn(arn) {
        return Err(fault(QueryFault::InvalidInput, format!("ARN {arn} is not valid.")));
    }
    must_be_there(call, arn, transaction).await?;
    let name = row.name().to_owned();
    let before = row.boundary().replace(arn.to_owned());
    if before.as_deref() == Some(arn) {
        return Ok(());
    }
    clear::<E>(&name, before.as_deref(), call, transaction).await?;
    change(call, arn, transaction, |attachments| E::among_bounded(attachments).insert(name)).await
}

/// Takes a name off those a policy is the boundary of.
pub(super) async fn clear<E: Bounded>(
    name: &str,
    arn: Option<&str>,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let Some(arn) = arn else { return Ok(()) };
    change(call, arn, transaction, |attachments| E::among_bounded(attachments).remove(name)).await
}

/// `PutUserPermissionsBoundary`, `PutRolePermissionsBoundary`.
pub(super) async fn put<E: Bounded>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: E = load_own(call, transaction).await?;
    set(&mut row, call.field("PermissionsBoundary"), call, transaction).await?;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `DeleteUserPermissionsBoundary`, `DeleteRolePermissionsBoundary`.
pub(super) async fn delete<E: Bounded>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: E = load_own(call, transaction).await?;
    let name = row.name().to_owned();
    let Some(arn) = row.boundary().take() else {
        let message = format!("{} {name} does not have a permissions boundary.", E::TITLE);
        return Err(fault(QueryFault::NoSuchEntity, message));
    };
    clear::<E>(&name, Some(&arn), call, transaction).await?;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}
