//! Session tokens: everything about a session, sealed, so that nothing is written when one is made.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use stagegate_policy::{Limits, Policy};
use stagegate_seal::Sealer;
use stagegate_sigv4::Secret;

use super::holder::{Holder, HolderKind};
use super::principal::{Credential, Principal, PrincipalKind};

/// What session tokens are sealed for.
pub const SESSION_CONTEXT: &[u8] = b"session token";
/// What a policy of IAM's may be (IAM and STS quotas: 10,240 characters for a role's inline policies are the most).
pub const POLICY_LIMITS: Limits = Limits { document_bytes: 131_072, statements: 4_096, values_per_list: 4_096 };
/// The longest token that is looked at, in characters.
const TOKEN_CHARS: usize = 16 * 1024;

/// Why a session token gives no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// It is none of this server's, was changed, or belongs to another access key.
    #[error("The security token included in the request is invalid.")]
    Invalid,
    /// Its time is over.
    #[error("The security token included in the request is expired")]
    Expired,
    /// The user or role is gone.
    #[error("The security token included in the request is invalid.")]
    HolderGone,
}

/// Whom a session stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionSubject {
    /// The holder itself: `GetSessionToken`.
    #[serde(rename = "s")]
    Itself,
    /// Whoever assumed the role, by the session's name: `AssumeRole`.
    #[serde(rename = "r")]
    Role(String),
    /// A name that the holder vouches for: `GetFederationToken`.
    #[serde(rename = "f")]
    Federated(String),
}

/// What a session token holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaims {
    /// The temporary access key id, `ASIA…`.
    #[serde(rename = "k")]
    pub access_key_id: String,
    /// Its secret.
    #[serde(rename = "s")]
    pub secret: String,
    /// The unique id of the role or user behind the session.
    #[serde(rename = "h")]
    pub holder_id: String,
    /// Whom it stands for.
    #[serde(rename = "w")]
    pub subject: SessionSubject,
    /// When it began, in seconds since 1970.
    #[serde(rename = "i")]
    pub issued_at_s: i64,
    /// When it ends, in seconds since 1970.
    #[serde(rename = "x")]
    pub expires_at_s: i64,
    /// The session policies, as documents.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// The session's tags.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
}

impl SessionClaims {
    /// The token that carries these claims.
    ///
    /// # Panics
    /// Never: the claims are texts and numbers.
    pub fn token(&self, sealer: &Sealer) -> String {
        let claims = serde_json::to_vec(self).expect("texts and numbers are JSON");
        STANDARD.encode(sealer.seal(SESSION_CONTEXT, &claims))
    }

    /// Opens a token, whether or not its time is over.
    ///
    /// # Errors
    /// [`SessionError::Invalid`].
    pub fn open(token: &[u8], sealer: &Sealer) -> Result<Self, SessionError> {
        if token.len() > TOKEN_CHARS {
            return Err(SessionError::Invalid);
        }
        let bytes = STANDARD.decode(token).map_err(|_| SessionError::Invalid)?;
        let claims = sealer.open(SESSION_CONTEXT, &bytes).map_err(|_| SessionError::Invalid)?;
        serde_json::from_slice(&claims).map_err(|_| SessionError::Invalid)
    }

    /// The credential of the session of a holder.
    pub(super) fn credential(self, holder: &Holder) -> Result<Credential, SessionError> {
        let principal = self.principal(holder)?;
        Ok(Credential {
            access_key_id: self.access_key_id.into(),
            secret: Secret::new(self.secret),
            principal: Arc::new(principal),
            expires_at_s: Some(self.expires_at_s),
        })
    }

    fn principal(&self, holder: &Holder) -> Result<Principal, SessionError> {
        let mut principal = holder.principal();
        principal.issued_at_s = Some(self.issued_at_s);
        let (account, id) = (&holder.account, &holder.id);
        match (&self.subject, holder.kind) {
            (SessionSubject::Itself, HolderKind::Root | HolderKind::User) => {}
            (SessionSubject::Role(name), HolderKind::Role) => {
                principal.arn = format!("arn:aws:sts::{account}:assumed-role/{}/{name}", holder.name).into();
                principal.user_id = format!("{id}:{name}").into();
                principal.kind =
                    PrincipalKind::RoleSession { role_arn: holder.arn.clone(), session_name: name.as_str().into() };
            }
            (SessionSubject::Federated(name), HolderKind::Root | HolderKind::User) => {
                principal.arn = format!("arn:aws:sts::{account}:federated-user/{name}").into();
                principal.user_id = format!("{account}:{name}").into();
                principal.kind = PrincipalKind::Federated { user_arn: holder.arn.clone() };
            }
            _ => return Err(SessionError::Invalid),
        }
        for policy in &self.policies {
            let policy = Policy::parse(policy, &POLICY_LIMITS).map_err(|_| SessionError::Invalid)?;
            principal.session_policies.push(Arc::new(policy));
        }
        if !self.tags.is_empty() {
            let own = |key: &str| self.tags.iter().any(|(tag, _)| tag.eq_ignore_ascii_case(key));
            let inherited = holder.tags.iter().filter(|(key, _)| !own(key)).cloned();
            let mine = self.tags.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into()));
            principal.tags = mine.chain(inherited).collect();
        }
        Ok(principal)
    }
}
