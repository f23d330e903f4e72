//! The directory: from an access key or a session token to the credential and who holds it.

use std::sync::Arc;

use stagegate_seal::Sealer;
use stagegate_sigv4::Secret;

use super::holder::Holder;
use super::principal::Credential;
use super::session::{SessionClaims, SessionError};
use crate::index::Index;

/// Every credential and every holder of one. A clone shares all that does not change afterwards.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// By access key id.
    credentials: Index<Credential>,
    /// By unique id.
    holders: Index<Holder>,
    /// By the name that the feed gives.
    entries: Index<Entry>,
    sealer: Option<Arc<Sealer>>,
}

/// What one entry of the feed put into the directory.
#[derive(Debug)]
struct Entry {
    holder_id: Box<str>,
    access_key_ids: Vec<Box<str>>,
}

impl Directory {
    /// A directory without a credential, that opens the session tokens of a key.
    pub fn new(sealer: Arc<Sealer>) -> Self {
        Self { sealer: Some(sealer), ..Self::default() }
    }

    /// The long-term credential of an access key; none if there is no such key or it is not active.
    pub fn credential(&self, access_key_id: &str) -> Option<&Arc<Credential>> {
        self.credentials.get(access_key_id)
    }

    /// The temporary credential of a session token. The caller checks that the request is signed with its access key:
    /// the token alone proves nothing.
    ///
    /// The policies are those that the role or user has now, not those it had when the session began.
    ///
    /// # Errors
    /// Every [`SessionError`].
    pub fn session(&self, token: &[u8], now_s: i64) -> Result<Credential, SessionError> {
        let sealer = self.sealer.as_deref().ok_or(SessionError::Invalid)?;
        let claims = SessionClaims::open(token, sealer)?;
        if claims.expires_at_s <= now_s {
            return Err(SessionError::Expired);
        }
        let holder = self.holders.get(&claims.holder_id).ok_or(SessionError::HolderGone)?;
        claims.credential(holder)
    }

    /// The root user, user or role with a unique id.
    pub fn holder(&self, id: &str) -> Option<&Arc<Holder>> {
        self.holders.get(id)
    }

    /// Whether something stands under a name.
    pub fn has(&self, name: &str) -> bool {
        self.entries.get(name).is_some()
    }

    /// Adds or replaces what stands under a name: a holder and its active access keys.
    pub fn put(&mut self, name: &str, holder: Holder, keys: impl IntoIterator<Item = (Box<str>, Secret)>) {
        self.remove(name);
        let principal = Arc::new(holder.principal());
        let mut entry = Entry { holder_id: holder.id.clone(), access_key_ids: Vec::new() };
        for (access_key_id, secret) in keys {
            let principal = Arc::clone(&principal);
            entry.access_key_ids.push(access_key_id.clone());
            let credential = Credential { access_key_id: access_key_id.clone(), secret, principal, expires_at_s: None };
            self.credentials.put(access_key_id, credential);
        }
        self.holders.put(holder.id.clone(), holder);
        self.entries.put(name.into(), entry);
    }

