//! A function's code: read, tried out, stored; `UpdateFunctionCode`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use stagegate_model::lambda::{FunctionRow, FunctionVersion};

use super::answer::{now, shown};
use super::fault::{constraint, invalid};
use super::name::Named;
use super::port::Candidate;
use super::{row, version};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// Code that a call gives.
pub(super) struct Given {
    /// The zip archive.
    pub(super) archive: Bytes,
    /// Lower-case hexadecimal SHA-256.
    hash: String,
    /// The same in base64.
    sha256: String,
}

impl Given {
    /// Reads `ZipFile`, and refuses the other places that code can be in.
    pub(super) fn read(input: &mut Input) -> Result<Self, Fault> {
        for member in ["S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode", "SourceKMSKeyArn", "ImageUri"] {
            if input.text(member)?.is_some() {
                let message = format!("{member} is not served by this version of Stagegate: give the code as ZipFile");
                return Err(invalid(message));
            }
        }
        let text = input.text("ZipFile")?.filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| invalid("Please provide a source for function code."))?;
        let archive = STANDARD.decode(&text).map_err(|_| constraint("…", "zipFile", "Member must be base64"))?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &archive);
        let hash = stagegate_sigv4::sha256_hex(&archive);
        Ok(Self { archive: archive.into(), hash, sha256: STANDARD.encode(digest.as_ref()) })
    }

    /// Writes what is known of the code into a version.
    pub(super) fn apply(&self, version: &mut FunctionVersion) {
        version.configuration.code_size = self.archive.len() as u64;
        version.configuration.code_sha256.clone_from(&self.sha256);
        version.code.clone_from(&self.hash);
    }

    /// Stores the archive.
    pub(super) fn store(self, transaction: &mut Transaction) {
        transaction.put_blob(self.hash, self.archive);
    }
}

/// Tries whether the version `$LATEST` of a function could run.
pub(super) async fn try_out(row: &FunctionRow, archive: Bytes, call: &Call) -> Result<(), Fault> {
    let candidate = Candidate {
        scope: call.scope.clone(),
        configuration: row.latest.configuration.clone(),
        archive,
        reserved_concurrency: row.reserved_concurrency,
    };
    call.world.functions.check(candidate).await.map_err(invalid)
}

/// The architectures of a call. The code runs on this machine whatever they say.
pub(super) fn architectures(input: &mut Input) -> Result<Option<Vec<String>>, Fault> {
    let Some(given) = input.texts("Architectures")? else { return Ok(None) };
    let is_one = matches!(&given[..], [one] if one == "x86_64" || one == "arm64");
    let rule = "Member must have length 1 and satisfy enum value set: [x86_64, arm64]";
    if is_one { Ok(Some(given)) } else { Err(constraint(&format!("{given:?}"), "architectures", rule)) }
}

/// `UpdateFunctionCode`.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut input = Input::of(call)?;
    let given = Given::read(&mut input)?;
    let architectures = architectures(&mut input)?;
    let publish = input.flag("Publish")?.unwrap_or_default();
    let is_dry = input.flag("DryRun")?.unwrap_or_default();
    let revision = input.text("RevisionId")?;
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    row::check_revision(revision.as_deref(), &row.latest.configuration.revision_id)?;
    let before = row.latest.clone();
    given.apply(&mut row.latest);
    if let Some(architectures) = architectures {
        row.latest.configuration.architectures = architectures;
    }
    try_out(&row, given.archive.clone(), call).await?;
    row.latest.configuration.last_modified = now(call);
    row.latest.configuration.revision_id = row::new_revision(call);
    if is_dry {
        return Ok(Reply::Document(shown(&row.latest)?));
    }
    given.store(transaction);
    let answer = if publish { version::add(&mut row, None, call) } else { row.latest.clone() };
    row::store(&row, call, transaction)?;
    row::let_go(std::iter::once(&before), transaction);
    Ok(Reply::Document(shown(&answer)?))
}
