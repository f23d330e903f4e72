//! Laws of evaluation over generated policies: what more statements can change, and that order changes nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::prelude::*;
use stagegate_policy::{
    Context, Limits, Policy, PolicyKind, PolicySet, Principal, Request, Verdict, evaluate, explain,
};

const LIMITS: Limits = Limits { document_bytes: 100_000, statements: 50, values_per_list: 10 };
const USER: Principal<'static> = Principal::User { account: "111122223333", arn: "arn:aws:iam::111122223333:user/ann" };

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(texts)
}

/// A statement's members without its effect.
fn members() -> impl Strategy<Value = String> {
    let principal = one_of(&[
        "",
        r#","Principal":"*""#,
        r#","Principal":{"AWS":"111122223333"}"#,
        r#","Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"}"#,
        r#","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:user/ann"]}"#,
        r#","NotPrincipal":{"AWS":"444455556666"}"#,
    ]);
    let action = one_of(&[
        r#""Action":"*""#,
        r#""Action":"execute-api:Inv*""#,
        r#""Action":["s3:Get","execute-api:ManageConnections"]"#,
        r#""NotAction":"execute-api:*""#,
        r#""NotAction":"s3:*""#,
    ]);
    let resource = one_of(&[
        "",
        r#","Resource":"*""#,
        r#","Resource":"arn:aws:execute-api:*:*:abc/*/GET/*""#,
        r#","Resource":"arn:aws:execute-api:*:*:abc/${aws:username}/*""#,
        r#","NotResource":"arn:aws:execute-api:*:*:abc/${aws:absent}/*""#,
        r#","NotResource":"arn:aws:s3:*""#,
    ]);
    let condition = one_of(&[
        "",
        r#","Condition":{"StringEquals":{"aws:username":"prod"}}"#,
        r#","Condition":{"StringNotLike":{"aws:username":"p*"}}"#,
        r#","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
        r#","Condition":{"Null":{"aws:absent":"true"}}"#,
        r#","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#,
    ]);
    (action, principal, resource, condition).prop_map(|(a, p, r, c)| format!("{a}{p}{r}{c}"))
}

fn statement(effect: &str, members: &str) -> String {
    format!(r#"{{"Effect":"{effect}",{members}}}"#)
}

fn statements() -> impl Strategy<Value = Vec<String>> {
    let one = (one_of(&["Allow", "Allow", "Deny"]), members());
    prop::collection::vec(one.prop_map(|(effect, members)| statement(effect, &members)), 1..5)
}

fn policy(statements: &[String]) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Policy::parse(&text, &LIMITS).unwrap()
}

fn with_request<T>(principal: Principal<'_>, ask: impl FnOnce(&Request<'_>) -> T) -> T {
    let context: Context = [("aws:username", "prod"), ("aws:SourceIp", "10.1.2.3")].into_iter().collect();
    let resource = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/pets";
    let action = "execute-api:Invoke";
    ask(&Request { principal, action, resource, resource_account: "111122223333", context: &context })
}

/// The verdict when this is the only policy, as an identity policy or as a resource policy.
fn alone(kind: PolicyKind, statements: &[String]) -> Verdict {
    let policy = Arc::new(policy(statements));
    let identity = [Arc::clone(&policy)];
    let set = match kind {
        PolicyKind::Resource => PolicySet { resource: Some(&policy), ..PolicySet::default() },
        _ => PolicySet { identity: &identity, ..PolicySet::default() },
    };
    with_request(USER, |request| evaluate(&set, request).verdict)
}

const KINDS: [PolicyKind; 2] = [PolicyKind::Identity, PolicyKind::Resource];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn another_deny_never_allows_more(before in statements(), more in members(), at in 0_usize..5) {
        let mut after = before.clone();
        after.insert(at.min(before.len()), statement("Deny", &more));
        for kind in KINDS {
            let (was, is) = (alone(kind, &before), alone(kind, &after));
            prop_assert!(is == was || is == Verdict::ExplicitDeny, "{was:?} {is:?}");
        }
    }

    #[test]
    fn another_allow_never_denies_more(before in statements(), more in members(), at in 0_usize..5) {
        let mut after = before.clone();
        after.insert(at.min(before.len()), statement("Allow", &more));
        for kind in KINDS {
            let (was, is) = (alone(kind, &before), alone(kind, &after));
            prop_assert!(is == was || (was == Verdict::ImplicitDeny && is == Verdict::Allow), "{was:?} {is:?}");
        }
    }

    #[test]
    fn order_changes_nothing((given, shuffled) in statements().prop_flat_map(|s| (Just(s.clone()), Just(s).prop_shuffle()))) {
        for kind in KINDS {
            prop_assert_eq!(alone(kind, &given), alone(kind, &shuffled));
        }
    }

    #[test]
    fn the_decision_is_what_the_statements_say(
        identity in statements(), resource in statements(), boundary in statements(), session in statements(),
    ) {
        let (resource, boundary) = (policy(&resource), policy(&boundary));
        let (identity, session) = ([Arc::new(policy(&identity))], [Arc::new(policy(&session))]);
        let set = PolicySet { identity: &identity, resource: Some(&resource), boundary: Some(&boundary), session: &session };
        for principal in [USER, Principal::Anonymous, Principal::Authorized { account: "444455556666" }] {
            let explanation = with_request(principal, |request| explain(&set, request));
            let applying = explanation.statements.iter().filter(|report| report.mismatch.is_none());
            let denies = applying.clone().any(|report| report.effect == stagegate_policy::Effect::Deny);
            prop_assert_eq!(denies, explanation.decision.verdict == Verdict::ExplicitDeny);
            if let Some(by) = explanation.decision.by {
                prop_assert!(applying.clone().any(|report| report.at == by));
            }
            prop_assert_eq!(explanation.decision.silent.is_some(), explanation.decision.verdict == Verdict::ImplicitDeny);
        }
    }

    #[test]
    fn any_text_parses_or_is_refused(text in ".{0,60}", members in r#"[A-Za-z":,\[\]{}*$ ]{0,60}"#) {
        let _ = Policy::parse(&text, &LIMITS);
        let _ = Policy::parse(&format!(r#"{{"Statement":{{"Effect":"Allow",{members}}}}}"#), &LIMITS);
    }
}
