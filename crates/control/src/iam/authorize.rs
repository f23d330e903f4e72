//! What calls of IAM and STS ask leave for (Service Authorization Reference, "Actions, resources, and condition keys for
//! AWS Identity and Access Management (IAM)" and "… for AWS Security Token Service").

use stagegate_model::iam::{GroupRow, PolicyRow, RoleRow, Tag, UserRow, iam_arn};
use stagegate_model::keys::IamNoun;
use stagegate_policy::Context;

use super::access_key::key_row;
use super::entity::{Entity, key, user_name};
use super::policy::name_of_arn;
use crate::authenticate::Service;
use crate::call::Call;
use crate::fault::Fault;
use crate::query::{tags, texts};
use crate::transaction::Transaction;

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The user that it names, or the one who calls.
    User,
    /// The user who has the access key.
    KeyHolder,
    /// The users below a path.
    Users,
    /// A group.
    Group,
    /// The groups below a path.
    Groups,
    /// A role.
    Role,
    /// The roles below a path.
    Roles,
    /// A managed policy.
    Policy,
    /// The managed policies below a path.
    Policies,
    /// A session that is made for a name.
    FederatedUser,
    /// Nothing that anybody is asked about: the operation is open to whoever signs, or judges by itself.
    Nothing,
}

/// Adds the condition keys of what a call says.
pub(crate) fn fill_request(context: &mut Context, call: &Call) {
    let given = tags(call);
    let mut keys: Vec<&str> = given.iter().map(|tag| tag.key.as_str()).collect();
    for Tag { key, value } in &given {
        context.set(&format!("aws:RequestTag/{key}"), value);
    }
    keys.extend(texts(call, "TagKeys"));
    context.set_all("aws:TagKeys", keys);
    let is_attached = call.operation.name.starts_with("Attach") || call.operation.name.starts_with("Detach");
    if let Some(arn) = call.field("PolicyArn").filter(|_| is_attached) {
        context.set("iam:PolicyARN", arn);
    }
    if let Some(arn) = call.field("PermissionsBoundary") {
        context.set("iam:PermissionsBoundary", arn);
    }
}

/// The action of a call and the ARN that it is about, with the condition keys of what is stored there; nothing where nobody
/// is asked.
pub(crate) async fn asked(
    call: &Call,
    context: &mut Context,
    transaction: &mut Transaction,
) -> Result<Option<(String, String)>, Fault> {
    let account = call.scope.account.as_str();
    let Some(row) = call.operation.query else { return Ok(None) };
    let below = |kind: &str| iam_arn(account, kind, call.field("PathPrefix").unwrap_or("/"), "");
    let resource = match row.about {
        About::Nothing => return Ok(None),
        About::FederatedUser => {
            format!("arn:aws:sts::{account}:federated-user/{}", call.field("Name").unwrap_or_default())
        }
        About::Users => below("user"),
        About::Groups => below("group"),
        About::Roles => below("role"),
        About::Policies => below("policy"),
        About::User => {
            let name = user_name(call)?.to_owned();
            user(call, &name, context, transaction).await?
        }
        About::KeyHolder => {
            let key = key_row(account, call.field("AccessKeyId").unwrap_or_default());
            match transaction.get::<String>(&key).await? {
                Some(name) => user(call, &name, context, transaction).await?,
                None => below("user"),
            }
        }
        About::Group => of::<GroupRow>(call, call.field("GroupName").unwrap_or_default(), transaction).await?.0,
        About::Role => {
            let (arn, row) = of::<RoleRow>(call, call.field("RoleName").unwrap_or_default(), transaction).await?;
            if let Some(row) = row {
                fill(context, &row.tags, row.permissions_boundary.as_deref());
            }
            arn
        }
        About::Policy => policy(call, context, transaction).await?,
    };
    let service = if call.service == Service::Sts { "sts" } else { "iam" };
    Ok(Some((format!("{service}:{}", call.operation.name), resource)))
}

async fn user(call: &Call, name: &str, context: &mut Context, transaction: &mut Transaction) -> Result<String, Fault> {
    let (arn, row) = of::<UserRow>(call, name, transaction).await?;
    if let Some(row) = row {
        fill(context, &row.tags, row.permissions_boundary.as_deref());
    }
    Ok(arn)
}

/// The ARN of a noun, which is made at the path of the call if it is not there yet.
async fn of<E: Entity>(call: &Call, name: &str, transaction: &mut Transaction) -> Result<(String, Option<E>), Fault> {
    let account = &call.scope.account;
    let row: Option<E> = transaction.get(&key(account, E::NOUN, name)).await?;
    let row = row.filter(|row| row.name() == name && !call.operation.name.starts_with("Create") || is_key_call(call));
    let given = call.field("Path").unwrap_or("/");
    let arn = row.as_ref().map_or_else(|| iam_arn(account, E::KIND, given, name), |row| row.arn(account));
    Ok((arn, row))
}

/// `CreateAccessKey` makes no user.
fn is_key_call(call: &Call) -> bool {
    call.operation.name == "CreateAccessKey"
}

async fn policy(call: &Call, context: &mut Context, transaction: &mut Transaction) -> Result<String, Fault> {
    let account = &call.scope.account;
    let Some(arn) = call.field("PolicyArn") else {
        let (path, name) = (call.field("Path").unwrap_or("/"), call.field("PolicyName").unwrap_or_default());
        return Ok(iam_arn(account, "policy", path, name));
    };
    let row: Option<PolicyRow> = transaction.get(&key(account, IamNoun::Policy, name_of_arn(arn))).await?;
    if let Some(row) = row {
        fill(context, &row.tags, None);
    }
    Ok(arn.to_owned())
}

/// The keys of what is stored. A boundary that the call itself names comes before the one that is there.
fn fill(context: &mut Context, tags: &[Tag], boundary: Option<&str>) {
    for Tag { key, value } in tags {
        context.set(&format!("aws:ResourceTag/{key}"), value);
        context.set(&format!("iam:ResourceTag/{key}"), value);
    }
    if let Some(arn) = boundary.filter(|_| context.get("iam:PermissionsBoundary").is_empty()) {
        context.set("iam:PermissionsBoundary", arn);
    }
}
