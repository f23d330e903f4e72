//! Private domain names, which accounts share: whether a VPC endpoint may be associated with one is said by its management
//! policy, too.
//!
//! Developer guide, "API provider: Share your private custom domain name using the API Gateway AWS CLI".

use serde_json::Value;
use stagegate_model::rest::DomainName;
use stagegate_policy::Policy;

use crate::call::Call;
use crate::domain::{access_association, sharing};
use crate::fault::Fault;
use crate::transaction::Transaction;

/// The private domain name that a call is about.
pub(super) struct Shared {
    /// The account that has it.
    pub(super) account: String,
    /// Its management policy.
    pub(super) policy: Option<Policy>,
}

/// Whether a call is about something of which another account may say who uses it. It is judged even where the caller may do
/// all there is in its own account.
pub(super) fn is_about_shared(call: &Call) -> bool {
    call.operation.name == "CreateDomainNameAccessAssociation"
}

/// The private domain name that such a call is about. One that is not there has no policy, so that nobody learns which other
/// accounts have.
pub(super) async fn of(call: &Call, transaction: &mut Transaction) -> Result<Option<Shared>, Fault> {
    if !is_about_shared(call) {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let arn = body["domainNameArn"].as_str().unwrap_or_default();
    let Some((scope, key)) = access_association::domain_key(arn, &call.scope.region) else { return Ok(None) };
    let domain: Option<DomainName> = transaction.get(&key.to_string()).await?;
    let policy = domain.as_ref().and_then(sharing::management_policy);
    Ok(Some(Shared { account: scope.account, policy }))
}
