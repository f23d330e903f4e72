//! Identities: the rows of IAM become the directory that both planes ask who signs and what they may do.
//!
//! It keeps no copy of the rows. A commit that touches a user or a role makes it read that one anew, with its groups and
//! policies; one that touches a group or a managed policy, everybody who has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stagegate_control::iam::{access_key_context, attachments_key, aws_managed};
use stagegate_model::iam::{
    AccessKeyStatus, Attachments, GroupRow, Members, PolicyRow, RoleRow, Tag, UserRow, iam_arn,
};
use stagegate_model::keys::{IAM_PREFIX, IamKey, IamNoun, Key};
use stagegate_plan::identity::{Directory, Holder, HolderKind, POLICY_LIMITS, PrincipalPolicies};
use stagegate_policy::Policy;
use stagegate_seal::{MasterKey, Sealer};
use stagegate_sigv4::Secret;
use stagegate_store::{Row, Store, StoreError};

use super::load::{decode, list};

/// Stands for a document that cannot be read: what it would have denied is not known.
const NOTHING: &str = r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;

/// What the directory begins with.
#[derive(Debug, Clone)]
pub(crate) struct Identities {
    /// The root users and the users of the settings.
    pub(crate) settings: Directory,
    /// Who opens the secrets of access keys.
    pub(crate) sealer: Arc<Sealer>,
}

impl Default for Identities {
    fn default() -> Self {
        let sealer = Arc::new(Sealer::new(&MasterKey::new([0; 32]), &[]));
        Self { settings: Directory::new(Arc::clone(&sealer)), sealer }
    }
}

/// The users and roles whose credentials or policies a commit may have changed.
pub(super) fn touched(keys: &[String]) -> BTreeSet<IamKey> {
    let noun = |key: &String| match Key::parse(key)? {
        Key::Iam(key) => Some(key),
        _ => None,
    };
    let counts = |key: &IamKey| matches!(key.noun, IamNoun::User | IamNoun::Role | IamNoun::Group | IamNoun::Policy);
    keys.iter().filter_map(noun).filter(counts).collect()
}

impl Identities {
    /// Reads everybody.
    pub(super) async fn load(&self, store: &dyn Store) -> Result<Directory, StoreError> {
        let mut directory = self.settings.clone();
        let keys: Vec<String> = list(store, IAM_PREFIX.to_owned()).await?.into_iter().map(|row| row.key).collect();
        let mut reader = Reader { store, policies: BTreeMap::new() };
        for key in touched(&keys).iter().filter(|key| matches!(key.noun, IamNoun::User | IamNoun::Role)) {
            self.put(key, &mut reader, &mut directory).await?;
        }
        Ok(directory)
    }

    /// Brings those up to date whom a commit touched.
    pub(super) async fn apply(
        &self,
        touched: BTreeSet<IamKey>,
        store: &dyn Store,
        directory: &mut Directory,
    ) -> Result<(), StoreError> {
        let mut reader = Reader { store, policies: BTreeMap::new() };
        let mut holders = BTreeSet::new();
        for key in touched {
            match key.noun {
                IamNoun::Group => holders.extend(reader.members(&key.account, &key.name).await?),
                IamNoun::Policy => holders.extend(reader.users_of(&key).await?),
                _ => drop(holders.insert(key)),
            }
        }
        for key in holders {
            self.put(&key, &mut reader, directory).await?;
        }
        Ok(())
    }

    /// Puts a user or a role as it is now.
    async fn put(&self, key: &IamKey, reader: &mut Reader<'_>, directory: &mut Directory) -> Result<(), StoreError> {
        let name = key.to_string();
        let holder = match key.noun {
            IamNoun::User => match reader.row::<UserRow>(&name).await? {
                Some(row) => Some((reader.user(&key.account, &row).await?, self.keys(&row))),
                None => None,
            },
            _ => match reader.row::<RoleRow>(&name).await? {
                Some(row) => Some((reader.role(&key.account, &row).await?, Vec::new())),
                None => None,
            },
        };
        match holder {
            Some((holder, keys)) => directory.put(&name, holder, keys),
            None => directory.remove(&name),
        }
        Ok(())
    }

    /// The active keys of a user with their secrets.
    fn keys(&self, row: &UserRow) -> Vec<(Box<str>, Secret)> {
        let active = row.access_keys.iter().filter(|key| key.status == AccessKeyStatus::Active);
        let opened = active.filter_map(|key| {
            let sealed = STANDARD.decode(&key.sealed_secret).ok()?;
            match self.sealer.open(&access_key_context(&key.id), &sealed) {
                Ok(secret) => Some((key.id.as_str().into(), Secret::new(String::from_utf8(secret).ok()?))),
                Err(error) => {
                    tracing::error!(user = row.name, access_key = key.id, %error, "an access key cannot be used");
                    None
                }
            }
        });
        opened.collect()
    }
}

/// A row that says what others may do.
enum Found<T> {
    Absent,
    Row(T),
    /// It is there, and nobody knows what is in it; that is logged.
    Unreadable,
}

/// Reads rows; each managed policy once.
struct Reader<'s> {
    store: &'s dyn Store,
    policies: BTreeMap<String, Arc<Policy>>,
}

