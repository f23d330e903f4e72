//! Access keys of users. A secret is shown once, when it is made, and kept sealed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stagegate_model::iam::{AccessKeyRow, AccessKeyStatus, AccessKeyUse, UserRow};
use stagegate_model::keys::IamNoun;

use super::entity::{access_key_context, key, load, store, user_name};
use super::ids::{new_access_key_id, new_secret};
use super::last_used::use_row;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, date, fault, page};
use crate::transaction::Transaction;

/// Access keys that a user may have (IAM quotas); AWS does not raise it.
const KEYS_PER_USER: usize = 2;

/// The key of the row that says who has an access key.
pub(super) fn key_row(account: &str, id: &str) -> String {
    key(account, IamNoun::AccessKey, id)
}

async fn user(call: &Call, transaction: &mut Transaction) -> Result<UserRow, Fault> {
    load(&call.scope.account, user_name(call)?, transaction).await
}

/// `CreateAccessKey`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row = user(call, transaction).await?;
    if row.access_keys.len() >= KEYS_PER_USER {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}");
        return Err(fault(QueryFault::LimitExceeded, message));
    }
    let (id, secret) = (new_access_key_id(call, "AKIA"), new_secret(call));
    let sealed = call.world.sealer.seal(&access_key_context(&id), secret.as_bytes());
    let made = AccessKeyRow {
        id: id.clone(),
        status: AccessKeyStatus::Active,
        create_date: call.now(),
        sealed_secret: STANDARD.encode(sealed),
    };
    let mut xml = Xml::default();
    xml.node("AccessKey", |access_key| {
        access_key.leaf("UserName", &row.name);
        access_key.leaf("AccessKeyId", &id);
        access_key.leaf("Status", made.status.as_str());
        access_key.leaf("SecretAccessKey", &secret);
        access_key.leaf("CreateDate", &date(made.create_date));
    });
    row.access_keys.push(made);
    transaction.put(&key_row(&call.scope.account, &id), &row.name)?;
    store(&row, call, transaction)?;
    Ok(Reply::Result(xml))
}

/// `ListAccessKeys`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row = user(call, transaction).await?;
    let mut keys = row.access_keys;
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    let page = page(call, keys, |one| one.id.clone())?;
    let mut xml = Xml::default();
    xml.list("AccessKeyMetadata", &page.items, |metadata, one| {
        metadata.leaf("UserName", &row.name);
        metadata.leaf("AccessKeyId", &one.id);
        metadata.leaf("Status", one.status.as_str());
        metadata.leaf("CreateDate", &date(one.create_date));
    });
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// The user of a call with one of its keys, by the key's place.
async fn with_key(call: &Call, transaction: &mut Transaction) -> Result<(UserRow, usize), Fault> {
    let row = user(call, transaction).await?;
    let id = call.field("AccessKeyId").unwrap_or_default();
    let place = row.access_keys.iter().position(|one| one.id == id).ok_or_else(|| no_such_key(id))?;
    Ok((row, place))
}

fn no_such_key(id: &str) -> Fault {
    fault(QueryFault::NoSuchEntity, format!("The Access Key with id {id} cannot be found."))
}

/// `UpdateAccessKey`.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let status = call.field("Status").unwrap_or_default();
    let status = status.parse::<AccessKeyStatus>().map_err(|_| {
        // The model has `Expired`, which nobody may set.
        fault(QueryFault::InvalidInput, format!("The status {status} cannot be set."))
    })?;
    let (mut row, place) = with_key(call, transaction).await?;
    row.access_keys[place].status = status;
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `DeleteAccessKey`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (mut row, place) = with_key(call, transaction).await?;
    let gone = row.access_keys.remove(place);
    transaction.delete(&key_row(&call.scope.account, &gone.id));
    transaction.delete(&use_row(&call.scope.account, &gone.id));
    store(&row, call, transaction)?;
    call.world.last_used.forget(&gone.id);
    Ok(Reply::Empty)
}

/// `GetAccessKeyLastUsed`.
pub(super) async fn last_used(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let id = call.field("AccessKeyId").unwrap_or_default();
    let holder: Option<String> = transaction.get(&key_row(&call.scope.account, id)).await?;
    let holder = holder.ok_or_else(|| no_such_key(id))?;
    let used: Option<AccessKeyUse> = match call.world.last_used.of(id) {
        Some(used) => Some(used),
        None => transaction.get(&use_row(&call.scope.account, id)).await?,
    };
    let mut xml = Xml::default();
    xml.leaf("UserName", &holder);
    xml.node("AccessKeyLastUsed", |last| {
        if let Some(used) = &used {
            last.leaf("LastUsedDate", &date(stagegate_model::rest::Timestamp::from_epoch_seconds(used.at_s)));
        }
        last.leaf("ServiceName", used.as_ref().map_or("N/A", |used| &used.service));
        last.leaf("Region", used.as_ref().map_or("N/A", |used| &used.region));
    });
    Ok(Reply::Result(xml))
}
