//! What a model finds wrong with a body, in the words of the Java library that AWS uses (fact L13).

use std::fmt::{self, Write as _};

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// What is said of a body that is no JSON.
pub(super) const UNPARSABLE: &str = "[Unknown error parsing request body]";

/// What is said of a body with more than [`VALUES`] values.
const TOO_MANY: &str = "[instance does not match its schema and has too many values to say where]";

/// Values of the largest document whose errors are looked for: all are gathered, at some 400 bytes each, before the first is read.
const VALUES: usize = 100_000;
/// Errors that are named; a body may have any number.
const ERRORS: usize = 20;
/// Characters of a value that an error repeats.
const VALUE_CHARACTERS: usize = 100;
/// Names of properties that an error repeats.
const NAMES: usize = 20;

/// Everything that is wrong with a document, as a list of Java's.
pub(super) fn describe(model: &Validator, document: &Value) -> String {
    if !has_at_most(VALUES, document) {
        return TOO_MANY.to_owned();
    }
    let mut texts = Vec::new();
    let mut missing = Missing::default();
    for error in model.iter_errors(document).take(ERRORS) {
        match error.kind() {
            // The properties that one object lacks are one error.
            Kind::Required { property } => missing.add(&error, property, &mut texts),
            kind => {
                missing.end(&mut texts);
                texts.push(sentence(kind, error.instance()));
            }
        }
    }
    missing.end(&mut texts);
    format!("[{}]", texts.join(", "))
}

/// Whether a document has no more values than this, itself included.
fn has_at_most(limit: usize, document: &Value) -> bool {
    let (mut left, mut open) = (limit, vec![document]);
    while let Some(value) = open.pop() {
        let (items, members) = (value.as_array(), value.as_object());
        let within = items.map_or(0, Vec::len) + members.map_or(0, serde_json::Map::len);
        if left <= within {
            return false;
        }
        left -= 1;
        open.extend(items.into_iter().flatten().chain(members.into_iter().flat_map(serde_json::Map::values)));
    }
    true
}

/// Missing properties of one object.
#[derive(Default)]
struct Missing {
    place: String,
    properties: Vec<String>,
}

impl Missing {
    fn add(&mut self, error: &ValidationError<'_>, property: &Value, texts: &mut Vec<String>) {
        let place = error.instance_path().to_string();
        if place != self.place {
            self.end(texts);
            self.place = place;
        }
        self.properties.push(property.to_string());
    }

    fn end(&mut self, texts: &mut Vec<String>) {
        if !self.properties.is_empty() {
            let mut properties = std::mem::take(&mut self.properties);
            properties.sort();
            texts.push(format!("object has missing required properties ([{}])", properties.join(",")));
        }
    }
}

fn sentence(kind: &Kind, instance: &Value) -> String {
    let found = || shortened(instance);
    match kind {
        Kind::Type { kind } => wrong_type(kind, instance),
        Kind::Enum { options } => {
            format!("instance value ({}) not found in enum (possible values: {options})", found())
        }
        Kind::AdditionalProperties { unexpected } => {
            let name = |name: &String| shortened(&Value::from(name.as_str()));
            let mut names: Vec<String> = unexpected.iter().take(NAMES).map(name).collect();
            if unexpected.len() > NAMES {
                names.push("…".to_owned());
            }
            format!("object instance has properties which are not allowed by the schema: [{}]", names.join(","))
        }
        Kind::AnyOf { context } => {
            format!("instance failed to match at least one required schema among {}", context.len())
        }
        Kind::OneOfNotValid { context } => {
            format!("instance failed to match exactly one schema (matched 0 out of {})", context.len())
        }
        Kind::OneOfMultipleValid { context } => {
            let matched = context.iter().filter(|errors| errors.is_empty()).count();
            format!("instance failed to match exactly one schema (matched {matched} out of {})", context.len())
        }
        Kind::Not { .. } => "instance matched a schema which it should not have".to_owned(),
        Kind::Pattern { pattern } => {
            format!("ECMA 262 regex \"{pattern}\" does not match input string {}", found())
        }
        Kind::Format { format } => format!("string {} is invalid against requested format {format}", found()),
        Kind::UniqueItems => "array must not contain duplicate elements".to_owned(),
        _ => limit(kind, instance).unwrap_or_else(|| format!("instance does not satisfy \"{}\"", kind.keyword())),
    }
}

fn limit(kind: &Kind, instance: &Value) -> Option<String> {
    let found = shortened(instance);
    let length = instance.as_str().map_or(0, |text| text.chars().count());
    let items = instance.as_array().map_or(0, Vec::len);
    let members = instance.as_object().map_or(0, serde_json::Map::len);
    Some(match kind {
        Kind::Minimum { limit } => {
            format!("numeric instance is lower than the required minimum (minimum: {limit}, found: {found})")
        }
        Kind::Maximum { limit } => {
            format!("numeric instance is greater than the required maximum (maximum: {limit}, found: {found})")
        }
        Kind::ExclusiveMinimum { limit } => {
            format!("numeric instance is not strictly greater than the required minimum {limit}")
        }
        Kind::ExclusiveMaximum { limit } => {
            format!("numeric instance is not strictly lower than the required maximum {limit}")
        }
        Kind::MultipleOf { multiple_of } => format!("remainder of division is not zero ({found} / {multiple_of})"),
        Kind::MinLength { limit } => {
            format!("string {found} is too short (length: {length}, required minimum: {limit})")
        }
        Kind::MaxLength { limit } => format!("string {found} is too long (length: {length}, maximum allowed: {limit})"),
        Kind::MinItems { limit } => {
            format!("array is too short: must have at least {limit} elements but instance has {items} elements")
        }
        Kind::MaxItems { limit } => {
            format!("array is too long: must have at most {limit} elements but instance has {items} elements")
        }
        Kind::MinProperties { limit } => {
            format!("object has too few properties (found {members} but schema requires at least {limit})")
        }
        Kind::MaxProperties { limit } => {
            format!("object has too many properties (found {members} but schema requires at most {limit})")
        }
        _ => return None,
    })
}

