//! Versions of managed policies: at most five, one of them in force.

use stagegate_model::iam::{PolicyRow, PolicyVersionRow};
use stagegate_model::rest::Timestamp;

use super::aws_managed::AwsManagedPolicy;
use super::document::check_managed;
use super::policy::{Found, find_own, load_own, store};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, date, document, fault, flag, page};
use crate::transaction::Transaction;

/// Versions that a policy may have (IAM quotas); AWS does not raise it.
const VERSIONS: usize = 5;

/// A version as answers show it.
struct Shown {
    number: u32,
    document: String,
    is_default: bool,
    create_date: Timestamp,
}

impl Shown {
    fn of(found: &Found) -> Vec<Self> {
        match found {
            Found::Own(row) => row.versions.iter().map(|version| Self::of_row(row, version)).collect(),
            Found::Aws(policy) => {
                let document = policy.document.to_owned();
                vec![Self { number: 1, document, is_default: true, create_date: AwsManagedPolicy::DATE }]
            }
        }
    }

    fn of_row(row: &PolicyRow, version: &PolicyVersionRow) -> Self {
        Self {
            number: version.number,
            document: version.document.clone(),
            is_default: version.number == row.default_version,
            create_date: version.create_date,
        }
    }

    fn write(&self, xml: &mut Xml, with_document: bool) {
        if with_document {
            xml.leaf("Document", &document(&self.document));
        }
        xml.leaf("VersionId", &format!("v{}", self.number));
        xml.leaf("IsDefaultVersion", if self.is_default { "true" } else { "false" });
        xml.leaf("CreateDate", &date(self.create_date));
    }
}

/// The version that a call names, as a number; one with a suffix is none of ours.
fn number(call: &Call) -> Option<u32> {
    call.field("VersionId")?.strip_prefix('v')?.parse().ok()
}

fn no_such_version(call: &Call) -> Fault {
    let (arn, version) = (call.field("PolicyArn").unwrap_or_default(), call.field("VersionId").unwrap_or_default());
    let message = format!("Policy {arn} version {version} does not exist or is not attachable.");
    fault(QueryFault::NoSuchEntity, message)
}

/// `CreatePolicyVersion`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let document = call.field("PolicyDocument").unwrap_or_default();
    let mut row = load_own(call, transaction).await?;
    check_managed(call, document)?;
    if row.versions.len() >= VERSIONS {
        let message = format!(
            "A managed policy can have up to {VERSIONS} versions. Before you create a new version, you must delete an \
             existing version."
        );
        return Err(fault(QueryFault::LimitExceeded, message));
    }
    let now = call.now();
    row.last_version += 1;
    let made = PolicyVersionRow { number: row.last_version, document: document.to_owned(), create_date: now };
    if flag(call, "SetAsDefault") {
        row.default_version = made.number;
    }
    row.update_date = now;
    let mut xml = Xml::default();
    xml.node("PolicyVersion", |version| Shown::of_row(&row, &made).write(version, false));
    row.versions.push(made);
    store(&row, call, transaction)?;
    Ok(Reply::Result(xml))
}

/// `GetPolicyVersion`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let versions = Shown::of(&find_own(call, transaction).await?);
    let number = number(call);
    let found = versions.iter().find(|version| Some(version.number) == number);
    let found = found.ok_or_else(|| no_such_version(call))?;
    let mut xml = Xml::default();
    xml.node("PolicyVersion", |version| found.write(version, true));
    Ok(Reply::Result(xml))
}

/// `ListPolicyVersions`, the newest first.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut versions = Shown::of(&find_own(call, transaction).await?);
    versions.reverse();
    // Pages go upwards by name, and versions downwards by number.
    let page = page(call, versions, |version| format!("{:010}", u32::MAX - version.number))?;
    let mut xml = Xml::default();
    xml.list("Versions", &page.items, |member, version| version.write(member, false));
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// `SetDefaultPolicyVersion`.
pub(super) async fn set_default(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row = load_own(call, transaction).await?;
    let number = number(call);
    let found = row.versions.iter().find(|version| Some(version.number) == number);
    row.default_version = found.ok_or_else(|| no_such_version(call))?.number;
    row.update_date = call.now();
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `DeletePolicyVersion`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row = load_own(call, transaction).await?;
    let number = number(call);
    let place = row.versions.iter().position(|version| Some(version.number) == number);
    let place = place.ok_or_else(|| no_such_version(call))?;
    if row.versions[place].number == row.default_version {
        return Err(fault(QueryFault::DeleteConflict, "Cannot delete the default version of a policy."));
    }
    row.versions.remove(place);
    row.update_date = call.now();
    store(&row, call, transaction)?;
    Ok(Reply::Empty)
}
