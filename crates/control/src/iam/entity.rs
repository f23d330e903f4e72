//! What users, groups and roles have in common: a name, a path, inline policies and attached ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use stagegate_model::iam::{Attachments, GroupRow, RoleRow, UserRow, iam_arn};
use stagegate_model::keys::{IamKey, IamNoun};
use stagegate_plan::identity::PrincipalKind;

use crate::call::Call;
use crate::fault::Fault;
use crate::query::{QueryFault, fault};
use crate::transaction::Transaction;

/// A user, a group or a role.
pub(crate) trait Entity: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The noun of its key.
    const NOUN: IamNoun;
    /// The word in its ARN and in messages: `user`.
    const KIND: &'static str;
    /// The word that begins sentences: `User`.
    const TITLE: &'static str;
    /// The member that names it: `UserName`.
    const MEMBER: &'static str;
    /// The quota of how many there may be.
    const COUNT: &'static str;
    /// The quota of its inline policies together.
    const INLINE_CHARS: &'static str;

    /// The name, as it was given.
    fn name(&self) -> &str;
    /// The unique id.
    fn id(&self) -> &str;
    /// The path.
    fn path(&self) -> &str;
    /// The inline policies by name.
    fn inline(&mut self) -> &mut BTreeMap<String, String>;
    /// The ARNs of the attached policies.
    fn attached(&mut self) -> &mut Vec<String>;
    /// Where its name is among those a policy is attached to.
    fn among(attachments: &mut Attachments) -> &mut BTreeSet<String>;

    /// Its ARN.
    fn arn(&self, account: &str) -> String {
        iam_arn(account, Self::KIND, self.path(), self.name())
    }
}

macro_rules! entity {
    ($row:ty, $noun:ident, $kind:literal, $member:literal, $count:literal, $chars:literal, $among:ident) => {
        impl Entity for $row {
            const NOUN: IamNoun = IamNoun::$noun;
            const KIND: &'static str = $kind;
            const TITLE: &'static str = stringify!($noun);
            const MEMBER: &'static str = $member;
            const COUNT: &'static str = $count;
            const INLINE_CHARS: &'static str = $chars;

            fn name(&self) -> &str {
                &self.name
            }

            fn id(&self) -> &str {
                &self.id
            }

            fn path(&self) -> &str {
                &self.path
            }

            fn inline(&mut self) -> &mut BTreeMap<String, String> {
                &mut self.inline
            }

            fn attached(&mut self) -> &mut Vec<String> {
                &mut self.attached
            }

            fn among(attachments: &mut Attachments) -> &mut BTreeSet<String> {
                &mut attachments.$among
            }
        }
    };
}

entity!(UserRow, User, "user", "UserName", "iam_users_count", "iam_user_policies_chars", users);
entity!(GroupRow, Group, "group", "GroupName", "iam_groups_count", "iam_group_policies_chars", groups);
entity!(RoleRow, Role, "role", "RoleName", "iam_roles_count", "iam_role_policies_chars", roles);

/// The key of a noun's row.
pub(crate) fn key(account: &str, noun: IamNoun, name: &str) -> String {
    IamKey::new(account, noun, name).to_string()
}

/// The row of a name in an account; names are found as they were given.
pub(crate) async fn load<E: Entity>(account: &str, name: &str, transaction: &mut Transaction) -> Result<E, Fault> {
    let row: Option<E> = transaction.get(&key(account, E::NOUN, name)).await?;
    row.filter(|row| row.name() == name)
        .ok_or_else(|| fault(QueryFault::NoSuchEntity, format!("The {} with name {name} cannot be found.", E::KIND)))
}

/// The row that a call is about.
pub(crate) async fn load_own<E: Entity>(call: &Call, transaction: &mut Transaction) -> Result<E, Fault> {
    load(&call.scope.account, call.field(E::MEMBER).unwrap_or_default(), transaction).await
}

