//! ARNs, scopes and tags.

use proptest::prelude::*;
use stagegate_model::domain::{ApiArn, Scope, TagError, check_tag};

#[test]
fn arns_carry_the_partition_of_their_region_and_no_account() {
    let cases = [
        ("us-east-1", "arn:aws:apigateway:us-east-1::/restapis/a1/stages/prod"),
        ("cn-north-1", "arn:aws-cn:apigateway:cn-north-1::/restapis/a1/stages/prod"),
        ("us-gov-west-1", "arn:aws-us-gov:apigateway:us-gov-west-1::/restapis/a1/stages/prod"),
    ];
    for (region, text) in cases {
        let arn = ApiArn::Stage { region: region.into(), api_id: "a1".into(), stage_name: "prod".into() };
        assert_eq!(arn.to_string(), text);
        assert_eq!(text.parse(), Ok(arn));
    }
}

#[test]
fn other_arns_are_refused() {
    for text in [
        "",
        "arn:aws:apigateway:us-east-1::",
        "arn:aws:apigateway:us-east-1::/restapis",
        "arn:aws:apigateway:us-east-1::/restapis/",
        "arn:aws:apigateway:us-east-1::/restapis/a/",
        "arn:aws:apigateway:us-east-1::/restapis/a/stages",
        "arn:aws:apigateway:us-east-1::/restapis/a/stages/",
        "arn:aws:apigateway:us-east-1::/restapis/a/stages/s/x",
        "arn:aws:apigateway:us-east-1:000000000000:/restapis/a",
        "arn:aws:apigateway:::/restapis/a",
        "arn:aws:lambda:us-east-1::/restapis/a",
        "arn:aws-cn:apigateway:us-east-1::/restapis/a",
    ] {
        assert!(text.parse::<ApiArn>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn an_arn_that_parses_is_written_back_unchanged(path in "(/(restapis|stages|a1|x)?){0,6}") {
        let text = format!("arn:aws:apigateway:us-east-1::{path}");
        if let Ok(arn) = text.parse::<ApiArn>() {
            prop_assert_eq!(arn.to_string(), text);
        }
    }
}

#[test]
fn a_scope_needs_an_account_and_a_region_name() {
    for (account, region, valid) in [
        ("000000000000", "us-east-1", true),
        ("123456789012", "us-iso-west-1", true),
        ("12345678901", "us-east-1", false),
        ("12345678901a", "us-east-1", false),
        ("123456789012", "us", false),
        ("123456789012", "us--1", false),
        ("123456789012", "us-east-1/x", false),
        ("123456789012", "", false),
    ] {
        assert_eq!(Scope::new(account, region).is_some(), valid, "{account} {region}");
    }
}

#[test]
fn tags_keep_aws_s_lengths_and_prefix() {
    for (key, value, expected) in [
        ("k".repeat(128), String::new(), Ok(())),
        ("k".repeat(129), String::new(), Err(TagError::KeyLength)),
        (String::new(), String::new(), Err(TagError::KeyLength)),
        ("k".into(), "v".repeat(256), Ok(())),
        ("k".into(), "v".repeat(257), Err(TagError::ValueLength)),
        ("aws:x".into(), String::new(), Err(TagError::Reserved)),
        ("AWS:x".into(), String::new(), Err(TagError::Reserved)),
        ("awsx".into(), String::new(), Ok(())),
        ("äöü".into(), "ß".repeat(256), Ok(())),
    ] {
        assert_eq!(check_tag(&key, &value), expected, "{key}");
    }
}
