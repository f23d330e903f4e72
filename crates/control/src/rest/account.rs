//! `Account`: what holds for every API of an account in a region. There is always one.

use stagegate_model::keys::Key;
use stagegate_model::rest::{Account, ThrottleSettings};

use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::patch::{self, ITEM, PatchRow, SET, row};
use crate::quotas::Quotas;
use crate::transaction::Transaction;
use crate::verbs::document;

/// The version of API keys that AWS reports.
const API_KEY_VERSION: &str = "4";
/// The only feature there is.
const USAGE_PLANS: &str = "UsagePlans";

/// AWS's page "Patch Operations", `UpdateAccount`.
pub(crate) const PATCH: &[PatchRow<Account>] = &[
    row("/cloudwatchRoleArn", SET, |account, edit| {
        let arn = edit.optional_text();
        if arn.as_ref().is_some_and(|arn| !arn.starts_with("arn:") || !arn.contains(":iam::")) {
            return Err(Fault::bad_request("Invalid ARN specified in the request"));
        }
        account.cloudwatch_role_arn = arn;
        Ok(())
    }),
    row("/features", ITEM, |account, edit| {
        let feature = edit.text()?;
        if feature != USAGE_PLANS {
            return Err(edit.invalid(&feature, USAGE_PLANS));
        }
        if edit.removes() {
            return Err(Fault::bad_request("The feature UsagePlans cannot be removed"));
        }
        edit.member(&mut account.features, feature)
    }),
];

/// The stored account, or the one that AWS gives everybody (fact section 1.16 has the limits).
async fn load(call: &Call, transaction: &mut Transaction) -> Result<(Key, Account), Fault> {
    let key = Key::Account(call.scope.clone());
    let stored: Option<Account> = transaction.get(&key.to_string()).await?;
    let fresh = || Account { features: Some(vec![USAGE_PLANS.to_owned()]), ..Account::default() };
    Ok((key, stored.unwrap_or_else(fresh)))
}

/// The account as AWS shows it: limits and key version are not settings of the account's owner.
fn show(account: Account, quotas: &Quotas) -> Result<Reply, Fault> {
    let burst = i32::try_from(quotas.reported("account_burst_count")).unwrap_or(i32::MAX);
    let rate = u32::try_from(quotas.reported("account_rate_per_second")).unwrap_or(u32::MAX);
    let limits = ThrottleSettings { burst_limit: Some(burst), rate_limit: Some(f64::from(rate)) };
    let api_key_version = Some(API_KEY_VERSION.to_owned());
    let shown = Account { throttle_settings: Some(limits), api_key_version, ..account };
    Ok(Reply::Document(document(&shown)?))
}

/// `GetAccount`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, account) = load(call, transaction).await?;
    show(account, &call.world.quotas)
}

/// `UpdateAccount`.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let operations = patch::operations(call)?;
    let (key, mut account) = load(call, transaction).await?;
    patch::apply(PATCH, &mut account, &operations, |_| None)?;
    transaction.put(&key.to_string(), &account)?;
    show(account, &call.world.quotas)
}