fn wrong_type(kind: &TypeKind, instance: &Value) -> String {
    let mut allowed: Vec<String> = match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(some) => some.into_iter().map(|one| one.to_string()).collect(),
    };
    allowed.sort();
    let allowed: Vec<String> = allowed.iter().map(|name| format!("\"{name}\"")).collect();
    let found = match instance {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = allowed.join(",");
    format!("instance type ({found}) does not match any allowed primitive type (allowed: [{allowed}])")
}

/// A value as an error repeats it; a stranger chose its length, and no more of it is written than is kept.
fn shortened(value: &Value) -> String {
    let mut start = Start { text: String::new(), room: VALUE_CHARACTERS };
    if write!(start, "{value}").is_err() {
        start.text.push('…');
    }
    start.text
}

/// The start of a text; it refuses what comes after.
struct Start {
    text: String,
    room: usize,
}

impl fmt::Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = text.char_indices().nth(self.room).map(|(end, _)| end);
        let kept = &text[..end.unwrap_or(text.len())];
        self.text.push_str(kept);
        self.room = self.room.saturating_sub(kept.chars().count());
        if end.is_some() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_are_worded_as_aws_words_them() {
        let cases = [
            (json!({"required": ["b", "a"]}), json!({}), "[object has missing required properties ([\"a\",\"b\"])]"),
            (
                json!({"type": "object"}),
                json!("x"),
                "[instance type (string) does not match any allowed primitive type (allowed: [\"object\"])]",
            ),
            (
                json!({"type": ["number", "integer"]}),
                json!(null),
                "[instance type (null) does not match any allowed primitive type (allowed: [\"integer\",\"number\"])]",
            ),
            (
                json!({"enum": ["a", 1]}),
                json!("c"),
                "[instance value (\"c\") not found in enum (possible values: [\"a\",1])]",
            ),
            (
                json!({"minimum": 5}),
                json!(3),
                "[numeric instance is lower than the required minimum (minimum: 5, found: 3)]",
            ),
            (json!({"maxLength": 2}), json!("abc"), "[string \"abc\" is too long (length: 3, maximum allowed: 2)]"),
            (
                json!({"properties": {}, "additionalProperties": false}),
                json!({"x": 1}),
                "[object instance has properties which are not allowed by the schema: [\"x\"]]",
            ),
            (json!({"uniqueItems": true}), json!([1, 1]), "[array must not contain duplicate elements]"),
            (
                json!({"minItems": 2, "items": {"type": "null"}}),
                json!([1]),
                "[array is too short: must have at least 2 elements but instance has 1 elements, \
                  instance type (integer) does not match any allowed primitive type (allowed: [\"null\"])]",
            ),
        ];
        for (schema, document, expected) in cases {
            let model = jsonschema::draft4::new(&schema).unwrap();
            assert_eq!(describe(&model, &document), expected, "{schema} {document}");
        }
    }

    #[test]
    fn many_errors_and_long_values_are_cut() {
        let model = jsonschema::draft4::new(&json!({"items": {"type": "null"}})).unwrap();
        let text = describe(&model, &Value::Array(vec![json!("x"); 1000]));
        assert_eq!(text.matches("instance type").count(), ERRORS);
        let model = jsonschema::draft4::new(&json!({"maxLength": 1})).unwrap();
        assert!(describe(&model, &json!("x".repeat(100_000))).len() < 500);
        let model = jsonschema::draft4::new(&json!({"properties": {}, "additionalProperties": false})).unwrap();
        let names: Value = (0..100_000).map(|index| (format!("{index:0>200}"), Value::Null)).collect();
        assert!(describe(&model, &names).len() < 5000);
    }

    #[test]
    fn values_are_cut_by_characters() {
        for (value, expected) in [
            (json!("é".repeat(98)), format!("\"{}\"", "é".repeat(98))),
            (json!("é".repeat(99)), format!("\"{}…", "é".repeat(99))),
            (json!([1, "x"]), "[1,\"x\"]".to_owned()),
        ] {
            assert_eq!(shortened(&value), expected);
        }
    }

    #[test]
    fn a_document_of_very_many_values_is_not_gone_through_for_errors() {
        let model = jsonschema::draft4::new(&json!({"items": {"items": {"type": "null"}}})).unwrap();
        let row = Value::Array(vec![json!(1); 100]);
        assert_ne!(describe(&model, &Value::Array(vec![row.clone(); 100])), TOO_MANY);
        assert_eq!(describe(&model, &Value::Array(vec![row; VALUES / 100])), TOO_MANY);
    }
}
