//! Action, Resource and their negations, statements that lack an element, and the words of an explanation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use stagegate_policy::{
    Context, Limits, Mismatch, Policy, PolicyKind, PolicySet, Principal, Request, Verdict, evaluate, explain,
};

const LIMITS: Limits = Limits { document_bytes: 10_000, statements: 10, values_per_list: 10 };
const ACCOUNT: &str = "111122223333";

fn parse(statements: &str) -> Arc<Policy> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Arc::new(Policy::parse(&text, &LIMITS).unwrap())
}

fn ask<T>(resource: &str, ask: impl FnOnce(&Request<'_>) -> T) -> T {
    let context: Context = [("aws:username", "ann")].into_iter().collect();
    let principal = Principal::User { account: ACCOUNT, arn: "arn:aws:iam::111122223333:user/ann" };
    let action = "execute-api:Invoke";
    ask(&Request { principal, action, resource, resource_account: ACCOUNT, context: &context })
}

#[test]
fn elements_select_what_they_name() {
    const ARN: &str = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/pets/ann";
    for (members, applies) in [
        (r#""Action":"*","Resource":"*""#, true),
        (r#""Action":"EXECUTE-API:invoke","Resource":"*""#, true),
        (r#""Action":"execute-api:Inv?ke","Resource":"*""#, true),
        (r#""Action":["s3:*","execute-api:*"],"Resource":"*""#, true),
        (r#""Action":"execute-api:Invoke2","Resource":"*""#, false),
        (r#""NotAction":["s3:*","iam:*"],"Resource":"*""#, true),
        (r#""NotAction":["s3:*","execute-api:i*"],"Resource":"*""#, false),
        (r#""Action":"*","Resource":"arn:aws:execute-api:*:*:abc/prod/GET/pets/*""#, true),
        (r#""Action":"*","Resource":"arn:aws:execute-api:*:*:abc/*/pets/${aws:username}""#, true),
        (r#""Action":"*","Resource":"arn:aws:execute-api:*:*:abc/*/pets/${aws:userid}""#, false),
        (r#""Action":"*","Resource":["arn:aws:s3:::${aws:userid}","*"]"#, true),
        (r#""Action":"*","Resource":"arn:aws:execute-api:*:*:ABC/*""#, false),
        (r#""Action":"*","NotResource":"arn:aws:execute-api:*:*:abc/dev/*""#, true),
        (r#""Action":"*","NotResource":["arn:aws:s3:*","arn:aws:execute-api:*:*:abc/*"]"#, false),
        (r#""Action":"*","NotResource":"arn:aws:execute-api:*:*:abc/${aws:userid}/*""#, false),
    ] {
        for (effect, verdict) in [("Allow", Verdict::Allow), ("Deny", Verdict::ExplicitDeny)] {
            let identity = [parse(&format!(r#"{{"Effect":"{effect}",{members}}}"#))];
            let set = PolicySet { identity: &identity, ..PolicySet::default() };
            let expected = if applies { verdict } else { Verdict::ImplicitDeny };
            assert_eq!(ask(ARN, |request| evaluate(&set, request).verdict), expected, "{effect} {members}");
        }
    }
}

#[test]
fn a_statement_without_a_needed_element_fails_closed() {
    let verdict = |set: &PolicySet<'_>| ask("arn:x", |request| evaluate(set, request).verdict);
    let (allow, deny) = (parse(r#"{"Effect":"Allow","Action":"*"}"#), parse(r#"{"Effect":"Deny","Action":"*"}"#));
    for (policy, expected) in [(allow, Verdict::ImplicitDeny), (deny, Verdict::ExplicitDeny)] {
        let identity = [Arc::clone(&policy)];
        assert_eq!(verdict(&PolicySet { identity: &identity, ..PolicySet::default() }), expected);
        assert_eq!(verdict(&PolicySet { resource: Some(&policy), ..PolicySet::default() }), expected);
    }
    let trust = parse(r#"{"Effect":"Allow","Principal":"*","Action":"*"}"#);
    assert_eq!(verdict(&PolicySet { resource: Some(&trust), ..PolicySet::default() }), Verdict::Allow);
}

#[test]
fn an_explanation_names_the_deciding_statement_and_every_reason() {
    let identity = [
        parse(r#"{"Sid":"Other","Effect":"Deny","Action":"s3:*","Resource":"*"}"#),
        parse(
            r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:*"},
               {"Sid":"Invoke","Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"},
               {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#,
        ),
    ];
    let resource = parse(r#"{"Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"*","Resource":"*"}"#);
    let set = PolicySet { identity: &identity, resource: Some(&resource), ..PolicySet::default() };
    let explanation = ask("arn:x", |request| explain(&set, request));
    let by = explanation.decision.by.unwrap();
    assert_eq!((by.kind, by.policy, by.statement, by.sid), (PolicyKind::Identity, 1, 1, Some("Invoke")));
    let reasons: Vec<_> = explanation.statements.iter().map(|report| report.mismatch).collect();
    let condition = Mismatch::Condition { operator: "Bool", key: "aws:SecureTransport" };
    let expected = [Some(Mismatch::Action), Some(Mismatch::Resource), None, Some(condition), Some(Mismatch::Principal)];
    assert_eq!(reasons, expected);
    let text = explanation.to_string();
    assert!(text.starts_with("allowed by identity-based policy 1, statement 1 (Invoke)\n"), "{text}");
    let last = "resource-based policy 0, statement 0: Deny does not apply: it is not about this principal\n";
    assert!(text.ends_with(last), "{text}");
}

#[test]
fn an_explanation_of_a_denial_says_what_denied_or_was_silent() {
    let deny = [parse(r#"{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}"#)];
    for (identity, expected) in [
        (deny.as_slice(), "denied by identity-based policy 0, statement 0 (No)\n"),
        (&[], "denied: no identity-based policy allows it\n"),
    ] {
        let set = PolicySet { identity, ..PolicySet::default() };
        let text = ask("arn:x", |request| explain(&set, request).to_string());
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn a_policy_says_which_keys_it_reads() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::home/${aws:UserName}/*",
         "Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringLike":{"aws:userid":"${aws:PrincipalTag/Team}*"}}},
        {"Effect":"Allow","Principal":"*","Action":"*","Condition":{"IpAddressIfExists":{"AWS:sourceip":"10.0.0.0/8"}}}]}"#;
    let keys: Vec<String> = Policy::parse(text, &LIMITS).unwrap().keys().map(str::to_owned).collect();
    assert_eq!(keys, ["aws:principaltag/team", "aws:sourceip", "aws:userid", "aws:username"]);
    let plain = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    assert_eq!(Policy::parse(plain, &LIMITS).unwrap().keys().count(), 0);
}
