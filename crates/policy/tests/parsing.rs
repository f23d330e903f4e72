//! What is refused, where, and in which words; and what is taken.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use stagegate_policy::{Fault, Limits, Policy, PolicyKind, Version};

const LIMITS: Limits = Limits { document_bytes: 2_000, statements: 3, values_per_list: 4 };

/// A statement with more members than the needed ones.
fn with(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"{members}}}]}}"#)
}

fn with_condition(condition: &str) -> String {
    with(&format!(r#","Condition":{condition}"#))
}

fn refusal(text: &str) -> String {
    Policy::parse(text, &LIMITS).map(|policy| format!("{policy:?}")).unwrap_err().to_string()
}

#[test]
fn documents_are_refused_with_their_place() {
    for (text, expected) in [
        ("", "the document is not JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "found a list; allowed: an object with the members Version, Id, Statement"),
        ("{}", "Statement is missing"),
        (r#"{"statement":[]}"#, "`statement` is unknown; allowed: Version, Id, Statement"),
        (r#"{"Version":"2012-10-18","Statement":[]}"#, "Version: found `2012-10-18`; allowed: 2012-10-17, 2008-10-17"),
        (r#"{"Version":"2012-10-17","Version":"2008-10-17"}"#, "`Version` appears twice"),
        (r#"{"Statement":[]}"#, "Statement: found an empty list; allowed: at least one item"),
        (r#"{"Statement":[1]}"#, "Statement[0]: found 1; allowed: an object: a statement"),
        (r#"{"Statement":[{},{},{},{}]}"#, "Statement: has 4 statements; at most 3 are allowed"),
        (r#"{"Statement":{"Action":"*"}}"#, "Statement: Effect is missing"),
        (r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "Statement: Action or NotAction is missing"),
        (r#"{"Statement":{"Effect":"allow"}}"#, "Statement.Effect: found `allow`; allowed: Allow, Deny"),
        (r#"{"Statement":{"Effect":null}}"#, "Statement.Effect: found null; allowed: Allow, Deny"),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn statements_are_refused_with_their_place() {
    for (members, expected) in [
        (r#","NotAction":"a:b""#, "Statement[0]: Action and NotAction exclude each other"),
        (r#","NotResource":"*""#, "Statement[0]: Resource and NotResource exclude each other"),
        (r#","Principal":"*","NotPrincipal":"*""#, "Statement[0]: Principal and NotPrincipal exclude each other"),
        (r#","Effect":"Deny""#, "Statement[0]: `Effect` appears twice"),
        (r#","Sid":7"#, "Statement[0].Sid: found 7; allowed: a string"),
        (r#","NotAction":["a:b","ab"]"#, "Statement[0].NotAction[1]: found `ab`; allowed: * or service:name"),
        (r#","NotAction":[["a:b"]]"#, "Statement[0].NotAction[0]: found a list; allowed: * or service:name"),
        (
            r#","NotAction":["a:b","a:b","a:b","a:b","a:b"]"#,
            "Statement[0].NotAction: has 5 values; at most 4 are allowed",
        ),
        (r#","NotResource":"""#, "Statement[0].NotResource: found ``; allowed: * or an ARN"),
        (
            r#","NotResource":"arn:aws:s3:::b/${aws:username""#,
            "Statement[0].NotResource: found `arn:aws:s3:::b/${aws:username`; allowed: ${prefix:key}, \
             ${prefix:key, 'default'}, ${*}, ${?} or ${$}",
        ),
        (
            r#","NotResource":"arn:aws:sqs:r:${aws:PrincipalAccount}:q""#,
            "Statement[0].NotResource: found `arn:aws:sqs:r:${aws:PrincipalAccount}:q`; allowed: policy variables \
             behind the fifth colon of an ARN only",
        ),
    ] {
        assert_eq!(refusal(&with(members)), expected, "{members}");
    }
}

#[test]
fn principals_are_refused_unless_full() {
    for principal in [
        r#""""#,
        r#""111122223333""#,
        "[]",
        "{}",
        r#"{"aws":"*"}"#,
        r#"{"CanonicalUser":"a"}"#,
        r#"{"AWS":[]}"#,
        r#"{"AWS":""}"#,
        r#"{"AWS":"11112222333"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#,
        r#"{"AWS":"arn:aws:iam::*:root"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:user/"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:group/g"}"#,
        r#"{"AWS":"arn:aws:s3:::b"}"#,
        r#"{"Service":"*"}"#,
        r#"{"Federated":7}"#,
    ] {
        let error = Policy::parse(&with(&format!(r#","Principal":{principal}"#)), &LIMITS).unwrap_err();
        assert!(error.path.starts_with("Statement[0].Principal"), "{principal}: {error}");
    }
}

#[test]
fn conditions_are_refused_unless_their_values_fit() {
    for condition in [
        "[]",
        r#"{"StringMatches":{"a:b":"c"}}"#,
        r#"{"stringequals":{"a:b":"c"}}"#,
        r#"{"ForSome:StringEquals":{"a:b":"c"}}"#,
        r#"{"NullIfExists":{"a:b":"true"}}"#,
        r#"{"ForAllValues:Null":{"a:b":"true"}}"#,
        r#"{"NotBool":{"a:b":"true"}}"#,
        r#"{"StringEquals":{"ab":"c"}}"#,
        r#"{"StringEquals":{"a:b":null}}"#,
        r#"{"StringEquals":{"a:b":[]}}"#,
        r#"{"StringEquals":{"a:b":"c","a:b":"d"}}"#,
        r#"{"StringEquals":{"a:b":"${x}"}}"#,
        r#"{"NumericEquals":{"a:b":"one"}}"#,
        r#"{"NumericEquals":{"a:b":"${aws:username}"}}"#,
        r#"{"DateEquals":{"a:b":"today"}}"#,
        r#"{"Bool":{"a:b":"yes"}}"#,
        r#"{"BinaryEquals":{"a:b":"?"}}"#,
        r#"{"IpAddress":{"a:b":"10.0.0.0/33"}}"#,
        r#"{"Null":{"a:b":"maybe"}}"#,
    ] {
        let error = Policy::parse(&with_condition(condition), &LIMITS).unwrap_err();
        assert!(error.path.starts_with("Statement[0].Condition"), "{condition}: {error}");
    }
}

#[test]
fn sizes_are_bounded() {
    let text = with("") + &" ".repeat(2_000);
    let error = Policy::parse(&text, &LIMITS).unwrap_err();
    assert_eq!(error.fault, Fault::TooMany { unit: "bytes", found: text.len(), limit: 2_000 });
    let deep = Limits { document_bytes: 1_000_000, ..LIMITS };
    assert!(matches!(Policy::parse(&"[".repeat(900_000), &deep).unwrap_err().fault, Fault::NotJson(_)));
}

#[test]
fn sids_are_unique_save_empty_ones() {
    let two = |sid: &str| {
        let statement = format!(r#"{{"Sid":"{sid}","Effect":"Deny","Action":"*","Resource":"*"}}"#);
        format!(r#"{{"Statement":[{statement},{statement}]}}"#)
    };
    assert_eq!(refusal(&two("S")), "Statement[1]: `Sid S` appears twice");
    assert_eq!(Policy::parse(&two(""), &LIMITS).unwrap().statement_count(), 2);
}

#[test]
fn the_whole_language_is_taken() {
    let text = r#"{"Version":"2012-10-17","Id":"x","Statement":[
        {"Sid":"A","Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws-cn:iam::111122223333:role/p/r"],
         "Service":"apigateway.amazonaws.com","Federated":"cognito-identity.amazonaws.com"},
         "NotAction":["execute-api:*","iam:Get?ser"],"NotResource":["arn:aws:s3:::b/${aws:username}","*"],
         "Condition":{"ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":["o-1/*"]},"Null":{"aws:x":false}}},
        {"Effect":"Deny","NotPrincipal":"*","Action":"*","Resource":"execute-api:/prod/GET/*"}]}"#;
    let policy = Policy::parse(text, &LIMITS).unwrap();
    assert_eq!((policy.version, policy.id.as_deref(), policy.statement_count()), (Version::V2012, Some("x"), 2));
    assert_eq!(
        Policy::parse(r#"{"Statement":{"Effect":"Deny","Action":"*"}}"#, &LIMITS).unwrap().version,
        Version::V2008
    );
}

#[test]
fn kinds_require_and_forbid_principals() {
    let named = Policy::parse(&with(r#","Principal":"*""#), &LIMITS).unwrap();
    let unnamed = Policy::parse(&with(""), &LIMITS).unwrap();
    let bare = Policy::parse(r#"{"Statement":{"Effect":"Deny","Action":"*"}}"#, &LIMITS).unwrap();
    assert_eq!(named.require(PolicyKind::Resource), Ok(()));
    let error = unnamed.require(PolicyKind::Resource).unwrap_err();
    assert_eq!(error.to_string(), "Statement[0]: Principal or NotPrincipal is missing");
    for kind in [PolicyKind::Identity, PolicyKind::Boundary, PolicyKind::Session] {
        assert_eq!(unnamed.require(kind), Ok(()));
        assert_eq!(named.require(kind).unwrap_err().fault, Fault::Misplaced("Principal"));
        assert_eq!(bare.require(kind).unwrap_err().fault, Fault::Missing("Resource or NotResource"));
    }
}
