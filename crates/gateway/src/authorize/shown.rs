//! `requestContext.authorizer` of HTTP APIs' events: what is known of the caller, as JSON (facts H41, H44 and 94).

use stagegate_plan::AuthorizationPlan;
use stagegate_plan::identity::Principal;

use super::{AuthorizerAnswer, Caller};
use crate::json;
use crate::route::Routed;

/// Payload format 2.0: `iam`, `jwt` or `lambda`, whichever let the caller in; `None` of callers whom nobody asked who they are.
pub(crate) fn shown_caller(caller: &Caller, routed: &Routed<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match (&caller.iam, &caller.authorizer) {
        (Some(iam), _) => return Some(shown_signer(&iam.access_key_id, &iam.credential.principal)),
        (None, Some(answer)) => {
            if let Some(context) = &answer.typed_context {
                out.extend_from_slice(b"{\"lambda\":");
                out.extend_from_slice(context.as_bytes());
            } else {
                out.extend_from_slice(b"{\"jwt\":");
                write_token(answer, routed, &mut out);
            }
            out.push(b'}');
        }
        (None, None) => return None,
    }
    Some(out)
}

/// Payload format 1.0 of HTTP APIs: the claims and scopes of a token. What functions say has the form that REST APIs give it.
pub(crate) fn shown_token(answer: &AuthorizerAnswer, routed: &Routed<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    answer.typed_context.is_none().then(|| write_token(answer, routed, &mut out))?;
    Some(out)
}

/// Claims as texts, and those of the route's scopes that the token has.
fn write_token(answer: &AuthorizerAnswer, routed: &Routed<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"claims\":{");
    for (index, (name, value)) in answer.claims.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::string(name.as_bytes(), out);
        out.push(b':');
        json::string(value.as_bytes(), out);
    }
    out.extend_from_slice(b"},\"scopes\":");
    let wanted = match &routed.route.authorization {
        AuthorizationPlan::Authorizer { scopes, .. } => &**scopes,
        AuthorizationPlan::Open | AuthorizationPlan::Iam => &[],
    };
    write_scopes(wanted.iter().filter(|scope| answer.scopes.contains(scope)).map(|scope| &**scope), out);
    out.push(b'}');
}

fn write_scopes<'s>(scopes: impl Iterator<Item = &'s str>, out: &mut Vec<u8>) {
    let mut mark = b'[';
    for scope in scopes {
        out.push(std::mem::replace(&mut mark, b','));
        json::string(scope.as_bytes(), out);
    }
    if mark == b'[' { json::null(out) } else { out.push(b']') }
}

/// Who signed, of HTTP APIs and function URLs alike (developer guide, "Create AWS Lambda proxy integrations for HTTP APIs").
pub(crate) fn shown_signer(access_key_id: &str, principal: &Principal) -> Vec<u8> {
    let mut out = b"{\"iam\":{\"accessKey\":".to_vec();
    json::string(access_key_id.as_bytes(), &mut out);
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
    use super::write_scopes;

    #[test]
    fn scopes_are_a_list_or_null() {
        for (scopes, expected) in [(&[][..], "null"), (&["a"], r#"["a"]"#), (&["a", "b\""], r#"["a","b\""]"#)] {
            let mut out = Vec::new();
            write_scopes(scopes.iter().copied(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
