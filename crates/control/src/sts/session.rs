//! Making sessions: their claims, their session policies, and `GetSessionToken` and `GetFederationToken`.

use stagegate_model::rest::Timestamp;
use stagegate_plan::identity::{PrincipalKind, SessionClaims, SessionSubject};

use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::iam::{check_session_policy, document_of, new_access_key_id, new_secret};
use crate::query::{QueryFault, Xml, date, fault, tags, whole_number};
use crate::transaction::Transaction;

/// The longest session of root, in seconds.
const ROOT_S: i64 = 3_600;
/// A session of a user where the call does not say, in seconds.
const USER_S: i64 = 43_200;
/// Managed policies that a call may pass (STS API reference, `PolicyArns`).
const POLICY_ARNS: usize = 10;
/// Characters of all session policies and tags together: a token goes through the header of every call. AWS packs them and says 100 %.
const PACKED_CHARS: usize = 4_096;
/// Lets nothing pass: a federated user without a session policy has no leave of its own.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

/// A session to be made.
pub(super) struct Session {
    pub(super) holder_id: String,
    pub(super) subject: SessionSubject,
    pub(super) seconds: i64,
    pub(super) policies: Vec<String>,
}

impl Session {
    /// Makes the session and writes its credentials.
    pub(super) fn write(self, call: &Call, xml: &mut Xml) {
        let now = call.now().epoch_seconds();
        let packed = packed_chars(call, &self.policies);
        let claims = SessionClaims {
            access_key_id: new_access_key_id(call, "ASIA"),
            secret: new_secret(call),
            holder_id: self.holder_id,
            subject: self.subject,
            issued_at_s: now,
            expires_at_s: now + self.seconds,
            policies: self.policies,
            tags: tags(call).into_iter().map(|tag| (tag.key, tag.value)).collect(),
        };
        xml.node("Credentials", |credentials| {
            credentials.leaf("AccessKeyId", &claims.access_key_id);
            credentials.leaf("SecretAccessKey", &claims.secret);
            credentials.leaf("SessionToken", &claims.token(&call.world.sealer));
            credentials.leaf("Expiration", &date(Timestamp::from_epoch_seconds(claims.expires_at_s)));
        });
        if packed > 0 {
            xml.leaf("PackedPolicySize", &(100 * packed / PACKED_CHARS).to_string());
        }
    }
}

/// How much of a token the policies and tags of a session take.
fn packed_chars(call: &Call, policies: &[String]) -> usize {
    let tags: usize = tags(call).iter().map(|tag| tag.key.len() + tag.value.len()).sum();
    policies.iter().map(String::len).sum::<usize>() + tags
}

/// The session policies of a call: the one it carries, and managed ones of `account` that it names.
pub(super) async fn policies(call: &Call, account: &str, transaction: &mut Transaction) -> Result<Vec<String>, Fault> {
    let mut policies = Vec::new();
    if let Some(text) = call.field("Policy") {
        check_session_policy(text)?;
        policies.push(text.to_owned());
    }
    let is_arn = |name: &str| name.starts_with("PolicyArns.member.");
    let arns: Vec<&str> = call.query.iter().filter(|(name, _)| is_arn(name)).map(|(_, arn)| arn.as_str()).collect();
    if arns.len() > POLICY_ARNS {
        let message = format!("At most {POLICY_ARNS} managed policies can be passed for a session");
        return Err(fault(QueryFault::ValidationError, message));
    }
    for arn in arns {
        let document = document_of(account, arn, transaction).await?;
        policies.push(document.ok_or_else(|| {
            fault(QueryFault::MalformedPolicyDocument, format!("Policy {arn} does not exist or is not attachable."))
        })?);
    }
    let characters = packed_chars(call, &policies);
    if characters > PACKED_CHARS {
        let percent = 100 * characters / PACKED_CHARS;
        let message = format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.");
        return Err(fault(QueryFault::PackedPolicyTooLarge, message));
    }
    Ok(policies)
}

/// How long the session of a user or of root lasts, in seconds.
fn seconds(call: &Call) -> i64 {
    let asked = whole_number(call, "DurationSeconds");
    if call.caller.kind == PrincipalKind::Root { asked.unwrap_or(ROOT_S).min(ROOT_S) } else { asked.unwrap_or(USER_S) }
}

/// `GetSessionToken`: the caller itself, for a time.
pub(super) async fn of_caller(call: &Call, _transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut xml = Xml::default();
    let holder_id = call.caller.user_id.to_string();
    Session { holder_id, subject: SessionSubject::Itself, seconds: seconds(call), policies: Vec::new() }
        .write(call, &mut xml);
    Ok(Reply::Result(xml))
}

/// `GetFederationToken`: somebody the caller vouches for, with what both the caller's and the session's policies allow.
pub(super) async fn federate(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (account, name) = (&call.scope.account, call.field("Name").unwrap_or_default());
    let mut policies = policies(call, account, transaction).await?;
    if policies.is_empty() {
        policies.push(NOTHING.to_owned());
    }
    let mut xml = Xml::default();
    let subject = SessionSubject::Federated(name.to_owned());
    let holder_id = call.caller.user_id.to_string();
    Session { holder_id, subject, seconds: seconds(call), policies }.write(call, &mut xml);
    xml.node("FederatedUser", |user| {
        user.leaf("FederatedUserId", &format!("{account}:{name}"));
        user.leaf("Arn", &format!("arn:aws:sts::{account}:federated-user/{name}"));
    });
    Ok(Reply::Result(xml))
}
