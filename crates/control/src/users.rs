//! Identities that are known at the start: the root users of accounts, and users of the settings.

use std::sync::Arc;

use stagegate_plan::identity::{Directory, Holder, HolderKind, POLICY_LIMITS, PrincipalPolicies};
use stagegate_policy::Policy;
use stagegate_sigv4::{Secret, sha256_hex};

/// Characters of a user's unique id behind `AIDA`.
const ID_LENGTH: usize = 17;

/// What root may do, for sessions that stand for somebody else in its name.
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// The root user of an account, and its access key.
#[derive(Debug, Clone)]
pub struct Root {
    /// The account, twelve digits.
    pub account_id: String,
    /// The access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret,
}

/// A user of the settings.
#[derive(Debug, Clone)]
pub struct User {
    /// The friendly name.
    pub name: String,
    /// The account, twelve digits; `None` for the first one.
    pub account: Option<String>,
    /// The user's only access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret,
    /// The identity policies; without one the user may do nothing.
    pub policies: Vec<Arc<Policy>>,
}

impl Root {
    /// Puts the root user into a directory.
    ///
    /// # Panics
    /// Never: root's policy is well-formed.
    pub fn put_into(&self, directory: &mut Directory) {
        let account = self.account_id.as_str();
        let everything = Policy::parse(EVERYTHING, &POLICY_LIMITS).expect("root's policy is well-formed");
        let holder = Holder {
            kind: HolderKind::Root,
            account: account.into(),
            arn: format!("arn:aws:iam::{account}:root").into(),
            name: Box::default(),
            id: account.into(),
            policies: Arc::new(PrincipalPolicies { identity: vec![Arc::new(everything)], boundary: None }),
            tags: Arc::default(),
        };
        let key = (self.access_key_id.as_str().into(), self.secret.clone());
        directory.put(&format!("settings/{account}/root"), holder, [key]);
    }
}

impl User {
    /// Puts the user into a directory.
    pub fn put_into(&self, first_account: &str, directory: &mut Directory) {
        let Self { name, account, access_key_id, secret, policies } = self;
        let account = account.as_deref().unwrap_or(first_account);
        let holder = Holder {
            kind: HolderKind::User,
            account: account.into(),
            arn: format!("arn:aws:iam::{account}:user/{name}").into(),
            name: name.as_str().into(),
            id: unique_id(account, name).into(),
            policies: Arc::new(PrincipalPolicies { identity: policies.clone(), boundary: None }),
            tags: Arc::default(),
        };
        let key = (access_key_id.as_str().into(), secret.clone());
        directory.put(&format!("settings/{account}/user/{name}"), holder, [key]);
    }
}

/// An id in the form of IAM's, the same at every start.
fn unique_id(account_id: &str, name: &str) -> String {
    let hash = sha256_hex(format!("{account_id}/{name}").as_bytes()).to_ascii_uppercase();
    format!("AIDA{}", &hash[..ID_LENGTH])
}
