//! Policy documents: whether they parse, what kind they are of, and how long they may be.

use serde_json::Value;
use stagegate_plan::identity::POLICY_LIMITS;
use stagegate_policy::{Policy, PolicyKind};

use crate::call::Call;
use crate::fault::Fault;
use crate::query::{QueryFault, fault};

fn malformed(message: impl Into<String>) -> Fault {
    fault(QueryFault::MalformedPolicyDocument, message)
}

fn parse(text: &str, kind: PolicyKind) -> Result<Policy, Fault> {
    let policy = Policy::parse(text, &POLICY_LIMITS);
    let policy = policy.and_then(|policy| policy.require(kind).map(|()| policy));
    policy.map_err(|error| malformed(format!("Syntax errors in policy. {error}")))
}

/// Checks a document that is attached to an identity.
pub(crate) fn check_identity(text: &str) -> Result<(), Fault> {
    parse(text, PolicyKind::Identity).map(drop)
}

/// Checks the document of a managed policy, which has the newer version of the language.
pub(crate) fn check_managed(call: &Call, text: &str) -> Result<(), Fault> {
    check_identity(text)?;
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    if document["Version"] != "2012-10-17" {
        return Err(malformed("Policy document must be version 2012-10-17 or greater."));
    }
    check_size(call, "iam_managed_policy_chars", characters(text), |limit| {
        format!("Cannot exceed quota for PolicySize: {limit}")
    })
}

/// Checks the inline policies of an identity together.
pub(crate) fn check_inline<'t>(
    call: &Call,
    quota: &str,
    all: impl IntoIterator<Item = &'t String>,
    (kind, name): (&str, &str),
) -> Result<(), Fault> {
    let count = all.into_iter().map(|text| characters(text)).sum();
    check_size(call, quota, count, |limit| format!("Maximum policy size of {limit} bytes exceeded for {kind} {name}"))
}

/// Checks a session policy.
pub(crate) fn check_session_policy(text: &str) -> Result<(), Fault> {
    parse(text, PolicyKind::Session).map(drop)
}

/// Checks who may assume a role.
pub(crate) fn check_trust(call: &Call, text: &str) -> Result<(), Fault> {
    parse(text, PolicyKind::Resource)?;
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let statements: &[Value] = match &document["Statement"] {
        Value::Array(statements) => statements,
        one => std::slice::from_ref(one),
    };
    for statement in statements {
        if statement.get("Resource").or_else(|| statement.get("NotResource")).is_some() {
            return Err(malformed("Has prohibited field Resource"));
        }
        let actions = statement.get("Action").or_else(|| statement.get("NotAction")).unwrap_or(&Value::Null);
        let texts = actions.as_array().map_or_else(|| std::slice::from_ref(actions), Vec::as_slice);
        let is_of_sts = |action: &Value| {
            let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
            action.starts_with("sts:")
        };
        if !texts.iter().all(is_of_sts) {
            return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
        }
    }
    check_size(call, "iam_trust_policy_chars", characters(text), |limit| {
        format!("Cannot exceed quota for ACLSizePerRole: {limit}")
    })
}

/// Characters without white space, which IAM does not count (IAM quotas).
fn characters(text: &str) -> usize {
    text.chars().filter(|char| !char.is_whitespace()).count()
}

fn check_size(call: &Call, quota: &str, count: usize, message: impl Fn(u64) -> String) -> Result<(), Fault> {
    match call.world.quotas.enforced(quota) {
        Some(limit) if u64::try_from(count).unwrap_or(u64::MAX) > limit => {
            Err(fault(QueryFault::LimitExceeded, message(limit)))
        }
        _ => Ok(()),
    }
}
