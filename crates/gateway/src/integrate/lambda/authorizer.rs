//! `requestContext.authorizer` of payload format 2.0: what is known of a caller, by the kind of who let them in (facts H13 and H44).

use stagegate_plan::identity::Credential;

use super::pairs::object;
use crate::authorize::{AuthorizerAnswer, IamCaller};
use crate::json;
use crate::observe::Notes;

/// The member's document; none where nobody was asked.
pub(super) fn document(notes: &Notes) -> Option<Vec<u8>> {
    let caller = notes.caller()?;
    match (&caller.authorizer, &caller.iam) {
        (Some(answer), _) if answer.claims.is_empty() => Some(lambda(answer)),
        (Some(answer), _) => Some(jwt(answer)),
        (None, Some(IamCaller { credential, .. })) => Some(iam(credential)),
        (None, None) => None,
    }
}

/// A token's claims, and the scopes of the route that it has.
fn jwt(answer: &AuthorizerAnswer) -> Vec<u8> {
    let mut out = b"{\"jwt\":{\"claims\":".to_vec();
    let claims = answer.claims.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    object(claims, &mut out, if answer.claims_are_json { json::verbatim } else { json::string });
    out.extend_from_slice(b",\"scopes\":");
    write_scopes(answer, &mut out);
    out.extend_from_slice(b"}}");
    out
}

/// The scopes, or `null` without any.
pub(super) fn write_scopes(answer: &AuthorizerAnswer, out: &mut Vec<u8>) {
    if answer.scopes.is_empty() {
        return json::null(out);
    }
    for (index, scope) in answer.scopes.iter().enumerate() {
        out.push(if index == 0 { b'[' } else { b',' });
        json::string(scope.as_bytes(), out);
    }
    out.push(b']');
}

/// What the function of an authorizer said.
fn lambda(answer: &AuthorizerAnswer) -> Vec<u8> {
    let mut out = b"{\"lambda\":".to_vec();
    match &answer.typed_context {
        Some(context) => out.extend_from_slice(context.as_bytes()),
        None if answer.context.is_empty() => out.extend_from_slice(b"{}"),
        None => {
            let context = answer.context.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            object(context, &mut out, json::string);
        }
    }
    out.push(b'}');
    out
}

/// Who signed the request (Developer Guide, "Invoking Lambda function URLs", which has the same form).
pub(crate) fn iam(credential: &Credential) -> Vec<u8> {
    let principal = &credential.principal;
    let mut out = b"{\"iam\":{\"accessKey\":".to_vec();
    json::string(credential.access_key_id.as_bytes(), &mut out);
    for (key, value) in [
        (&b",\"accountId\":"[..], &principal.account),
        (b",\"callerId\":", &principal.user_id),
        (b",\"cognitoIdentity\":null,\"principalOrgId\":null,\"userArn\":", &principal.arn),
        (b",\"userId\":", &principal.user_id),
    ] {
        out.extend_from_slice(key);
        json::string(value.as_bytes(), &mut out);
    }
    out.extend_from_slice(b"}}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(given: &[(&str, &str)]) -> Box<[(Box<str>, Box<str>)]> {
        given.iter().map(|(name, value)| (Box::from(*name), Box::from(*value))).collect()
    }

    #[test]
    fn fact_h44_each_kind_of_authorizer_has_its_member() {
        let token = AuthorizerAnswer {
            claims: texts(&[("sub", "a"), ("exp", "1700000000")]),
            scopes: ["read".into(), "write".into()].into(),
            ..AuthorizerAnswer::default()
        };
        let typed = AuthorizerAnswer {
            typed_context: Some(r#"{"a":7,"b":true}"#.into()),
            context: texts(&[("a", "7"), ("b", "true")]),
            ..AuthorizerAnswer::default()
        };
        let strings = AuthorizerAnswer { context: texts(&[("a", "7")]), ..AuthorizerAnswer::default() };
        for (document, expected) in [
            (jwt(&token), r#"{"jwt":{"claims":{"sub":"a","exp":"1700000000"},"scopes":["read","write"]}}"#),
            (lambda(&typed), r#"{"lambda":{"a":7,"b":true}}"#),
            (lambda(&strings), r#"{"lambda":{"a":"7"}}"#),
            (lambda(&AuthorizerAnswer::default()), r#"{"lambda":{}}"#),
        ] {
            assert_eq!(String::from_utf8(document).unwrap(), expected);
        }
    }
}
