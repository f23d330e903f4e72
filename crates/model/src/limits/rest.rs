//! Quotas of REST APIs.

use super::{Limit, enforced, reported};

const PAGE: &str = "developer guide: limits, REST APIs (fact section 1.16)";
const NOTES: &str = "developer guide: important notes, REST APIs (facts 20, 41, 80, 88)";

/// REST APIs.
pub const REST: &[Limit] = &[
    reported("rest_public_domains_count", 120, PAGE),
    reported("rest_private_domains_count", 50, PAGE),
    reported("rest_regional_apis_count", 600, PAGE),
    reported("rest_edge_apis_count", 120, PAGE),
    reported("rest_private_apis_count", 600, PAGE),
    reported("rest_domain_access_associations_count", 100, PAGE),
    reported("rest_mappings_per_domain_count", 200, PAGE),
    reported("rest_routing_rules_per_domain_count", 50, PAGE),
    enforced("rest_edge_url_length_bytes", 8_192, PAGE),
    enforced("rest_regional_url_length_bytes", 10_240, PAGE),
    enforced("rest_private_url_length_bytes", 8_192, PAGE),
    enforced("rest_resource_policy_length_chars", 8_192, PAGE),
    reported("rest_api_keys_count", 10_000, PAGE),
    reported("rest_client_certificates_count", 60, PAGE),
    reported("rest_authorizers_per_api_count", 10, PAGE),
    reported("rest_documentation_parts_per_api_count", 2_000, PAGE),
    reported("rest_resources_per_api_count", 300, PAGE),
    reported("rest_stages_per_api_count", 10, PAGE),
    reported("rest_stage_variables_per_stage_count", 100, PAGE),
    enforced("rest_stage_variable_key_length_chars", 64, PAGE),
    enforced("rest_stage_variable_value_length_chars", 512, PAGE),
    reported("rest_usage_plans_count", 300, PAGE),
    reported("rest_usage_plans_per_key_count", 10, PAGE),
    reported("rest_method_throttles_per_plan_stage_count", 20, PAGE),
    reported("rest_vpc_links_count", 20, PAGE),
    enforced("rest_cache_ttl_default_seconds", 300, PAGE),
    enforced("rest_cache_ttl_max_seconds", 3_600, PAGE),
    enforced("rest_cached_response_bytes", 1_048_576, PAGE),
    enforced("rest_integration_timeout_min_ms", 50, PAGE),
    enforced("rest_integration_timeout_max_ms", 29_000, PAGE),
    enforced("rest_headers_total_bytes", 10_240, PAGE),
    enforced("rest_private_headers_total_bytes", 8_000, PAGE),
    enforced("rest_payload_bytes", 10_485_760, PAGE),
    reported("rest_tags_per_stage_count", 50, PAGE),
    enforced("rest_foreach_iterations_count", 1_000, NOTES),
    enforced("rest_method_arn_bytes", 1_600, NOTES),
    enforced("rest_authorizer_policy_resource_arn_bytes", 512, NOTES),
    enforced("rest_mapping_template_bytes", 307_200, PAGE),
    enforced("rest_openapi_import_bytes", 6_291_456, PAGE),
    enforced("rest_compression_threshold_max_bytes", 10_485_760, PAGE),
    enforced("rest_access_log_template_bytes", 3_072, PAGE),
];