/// Writes a row.
pub(crate) fn store<E: Entity>(row: &E, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    transaction.put(&key(&call.scope.account, E::NOUN, row.name()), row)
}

/// Refuses a name that is taken, and one too many.
pub(crate) async fn admit_new<E: Entity>(call: &Call, name: &str, transaction: &mut Transaction) -> Result<(), Fault> {
    let account = &call.scope.account;
    if transaction.exists(&key(account, E::NOUN, name)).await? {
        let message = format!("{} with name {name} already exists.", E::TITLE);
        return Err(fault(QueryFault::EntityAlreadyExists, message));
    }
    admit_count(call, E::COUNT, &format!("{}s", E::TITLE), E::NOUN, transaction).await
}

/// Refuses one noun too many, where the operator wants that.
pub(crate) async fn admit_count(
    call: &Call,
    quota: &str,
    what: &str,
    noun: IamNoun,
    transaction: &Transaction,
) -> Result<(), Fault> {
    let Some(limit) = call.world.quotas.enforced(quota) else { return Ok(()) };
    let have = transaction.list::<serde_json::Value>(&IamKey::prefix(&call.scope.account, noun)).await?.len();
    if u64::try_from(have).unwrap_or(u64::MAX) < limit {
        return Ok(());
    }
    Err(fault(QueryFault::LimitExceeded, format!("Cannot exceed quota for {what}PerAccount: {limit}")))
}

/// Every row of a noun in an account, sorted by name as keys have them.
pub(crate) async fn all<E: Entity>(call: &Call, transaction: &Transaction) -> Result<Vec<E>, Fault> {
    let prefix = IamKey::prefix(&call.scope.account, E::NOUN);
    let mut rows: Vec<E> = transaction.list(&prefix).await?.into_iter().map(|(_, row)| row).collect();
    let path_prefix = call.field("PathPrefix").unwrap_or("/");
    rows.retain(|row| row.path().starts_with(path_prefix));
    rows.sort_by(|one, other| one.name().cmp(other.name()));
    Ok(rows)
}

/// The user a call is about: the one it names, or else the one who calls.
pub(crate) fn user_name(call: &Call) -> Result<&str, Fault> {
    if let Some(name) = call.field("UserName") {
        return Ok(name);
    }
    if let PrincipalKind::User { name } = &call.caller.kind {
        return Ok(name);
    }
    let message = "Must specify userName when calling with non-User credentials";
    Err(fault(QueryFault::ValidationError, message))
}

/// The role of an ARN, with its account; none if there is no such role.
pub(crate) async fn role_of_arn(arn: &str, transaction: &mut Transaction) -> Result<Option<(String, RoleRow)>, Fault> {
    let Some((account, rest)) = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':')) else {
        return Ok(None);
    };
    let Some(name) = rest.strip_prefix("role/").and_then(|path| path.rsplit('/').next()) else { return Ok(None) };
    let key = key(account, IamNoun::Role, name);
    // What is no account's, or longer than a name, is no key either.
    if stagegate_model::keys::Key::parse(&key).is_none() {
        return Ok(None);
    }
    let row: Option<RoleRow> = transaction.get(&key).await?;
    Ok(row.filter(|row| row.arn(account) == arn).map(|row| (account.to_owned(), row)))
}

/// What the secret of an access key is sealed for.
pub fn access_key_context(access_key_id: &str) -> Vec<u8> {
    format!("access key {access_key_id}").into_bytes()
}

/// The key of the row that says who in an account uses a managed policy, which may be one of AWS's.
pub fn attachments_key(account: &str, policy_arn: &str) -> IamKey {
    let of_aws = policy_arn.strip_prefix("arn:aws:iam::aws:policy/").map(|rest| format!("aws/{rest}"));
    let own = || policy_arn.rsplit('/').next().unwrap_or_default().to_owned();
    IamKey::new(account, IamNoun::Attachments, &of_aws.unwrap_or_else(own))
}
