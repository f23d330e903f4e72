//! Managed policies: those of an account, and AWS's own, which nobody changes.

use stagegate_model::iam::{PolicyRow, PolicyVersionRow, iam_arn};
use stagegate_model::keys::{IamKey, IamNoun};

use super::attachment::of_policy;
use super::aws_managed::{AwsManagedPolicy, aws_managed, aws_managed_policies};
use super::document::check_managed;
use super::entity::{admit_count, key};
use super::ids::new_id;
use super::tag;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::query::{QueryFault, Xml, date, fault, flag, page};
use crate::transaction::Transaction;

/// Whether a text has the form of a managed policy's ARN.
pub(super) fn is_arn(text: &str) -> bool {
    let Some((account, rest)) = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let is_account = account == "aws" || (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()));
    let name = rest.strip_prefix("policy/").and_then(|path| path.rsplit('/').next());
    is_account && name.is_some_and(|name| !name.is_empty() && name.len() <= 128)
}

/// The name at the end of a policy's ARN.
pub(super) fn name_of_arn(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

pub(super) fn arn_of(row: &PolicyRow, account: &str) -> String {
    iam_arn(account, "policy", &row.path, &row.name)
}

fn arn_of_call(call: &Call) -> Result<&str, Fault> {
    let arn = call.field("PolicyArn").unwrap_or_default();
    if is_arn(arn) { Ok(arn) } else { Err(fault(QueryFault::InvalidInput, format!("ARN {arn} is not valid."))) }
}

fn no_such_policy(arn: &str) -> Fault {
    fault(QueryFault::NoSuchEntity, format!("Policy {arn} was not found."))
}

/// A managed policy of the account or of AWS's.
pub(super) enum Found {
    /// The account's own.
    Own(Box<PolicyRow>),
    /// AWS's.
    Aws(&'static AwsManagedPolicy),
}

/// The policy of an ARN; none if there is no such policy, or it is another account's.
async fn find(account: &str, arn: &str, transaction: &mut Transaction) -> Result<Option<Found>, Fault> {
    if let Some(found) = aws_managed(arn) {
        return Ok(Some(Found::Aws(found)));
    }
    if !arn.starts_with(&format!("arn:aws:iam::{account}:policy/")) {
        return Ok(None);
    }
    let row: Option<PolicyRow> = transaction.get(&key(account, IamNoun::Policy, name_of_arn(arn))).await?;
    Ok(row.filter(|row| arn_of(row, account) == arn).map(|row| Found::Own(Box::new(row))))
}

/// The policy that a call is about.
pub(super) async fn find_own(call: &Call, transaction: &mut Transaction) -> Result<Found, Fault> {
    let arn = arn_of_call(call)?;
    find(&call.scope.account, arn, transaction).await?.ok_or_else(|| no_such_policy(arn))
}

/// The policy that a call changes: none of AWS's.
pub(super) async fn load_own(call: &Call, transaction: &mut Transaction) -> Result<PolicyRow, Fault> {
    match find_own(call, transaction).await? {
        Found::Own(row) => Ok(*row),
        Found::Aws(policy) => {
            let message = format!("{} is managed by AWS and cannot be changed", policy.arn);
            Err(fault(QueryFault::InvalidInput, message))
        }
    }
}

/// Writes the row of a policy.
pub(super) fn store(row: &PolicyRow, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    transaction.put(&key(&call.scope.account, IamNoun::Policy, &row.name), row)
}

/// Refuses an ARN that nothing can be attached by.
pub(super) async fn must_be_there(call: &Call, arn: &str, transaction: &mut Transaction) -> Result<(), Fault> {
    if find(&call.scope.account, arn, transaction).await?.is_some() {
        return Ok(());
    }
    let message = format!("Policy {arn} does not exist or is not attachable.");
    Err(fault(QueryFault::NoSuchEntity, message))
}

/// The document in force of a managed policy that an account can use.
pub(crate) async fn document_of(
    account: &str,
    arn: &str,
    transaction: &mut Transaction,
) -> Result<Option<String>, Fault> {
    Ok(find(account, arn, transaction).await?.map(|found| match found {
        Found::Own(row) => row.document().to_owned(),
        Found::Aws(policy) => policy.document.to_owned(),
    }))
}

/// `CreatePolicy`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (name, now) = (call.field("PolicyName").unwrap_or_default(), call.now());
    let document = call.field("PolicyDocument").unwrap_or_default();
    check_managed(call, document)?;
    if transaction.exists(&key(&call.scope.account, IamNoun::Policy, name)).await? {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(fault(QueryFault::EntityAlreadyExists, message));
    }
    admit_count(call, "iam_policies_count", "Policies", IamNoun::Policy, transaction).await?;
    let row = PolicyRow {
        name: name.to_owned(),
        path: call.field("Path").unwrap_or("/").to_owned(),
        id: new_id(call, "ANPA"),
        description: call.field("Description").map(str::to_owned),
        create_date: now,
        update_date: now,
        versions: vec![PolicyVersionRow { number: 1, document: document.to_owned(), create_date: now }],
        default_version: 1,
        last_version: 1,
        tags: tag::given(call, &[])?,
    };
    store(&row, call, transaction)?;
    answer(&Found::Own(Box::new(row)), true, call, transaction).await
}

/// `GetPolicy`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let found = find_own(call, transaction).await?;
    answer(&found, true, call, transaction).await
}

