//! `GetModelTemplate`: a mapping template that gives a payload the structure of a schema.

use serde_json::{Map, Value};

use super::model_schema::resolve;

/// How deep a template nests: schemas can refer to themselves.
const MOST_DEPTH: usize = 10;
/// How long a template grows before the rest of it is cut short: what refers to itself twice doubles at every level.
const MOST_BYTES: usize = 65_536;

/// Writes the template of a flattened schema.
pub(crate) fn write(schema: &Value) -> String {
    let mut writer = Writer { root: schema, text: "#set($inputRoot = $input.path('$'))\n".to_owned() };
    writer.value(schema, "$inputRoot", 0);
    writer.text
}

struct Writer<'s> {
    root: &'s Value,
    text: String,
}

impl Writer<'_> {
    /// Writes what a schema describes, read from `source`.
    fn value(&mut self, schema: &Value, source: &str, depth: usize) {
        let Some(schema) = resolve(self.root, schema).filter(|_| depth < MOST_DEPTH && self.text.len() < MOST_BYTES)
        else {
            self.text.push_str("{ }");
            return;
        };
        match kind(schema) {
            "object" => self.object(schema, source, depth),
            "array" => self.array(schema, source, depth),
            "string" => self.quoted(source),
            _ => self.text.push_str(source),
        }
    }

    fn quoted(&mut self, source: &str) {
        self.text.push('"');
        self.text.push_str(source);
        self.text.push('"');
    }

    fn object(&mut self, schema: &Value, source: &str, depth: usize) {
        let mut properties = Map::new();
        gather(self.root, schema, &mut properties);
        if properties.is_empty() {
            self.text.push_str("{ }");
            return;
        }
        self.text.push('{');
        for (index, (name, property)) in properties.iter().enumerate() {
            self.text.push_str(if index == 0 { "\n" } else { ",\n" });
            self.indent(depth + 1);
            self.text.push_str(&Value::from(name.as_str()).to_string());
            self.text.push_str(" : ");
            self.value(property, &member(source, name), depth + 1);
        }
        self.text.push('\n');
        self.indent(depth);
        self.text.push('}');
    }

    fn array(&mut self, schema: &Value, source: &str, depth: usize) {
        // Each loop has a variable of its own, so that an inner one does not hide an outer one.
        let element = if depth == 0 { "$elem".to_owned() } else { format!("$elem{depth}") };
        self.text.push_str("[\n");
        self.indent(depth + 1);
        self.text.extend(["#foreach(", &element, " in ", source, ")\n"]);
        self.indent(depth + 1);
        self.value(schema.get("items").unwrap_or(&Value::Null), &element, depth + 1);
        self.text.push_str("#if($foreach.hasNext),#end\n");
        self.indent(depth + 1);
        self.text.push_str("#end\n");
        self.indent(depth);
        self.text.push(']');
    }

    fn indent(&mut self, depth: usize) {
        self.text.extend(std::iter::repeat_n("  ", depth));
    }
}

/// What a schema describes; one that says nothing describes any value, as it is.
fn kind(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    };
    let has = |member| schema.get(member).is_some();
    let guessed = if has("properties") || has("allOf") {
        "object"
    } else if has("items") {
        "array"
    } else {
        "any"
    };
    named.unwrap_or(guessed)
}

/// The properties of an object's schema and of those it extends, each once.
fn gather(root: &Value, schema: &Value, properties: &mut Map<String, Value>) {
    let mut seen: Vec<&Value> = Vec::new();
    let mut pending = vec![schema];
    while let Some(schema) = pending.pop() {
        let Some(schema) = resolve(root, schema) else { continue };
        if seen.iter().any(|other| std::ptr::eq(*other, schema)) {
            continue;
        }
        seen.push(schema);
        if let Some(own) = schema.get("properties").and_then(Value::as_object) {
            for (name, property) in own {
                properties.entry(name.as_str()).or_insert_with(|| property.clone());
            }
        }
        pending.extend(schema.get("allOf").and_then(Value::as_array).into_iter().flatten().rev());
    }
}

/// A member of a value in Velocity: by its name where that is an identifier, or else by `get`.
fn member(source: &str, name: &str) -> String {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let plain = starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if plain { format!("{source}.{name}") } else { format!("{source}.get('{}')", name.replace('\'', "\\'")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_follow_the_schema() {
        let cases = [
            (json!({ "type": "object" }), "{ }"),
            (json!({}), "$inputRoot"),
            (
                json!({ "properties": { "id": { "type": "integer" }, "name": { "type": ["null", "string"] } } }),
                "{\n  \"id\" : $inputRoot.id,\n  \"name\" : \"$inputRoot.name\"\n}",
            ),
            (
                json!({ "type": "array", "items": { "type": "string" } }),
                "[\n  #foreach($elem in $inputRoot)\n  \"$elem\"#if($foreach.hasNext),#end\n  #end\n]",
            ),
            (json!({ "properties": { "a b": {} } }), "{\n  \"a b\" : $inputRoot.get('a b')\n}"),
            (
                json!({ "allOf": [{ "$ref": "#/definitions/A" }], "properties": { "b": {} },
                    "definitions": { "A": { "properties": { "a": { "type": "boolean" } } } } }),
                "{\n  \"b\" : $inputRoot.b,\n  \"a\" : $inputRoot.a\n}",
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(write(&schema), format!("#set($inputRoot = $input.path('$'))\n{expected}"), "{schema}");
        }
    }

    #[test]
    fn schemas_that_multiply_are_cut_short() {
        let loops: Map<String, Value> = (0..50).map(|n| (format!("p{n}"), json!({ "$ref": "#" }))).collect();
        let parts: Vec<Value> = (0..50).map(|_| json!({ "$ref": "#" })).collect();
        for schema in [json!({ "properties": loops }), json!({ "properties": loops, "allOf": parts })] {
            assert!(write(&schema).len() < 2 * MOST_BYTES);
        }
    }

    #[test]
    fn schemas_that_contain_themselves_end() {
        let loops = [
            json!({ "properties": { "next": { "$ref": "#" } } }),
            json!({ "type": "array", "items": { "$ref": "#" } }),
            json!({ "$ref": "#/definitions/A", "definitions": { "A": { "$ref": "#/definitions/A" } } }),
            json!({ "allOf": [{ "$ref": "#" }] }),
        ];
        for schema in loops {
            let text = write(&schema);
            assert!(text.len() < 4_000, "{text}");
            assert!(text.contains("{ }"), "{text}");
        }
    }
}
