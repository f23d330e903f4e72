//! Claims as later rooms show them: Cognito's as texts, those of `JWT` authorizers as JSON.

use std::fmt::Write as _;

use serde_json::Value;
use stagegate_jwt::Claims;
use stagegate_plan::{ClaimForm, TokenRules};

use crate::observe::java_date;

/// The claims that Cognito's authorizer shows as dates.
const DATES: [&str; 3] = ["exp", "iat", "nbf"];

/// Every claim by its name, in the token's order.
pub(super) fn shown(claims: &Claims, rules: &TokenRules) -> Box<[(Box<str>, Box<str>)]> {
    let text = |name: &str, value: &Value| match rules {
        TokenRules::UserPools { .. } => cognito(name, value),
        TokenRules::Jwt { claims: ClaimForm::Json, .. } => json(value),
        TokenRules::Jwt { claims: ClaimForm::Text, .. } => text_of(value),
    };
    claims.members().iter().map(|(name, value)| (name.as_str().into(), text(name, value).into())).collect()
}

/// Cognito's form, as API Gateway shows it in events and tests: `"email_verified":"true"`, `"exp":"Fri Jul 29 18:52:53 UTC 2016"`
/// (captured in amazon-cognito-identity-js, issue 92). Of several values, as `cognito:groups` has them, the commas are left.
fn cognito(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if DATES.contains(&name) => date(number).unwrap_or_else(|| number.to_string()),
        Value::Array(items) => items.iter().map(|item| cognito("", item)).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn date(number: &serde_json::Number) -> Option<String> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a verified date is in range; any other has no year and stays a number"
    )]
    let seconds = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))?;
    java_date(seconds)
}

/// The form of HTTP APIs: texts, and of lists what Go prints of them, such as `[a b]`.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(text_of).collect::<Vec<_>>().join(" ")),
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(name, value)| format!("{name}:{}", text_of(value))).collect();
            members.sort_unstable();
            format!("map[{}]", members.join(" "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// JSON text in which every character beyond ASCII is an escape in capitals, `\u00E9` (AWS's guide, "Pass JWT claims to your
/// integration").
fn json(value: &Value) -> String {
    let text = value.to_string();
    if text.is_ascii() {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if character.is_ascii() {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(escaped, "\\u{unit:04X}").expect("a String takes everything");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stagegate_jwt::Algorithms;
    use stagegate_plan::AudienceClaims;

    use super::*;

    fn texts(value: Value, rules: &TokenRules) -> Vec<(String, String)> {
        let Value::Object(members) = value else { panic!("{value}") };
        let shown = shown(&Claims::new(members), rules);
        shown.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    fn jwt(claims: ClaimForm) -> TokenRules {
        let (issuers, algorithms) = (Box::default(), Algorithms::default());
        TokenRules::Jwt { issuers, algorithms, audience: AudienceClaims::AudOrClientId, claims }
    }

    #[test]
    fn claims_of_http_apis_are_texts() {
        let claims = json!({
            "sub": "cdad23f0", "email_verified": true, "exp": 1_469_818_373, "cognito:groups": ["a", "b"],
            "address": {"zip": 1, "city": "x"}, "n": null, "accent": "é", "empty": [],
        });
        let expected = [
            ("sub", "cdad23f0"),
            ("email_verified", "true"),
            ("exp", "1469818373"),
            ("cognito:groups", "[a b]"),
            ("address", "map[city:x zip:1]"),
            ("n", "<nil>"),
            ("accent", "é"),
            ("empty", "[]"),
        ];
        let shown = texts(claims, &jwt(ClaimForm::Text));
        assert_eq!(shown, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn fact_a25_claims_of_user_pools_are_texts() {
        let rules = TokenRules::UserPools { pools: Box::default(), audience: None };
        let claims = json!({
            "sub": "cdad23f0", "email_verified": true, "auth_time": 1_469_814_773, "exp": 1_469_818_373,
            "iat": 1_469_814_773, "cognito:groups": ["a", "b"], "o": {"a": 1}, "n": null,
        });
        let expected = [
            ("sub", "cdad23f0"),
            ("email_verified", "true"),
            ("auth_time", "1469814773"),
            ("exp", "Fri Jul 29 18:52:53 UTC 2016"),
            ("iat", "Fri Jul 29 17:52:53 UTC 2016"),
            ("cognito:groups", "a,b"),
            ("o", r#"{"a":1}"#),
            ("n", ""),
        ];
        assert_eq!(texts(claims, &rules), expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn claims_of_jwt_authorizers_are_json() {
        let rules = jwt(ClaimForm::Json);
        // AWS's own example, and its own escape.
        let claims = json!({
            "name": "Doe, \"Jane\"", "iat": 1_516_239_022, "version": "42", "roles": ["user", "editor"],
            "address": {"city": "Seattle"}, "accent": "é", "smile": "😀",
        });
        let expected = [
            ("name", r#""Doe, \"Jane\"""#),
            ("iat", "1516239022"),
            ("version", r#""42""#),
            ("roles", r#"["user","editor"]"#),
            ("address", r#"{"city":"Seattle"}"#),
            ("accent", r#""\u00E9""#),
            ("smile", r#""\uD83D\uDE00""#),
        ];
        assert_eq!(texts(claims, &rules), expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }
}
