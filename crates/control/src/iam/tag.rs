//! Tags of users, roles and managed policies.

use stagegate_model::iam::{PolicyRow, RoleRow, Tag, UserRow};

use super::entity::{load_own, store};
use super::policy;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, fault, page, tags, texts};
use crate::transaction::Transaction;

/// Tags that a noun may have (IAM quotas); AWS does not raise it.
const TAGS: usize = 50;

/// The tags of a noun with those that a call gives; a key stands once, in whatever case.
pub(super) fn given(call: &Call, have: &[Tag]) -> Result<Vec<Tag>, Fault> {
    let mut all = have.to_vec();
    let new = tags(call);
    for (place, tag) in new.iter().enumerate() {
        if new[..place].iter().any(|other| other.key.eq_ignore_ascii_case(&tag.key)) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(fault(QueryFault::InvalidInput, message));
        }
        match all.iter_mut().find(|other| other.key.eq_ignore_ascii_case(&tag.key)) {
            Some(other) => other.clone_from(tag),
            None => all.push(tag.clone()),
        }
    }
    if all.len() > TAGS {
        let message = format!("The number of tags has reached the maximum limit of {TAGS}.");
        return Err(fault(QueryFault::LimitExceeded, message));
    }
    Ok(all)
}

/// Writes tags, if there are any.
pub(super) fn write(xml: &mut Xml, tags: &[Tag]) {
    if !tags.is_empty() {
        write_list(xml, tags);
    }
}

fn write_list<'t>(xml: &mut Xml, tags: impl IntoIterator<Item = &'t Tag>) {
    xml.list("Tags", tags, |member, tag| {
        member.leaf("Key", &tag.key);
        member.leaf("Value", &tag.value);
    });
}

fn remove(call: &Call, tags: &mut Vec<Tag>) {
    let gone = texts(call, "TagKeys");
    tags.retain(|tag| !gone.iter().any(|key| tag.key.eq_ignore_ascii_case(key)));
}

fn listed(call: &Call, mut tags: Vec<Tag>) -> Result<Reply, Fault> {
    tags.sort_by(|one, other| one.key.cmp(&other.key));
    let page = page(call, tags, |tag| tag.key.clone())?;
    let mut xml = Xml::default();
    write_list(&mut xml, &page.items);
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

macro_rules! tagged {
    ($row:ty, $tag:ident, $untag:ident, $list:ident, $load:path, $store:path) => {
        /// Sets tags.
        pub(super) async fn $tag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
            let mut row: $row = $load(call, transaction).await?;
            row.tags = given(call, &row.tags)?;
            $store(&row, call, transaction)?;
            Ok(Reply::Empty)
        }

        /// Removes tags.
        pub(super) async fn $untag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
            let mut row: $row = $load(call, transaction).await?;
            remove(call, &mut row.tags);
            $store(&row, call, transaction)?;
            Ok(Reply::Empty)
        }

        /// Lists tags.
        pub(super) async fn $list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
            let row: $row = $load(call, transaction).await?;
            listed(call, row.tags)
        }
    };
}

tagged!(UserRow, tag_user, untag_user, list_user, load_own, store);
tagged!(RoleRow, tag_role, untag_role, list_role, load_own, store);
tagged!(PolicyRow, tag_policy, untag_policy, list_policy, policy::load_own, policy::store);