impl Reader<'_> {
    async fn row<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        Ok(match self.found(key).await? {
            Found::Row(row) => Some(row),
            Found::Absent | Found::Unreadable => None,
        })
    }

    /// The same where a row that cannot be read is not the same as none.
    async fn found<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Found<T>, StoreError> {
        let row: Option<Row> = self.store.get(key).await?;
        Ok(row.map_or(Found::Absent, |row| decode(&row).map_or(Found::Unreadable, Found::Row)))
    }

    /// The users of a group; all of the account where nobody knows.
    async fn members(&self, account: &str, group: &str) -> Result<Vec<IamKey>, StoreError> {
        let key = IamKey::new(account, IamNoun::Members, group).to_string();
        match self.found::<Members>(&key).await? {
            Found::Absent => Ok(Vec::new()),
            Found::Row(members) => {
                Ok(members.users.iter().map(|name| IamKey::new(account, IamNoun::User, name)).collect())
            }
            Found::Unreadable => self.all(account, &[IamNoun::User]).await,
        }
    }

    /// Every row of these nouns in an account.
    async fn all(&self, account: &str, nouns: &[IamNoun]) -> Result<Vec<IamKey>, StoreError> {
        let mut keys = Vec::new();
        for noun in nouns {
            let rows = list(self.store, IamKey::prefix(account, *noun)).await?;
            keys.extend(rows.iter().filter_map(|row| match Key::parse(&row.key)? {
                Key::Iam(key) => Some(key),
                _ => None,
            }));
        }
        Ok(keys)
    }

    /// The users and roles that have a managed policy; all of the account where nobody knows.
    async fn users_of(&self, policy: &IamKey) -> Result<Vec<IamKey>, StoreError> {
        let account = policy.account.as_str();
        let key = attachments_key(account, &policy.name).to_string();
        let found: Attachments = match self.found(&key).await? {
            Found::Absent => return Ok(Vec::new()),
            Found::Row(found) => found,
            Found::Unreadable => return self.all(account, &[IamNoun::User, IamNoun::Role]).await,
        };
        let users = found.users.iter().chain(&found.boundary_users).map(|name| (IamNoun::User, name));
        let roles = found.roles.iter().chain(&found.boundary_roles).map(|name| (IamNoun::Role, name));
        let mut keys: Vec<IamKey> = users.chain(roles).map(|(noun, name)| IamKey::new(account, noun, name)).collect();
        for group in &found.groups {
            keys.extend(self.members(account, group).await?);
        }
        Ok(keys)
    }

    async fn user(&mut self, account: &str, row: &UserRow) -> Result<Holder, StoreError> {
        let mut identity = self.policies_of(account, row.inline.values(), &row.attached).await?;
        for group in &row.groups {
            let key = IamKey::new(account, IamNoun::Group, group).to_string();
            match self.found::<GroupRow>(&key).await? {
                Found::Absent => {}
                Found::Row(group) => {
                    identity.extend(self.policies_of(account, group.inline.values(), &group.attached).await?);
                }
                // What the group would have denied is not known either.
                Found::Unreadable => identity.push(Arc::new(parse(NOTHING))),
            }
        }
        let policies = PrincipalPolicies {
            identity,
            boundary: self.boundary(account, row.permissions_boundary.as_deref()).await?,
        };
        Ok(Holder {
            kind: HolderKind::User,
            account: account.into(),
            arn: iam_arn(account, "user", &row.path, &row.name).into(),
            name: row.name.as_str().into(),
            id: row.id.as_str().into(),
            policies: Arc::new(policies),
            tags: tags(&row.tags),
        })
    }

    async fn role(&mut self, account: &str, row: &RoleRow) -> Result<Holder, StoreError> {
        let identity = self.policies_of(account, row.inline.values(), &row.attached).await?;
        let policies = PrincipalPolicies {
            identity,
            boundary: self.boundary(account, row.permissions_boundary.as_deref()).await?,
        };
        Ok(Holder {
            kind: HolderKind::Role,
            account: account.into(),
            arn: iam_arn(account, "role", &row.path, &row.name).into(),
            name: row.name.as_str().into(),
            id: row.id.as_str().into(),
            policies: Arc::new(policies),
            tags: tags(&row.tags),
        })
    }

    async fn policies_of(
        &mut self,
        account: &str,
        inline: impl Iterator<Item = &String>,
        attached: &[String],
    ) -> Result<Vec<Arc<Policy>>, StoreError> {
        let mut policies: Vec<Arc<Policy>> = inline.map(|document| Arc::new(parse(document))).collect();
        for arn in attached {
            policies.push(self.managed(account, arn).await?);
        }
        Ok(policies)
    }

    async fn boundary(&mut self, account: &str, arn: Option<&str>) -> Result<Option<Arc<Policy>>, StoreError> {
        match arn {
            Some(arn) => self.managed(account, arn).await.map(Some),
            None => Ok(None),
        }
    }

    /// The version in force of a managed policy.
    async fn managed(&mut self, account: &str, arn: &str) -> Result<Arc<Policy>, StoreError> {
        if let Some(policy) = self.policies.get(arn) {
            return Ok(Arc::clone(policy));
        }
        let policy = if let Some(policy) = aws_managed(arn) {
            parse(policy.document)
        } else {
            let name = arn.rsplit('/').next().unwrap_or_default();
            let key = IamKey::new(account, IamNoun::Policy, name).to_string();
            let row: Option<PolicyRow> = self.row(&key).await?;
            parse(row.as_ref().map_or("", PolicyRow::document))
        };
        let policy = Arc::new(policy);
        self.policies.insert(arn.to_owned(), Arc::clone(&policy));
        Ok(policy)
    }
}

/// A document as a policy; one that cannot be read denies everything.
fn parse(document: &str) -> Policy {
    Policy::parse(document, &POLICY_LIMITS).unwrap_or_else(|error| {
        tracing::error!(%error, "a policy cannot be read, and denies everything");
        Policy::parse(NOTHING, &POLICY_LIMITS).expect("a constant policy is well-formed")
    })
}

fn tags(tags: &[Tag]) -> Arc<[(Box<str>, Box<str>)]> {
    tags.iter().map(|tag| (tag.key.as_str().into(), tag.value.as_str().into())).collect()
}
