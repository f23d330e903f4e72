//! What the function of an authorizer may answer (facts A14, A16, A17 and L9).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use stagegate_plan::DecisionForm;
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
    #[error("Execution failed due to configuration error: Invalid simple response: isAuthorized must be true or false")]
    NotSimple,
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

/// Reads an answer in the form that the authorizer's has.
///
/// # Errors
/// Anything in another form. A principal may be missing (fact 84).
pub(crate) fn read(payload: &[u8], form: DecisionForm) -> Result<Decided, Unusable> {
    if payload.len() > ANSWER_BYTES {
        return Err(Unusable::TooLong);
    }
    let answer = object(payload)?;
    match form {
        DecisionForm::Policy | DecisionForm::TextPolicy | DecisionForm::TypedPolicy => by_policy(answer, form),
        DecisionForm::Simple => simple(answer),
    }
}

/// `isAuthorized`, which may be written as text (fact H46), a context, and beyond AWS an API key.
fn simple(mut answer: Map<String, Value>) -> Result<Decided, Unusable> {
    let is_authorized = match answer.remove("isAuthorized") {
        Some(Value::Bool(flag)) => flag,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => false,
        _ => return Err(Unusable::NotSimple),
    };
    let effect = if is_authorized { "Allow" } else { "Deny" };
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Action":"execute-api:Invoke","Effect":"{effect}","Resource":"*"}}]}}"#
    );
    let policy = parsed(&document)?;
    let (context, typed) = typed_context(answer.remove("context"))?;
    // AWS does not look at any other member: one that is no text is no key.
    let key = answer.get("usageIdentifierKey").and_then(Value::as_str).map(Box::from);
    let answer = AuthorizerAnswer {
        context,
        typed_context: Some(typed),
        usage_identifier_key: key,
        ..AuthorizerAnswer::default()
    };
    Ok(Decided { answer, policy, document })
}

fn by_policy(mut answer: Map<String, Value>, form: DecisionForm) -> Result<Decided, Unusable> {
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
    let policy = parsed(&document)?;
    let given = answer.remove("context");
    let (context, typed_context) = match form {
        DecisionForm::Policy => (context(given)?, None),
        DecisionForm::TextPolicy => {
            let texts = context(given)?;
            let typed = in_order(texts.iter().map(|(name, text)| (name.to_string(), Value::from(&**text))));
            (texts, Some(typed))
        }
        DecisionForm::TypedPolicy | DecisionForm::Simple => {
            let (texts, typed) = typed_context(given)?;
            (texts, Some(typed))
        }
    };
    let answer =
        AuthorizerAnswer { principal_id, context, typed_context, usage_identifier_key, ..AuthorizerAnswer::default() };
    Ok(Decided { answer, policy, document })
}

fn parsed(document: &str) -> Result<Policy, Unusable> {
    let limits = Limits { document_bytes: ANSWER_BYTES, statements: ANSWER_BYTES, values_per_list: ANSWER_BYTES };
    let parsed =
        Policy::parse(document, &limits).and_then(|policy| policy.require(PolicyKind::Identity).map(|()| policy));
    parsed.map_err(|error| Unusable::Policy(error.to_string()))
}

/// The values as text, and all of them as JSON with their types kept. `claims` is not among them (fact H46).
fn typed_context(context: Option<Value>) -> Result<(Entries, Box<str>), Unusable> {
    let mut entries = match context {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(entries)) => entries,
        Some(_) => return Err(Unusable::Context("context".to_owned())),
    };
    entries.remove("claims");
    let text = |value: &Value| match value {
        Value::String(text) => text.as_str().into(),
        Value::Null => Box::default(),
        other => other.to_string().into(),
    };
    let texts = entries.iter().map(|(name, value)| (name.as_str().into(), text(value))).collect();
    Ok((texts, in_order(entries.into_iter())))
}

