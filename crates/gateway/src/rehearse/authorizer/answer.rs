//! What the function of an authorizer may answer (facts A14, A16, A17 and L9).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use stagegate_policy::{Limits, Policy as Document, PolicyKind};

/// Bytes of an answer: AWS's quota for authorizers' results (fact A17).
const ANSWER_BYTES: usize = 8 * 1024;

/// The keys that an answer may have.
const KEYS: [&str; 4] = ["principalId", "policyDocument", "context", "usageIdentifierKey"];

/// A policy, and for whom it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) principal_id: String,
    pub(super) document: String,
    pub(super) context: BTreeMap<String, String>,
}

/// Why an authorizer cannot be used, in AWS's words where they are known (fact L9).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("Execution failed due to configuration error: Invalid permissions on Lambda function")]
    Permission,
    #[error("Execution failed due to configuration error: Rate Exceeded.")]
    Throttled,
    #[error("Execution failed due to a timeout error")]
    Timeout,
    #[error("Execution failed due to configuration error: {0}")]
    NotInvoked(String),
    #[error("Execution failed due to configuration error: Invalid JSON in response")]
    NotJson,
    #[error(
        "Execution failed due to configuration error: Invalid JSON in response: Unrecognized field \"{0}\" , not marked as ignorable"
    )]
    Unrecognized(String),
    #[error("Execution failed due to configuration error: Authorizer result has more than {ANSWER_BYTES} bytes")]
    TooLong,
    #[error("Execution failed due to configuration error: Invalid principalId: it must be text")]
    Principal,
    #[error("Execution failed due to configuration error: Invalid policy document: {0}")]
    Policy(String),
    #[error("Execution failed due to configuration error: Invalid context: `{0}` must be text, a number or a boolean")]
    Context(String),
}

/// Reads an answer.
///
/// # Errors
/// Anything that is no policy for a principal.
pub(super) fn read(payload: &[u8]) -> Result<Policy, Unusable> {
    if payload.len() > ANSWER_BYTES {
        return Err(Unusable::TooLong);
    }
    let mut answer = object(payload)?;
    if let Some(unknown) = answer.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(Unusable::Unrecognized(unknown.clone()));
    }
    let Some(Value::String(principal_id)) = answer.remove("principalId") else { return Err(Unusable::Principal) };
    let document = match answer.remove("policyDocument") {
        Some(document) => document.to_string(),
        None => return Err(Unusable::Policy("there is none".to_owned())),
    };
    let limits = Limits { document_bytes: ANSWER_BYTES, statements: ANSWER_BYTES, values_per_list: ANSWER_BYTES };
    let parsed = Document::parse(&document, &limits).and_then(|policy| policy.require(PolicyKind::Identity));
    parsed.map_err(|error| Unusable::Policy(error.to_string()))?;
    Ok(Policy { principal_id, document, context: context(answer.remove("context"))? })
}

fn object(payload: &[u8]) -> Result<Map<String, Value>, Unusable> {
    match serde_json::from_slice(payload) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Unusable::NotJson),
    }
}

/// The values as text, as `$context.authorizer` shows them.
fn context(context: Option<Value>) -> Result<BTreeMap<String, String>, Unusable> {
    let entries = match context {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(entries)) => entries,
        Some(_) => return Err(Unusable::Context("context".to_owned())),
    };
    let entry = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        Value::Null => Ok((name, String::new())),
        Value::Array(_) | Value::Object(_) => Err(Unusable::Context(name)),
    };
    entries.into_iter().map(entry).collect()
}

/// Whether a function that failed meant that the caller is not who they say: the message is exactly `Unauthorized`.
pub(super) fn is_unauthorized(payload: &[u8]) -> bool {
    object(payload).is_ok_and(|error| error.get("errorMessage").is_some_and(|message| message == "Unauthorized"))
}

/// The error of a function is read as a policy, and fails at the first key that policies do not have (fact A16).
pub(super) fn function_error(payload: &[u8]) -> Unusable {
    match object(payload) {
        Ok(error) => {
            let first = error.keys().find(|key| !KEYS.contains(&key.as_str()) && *key != "errorMessage");
            Unusable::Unrecognized(first.cloned().unwrap_or_else(|| "errorMessage".to_owned()))
        }
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":"*"}]}"#;

    #[test]
    fn a_policy_is_taken_as_it_is_and_a_context_as_text() {
        let payload = format!(
            r#"{{"principalId":"me","policyDocument":{POLICY},"context":{{"a":"b","n":1.5,"t":true,"z":null}},"usageIdentifierKey":"k"}}"#
        );
        let policy = read(payload.as_bytes()).expect("a policy");
        assert_eq!((policy.principal_id.as_str(), policy.document.as_str()), ("me", POLICY));
        let context: Vec<_> = policy.context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(context, [("a", "b"), ("n", "1.5"), ("t", "true"), ("z", "")]);
    }

    #[test]
    fn fact_a16_whatever_is_no_policy_cannot_be_used() {
        let long = "x".repeat(ANSWER_BYTES);
        let cases = [
            ("", "Invalid JSON in response"),
            ("[]", "Invalid JSON in response"),
            (r#"{"principalId":"me","statusCode":200}"#, "Unrecognized field \"statusCode\" , not marked as ignorable"),
            (r#"{"principalId":1,"policyDocument":{}}"#, "Invalid principalId"),
            (r#"{"principalId":"me"}"#, "Invalid policy document: there is none"),
            (
                r#"{"principalId":"me","policyDocument":{"Statement":[{"Effect":"Maybe"}]}}"#,
                "Invalid policy document: ",
            ),
            (
                &format!(r#"{{"principalId":"me","policyDocument":{POLICY},"context":{{"a":[]}}}}"#),
                "Invalid context: `a`",
            ),
            (&format!(r#"{{"principalId":"{long}"}}"#), "more than 8192 bytes"),
        ];
        for (payload, why) in cases {
            let error = read(payload.as_bytes()).expect_err(why).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn fact_l9_a_functions_error_is_read_as_a_policy() {
        let error = br#"{"errorMessage":"no","errorType":"Error","trace":[]}"#;
        let expected = "Execution failed due to configuration error: Invalid JSON in response: Unrecognized field \
                        \"errorType\" , not marked as ignorable";
        assert_eq!(function_error(error).to_string(), expected);
        assert!(is_unauthorized(br#"{"errorMessage":"Unauthorized"}"#) && !is_unauthorized(error));
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_read_or_refused(payload in "[{}\\[\\]:,\"a-zA-Z0-9 ]{0,80}|(\\{|\\}|\"principalId\"|:|\"a\"|,|\"policyDocument\"|null){0,12}") {
            if let Ok(policy) = read(payload.as_bytes()) {
                proptest::prop_assert!(serde_json::from_str::<Value>(&policy.document).is_ok());
            }
        }
    }
}
