//! Policies that stand in a user, a group or a role.

use super::document::{check_identity, check_inline};
use super::entity::{Entity, load_own, store};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, document, fault, page};
use crate::transaction::Transaction;

fn name(call: &Call) -> &str {
    call.field("PolicyName").unwrap_or_default()
}

fn no_such_policy<E: Entity>(name: &str) -> Fault {
    fault(QueryFault::NoSuchEntity, format!("The {} policy with name {name} cannot be found.", E::KIND))
}

/// `PutUserPolicy`, `PutGroupPolicy`, `PutRolePolicy`.
pub(super) async fn put<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: E = load_own(call, transaction).await?;
    let text = call.field("PolicyDocument").unwrap_or_default();
    check_identity(text)?;
    let owner = row.name().to_owned();
    let inline = row.inline();
    inline.insert(name(call).to_owned(), text.to_owned());
    check_inline(call, E::INLINE_CHARS, inline.values(), (E::KIND, &owner))?;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `GetUserPolicy`, `GetGroupPolicy`, `GetRolePolicy`.
pub(super) async fn get<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: E = load_own(call, transaction).await?;
    let owner = row.name().to_owned();
    let text = row.inline().get(name(call)).ok_or_else(|| no_such_policy::<E>(name(call)))?;
    let mut xml = Xml::default();
    xml.leaf(E::MEMBER, &owner);
    xml.leaf("PolicyName", name(call));
    xml.leaf("PolicyDocument", &document(text));
    Ok(Reply::Result(xml))
}

/// `ListUserPolicies`, `ListGroupPolicies`, `ListRolePolicies`.
pub(super) async fn list<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: E = load_own(call, transaction).await?;
    let page = page(call, row.inline().keys().cloned().collect(), String::clone)?;
    let mut xml = Xml::default();
    xml.texts("PolicyNames", &page.items);
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// `DeleteUserPolicy`, `DeleteGroupPolicy`, `DeleteRolePolicy`.
pub(super) async fn delete<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row: E = load_own(call, transaction).await?;
    row.inline().remove(name(call)).ok_or_else(|| no_such_policy::<E>(name(call)))?;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}
