//! `GetCallerIdentity`: who signs. It needs no leave.

use stagegate_plan::identity::PrincipalKind;

use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::Xml;
use crate::transaction::Transaction;

/// `GetCallerIdentity`.
pub(super) async fn identity(call: &Call, _transaction: &mut Transaction) -> Result<Reply, Fault> {
    let caller = call.caller.as_ref();
    let mut xml = Xml::default();
    xml.leaf("Arn", &caller.arn);
    xml.leaf("UserId", if caller.kind == PrincipalKind::Root { &caller.account } else { &caller.user_id });
    xml.leaf("Account", &caller.account);
    Ok(Reply::Result(xml))
}
