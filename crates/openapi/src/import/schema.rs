//! Schemas of `OpenAPI` become models in JSON Schema draft 4, as far as API Gateway takes them (AWS: "important notes for REST
//! APIs").

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords that API Gateway refuses a model for.
const REFUSED: &[&str] = &["dependentRequired", "discriminator", "example"];
/// Keywords that an import leaves out without a word.
const LEFT_OUT: &[&str] = &[
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "maxItems",
    "minItems",
    "nullable",
    "readOnly",
    "writeOnly",
    "xml",
];
/// Keywords whose members are schemas.
const MAPS: &[&str] = &["definitions", "dependencies", "patternProperties", "properties"];
/// Keywords that are a schema, or a list of schemas.
const SCHEMAS: &[&str] = &["additionalItems", "additionalProperties", "allOf", "anyOf", "items", "not", "oneOf"];

/// The types of JSON Schema.
const TYPES: &[&str] = &["array", "boolean", "integer", "null", "number", "object", "string"];

/// The first keyword of a schema whose value nobody can make sense of.
pub(super) fn malformed(schema: &Value) -> Option<&'static str> {
    let mut found = None;
    each(schema, &mut |schema| {
        let wrong =
            |keyword: &str, fits: &dyn Fn(&Value) -> bool| schema.get(keyword).is_some_and(|value| !fits(value));
        let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
        let are_types = |value: &Value| {
            is_type(value) || value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(is_type))
        };
        let first = MAPS.iter().find(|keyword| wrong(keyword, &Value::is_object));
        let first = first
            .or_else(|| ["allOf", "anyOf", "enum", "oneOf"].iter().find(|keyword| wrong(keyword, &Value::is_array)));
        let first = first.or_else(|| wrong("$ref", &Value::is_string).then_some(&"$ref"));
        found = found.or(first.copied()).or_else(|| wrong("type", &are_types).then_some("type"));
    });
    found
}

/// The keywords of a schema that API Gateway does not know and refuses, in their order.
pub fn unsupported_keywords(schema: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    each(schema, &mut |schema| {
        found.extend(
            REFUSED.iter().filter(|keyword| schema.contains_key(**keyword)).map(|keyword| (*keyword).to_owned()),
        );
    });
    found.into_iter().collect()
}

/// Takes out of a schema what an import leaves out, and answers which keywords those were.
pub(super) fn reduce(schema: &mut Value) -> BTreeSet<&'static str> {
    let mut gone = BTreeSet::new();
    each_mut(schema, &mut |schema| {
        gone.extend(LEFT_OUT.iter().filter(|keyword| schema.shift_remove(**keyword).is_some()));
        schema.retain(|keyword, _| !keyword.starts_with("x-"));
    });
    gone
}

/// What a schema and every schema below it refer to.
pub(super) fn references(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each(schema, &mut |schema| found.extend(schema.get("$ref").and_then(Value::as_str).map(str::to_owned)));
    found
}

/// Visits a schema and every schema below it; what stands in `enum` or under the name of a property is none.
fn each(schema: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
    let mut pending = vec![schema];
    while let Some(schema) = pending.pop() {
        let Value::Object(members) = schema else { continue };
        visit(members);
        for (keyword, value) in members.iter().rev() {
            match value {
                Value::Object(below) if MAPS.contains(&keyword.as_str()) => pending.extend(below.values().rev()),
                Value::Array(below) if SCHEMAS.contains(&keyword.as_str()) => pending.extend(below.iter().rev()),
                below if SCHEMAS.contains(&keyword.as_str()) => pending.push(below),
                _ => {}
            }
        }
    }
}

/// Visits a schema and every schema below it, to change them.
pub(crate) fn each_mut(schema: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    let mut pending = vec![schema];
    while let Some(schema) = pending.pop() {
        let Value::Object(members) = schema else { continue };
        visit(members);
        for (keyword, value) in members.iter_mut() {
            if SCHEMAS.contains(&keyword.as_str()) {
                match value {
                    Value::Array(below) => pending.extend(below),
                    below => pending.push(below),
                }
            } else if MAPS.contains(&keyword.as_str())
                && let Value::Object(below) = value
            {
                pending.extend(below.values_mut());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keywords_are_found_in_schemas_and_not_among_the_names_of_properties() {
        for (schema, expected) in [
            (json!({"type": "object", "properties": {"example": {"type": "string"}}}), vec![]),
            (json!({"enum": [{"example": 1}], "default": {"example": 1}}), vec![]),
            (json!({"properties": {"a": {"example": 1}}}), vec!["example"]),
            (json!({"items": {"discriminator": "a"}, "allOf": [{"example": 1}]}), vec!["discriminator", "example"]),
            (json!({"items": [{"example": 1}], "additionalProperties": true}), vec!["example"]),
            (json!([{"example": 1}]), vec![]),
        ] {
            assert_eq!(unsupported_keywords(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_makes_no_sense_is_known_by_its_first_wrong_keyword() {
        for (schema, expected) in [
            (json!({}), None),
            (json!({"type": ["string", "null"], "properties": {"type": {"type": "integer"}}}), None),
            (json!({"type": "text"}), Some("type")),
            (json!({"type": []}), Some("type")),
            (json!({"properties": {"a": {"properties": []}}}), Some("properties")),
            (json!({"items": {"oneOf": {}}}), Some("oneOf")),
            (json!({"not": {"enum": 1}}), Some("enum")),
            (json!({"allOf": [{"$ref": 1}]}), Some("$ref")),
        ] {
            assert_eq!(malformed(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn what_is_left_out_goes_everywhere_and_nothing_else_does() {
        let mut schema = json!({
            "type": "array", "maxItems": 2, "x-own": 1, "default": [], "minimum": 1, "exclusiveMinimum": true,
            "items": {"type": "string", "nullable": true, "pattern": "a"},
            "properties": {"nullable": {"readOnly": true, "type": "integer", "format": "int32"}},
        });
        let gone: Vec<_> = reduce(&mut schema).into_iter().collect();
        assert_eq!(gone, ["exclusiveMinimum", "maxItems", "nullable", "readOnly"]);
        let kept = json!({
            "type": "array", "default": [], "minimum": 1, "items": {"type": "string", "pattern": "a"},
            "properties": {"nullable": {"type": "integer", "format": "int32"}},
        });
        assert_eq!(schema, kept);
    }
}
