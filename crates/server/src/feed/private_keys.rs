//! Private keys of certificates: opened for the data plane, and sealed when the server starts where they stand in clear
//! text, as earlier versions wrote them, or are sealed under a former key.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stagegate_control::{open_private_key, seal_private_key};
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{ClientCertificateRow, DomainCertificateRow, StoredPrivateKey};
use stagegate_seal::Sealer;
use stagegate_store::{Commit, Expect, Row, Store, StoreError, Write};

use super::load;
use super::resealing::is_current;

/// Rows sealed in one commit.
const BATCH: usize = 100;

/// A row with a private key.
pub(super) trait HasPrivateKey: Serialize + DeserializeOwned {
    /// Where it is.
    fn private_key(&mut self) -> &mut StoredPrivateKey;
}

impl HasPrivateKey for ClientCertificateRow {
    fn private_key(&mut self) -> &mut StoredPrivateKey {
        &mut self.private_key
    }
}

impl HasPrivateKey for DomainCertificateRow {
    fn private_key(&mut self) -> &mut StoredPrivateKey {
        &mut self.private_key
    }
}

/// The key in PEM; `None` if nobody can open it, which is logged.
pub(super) fn open(stored: &StoredPrivateKey, row: &Key, sealer: &Sealer) -> Option<String> {
    let opened = open_private_key(stored, row, sealer);
    if opened.is_none() {
        tracing::error!(key = %row, "no key of this server opens the private key of a certificate, which is not shown");
    }
    opened
}

/// Seals every private key under the current key that is not.
pub(super) async fn seal_all(store: &dyn Store, sealer: &Sealer) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for scope in load::account_scopes(store).await? {
        for row in load::list(store, scope.nouns_prefix(AccountNoun::ClientCertificate)).await? {
            rows.extend(sealed_anew::<ClientCertificateRow>(&row, sealer));
        }
        for row in load::list(store, scope.nouns_prefix(AccountNoun::DomainCertificate)).await? {
            rows.extend(sealed_anew::<DomainCertificateRow>(&row, sealer));
        }
    }
    for batch in rows.chunks(BATCH) {
        let mut commit = Commit::default();
        for (row, body) in batch {
            commit.expects.push(Expect::At(row.key.clone(), row.revision));
            commit.writes.push(Write::Put { key: row.key.clone(), body: body.clone() });
        }
        store.commit(commit).await?;
    }
    if !rows.is_empty() {
        tracing::info!(keys = rows.len(), "private keys of certificates were sealed under the current key");
    }
    Ok(())
}

/// A row and its body with the key sealed anew; `None` if it is sealed as it should be, or if nobody can open it, which is
/// logged.
fn sealed_anew<T: HasPrivateKey>(row: &Row, sealer: &Sealer) -> Option<(Row, Bytes)> {
    let mut document = load::decode::<T>(row)?;
    let stored = document.private_key();
    let text = stored.sealed_private_key.as_deref();
    if stored.private_key_pem.is_none() && text.is_some_and(|text| is_current(sealer, text)) {
        return None;
    }
    let key = Key::parse(&row.key)?;
    let pem = open(stored, &key, sealer)?;
    *stored = seal_private_key(&pem, &key, sealer);
    let body = serde_json::to_vec(&document).expect("what was read as JSON is written as JSON");
    Some((row.clone(), body.into()))
}
