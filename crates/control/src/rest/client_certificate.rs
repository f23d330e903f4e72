//! `ClientCertificate`: a self-signed certificate and its key, which stages show to HTTP back ends.

use serde_json::Value;
use stagegate_model::keys::{AccountNoun, Key, is_segment};
use stagegate_model::rest::{ClientCertificate, ClientCertificateRow, Stage, Timestamp};
use stagegate_store::BoxFuture;

use super::certificate::{self, SelfSigned};
use super::{rest_api, tags};
use crate::account_verbs::{Owned, admit, insert};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{PatchRow, SET, row};
use crate::private_key::seal_private_key;
use crate::transaction::Transaction;
use crate::verbs::{Holds, document, row_at};

/// Characters of a certificate's id.
const ID_LENGTH: usize = 6;

/// AWS's page "Patch Operations", `UpdateClientCertificate`.
pub(crate) const PATCH: &[PatchRow<ClientCertificate>] = &[row("/description", SET, |certificate, edit| {
    certificate.description = edit.optional_text();
    Ok(())
})];

impl Holds<ClientCertificate> for ClientCertificateRow {
    fn noun(&mut self, _call: &Call) -> Result<&mut ClientCertificate, Fault> {
        Ok(&mut self.certificate)
    }
}

impl Owned for ClientCertificate {
    type Row = ClientCertificateRow;
    const KIND: AccountNoun = AccountNoun::ClientCertificate;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn id(call: &Call) -> String {
        call.parameter("clientcertificate_id").to_owned()
    }

    fn missing(_call: &Call) -> Fault {
        missing()
    }

    fn release<'c>(
        row: &'c ClientCertificateRow,
        call: &'c Call,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(check_unused(&row.certificate.client_certificate_id, call, transaction))
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

fn missing() -> Fault {
    Fault::not_found("Invalid Client Certificate identifier specified")
}

/// `GenerateClientCertificate`.
pub(crate) async fn generate(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let description = input.text("description")?;
    let tags = tags::settle(input.text_map("tags")?)?;
    input.finish()?;
    let message = "Maximum number of client certificates for this account has been reached.";
    admit::<ClientCertificate>("rest_client_certificates_count", message, call, transaction).await?;
    let now = call.now();
    // An RSA key takes long enough to hold up other calls of the same thread.
    let made = tokio::task::spawn_blocking(move || certificate::self_signed(now.epoch_seconds()));
    let SelfSigned { certificate_pem, private_key_pem, expires_epoch_seconds } =
        made.await.map_err(|error| Fault::internal(error.to_string()))?.map_err(Fault::internal)?;
    let certificate = ClientCertificate {
        client_certificate_id: call.new_id(ID_LENGTH),
        description,
        pem_encoded_certificate: Some(certificate_pem),
        created_date: Some(now),
        expiration_date: Some(Timestamp::from_epoch_seconds(expires_epoch_seconds)),
        tags,
    };
    let id = certificate.client_certificate_id.clone();
    let row = call.scope.noun(AccountNoun::ClientCertificate, &id);
    let private_key = seal_private_key(&private_key_pem, &row, &call.world.sealer);
    insert::<ClientCertificate>(&id, ClientCertificateRow { certificate, private_key }, call, transaction)
}

/// A certificate that a stage shows cannot be deleted.
async fn check_unused(id: &str, call: &Call, transaction: &Transaction) -> Result<(), Fault> {
    let (apis, _) = rest_api::read_page(&call.scope, transaction, None, usize::MAX).await?;
    for rest_api in apis {
        let stages = transaction.list::<Stage>(&call.scope.api(&rest_api.id).stages_prefix()).await?;
        if let Some((name, _)) = stages.iter().find(|(_, stage)| stage.client_certificate_id.as_deref() == Some(id)) {
            return Err(Fault::bad_request(format!(
                "Cannot delete client certificate '{id}', is referenced in stage: {}/{name}",
                rest_api.id
            )));
        }
    }
    Ok(())
}

/// A stage can only be given a certificate there is. Its row is written again, unchanged: whoever deletes it at the same
/// time looks for stages by a list, and must look again.
pub(crate) async fn check_stage(
    before: &Stage,
    stage: &Stage,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let old = before.client_certificate_id.as_ref();
    let Some(id) = stage.client_certificate_id.as_ref().filter(|id| Some(*id) != old) else { return Ok(()) };
    let (key, row) = found(id, call, transaction).await?;
    transaction.put(&key.to_string(), &row)
}

/// Refuses the id of a certificate that is not there.
pub(crate) async fn must_exist(id: &str, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    found(id, call, transaction).await.map(drop)
}

async fn found(id: &str, call: &Call, transaction: &mut Transaction) -> Result<(Key, ClientCertificateRow), Fault> {
    if !is_segment(id) {
        return Err(missing());
    }
    row_at(transaction, call.scope.noun(AccountNoun::ClientCertificate, id), missing).await
}
