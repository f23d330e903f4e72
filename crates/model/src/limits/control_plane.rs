//! Request rates of the control plane: the time between two calls of one operation, per account and region.

use super::{Limit, reported};

const PAGE: &str = "developer guide: limits, creating, deploying and managing APIs (fact section 1.16)";

/// Off unless set, or all at once with `aws_quotas`.
pub const CONTROL_PLANE: &[Limit] = &[
    reported("control_plane_rate_per_second", 10, PAGE),
    reported("control_plane_burst_count", 40, PAGE),
    reported("create_api_key_interval_ms", 200, PAGE),
    reported("create_deployment_interval_ms", 5_000, PAGE),
    reported("create_documentation_version_interval_ms", 20_000, PAGE),
    reported("create_domain_name_interval_ms", 30_000, PAGE),
    reported("create_edge_api_interval_ms", 30_000, PAGE),
    reported("create_resource_interval_ms", 200, PAGE),
    reported("create_rest_api_interval_ms", 3_000, PAGE),
    reported("create_vpc_link_v2_interval_ms", 15_000, PAGE),
    reported("delete_api_key_interval_ms", 200, PAGE),
    reported("delete_domain_name_interval_ms", 30_000, PAGE),
    reported("delete_resource_interval_ms", 200, PAGE),
    reported("delete_rest_api_interval_ms", 30_000, PAGE),
    reported("delete_vpc_link_v2_interval_ms", 30_000, PAGE),
    reported("get_resources_interval_ms", 400, PAGE),
    reported("import_documentation_parts_interval_ms", 30_000, PAGE),
    reported("import_edge_api_interval_ms", 30_000, PAGE),
    reported("import_rest_api_interval_ms", 3_000, PAGE),
    reported("put_rest_api_interval_ms", 1_000, PAGE),
    reported("update_account_interval_ms", 20_000, PAGE),
    reported("update_domain_name_interval_ms", 30_000, PAGE),
    reported("update_usage_plan_interval_ms", 20_000, PAGE),
];