    /// Removes what stands under a name.
    pub fn remove(&mut self, name: &str) {
        let Some(entry) = self.entries.get(name).cloned() else { return };
        for access_key_id in &entry.access_key_ids {
            self.credentials.remove(access_key_id);
        }
        self.holders.remove(&entry.holder_id);
        self.entries.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use stagegate_policy::Policy;
    use stagegate_seal::{MasterKey, Sealer};

    use super::super::{HolderKind, POLICY_LIMITS, PrincipalKind, PrincipalPolicies, SessionSubject};
    use super::*;

    const NOW_S: i64 = 1_800_000_000;
    const DOCUMENT: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

    fn sealer(byte: u8) -> Arc<Sealer> {
        Arc::new(Sealer::new(&MasterKey::new([byte; 32]), &[]))
    }

    fn holder(kind: HolderKind, name: &str, id: &str) -> Holder {
        let policy = Policy::parse(DOCUMENT, &POLICY_LIMITS).expect("a policy");
        let path = if kind == HolderKind::Role { "role" } else { "user" };
        Holder {
            kind,
            account: "000000000000".into(),
            arn: format!("arn:aws:iam::000000000000:{path}/{name}").into(),
            name: name.into(),
            id: id.into(),
            policies: Arc::new(PrincipalPolicies { identity: vec![Arc::new(policy)], boundary: None }),
            tags: [("team".into(), "a".into()), ("kept".into(), "b".into())].into(),
        }
    }

    fn directory() -> Directory {
        let mut directory = Directory::new(sealer(1));
        let keys = ["AKIA1", "AKIA2"].map(|key| (key.into(), Secret::new(format!("secret of {key}"))));
        directory.put("user/ann", holder(HolderKind::User, "ann", "AIDA1"), keys);
        directory.put("role/reader", holder(HolderKind::Role, "reader", "AROA1"), []);
        directory
    }

    fn claims(holder_id: &str, subject: SessionSubject) -> SessionClaims {
        SessionClaims {
            access_key_id: "ASIA1".to_owned(),
            secret: "secret".to_owned(),
            holder_id: holder_id.to_owned(),
            subject,
            issued_at_s: NOW_S,
            expires_at_s: NOW_S + 900,
            policies: vec![DOCUMENT.to_owned()],
            tags: vec![("Team".to_owned(), "z".to_owned())],
        }
    }

    #[test]
    fn a_replaced_holder_loses_the_keys_it_no_longer_has() {
        let before = directory();
        let mut after = before.clone();
        after.put("user/ann", holder(HolderKind::User, "ann", "AIDA1"), [("AKIA2".into(), Secret::new("new"))]);
        assert!(after.credential("AKIA1").is_none() && before.credential("AKIA1").is_some());
        assert_eq!(after.credential("AKIA2").map(|found| found.secret.expose()), Some("new"));
        after.remove("user/ann");
        assert!(after.credential("AKIA2").is_none() && after.holder("AIDA1").is_none());
        assert!(after.holder("AROA1").is_some());
    }

    #[test]
    fn a_session_of_a_role_is_the_role_under_a_name() {
        let token = claims("AROA1", SessionSubject::Role("ci".to_owned())).token(&sealer(1));
        let credential = directory().session(token.as_bytes(), NOW_S).expect("a session");
        assert_eq!((&*credential.access_key_id, credential.secret.expose()), ("ASIA1", "secret"));
        let principal = &credential.principal;
        assert_eq!(&*principal.arn, "arn:aws:sts::000000000000:assumed-role/reader/ci");
        assert_eq!(&*principal.user_id, "AROA1:ci");
        assert_eq!(principal.principal_arn(), "arn:aws:iam::000000000000:role/reader");
        assert_eq!((principal.session_policies.len(), principal.policies.identity.len()), (1, 1));
        let tags: Vec<_> = principal.tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(tags, [("Team", "z"), ("kept", "b")]);
    }

    #[test]
    fn a_session_of_a_user_is_the_user_or_whom_it_vouches_for() {
        let session = |subject| {
            let token = claims("AIDA1", subject).token(&sealer(1));
            directory().session(token.as_bytes(), NOW_S).map(|credential| credential.principal)
        };
        let itself = session(SessionSubject::Itself).expect("a session");
        assert_eq!((&*itself.arn, &*itself.user_id), ("arn:aws:iam::000000000000:user/ann", "AIDA1"));
        let bob = session(SessionSubject::Federated("bob".to_owned())).expect("a session");
        assert_eq!(&*bob.arn, "arn:aws:sts::000000000000:federated-user/bob");
        assert!(matches!(&bob.kind, PrincipalKind::Federated { user_arn } if **user_arn == *itself.arn));
        assert_eq!(session(SessionSubject::Role("x".to_owned())), Err(SessionError::Invalid));
    }

    #[test]
    fn what_is_no_session_any_more_is_refused() {
        let good = claims("AROA1", SessionSubject::Role("ci".to_owned())).token(&sealer(1));
        let foreign = claims("AROA1", SessionSubject::Role("ci".to_owned())).token(&sealer(2));
        let mut directory = directory();
        for (token, now_s, error) in [
            (good.as_str(), NOW_S + 900, SessionError::Expired),
            (&foreign, NOW_S, SessionError::Invalid),
            (&good[4..], NOW_S, SessionError::Invalid),
            ("", NOW_S, SessionError::Invalid),
            ("no base64!", NOW_S, SessionError::Invalid),
            (&"A".repeat(1 << 20), NOW_S, SessionError::Invalid),
        ] {
            assert_eq!(directory.session(token.as_bytes(), now_s), Err(error), "{token:.20}");
        }
        directory.put("role/reader", holder(HolderKind::Role, "reader", "AROA2"), []);
        assert_eq!(directory.session(good.as_bytes(), NOW_S), Err(SessionError::HolderGone), "a new role of the name");
        assert_eq!(Directory::default().session(good.as_bytes(), NOW_S), Err(SessionError::Invalid));
    }
}
