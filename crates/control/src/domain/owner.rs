//! Which account has a public domain name: requests say no account, so that a name belongs to one account alone.
//!
//! Developer guide, "Wildcard custom domain names": a wildcard and the names that it covers belong to one account, too.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stagegate_model::keys::{DOMAIN_OWNERS_PREFIX, Key};

use crate::call::Call;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// The owner of a name, and where it has the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    account: String,
    regions: BTreeSet<String>,
}

fn key(name: &str) -> String {
    Key::DomainOwner(name.to_owned()).to_string()
}

/// Takes a name for the account of the call, unless another account has it, or a name that conflicts with it.
pub(super) async fn claim(name: &str, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    let account = &call.scope.account;
    let is_strangers = |owner: &Owner| owner.account != *account;
    let taken = || Fault::bad_request("The domain name you provided already exists.");
    let own: Option<Owner> = transaction.get(&key(name)).await?;
    if own.as_ref().is_some_and(is_strangers) {
        return Err(taken());
    }
    if let Some(parent) = name.strip_prefix("*.") {
        let all = transaction.list::<Owner>(DOMAIN_OWNERS_PREFIX).await?;
        let is_covered = |covered: &str| covered.split_once('.').is_some_and(|(_, rest)| rest == parent);
        if all.iter().any(|(covered, owner)| is_covered(covered) && is_strangers(owner)) {
            return Err(taken());
        }
    } else if let Some((_, parent)) = name.split_once('.') {
        let wildcard: Option<Owner> = transaction.get(&key(&format!("*.{parent}"))).await?;
        if wildcard.as_ref().is_some_and(is_strangers) {
            return Err(taken());
        }
    }
    let mut owner = own.unwrap_or_else(|| Owner { account: account.clone(), regions: BTreeSet::new() });
    owner.regions.insert(call.scope.region.clone());
    transaction.put(&key(name), &owner)
}

/// Gives a name back where the call's region was the last that has it.
pub(super) async fn release(name: &str, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    let Some(mut owner) = transaction.get::<Owner>(&key(name)).await? else { return Ok(()) };
    owner.regions.remove(&call.scope.region);
    if owner.regions.is_empty() {
        transaction.delete(&key(name));
        return Ok(());
    }
    transaction.put(&key(name), &owner)
}
