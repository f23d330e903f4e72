//! Who sends: the resource that every message names (opentelemetry.io/docs/specs/semconv/resource).

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::Pairs;

/// The resource: what the process knows of itself, and what is set, which wins.
pub(super) fn resource(set: &Pairs) -> Resource {
    // Two processes of one machine, and one process before and after its restart, are told apart.
    let instance = format!("{}-{:016x}", std::process::id(), fastrand::u64(..));
    let own = [
        ("service.name", "stagegate"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", instance.as_str()),
    ];
    let own = own.into_iter().filter(|(name, _)| set.iter().all(|(other, _)| other != *name));
    let attributes = own.chain(set.iter()).map(|(name, value)| text(name, value)).collect();
    Resource { attributes, ..Resource::default() }
}

/// An attribute whose value is text.
fn text(name: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(Value::StringValue(value.to_owned())) };
    KeyValue { key: name.to_owned(), value: Some(value), ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_wins() {
        let names = |set: &str| -> Vec<String> {
            let resource = resource(&set.parse().expect("pairs"));
            let show = |it: KeyValue| match it.value.and_then(|value| value.value) {
                Some(Value::StringValue(value)) if it.key != "service.instance.id" => format!("{}={value}", it.key),
                _ => it.key,
            };
            resource.attributes.into_iter().map(show).collect()
        };
        let version = concat!("service.version=", env!("CARGO_PKG_VERSION"));
        assert_eq!(names(""), ["service.name=stagegate", version, "service.instance.id"]);
        assert_eq!(
            names("service.name=pets,deployment.environment.name=dev"),
            [version, "service.instance.id", "service.name=pets", "deployment.environment.name=dev"]
        );
    }
}
