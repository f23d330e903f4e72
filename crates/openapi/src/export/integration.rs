//! `x-amazon-apigateway-integration`, as an import reads it.

use serde_json::{Value, json};
use stagegate_model::rest::{Integration, IntegrationResponse};

use super::Object;

/// Milliseconds that an import gives an integration without `timeoutInMillis` (fact 131).
const TIMEOUT_DEFAULT_MS: i32 = 29_000;
/// Members that API Gateway writes in lower case here.
const LOWER_CASE: &[&str] = &["type", "passthroughBehavior"];

pub(super) fn write(integration: &Integration) -> Value {
    let mut plain = integration.clone();
    let responses = plain.integration_responses.take().unwrap_or_default();
    plain.timeout_in_millis = plain.timeout_in_millis.filter(|timeout_ms| *timeout_ms != TIMEOUT_DEFAULT_MS);
    plain.cache_key_parameters = plain.cache_key_parameters.filter(|names| !names.is_empty());
    let mut shown = json!(plain);
    for key in LOWER_CASE {
        if let Some(Value::String(text)) = shown.get_mut(*key) {
            text.make_ascii_lowercase();
        }
    }
    if !responses.is_empty() {
        let by_pattern: Object = responses.values().map(|one| (pattern(one), response(one))).collect();
        shown["responses"] = Value::Object(by_pattern);
    }
    shown
}

/// The key of a response: its pattern, or `default`.
fn pattern(response: &IntegrationResponse) -> String {
    let pattern = response.selection_pattern.as_deref().filter(|pattern| !pattern.is_empty());
    pattern.unwrap_or("default").to_owned()
}

fn response(response: &IntegrationResponse) -> Value {
    let mut shown = json!(IntegrationResponse { selection_pattern: None, ..response.clone() });
    shown["statusCode"] = response.status_code.to_string().into();
    shown
}
