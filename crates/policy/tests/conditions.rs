//! Every condition operator, with its qualifiers, values and missing keys.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use stagegate_policy::{Context, Limits, Policy, PolicySet, Principal, Request, Verdict, evaluate};

const LIMITS: Limits = Limits { document_bytes: 10_000, statements: 10, values_per_list: 10 };

fn context() -> Context {
    let mut context: Context = [
        ("aws:username", "Ann"),
        ("aws:SourceIp", "203.0.113.9"),
        ("aws:CurrentTime", "2026-11-22T15:00:00Z"),
        ("aws:EpochTime", "1795359600"),
        ("aws:MultiFactorAuthAge", "300"),
        ("aws:SecureTransport", "true"),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:user/ann"),
        ("aws:PrincipalTag/Team", "red*"),
        ("x:bytes", "QUJD"),
        ("x:empty", ""),
        ("x:word", "word"),
    ]
    .into_iter()
    .collect();
    context.set_all("aws:TagKeys", ["a", "b"]);
    context.set_all("x:none", Vec::<String>::new());
    context
}

/// Whether a statement with this condition applies.
fn holds(version: &str, condition: &str) -> bool {
    let text = format!(
        r#"{{"Version":"{version}","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    let identity = [Arc::new(Policy::parse(&text, &LIMITS).unwrap_or_else(|error| panic!("{condition}: {error}")))];
    let context = context();
    let principal = Principal::User { account: "1", arn: "arn:aws:iam::1:user/ann" };
    let request = Request { principal, action: "a:b", resource: "arn:x", resource_account: "1", context: &context };
    evaluate(&PolicySet { identity: &identity, ..PolicySet::default() }, &request).verdict == Verdict::Allow
}

fn check(cases: &[(&str, &str, &str, bool)]) {
    for (operator, key, value, expected) in cases {
        let condition = format!(r#"{{"{operator}":{{"{key}":{value}}}}}"#);
        assert_eq!(holds("2012-10-17", &condition), *expected, "{condition}");
    }
}

#[test]
fn strings() {
    check(&[
        ("StringEquals", "aws:username", r#""Ann""#, true),
        ("StringEquals", "AWS:UserName", r#"["Bob","Ann"]"#, true),
        ("StringEquals", "aws:username", r#""ann""#, false),
        ("StringEquals", "aws:username", r#""A*""#, false),
        ("StringNotEquals", "aws:username", r#""Bob""#, true),
        ("StringNotEquals", "aws:username", r#"["Bob","Ann"]"#, false),
        ("StringEqualsIgnoreCase", "aws:username", r#""aNN""#, true),
        ("StringNotEqualsIgnoreCase", "aws:username", r#""aNN""#, false),
        ("StringLike", "aws:username", r#""A?n""#, true),
        ("StringLike", "aws:username", r#""a*""#, false),
        ("StringNotLike", "aws:username", r#""A*""#, false),
        ("StringNotLike", "aws:username", r#""B*""#, true),
        ("StringEquals", "aws:MultiFactorAuthAge", "300", true),
        ("StringEquals", "aws:SecureTransport", "true", true),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("NumericEquals", "aws:MultiFactorAuthAge", r#""300.0""#, true),
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "300", false),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "300", false),
        ("NumericLessThan", "aws:MultiFactorAuthAge", r#"["1","300.5"]"#, true),
        ("NumericLessThanEquals", "aws:MultiFactorAuthAge", "300", true),
        ("NumericGreaterThan", "aws:MultiFactorAuthAge", "-1", true),
        ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "301", false),
        ("NumericEquals", "x:word", "1", false),
        ("NumericGreaterThan", "x:word", "1", false),
    ]);
}

#[test]
fn dates() {
    check(&[
        ("DateEquals", "aws:CurrentTime", r#""2026-11-22T16:00:00+01:00""#, true),
        ("DateEquals", "aws:CurrentTime", "1795359600", true),
        ("DateNotEquals", "aws:CurrentTime", r#""2026-11-22""#, true),
        ("DateGreaterThan", "aws:CurrentTime", r#""2026-11-22""#, true),
        ("DateLessThan", "aws:EpochTime", r#""2026-11-22T15:00:00.5Z""#, true),
        ("DateLessThanEquals", "aws:EpochTime", r#""2026-11-22T15:00:00Z""#, true),
        ("DateGreaterThanEquals", "aws:CurrentTime", r#""2027""#, false),
        ("DateLessThan", "aws:TokenIssueTime", r#""2027""#, false),
    ]);
}

#[test]
fn booleans_bytes_addresses_and_arns() {
    check(&[
        ("Bool", "aws:SecureTransport", r#""true""#, true),
        ("Bool", "aws:SecureTransport", "false", false),
        ("Bool", "aws:MultiFactorAuthPresent", "false", false),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "false", true),
        ("BinaryEquals", "x:bytes", r#""QUJD""#, true),
        ("BinaryEquals", "x:bytes", r#""QUJE""#, false),
        ("IpAddress", "aws:SourceIp", r#"["2001:db8::/32","203.0.113.0/24"]"#, true),
        ("IpAddress", "aws:SourceIp", r#""203.0.114.0/24""#, false),
        ("NotIpAddress", "aws:SourceIp", r#""203.0.113.0/24""#, false),
        ("NotIpAddress", "aws:SourceIp", r#""2001:db8::/32""#, true),
        ("IpAddress", "x:word", r#""0.0.0.0/0""#, false),
        ("ArnEquals", "aws:PrincipalArn", r#""arn:aws:iam::*:user/*""#, true),
        ("ArnLike", "aws:PrincipalArn", r#""arn:*:user/ann""#, true),
        ("ArnLike", "aws:PrincipalArn", r#""arn:aws:iam::2*:user/ann""#, false),
        ("ArnNotLike", "aws:PrincipalArn", r#""arn:aws:iam::*:user/*""#, false),
        ("ArnNotEquals", "aws:PrincipalArn", r#""arn:aws:iam::*:role/*""#, true),
    ]);
}

#[test]
fn missing_keys() {
    check(&[
        ("StringEquals", "x:absent", r#""v""#, false),
        ("StringNotEquals", "x:absent", r#""v""#, true),
        ("StringNotLike", "x:none", r#""v""#, true),
        ("NumericNotEquals", "x:absent", "1", true),
        ("NumericLessThan", "x:absent", "1", false),
        ("DateNotEquals", "x:absent", r#""2020""#, true),
        ("NotIpAddress", "x:absent", r#""0.0.0.0/0""#, true),
        ("ArnNotLike", "x:absent", r#""*""#, true),
        ("ArnLike", "x:absent", r#""*""#, false),
        ("StringLike", "x:absent", r#""*""#, false),
        ("StringEqualsIfExists", "x:absent", r#""v""#, true),
        ("StringEqualsIfExists", "aws:username", r#""v""#, false),
        ("StringNotEqualsIfExists", "aws:username", r#""Ann""#, false),
        ("Null", "x:absent", r#""true""#, true),
        ("Null", "x:none", "true", true),
        ("Null", "x:absent", "false", false),
        ("Null", "aws:username", r#""true""#, false),
        ("Null", "aws:username", r#""false""#, true),
    ]);
}

#[test]
fn set_operators() {
    check(&[
        ("ForAllValues:StringEquals", "aws:TagKeys", r#"["a","b","c"]"#, true),
        ("ForAllValues:StringEquals", "aws:TagKeys", r#"["a"]"#, false),
        ("ForAllValues:StringEquals", "x:absent", r#""a""#, true),
        ("ForAllValues:StringEquals", "x:empty", r#""a""#, true),
        ("ForAllValues:StringNotEquals", "aws:TagKeys", r#""c""#, true),
        ("ForAllValues:StringNotEquals", "aws:TagKeys", r#""b""#, false),
        ("ForAnyValue:StringLike", "aws:TagKeys", r#"["b*","z"]"#, true),
        ("ForAnyValue:StringEquals", "aws:TagKeys", r#""c""#, false),
        ("ForAnyValue:StringEquals", "x:absent", r#""a""#, false),
        ("ForAnyValue:StringNotEquals", "aws:TagKeys", r#""a""#, true),
        ("ForAnyValue:StringNotEquals", "aws:TagKeys", r#"["a","b"]"#, false),
        ("ForAnyValue:StringNotEquals", "x:absent", r#""a""#, false),
        ("ForAnyValue:StringEqualsIfExists", "x:absent", r#""a""#, true),
        ("ForAllValues:NumericLessThan", "aws:MultiFactorAuthAge", "301", true),
    ]);
}

#[test]
fn variables() {
    check(&[
        ("StringEquals", "aws:username", r#""${aws:username}""#, true),
        ("StringLike", "x:word", r#""${aws:absent, 'w*'}""#, false),
        ("StringEquals", "x:word", r#""${aws:absent, 'word'}""#, true),
        ("StringLike", "aws:PrincipalTag/team", r#""${aws:PrincipalTag/Team}""#, true),
        ("StringLike", "x:word", r#""w${*}""#, false),
        ("StringEquals", "x:word", r#"["${aws:absent}","word"]"#, true),
        ("StringNotEquals", "x:word", r#""${aws:absent}""#, false),
        ("StringNotEqualsIfExists", "x:absent", r#""${aws:absent}""#, true),
        ("ArnEquals", "aws:PrincipalArn", r#""${aws:PrincipalArn}""#, true),
        ("Bool", "aws:SecureTransport", r#""${aws:SecureTransport}""#, true),
    ]);
    assert!(!holds("2008-10-17", r#"{"StringEquals":{"aws:username":"${aws:username}"}}"#));
}

#[test]
fn all_operators_and_keys_must_hold() {
    let both = |age: &str, name: &str| {
        format!(
            r#"{{"NumericEquals":{{"aws:MultiFactorAuthAge":{age}}},"StringEquals":{{"x:word":"word","aws:username":"{name}"}}}}"#
        )
    };
    for (age, name, expected) in [("300", "Ann", true), ("301", "Ann", false), ("300", "Bob", false)] {
        assert_eq!(holds("2012-10-17", &both(age, name)), expected);
    }
}
