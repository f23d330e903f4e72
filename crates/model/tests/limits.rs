//! Quotas: the table is well formed and carries AWS's values.

use std::collections::BTreeSet;

use stagegate_model::limits;

const UNITS: &[&str] = &["count", "bytes", "chars", "ms", "seconds", "second"];

#[test]
fn names_are_unique_settings_that_end_in_their_unit() {
    let mut names = BTreeSet::new();
    for limit in limits::all() {
        assert!(names.insert(limit.name), "{} occurs twice", limit.name);
        assert!(limit.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
        let unit = limit.name.rsplit('_').next().unwrap();
        assert!(UNITS.contains(&unit), "{} has no unit", limit.name);
        assert!(!limit.source.is_empty());
    }
}

#[test]
fn counts_and_rates_are_reported_only_and_request_limits_are_enforced() {
    for limit in limits::all() {
        let of_a_request = ["_bytes", "_chars", "_timeout_ms"].iter().any(|unit| limit.name.ends_with(unit));
        assert!(!of_a_request || limit.enforced_by_default, "{}", limit.name);
        let rate = limit.name.ends_with("_per_second") || limit.name.ends_with("_interval_ms");
        assert!(!rate || !limit.enforced_by_default, "{}", limit.name);
    }
}

#[test]
fn defaults_are_aws_s() {
    let cases = [
        ("account_rate_per_second", 10_000),
        ("account_burst_count", 5_000),
        ("rest_integration_timeout_max_ms", 29_000),
        ("rest_payload_bytes", 10 * 1024 * 1024),
        ("rest_headers_total_bytes", 10_240),
        ("rest_openapi_import_bytes", 6 * 1024 * 1024),
        ("http_integration_timeout_max_ms", 30_000),
        ("websocket_message_bytes", 128 * 1024),
        ("get_resources_interval_ms", 400),
    ];
    for (name, default) in cases {
        assert_eq!(limits::find(name).map(|limit| limit.default), Some(default), "{name}");
    }
    assert_eq!(limits::find("no_such_limit"), None);
}
