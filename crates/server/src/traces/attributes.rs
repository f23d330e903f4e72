//! Attributes of spans, by OpenTelemetry's semantic conventions.

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};

/// A list of attributes that grows.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<KeyValue>);

impl Attributes {
    /// Adds a text.
    pub(super) fn text(&mut self, key: &str, value: impl Into<String>) -> &mut Self {
        self.push(key, Value::StringValue(value.into()))
    }

    /// Adds a text, where there is one.
    pub(super) fn some(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.text(key, value);
        }
        self
    }

    /// Adds a number.
    pub(super) fn number(&mut self, key: &str, value: u64) -> &mut Self {
        self.push(key, Value::IntValue(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    /// Adds `server.address`, and `server.port` where the authority names one.
    pub(super) fn server(&mut self, authority: &str) -> &mut Self {
        let bracket = authority.rfind(']').map_or(0, |at| at + 1);
        match authority[bracket..].split_once(':') {
            Some((rest, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.text("server.address", &authority[..bracket + rest.len()]);
                if let Ok(port) = port.parse::<u16>() {
                    self.number("server.port", u64::from(port));
                }
                self
            }
            _ => self.text("server.address", authority),
        }
    }

    /// All of them.
    pub(super) fn into_vec(self) -> Vec<KeyValue> {
        self.0
    }

    fn push(&mut self, key: &str, value: Value) -> &mut Self {
        let value = Some(AnyValue { value: Some(value) });
        self.0.push(KeyValue { key: key.to_owned(), value, ..KeyValue::default() });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_taken_apart() {
        for (authority, expected) in [
            ("a.example", "server.address=a.example"),
            ("a.example:8080", "server.address=a.example server.port=8080"),
            ("[::1]:80", "server.address=[::1] server.port=80"),
            ("[::1]", "server.address=[::1]"),
            ("a:99999", "server.address=a"),
            ("a:b", "server.address=a:b"),
            ("", "server.address="),
        ] {
            let mut attributes = Attributes::default();
            attributes.server(authority);
            let show = |it: KeyValue| match it.value.and_then(|value| value.value) {
                Some(Value::StringValue(value)) => format!("{}={value}", it.key),
                Some(Value::IntValue(value)) => format!("{}={value}", it.key),
                _ => it.key,
            };
            assert_eq!(attributes.into_vec().into_iter().map(show).collect::<Vec<_>>().join(" "), expected);
        }
    }
}
