//! What the function of an authorizer may answer (facts A14, A16, A17 and L9).

use serde_json::{Map, Value};
use stagegate_policy::{Limits, Policy, PolicyKind};

use crate::authorize::AuthorizerAnswer;

/// Bytes of an answer: AWS's quota for authorizers' results (fact A17).
const ANSWER_BYTES: usize = 8 * 1024;

/// The keys that an answer may have.
const KEYS: [&str; 4] = ["principalId", "policyDocument", "context", "usageIdentifierKey"];

/// Characters of a resource in a policy (fact 88).
const RESOURCE_CHARACTERS: usize = 512;

/// What a function decided, and for whom.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decided {
    /// What rooms, templates and events see of it.
    pub(crate) answer: AuthorizerAnswer,
    /// The policy, parsed.
    pub(crate) policy: Policy,
    /// The policy as JSON.
    pub(crate) document: String,
}

/// Why an authorizer cannot be used, in AWS's words where they are known (fact L9).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("Execution failed due to configuration error: Invalid permissions on Lambda function")]
    Permission,
    #[error("Execution failed due to configuration error: Rate Exceeded.")]
    Throttled,
    #[error("Execution failed due to configuration error: {0}")]
    Unbound(Box<str>),
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
    #[error("Execution failed due to configuration error: Invalid {0}: it must be text")]
    Text(&'static str),
    #[error("Execution failed due to configuration error: Invalid policy document: {0}")]
    Policy(String),
    #[error("Execution failed due to configuration error: Invalid context: `{0}` must be text, a number or a boolean")]
    Context(String),
}

impl Unusable {
    /// Whether the function could not even be asked; otherwise it was, and failed or answered nonsense.
    pub(crate) fn is_unasked(&self) -> bool {
        matches!(self, Self::Permission | Self::Throttled | Self::Unbound(_) | Self::Timeout | Self::NotInvoked(_))
    }
}

/// Reads an answer.
///
/// # Errors
/// Anything that is no policy. A principal may be missing (fact 84).
pub(crate) fn read(payload: &[u8]) -> Result<Decided, Unusable> {
    if payload.len() > ANSWER_BYTES {
        return Err(Unusable::TooLong);
    }
    let mut answer = object(payload)?;
    if let Some(unknown) = answer.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(Unusable::Unrecognized(unknown.clone()));
    }
    let principal_id = text("principalId", &mut answer)?;
    let usage_identifier_key = text("usageIdentifierKey", &mut answer)?;
    let Some(document) = answer.remove("policyDocument") else {
        return Err(Unusable::Policy("there is none".to_owned()));
    };
    check_resources(&document)?;
    let document = document.to_string();
    let limits = Limits { document_bytes: ANSWER_BYTES, statements: ANSWER_BYTES, values_per_list: ANSWER_BYTES };
    let parsed =
        Policy::parse(&document, &limits).and_then(|policy| policy.require(PolicyKind::Identity).map(|()| policy));
    let policy = parsed.map_err(|error| Unusable::Policy(error.to_string()))?;
    let context = context(answer.remove("context"))?;
    let answer = AuthorizerAnswer { principal_id, context, usage_identifier_key, ..AuthorizerAnswer::default() };
    Ok(Decided { answer, policy, document })
}

/// A member that is text, or is not there.
fn text(name: &'static str, answer: &mut Map<String, Value>) -> Result<Option<Box<str>>, Unusable> {
    match answer.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.into())),
        Some(_) => Err(Unusable::Text(name)),
    }
}

/// Refuses resources that are longer than AWS lets them be. What is no policy at all is refused by who parses it.
fn check_resources(document: &Value) -> Result<(), Unusable> {
    let many = |value: &Value| match value {
        Value::Array(values) => values.clone(),
        one => vec![one.clone()],
    };
    for statement in many(&document["Statement"]) {
        for resource in many(&statement["Resource"]).iter().chain(&many(&statement["NotResource"])) {
            if resource.as_str().is_some_and(|text| text.chars().count() > RESOURCE_CHARACTERS) {
                let why = format!("a resource has more than {RESOURCE_CHARACTERS} characters");
                return Err(Unusable::Policy(why));
            }
        }
    }
    Ok(())
}

fn object(payload: &[u8]) -> Result<Map<String, Value>, Unusable> {
    match serde_json::from_slice(payload) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Unusable::NotJson),
    }
}

/// Names with their values, in order.
type Entries = Box<[(Box<str>, Box<str>)]>;

/// The values as text, as `$context.authorizer` shows them.
fn context(context: Option<Value>) -> Result<Entries, Unusable> {
    let entries = match context {
        None | Some(Value::Null) => return Ok(Box::default()),
        Some(Value::Object(entries)) => entries,
        Some(_) => return Err(Unusable::Context("context".to_owned())),
    };
    let entry = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name.into(), text.into())),
        Value::Number(_) | Value::Bool(_) => Ok((name.into(), value.to_string().into())),
        Value::Null => Ok((name.into(), Box::default())),
        Value::Array(_) | Value::Object(_) => Err(Unusable::Context(name)),
    };
    entries.into_iter().map(entry).collect()
}

/// Whether a function that failed meant that the caller is not who they say: the message is exactly `Unauthorized`.
pub(crate) fn is_unauthorized(payload: &[u8]) -> bool {
    object(payload).is_ok_and(|error| error.get("errorMessage").is_some_and(|message| message == "Unauthorized"))
}

/// The error of a function is read as a policy, and fails at the first key that policies do not have (fact A16).
pub(crate) fn function_error(payload: &[u8]) -> Unusable {
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
        let Decided { answer, document, .. } = read(payload.as_bytes()).expect("a policy");
        assert_eq!((answer.principal_id.as_deref(), document.as_str()), (Some("me"), POLICY));
        assert_eq!(answer.usage_identifier_key.as_deref(), Some("k"));
        let context: Vec<_> = answer.context.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(context, [("a", "b"), ("n", "1.5"), ("t", "true"), ("z", "")]);
    }

    #[test]
    fn fact_84_an_answer_without_a_principal_is_one() {
        for principal in ["", "\"principalId\":null,"] {
            let payload = format!("{{{principal}\"policyDocument\":{POLICY}}}");
            assert_eq!(read(payload.as_bytes()).map(|decided| decided.answer.principal_id), Ok(None));
        }
    }

    #[test]
    fn fact_88_a_resource_has_at_most_512_characters() {
        for (length, is_read) in [(512, true), (513, false)] {
            let resource = "*".repeat(length);
            let statement = format!(r#"{{"Action":"*","Effect":"Allow","Resource":["*","{resource}"]}}"#);
            let payload = format!(r#"{{"policyDocument":{{"Version":"2012-10-17","Statement":{statement}}}}}"#);
            assert_eq!(read(payload.as_bytes()).is_ok(), is_read, "{length}");
        }
    }

    #[test]
    fn fact_a16_whatever_is_no_policy_cannot_be_used() {
        let long = "x".repeat(ANSWER_BYTES);
        let cases = [
            ("", "Invalid JSON in response"),
            ("[]", "Invalid JSON in response"),
            (r#"{"principalId":"me","statusCode":200}"#, "Unrecognized field \"statusCode\" , not marked as ignorable"),
            (r#"{"principalId":1,"policyDocument":{}}"#, "Invalid principalId"),
            (&format!(r#"{{"policyDocument":{POLICY},"usageIdentifierKey":1}}"#), "Invalid usageIdentifierKey"),
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
            if let Ok(decided) = read(payload.as_bytes()) {
                proptest::prop_assert!(serde_json::from_str::<Value>(&decided.document).is_ok());
            }
        }
    }
}