/// An object with its names in alphabetical order, as JSON.
fn in_order(entries: impl Iterator<Item = (String, Value)>) -> Box<str> {
    let ordered: BTreeMap<String, Value> = entries.collect();
    serde_json::to_string(&ordered).expect("JSON values are JSON").into()
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
        let Decided { answer, document, .. } = read(payload.as_bytes(), DecisionForm::Policy).expect("a policy");
        assert_eq!((answer.principal_id.as_deref(), document.as_str()), (Some("me"), POLICY));
        assert_eq!(answer.usage_identifier_key.as_deref(), Some("k"));
        let context: Vec<_> = answer.context.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(context, [("a", "b"), ("n", "1.5"), ("t", "true"), ("z", "")]);
    }

    #[test]
    fn fact_84_an_answer_without_a_principal_is_one() {
        for principal in ["", "\"principalId\":null,"] {
            let payload = format!("{{{principal}\"policyDocument\":{POLICY}}}");
            assert_eq!(
                read(payload.as_bytes(), DecisionForm::Policy).map(|decided| decided.answer.principal_id),
                Ok(None)
            );
        }
    }

    #[test]
    fn fact_88_a_resource_has_at_most_512_characters() {
        for (length, is_read) in [(512, true), (513, false)] {
            let resource = "*".repeat(length);
            let statement = format!(r#"{{"Action":"*","Effect":"Allow","Resource":["*","{resource}"]}}"#);
            let payload = format!(r#"{{"policyDocument":{{"Version":"2012-10-17","Statement":{statement}}}}}"#);
            assert_eq!(read(payload.as_bytes(), DecisionForm::Policy).is_ok(), is_read, "{length}");
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
            let error = read(payload.as_bytes(), DecisionForm::Policy).expect_err(why).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn fact_h46_a_simple_answer_says_yes_or_no() {
        for (payload, effect) in [
            (r#"{"isAuthorized":true}"#, Some("Allow")),
            (r#"{"isAuthorized":"true","context":null}"#, Some("Allow")),
            (r#"{"isAuthorized":false,"context":{"a":1}}"#, Some("Deny")),
            (r#"{"isAuthorized":1}"#, None),
            (r#"{"isAuthorized":"yes"}"#, None),
            (r#"{"context":{}}"#, None),
            (r#"{"isAuthorized":true,"context":[]}"#, None),
            (&format!(r#"{{"policyDocument":{POLICY}}}"#), None),
        ] {
            let decided = read(payload.as_bytes(), DecisionForm::Simple).ok();
            assert_eq!(decided.is_some(), effect.is_some(), "{payload}");
            assert!(decided.is_none_or(|decided| decided.document.contains(effect.unwrap_or_default())), "{payload}");
        }
        for form in [DecisionForm::Policy, DecisionForm::TextPolicy, DecisionForm::TypedPolicy] {
            assert!(read(br#"{"isAuthorized":true}"#, form).is_err(), "the other form is none: {form:?}");
        }
    }

    #[test]
    fn a_simple_answer_may_bring_an_api_key() {
        for (payload, key) in [
            (r#"{"isAuthorized":true,"usageIdentifierKey":"k"}"#, Some("k")),
            (r#"{"isAuthorized":true,"usageIdentifierKey":7}"#, None),
            (r#"{"isAuthorized":true}"#, None),
        ] {
            let answer = read(payload.as_bytes(), DecisionForm::Simple).expect("an answer").answer;
            assert_eq!(answer.usage_identifier_key.as_deref(), key, "{payload}");
        }
    }

    #[test]
    fn facts_h44_and_h46_values_keep_their_types_or_become_texts() {
        let context = r#"{"z":"s","n":7,"t":true,"e":"","l":[1],"m":{"a":null},"u":null,"claims":{"x":1}}"#;
        let payload = format!(r#"{{"policyDocument":{POLICY},"context":{context}}}"#);
        let answer = read(payload.as_bytes(), DecisionForm::TypedPolicy).expect("a policy").answer;
        let typed = r#"{"e":"","l":[1],"m":{"a":null},"n":7,"t":true,"u":null,"z":"s"}"#;
        assert_eq!(answer.typed_context.as_deref(), Some(typed));
        let texts = ["z", "n", "t", "e", "l", "m", "u", "claims"].map(|name| answer.context(name));
        let expected =
            [Some("s"), Some("7"), Some("true"), Some(""), Some("[1]"), Some(r#"{"a":null}"#), Some(""), None];
        assert_eq!(texts, expected);
        let simple = format!(r#"{{"isAuthorized":true,"context":{context}}}"#);
        let simple = read(simple.as_bytes(), DecisionForm::Simple).expect("an answer").answer;
        assert_eq!(simple.typed_context, answer.typed_context);
        assert!(read(payload.as_bytes(), DecisionForm::TextPolicy).is_err());
        let payload = format!(r#"{{"policyDocument":{POLICY},"context":{{"z":"s","n":7,"t":true}}}}"#);
        let answer = read(payload.as_bytes(), DecisionForm::TextPolicy).expect("a policy").answer;
        assert_eq!(answer.typed_context.as_deref(), Some(r#"{"n":"7","t":"true","z":"s"}"#));
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
            for form in [DecisionForm::Policy, DecisionForm::TypedPolicy, DecisionForm::Simple] {
                if let Ok(decided) = read(payload.as_bytes(), form) {
                    proptest::prop_assert!(serde_json::from_str::<Value>(&decided.document).is_ok());
                }
            }
        }
    }
}
