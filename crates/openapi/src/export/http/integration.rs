//! `x-amazon-apigateway-integration` of an HTTP API; what routes share stands among the components.

use serde_json::{Value, json};
use stagegate_model::http::Integration;
use stagegate_model::rest::ConnectionType;

use super::{Object, beyond};
use crate::http_definition::HttpApiDefinition;

/// Milliseconds of an integration that says nothing else; AWS does not export them.
const TIMEOUT_DEFAULT_MS: i32 = 30_000;

/// How often routes name each integration.
pub(super) struct Shared(Vec<usize>);

impl Shared {
    pub(super) fn of(api: &HttpApiDefinition) -> Self {
        let mut used = vec![0; api.integrations.len()];
        for index in api.routes.iter().filter_map(|route| route.noun.integration) {
            if let Some(count) = used.get_mut(index) {
                *count += 1;
            }
        }
        Self(used)
    }

    /// Whether an integration is not one route's own.
    fn is_shared(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|count| *count != 1)
    }

    /// What an operation has: its own integration, or where the shared one is.
    pub(super) fn of_route(&self, api: &HttpApiDefinition, index: usize) -> Option<Value> {
        if self.is_shared(index) {
            let place = format!("#/components/x-amazon-apigateway-integrations/{}", name(index));
            return Some(json!({"$ref": place}));
        }
        Some(write(&api.integrations.get(index)?.noun))
    }

    /// The components.
    pub(super) fn write(&self, api: &HttpApiDefinition) -> Object {
        let all = api.integrations.iter().enumerate().filter(|(index, _)| self.is_shared(*index));
        all.map(|(index, placed)| (name(index), write(&placed.noun))).collect()
    }
}

fn name(index: usize) -> String {
    format!("integration{}", index + 1)
}

/// The members in AWS's order and names.
fn write(integration: &Integration) -> Value {
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let kind = integration.integration_type.map(|kind| json!(kind.as_str().to_ascii_lowercase()));
    let timeout = integration.timeout_in_millis.filter(|timeout| *timeout != TIMEOUT_DEFAULT_MS);
    let connection = integration.connection_type.unwrap_or(ConnectionType::Internet);
    let members = [
        ("requestParameters", integration.request_parameters.as_ref().map(|map| json!(map))),
        ("responseParameters", integration.response_parameters.as_ref().map(|map| json!(map))),
        ("payloadFormatVersion", text(&integration.payload_format_version)),
        ("integrationSubtype", text(&integration.integration_subtype)),
        ("credentials", text(&integration.credentials_arn)),
        ("connectionId", text(&integration.connection_id)),
        ("type", kind),
        ("httpMethod", text(&integration.integration_method)),
        ("uri", text(&integration.integration_uri)),
        ("connectionType", Some(json!(connection))),
        ("timeoutInMillis", timeout.map(Value::from)),
        ("tlsConfig", integration.tls_config.as_ref().map(|config| json!(config))),
        ("description", text(&integration.description)),
    ];
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let mut written: Object = present.collect();
    written.extend(integration.beyond.iter().flat_map(beyond::of_integration));
    Value::Object(written)
}
