//! Quotas of WebSocket APIs.

use super::{Limit, enforced, reported};

const PAGE: &str = "developer guide: limits, WebSocket APIs (fact section 1.16)";
const MODEL: &str = "service model apigatewaymanagementapi, shape Data";

/// WebSocket APIs.
pub const WEBSOCKET: &[Limit] = &[
    reported("websocket_new_connections_per_second", 500, PAGE),
    reported("websocket_authorizers_per_api_count", 10, PAGE),
    enforced("websocket_authorizer_result_bytes", 8_192, PAGE),
    reported("websocket_routes_per_api_count", 300, PAGE),
    reported("websocket_integrations_per_api_count", 300, PAGE),
    enforced("websocket_integration_timeout_min_ms", 50, PAGE),
    enforced("websocket_integration_timeout_max_ms", 29_000, PAGE),
    reported("websocket_stages_per_api_count", 10, PAGE),
    enforced("websocket_frame_bytes", 32_768, PAGE),
    enforced("websocket_message_bytes", 131_072, PAGE),
    enforced("websocket_callback_payload_bytes", 131_072, MODEL),
    enforced("websocket_mapping_template_bytes", 307_200, PAGE),
    enforced("websocket_connection_duration_seconds", 7_200, PAGE),
    enforced("websocket_idle_timeout_seconds", 600, PAGE),
    enforced("websocket_url_length_bytes", 4_096, PAGE),
    enforced("websocket_access_log_template_bytes", 3_072, PAGE),
];
