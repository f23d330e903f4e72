//! Users with access keys and policies that are known at the start: a keyring and a permission check in one.

use std::collections::HashMap;
use std::sync::Arc;

use stagegate_policy::{Policy, PolicyKind, PolicySet, Principal as Caller, Request, Verdict, evaluate};
use stagegate_sigv4::{Secret, sha256_hex};

use crate::authenticate::{Keyring, RootKeyring};
use crate::permit::{Identity, Permit, Principal, Question, Ruling};

/// Characters of a user's unique id behind `AIDA`.
const ID_LENGTH: usize = 17;

/// A user of the account.
#[derive(Debug, Clone)]
pub struct User {
    /// The friendly name.
    pub name: String,
    /// The user's only access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret,
    /// The identity policies; without one the user may do nothing.
    pub policies: Vec<Arc<Policy>>,
}

/// The root credential, which may do everything, and users, who may do what their policies allow.
#[derive(Debug, Clone)]
pub struct Users {
    root: RootKeyring,
    by_key: HashMap<String, Holder>,
    /// By the user's ARN.
    policies: HashMap<String, Vec<Arc<Policy>>>,
}

/// Who holds an access key.
#[derive(Debug, Clone)]
struct Holder {
    secret: Secret,
    principal: Principal,
}

impl Users {
    /// The users of one account. Names and access keys are unique, and root's key is none of a user's; of two that are
    /// not, the last counts, and root before all.
    pub fn new(account_id: &str, root: RootKeyring, users: impl IntoIterator<Item = User>) -> Self {
        let (mut by_key, mut policies) = (HashMap::new(), HashMap::new());
        for User { name, access_key_id, secret, policies: own } in users {
            let arn = format!("arn:aws:iam::{account_id}:user/{name}");
            policies.insert(arn.clone(), own);
            let id = unique_id(account_id, &name);
            let identity = Identity::User { name, id };
            let principal = Principal { account_id: account_id.to_owned(), arn, identity };
            by_key.insert(access_key_id, Holder { secret, principal });
        }
        Self { root, by_key, policies }
    }
}

/// An id in the form of IAM's, the same at every start.
fn unique_id(account_id: &str, name: &str) -> String {
    let hash = sha256_hex(format!("{account_id}/{name}").as_bytes()).to_ascii_uppercase();
    format!("AIDA{}", &hash[..ID_LENGTH])
}

impl Keyring for Users {
    fn secret(&self, access_key_id: &str) -> Option<Secret> {
        let of_user = || self.by_key.get(access_key_id).map(|holder| holder.secret.clone());
        self.root.secret(access_key_id).or_else(of_user)
    }

    fn principal(&self, access_key_id: &str) -> Option<Principal> {
        let of_user = || self.by_key.get(access_key_id).map(|holder| holder.principal.clone());
        self.root.principal(access_key_id).or_else(of_user)
    }
}

impl Permit for Users {
    fn is_unlimited(&self, principal: &Principal) -> bool {
        principal.identity == Identity::Root
    }

    fn judge(&self, question: &Question<'_>) -> Ruling {
        let Question { principal, action, resource, resource_account, context } = *question;
        let account = principal.account_id.as_str();
        let (caller, identity) = match &principal.identity {
            Identity::Root => (Caller::Root { account }, [].as_slice()),
            Identity::User { .. } => {
                let policies = self.policies.get(&principal.arn).map(Vec::as_slice).unwrap_or_default();
                (Caller::User { account, arn: &principal.arn }, policies)
            }
        };
        let request = Request { principal: caller, action, resource, resource_account, context };
        let decision = evaluate(&PolicySet { identity, ..PolicySet::default() }, &request);
        match decision.verdict {
            Verdict::Allow => Ruling::Allowed,
            Verdict::ExplicitDeny => Ruling::Denied(decision.by.map_or(PolicyKind::Identity, |by| by.kind)),
            Verdict::ImplicitDeny => Ruling::NotAllowed(decision.silent.unwrap_or(PolicyKind::Identity)),
        }
    }
}