async fn answer(found: &Found, whole: bool, call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let used = of_policy(call, &arn(found, call), transaction).await?;
    let mut xml = Xml::default();
    xml.node("Policy", |policy| {
        write(policy, found, (used.attached(), used.boundaries()), call);
        if let (Found::Own(row), true) = (found, whole) {
            policy.leaf_if("Description", row.description.as_deref());
            tag::write(policy, &row.tags);
        }
    });
    Ok(Reply::Result(xml))
}

fn arn(found: &Found, call: &Call) -> String {
    match found {
        Found::Own(row) => arn_of(row, &call.scope.account),
        Found::Aws(policy) => policy.arn.to_owned(),
    }
}

/// The members that lists have, too.
fn write(xml: &mut Xml, found: &Found, (attached, boundaries): (usize, usize), call: &Call) {
    let (name, id, path, version, dates) = match found {
        Found::Own(row) => {
            let version = format!("v{}", row.default_version);
            (row.name.as_str(), row.id.clone(), row.path.clone(), version, [row.create_date, row.update_date])
        }
        Found::Aws(policy) => (policy.name(), policy.id(), policy.path(), "v1".to_owned(), [AwsManagedPolicy::DATE; 2]),
    };
    xml.leaf("PolicyName", name);
    xml.leaf("PolicyId", &id);
    xml.leaf("Arn", &arn(found, call));
    xml.leaf("Path", &path);
    xml.leaf("DefaultVersionId", &version);
    xml.leaf("AttachmentCount", &attached.to_string());
    xml.leaf("PermissionsBoundaryUsageCount", &boundaries.to_string());
    xml.leaf("IsAttachable", "true");
    xml.leaf("CreateDate", &date(dates[0]));
    xml.leaf("UpdateDate", &date(dates[1]));
}

/// `ListPolicies`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let scope = call.field("Scope").unwrap_or("All");
    let mut all: Vec<Found> = Vec::new();
    if scope != "AWS" {
        let rows = transaction.list(&IamKey::prefix(&call.scope.account, IamNoun::Policy)).await?;
        all.extend(rows.into_iter().map(|(_, row)| Found::Own(Box::new(row))));
    }
    if scope != "Local" {
        all.extend(aws_managed_policies().iter().map(Found::Aws));
    }
    let path = call.field("PathPrefix").unwrap_or("/");
    all.retain(|found| match found {
        Found::Own(row) => row.path.starts_with(path),
        Found::Aws(policy) => policy.path().starts_with(path),
    });
    let mut shown = Vec::new();
    for found in all {
        let used = of_policy(call, &arn(&found, call), transaction).await?;
        let count = match call.field("PolicyUsageFilter") {
            Some("PermissionsBoundary") => used.boundaries(),
            Some(_) => used.attached(),
            None => used.attached() + used.boundaries(),
        };
        let is_filtered = flag(call, "OnlyAttached") || call.field("PolicyUsageFilter").is_some();
        if count > 0 || !is_filtered {
            shown.push((arn(&found, call), found, (used.attached(), used.boundaries())));
        }
    }
    shown.sort_by(|one, other| one.0.cmp(&other.0));
    let page = page(call, shown, |(arn, ..)| arn.clone())?;
    let mut xml = Xml::default();
    xml.list("Policies", &page.items, |policy, (_, found, used)| write(policy, found, *used, call));
    page.end(&mut xml);
    Ok(Reply::Result(xml))
}

/// `DeletePolicy`.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row = load_own(call, transaction).await?;
    let used = of_policy(call, arn_of_call(call)?, transaction).await?;
    if used.attached() + used.boundaries() > 0 {
        return Err(fault(QueryFault::DeleteConflict, "Cannot delete a policy attached to entities."));
    }
    if row.versions.len() > 1 {
        let message = "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                       versions. The default version is deleted with the policy.";
        return Err(fault(QueryFault::DeleteConflict, message));
    }
    transaction.delete(&key(&call.scope.account, IamNoun::Policy, &row.name));
    Ok(Reply::Empty)
}
