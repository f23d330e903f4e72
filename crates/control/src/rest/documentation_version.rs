//! `DocumentationVersion`: the documentation of an API as it was at one moment, for stages to publish.

use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope, Key, segment_of};
use stagegate_model::rest::{DocumentationVersion, DocumentationVersionRow, Stage};
use stagegate_store::BoxFuture;

use super::documentation_part;
use crate::call::Call;
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Holds, Listed, Loading, Noun, document, row_at};

/// Characters of the longest version.
const MOST_CHARS: usize = 64;

/// AWS's page "Patch Operations", `UpdateDocumentationVersion`.
pub(crate) const PATCH: &[PatchRow<DocumentationVersion>] = &[row("/description", SET, |version, edit| {
    version.description = edit.optional_text();
    Ok(())
})];

fn missing() -> Fault {
    Fault::not_found("Invalid Documentation version specified")
}

fn key_of(api: &ApiScope, version: &str) -> Key {
    api.noun(ApiNoun::DocumentationVersion, &segment_of(version))
}

impl Holds<DocumentationVersion> for DocumentationVersionRow {
    fn noun(&mut self, _call: &Call) -> Result<&mut DocumentationVersion, Fault> {
        Ok(&mut self.version)
    }
}

impl Noun for DocumentationVersion {
    type Row = DocumentationVersionRow;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self::Row> {
        Box::pin(row_at(transaction, key_of(api, call.parameter("doc_version")), missing))
    }

    /// Stages that publish the version publish none afterwards.
    fn release<'c>(
        row: &'c Self::Row,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            for (name, mut stage) in transaction.list::<Stage>(&api.stages_prefix()).await? {
                if stage.documentation_version.as_ref() == Some(&row.version.version) {
                    stage.documentation_version = None;
                    transaction.put(&api.stage(&name).to_string(), &stage)?;
                }
            }
            Ok(())
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Create for DocumentationVersion {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self::Row> {
        Box::pin(async move {
            let mut input = Input::of(call)?;
            let version = input.required_text("documentationVersion")?;
            let stage_name = input.text("stageName")?.filter(|name| !name.is_empty());
            let description = input.text("description")?;
            input.finish()?;
            if !(1..=MOST_CHARS).contains(&version.chars().count()) {
                return Err(Fault::bad_request("Invalid Documentation version specified"));
            }
            let key = key_of(api, &version);
            if transaction.exists(&key.to_string()).await? {
                return Err(Fault::conflict("Documentation version already exists"));
            }
            if let Some(name) = stage_name {
                publish(&version, &name, call, api, transaction).await?;
            }
            let parts = documentation_part::all(api, transaction).await?;
            let version = Self { version, created_date: Some(call.now()), description };
            Ok((key, DocumentationVersionRow { version, parts }))
        })
    }
}

impl Listed for DocumentationVersion {
    fn prefix(api: &ApiScope) -> String {
        api.nouns_prefix(ApiNoun::DocumentationVersion)
    }

    fn item(row: &Self::Row) -> Result<Value, Fault> {
        row.version.show()
    }
}

async fn publish(
    version: &str,
    stage_name: &str,
    call: &Call,
    api: &ApiScope,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let absent = || Fault::not_found("Invalid stage identifier specified");
    let (key, mut stage) = row_at::<Stage>(transaction, api.stage(stage_name), absent).await?;
    stage.documentation_version = Some(version.to_owned());
    stage.last_updated_date = Some(call.now());
    transaction.put(&key.to_string(), &stage)
}

/// The version that a stage publishes must exist, and stay while this transaction lasts.
pub(crate) async fn check(stage: &Stage, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    match &stage.documentation_version {
        Some(version) if !transaction.exists(&key_of(api, version).to_string()).await? => Err(missing()),
        _ => Ok(()),
    }
}
