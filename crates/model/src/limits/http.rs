//! Quotas of HTTP APIs.

use super::{Limit, enforced, reported};

const PAGE: &str = "developer guide: limits, HTTP APIs (fact section 1.16)";

/// HTTP APIs.
pub const HTTP: &[Limit] = &[
    reported("http_routes_per_api_count", 300, PAGE),
    reported("http_integrations_per_api_count", 300, PAGE),
    enforced("http_integration_timeout_max_ms", 30_000, PAGE),
    reported("http_stages_per_api_count", 10, PAGE),
    reported("http_mappings_per_domain_count", 200, PAGE),
    reported("http_tags_per_stage_count", 50, PAGE),
    enforced("http_request_head_bytes", 10_240, PAGE),
    enforced("http_payload_bytes", 10_485_760, PAGE),
    reported("http_domains_count", 120, PAGE),
    enforced("http_access_log_template_bytes", 3_072, PAGE),
    enforced("http_access_log_entry_bytes", 1_048_576, PAGE),
    reported("http_authorizers_per_api_count", 10, PAGE),
    reported("http_audiences_per_authorizer_count", 50, PAGE),
    reported("http_scopes_per_route_count", 10, PAGE),
    enforced("http_jwks_timeout_ms", 1_500, PAGE),
    enforced("http_jwks_bytes", 150_000, PAGE),
    enforced("http_oidc_discovery_timeout_ms", 1_500, PAGE),
    enforced("http_lambda_authorizer_timeout_ms", 10_000, PAGE),
    reported("http_vpc_links_count", 10, PAGE),
    reported("http_subnets_per_vpc_link_count", 10, PAGE),
    reported("http_stage_variables_per_stage_count", 100, PAGE),
    enforced("http_stage_variable_key_length_chars", 64, PAGE),
    enforced("http_stage_variable_value_length_chars", 512, PAGE),
];
