//! `PublishVersion` and `ListVersionsByFunction`.

use stagegate_model::lambda::{FunctionRow, FunctionVersion, LATEST, function_arn};

use super::answer::shown;
use super::configuration::check_description;
use super::fault::invalid;
use super::name::Named;
use super::{page, row};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// Publishes `$LATEST`, unless the last published version is the same.
pub(super) fn add(row: &mut FunctionRow, description: Option<String>, call: &Call) -> FunctionVersion {
    let mut version = row.latest.clone();
    let number = (row.published_count + 1).to_string();
    let configuration = &mut version.configuration;
    configuration.function_arn = function_arn(&call.scope, &configuration.function_name, Some(&number));
    configuration.version = number;
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        configuration.description = description;
    }
    configuration.revision_id = row::new_revision(call);
    if let Some(last) = row.versions.last().filter(|last| is_same(last, &version)) {
        return last.clone();
    }
    row.published_count += 1;
    row.versions.push(version.clone());
    version
}

/// Whether two versions run the same, in the same way.
fn is_same(one: &FunctionVersion, other: &FunctionVersion) -> bool {
    let plain = |version: &FunctionVersion| {
        let mut plain = version.clone();
        let configuration = &mut plain.configuration;
        for member in [
            &mut configuration.function_arn,
            &mut configuration.version,
            &mut configuration.revision_id,
            &mut configuration.last_modified,
            &mut configuration.description,
        ] {
            member.clear();
        }
        plain
    };
    plain(one) == plain(other)
}

/// Text by which versions are sorted: `$LATEST` first, then by number.
pub(super) fn sort_key(version: &str) -> String {
    if version == LATEST { String::new() } else { format!("{version:0>20}") }
}

/// `PublishVersion`.
pub(super) async fn publish(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut input = Input::of(call)?;
    let sha256 = input.text("CodeSha256")?.filter(|text| !text.is_empty());
    let description = input.text("Description")?.map(check_description).transpose()?;
    let revision = input.text("RevisionId")?;
    if input.text("PublishTo")?.is_some() {
        return Err(invalid("PublishTo is not served by this version of Stagegate"));
    }
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    row::check_revision(revision.as_deref(), &row.latest.configuration.revision_id)?;
    let current = &row.latest.configuration.code_sha256;
    if let Some(asked) = sha256.filter(|asked| asked != current) {
        return Err(invalid(format!(
            "CodeSHA256 ({asked}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the \
             CodeSHA256 in $LATEST."
        )));
    }
    let version = add(&mut row, description, call);
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(shown(&version)?))
}

/// `ListVersionsByFunction`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row = row::load(&Named::of(call)?, call, transaction).await?;
    let mut items = Vec::new();
    for version in row.all_versions() {
        items.push((format!("v{}", sort_key(&version.configuration.version)), shown(version)?));
    }
    Ok(Reply::Document(page::page(call, "Versions", items)?))
}
