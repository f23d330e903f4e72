//! `VpcLink`: a way into a private network, by its load balancer.

use serde_json::Value;
use stagegate_model::keys::AccountNoun;
use stagegate_model::rest::{Method, VpcLink, VpcLinkStatus};
use stagegate_store::BoxFuture;

use super::{rest_api, tags};
use crate::account_verbs::{Owned, admit, insert};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::document;

/// Characters of a link's id.
const ID_LENGTH: usize = 10;

/// AWS's page "Patch Operations", `UpdateVpcLink`.
pub(crate) const PATCH: &[PatchRow<VpcLink>] = &[
    row("/name", SET, |link, edit| {
        link.name = Some(edit.text()?);
        Ok(())
    }),
    row("/description", SET, |link, edit| {
        link.description = edit.optional_text();
        Ok(())
    }),
];

impl Owned for VpcLink {
    type Row = Self;
    const KIND: AccountNoun = AccountNoun::VpcLink;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn id(call: &Call) -> String {
        call.parameter("vpclink_id").to_owned()
    }

    fn missing(_call: &Call) -> Fault {
        Fault::not_found("Invalid Vpc Link identifier specified")
    }

    fn release<'c>(
        row: &'c Self,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(check_unused(&row.id, call, transaction))
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

/// `CreateVpcLink`. AWS takes minutes and answers `PENDING`; here nothing has to be built in between, so that whoever asks
/// again finds the link `AVAILABLE`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let name = input.required_text("name")?;
    let targets = input.texts("targetArns")?;
    if targets.is_none() {
        input.broken("null", "targetArns", "Member must not be null");
    }
    let description = input.text("description")?;
    let tags = tags::settle(input.text_map("tags")?)?;
    input.finish()?;
    if name.trim().is_empty() {
        return Err(Fault::bad_request("Invalid Vpc Link name specified. The name must not be empty."));
    }
    let targets = targets.unwrap_or_default();
    check_targets(&targets)?;
    let message = "Maximum number of VPC links for this account has been reached.";
    admit::<VpcLink>("rest_vpc_links_count", message, call, transaction).await?;
    let link = VpcLink {
        id: call.new_id(ID_LENGTH),
        name: Some(name),
        description,
        target_arns: Some(targets),
        status: Some(VpcLinkStatus::Available),
        status_message: Some("Your vpc link is ready for use".to_owned()),
        tags,
    };
    insert::<VpcLink>(&link.id.clone(), link.clone(), call, transaction)?;
    let pending = VpcLink { status: Some(VpcLinkStatus::Pending), status_message: None, ..link };
    Ok(Reply::Document(pending.show()?))
}

/// One network load balancer (API reference, `CreateVpcLink`).
fn check_targets(targets: &[String]) -> Result<(), Fault> {
    let [target] = targets else {
        return Err(Fault::bad_request("Exactly one target ARN must be specified for a Vpc Link."));
    };
    let parts: Vec<&str> = target.splitn(6, ':').collect();
    let is_balancer = matches!(parts[..], ["arn", _, "elasticloadbalancing", region, account, path]
        if !region.is_empty() && !account.is_empty() && path.starts_with("loadbalancer/"));
    if is_balancer { Ok(()) } else { Err(Fault::bad_request(format!("Invalid target ARN specified: {target}"))) }
}

/// A link that an integration goes through cannot be deleted.
async fn check_unused(id: &str, call: &Call, transaction: &Transaction) -> Result<(), Fault> {
    let (apis, _) = rest_api::read_page(&call.scope, transaction, None, usize::MAX).await?;
    for rest_api in apis {
        let api = call.scope.api(&rest_api.id);
        for (key, method) in transaction.list::<Method>(&api.methods_prefix()).await? {
            let connection = method.method_integration.as_ref().and_then(|one| one.connection_id.as_deref());
            if connection == Some(id) {
                let (resource, verb) = key.split_once('/').unwrap_or((&key, ""));
                return Err(Fault::bad_request(format!(
                    "Cannot delete vpc link. Vpc link '{id}', is referenced in [{verb}:{resource}:{}] in format of \
                     [Method:Resource:RestApi].",
                    rest_api.id
                )));
            }
        }
    }
    Ok(())
}
