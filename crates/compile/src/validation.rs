//! Request validators: required parameters, and models of JSON Schema draft 4 that refer to each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value};
use stagegate_model::rest::frozen::FrozenNouns;
use stagegate_model::rest::{Method, Model, RequestValidator, StringMap};
use stagegate_plan::{BodyModels, RequiredParameter, ValidationPlan};

use crate::finding::{Refusal, Subject};

/// Backtracking steps of one `pattern`: patterns come from authors, texts from strangers.
const BACKTRACK_STEPS: usize = 100_000;
/// Bytes that a compiled `pattern` may take.
const PATTERN_BYTES: usize = 1 << 20;
/// Where a model's schema stands in the document that is compiled.
const MODELS: &str = "models";
/// Levels of a schema that are looked into for references.
const SCHEMA_LEVELS: usize = 128;

/// The validators and models of one deployment; a model is compiled once, and only when a method needs it.
pub(crate) struct Validation<'f> {
    validators: HashMap<&'f str, &'f RequestValidator>,
    models: HashMap<&'f str, &'f Model>,
    compiled: HashMap<String, Result<Arc<Validator>, String>>,
}

fn refuse(why: impl Into<String>) -> Refusal {
    Refusal::new(Subject::RequestValidator, why)
}

impl<'f> Validation<'f> {
    /// Of the frozen nouns.
    pub(crate) fn new(nouns: &'f FrozenNouns) -> Self {
        let validators = nouns.request_validators.iter().map(|validator| (validator.id.as_str(), validator));
        let models = nouns.models.iter().filter_map(|model| Some((model.name.as_deref()?, model)));
        Self { validators: validators.collect(), models: models.collect(), compiled: HashMap::new() }
    }

    /// What a method's validator checks; `None` without one. Without a validator, nothing that is "required" is enforced.
    pub(crate) fn plan(&mut self, method: &Method) -> Result<Option<ValidationPlan>, Refusal> {
        let Some(id) = method.request_validator_id.as_deref() else { return Ok(None) };
        let validator = self.validators.get(id);
        let validator = *validator.ok_or_else(|| refuse(format!("there is no request validator {id}")))?;
        let checks_parameters = validator.validate_request_parameters == Some(true);
        let checks_body = validator.validate_request_body == Some(true);
        Ok(Some(ValidationPlan {
            required: if checks_parameters { required(method)? } else { Box::default() },
            body: if checks_body { Some(self.body(method.request_models.as_ref())?) } else { None },
        }))
    }

    /// The models of bodies, by content type and name.
    pub(crate) fn body(&mut self, models: Option<&StringMap>) -> Result<BodyModels, Refusal> {
        let models = models.into_iter().flatten();
        let entry = |(media_type, name): (&String, &String)| {
            let model = self.model(name).map_err(|why| refuse(format!("the model {name}: {why}")))?;
            Ok((media_type.as_str().into(), model))
        };
        Ok(BodyModels { entries: models.map(entry).collect::<Result<_, Refusal>>()? })
    }

    fn model(&mut self, name: &str) -> Result<Arc<Validator>, String> {
        if let Some(known) = self.compiled.get(name) {
            return known.clone();
        }
        let compiled = self.compile(name).map(Arc::new);
        self.compiled.insert(name.to_owned(), compiled.clone());
        compiled
    }

    fn compile(&self, name: &str) -> Result<Validator, String> {
        let patterns = PatternOptions::fancy_regex().backtrack_limit(BACKTRACK_STEPS).size_limit(PATTERN_BYTES);
        let options = jsonschema::draft4::options().with_pattern_options(patterns);
        options.build(&self.document(name)?).map_err(|error| error.to_string())
    }

    /// One document of a model and all that it refers to.
    fn document(&self, name: &str) -> Result<Value, String> {
        let mut schemas = BTreeMap::new();
        let mut wanted = BTreeSet::from([name.to_owned()]);
        while let Some(name) = wanted.pop_first() {
            let mut schema = self.schema(&name)?;
            let mut references = Vec::new();
            localise(&mut schema, &name, &mut references, SCHEMA_LEVELS)?;
            schemas.insert(name, schema);
            wanted.extend(references.into_iter().filter(|name| !schemas.contains_key(name)));
        }
        let mut document = Map::new();
        document.insert(MODELS.to_owned(), schemas.into_iter().collect::<Map<_, _>>().into());
        document.insert("allOf".to_owned(), Value::Array(vec![reference(name, "")]));
        Ok(Value::Object(document))
    }

    fn schema(&self, name: &str) -> Result<Value, String> {
        let model = self.models.get(name).ok_or_else(|| format!("there is no model {name}"))?;
        let schema = model.schema.as_deref().filter(|schema| !schema.trim().is_empty()).unwrap_or("{}");
        serde_json::from_str(schema).map_err(|error| format!("its schema is no JSON: {error}"))
    }
}

fn reference(model: &str, below: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/{MODELS}/{model}{below}") })
}

/// Points the references of a model's schema into the common document, and lists the models they lead to.
fn localise(schema: &mut Value, own: &str, references: &mut Vec<String>, levels: usize) -> Result<(), String> {
    let levels = levels.checked_sub(1).ok_or("its schema is nested too deeply")?;
    match schema {
        Value::Array(items) => items.iter_mut().try_for_each(|item| localise(item, own, references, levels)),
        Value::Object(members) => {
            if members.get("$schema").is_some_and(Value::is_string) {
                members.shift_remove("$schema");
            }
            if members.get("id").is_some_and(Value::is_string) {
                members.shift_remove("id");
            }
            if let Some(Value::String(target)) = members.get("$ref") {
                let (name, below) = referred(target, own).ok_or_else(|| format!("it refers to {target}"))?;
                *schema = reference(&name, &below);
                references.push(name);
                return Ok(());
            }
            // What stands there are values, not schemas.
            let schemas = members.iter_mut().filter(|(key, _)| !matches!(key.as_str(), "enum" | "default"));
            schemas.into_iter().try_for_each(|(_, member)| localise(member, own, references, levels))
        }
        _ => Ok(()),
    }
}

/// The model that a reference names, and the pointer below it: `#…` within the own one, or
/// `https://apigateway.amazonaws.com/restapis/{api}/models/{name}` (fact section 1.8).
fn referred(target: &str, own: &str) -> Option<(String, String)> {
    if let Some(below) = target.strip_prefix('#') {
        return Some((own.to_owned(), below.to_owned()));
    }
    let path = target.strip_prefix("https://").or_else(|| target.strip_prefix("http://"))?;
    let (_, model) = path.split_once("/restapis/")?.1.split_once("/models/")?;
    let (name, below) = model.split_once('#').unwrap_or((model, ""));
    Some((name.to_owned(), below.to_owned()))
}

/// The required parameters in AWS's order: headers, path, query (fact 4).
fn required(method: &Method) -> Result<Box<[RequiredParameter]>, Refusal> {
    let declared = method.request_parameters.iter().flatten();
    let names = declared.filter(|(_, is_required)| **is_required).map(|(name, _)| name.as_str());
    names.map(|name| parameter(name).ok_or_else(|| refuse(format!("`{name}` is no parameter")))).collect()
}

fn parameter(name: &str) -> Option<RequiredParameter> {
    let named = |prefix| name.strip_prefix(prefix).filter(|name| !name.is_empty()).map(Box::<str>::from);
    named("method.request.header.")
        .map(RequiredParameter::Header)
        .or_else(|| named("method.request.path.").map(RequiredParameter::Path))
        .or_else(|| named("method.request.querystring.").map(RequiredParameter::Query))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nouns(models: &[(&str, Value)]) -> FrozenNouns {
        let model = |(name, schema): &(&str, Value)| Model {
            name: Some((*name).to_owned()),
            schema: Some(schema.to_string()),
            ..Model::default()
        };
        FrozenNouns { models: models.iter().map(model).collect(), ..FrozenNouns::default() }
    }

    fn is_valid(models: &[(&str, Value)], name: &str, body: &Value) -> Result<bool, String> {
        let nouns = nouns(models);
        Validation::new(&nouns).model(name).map(|model| model.is_valid(body))
    }

    #[test]
    fn models_refer_to_each_other_and_to_themselves() {
        let url = |name: &str| format!("https://apigateway.amazonaws.com/restapis/a1b2c3/models/{name}");
        let models = [
            (
                "Pet",
                json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
                           "properties": {"owner": {"$ref": url("Owner")}, "id": {"$ref": "#/definitions/Id"}},
                           "definitions": {"Id": {"type": "integer"}}, "required": ["id"]}),
            ),
            (
                "Owner",
                json!({"type": "object", "properties": {"pets": {"type": "array", "items": {"$ref": url("Pet")}}}}),
            ),
            ("Tree", json!({"type": "object", "properties": {"child": {"$ref": "#"}}, "additionalProperties": false})),
        ];
        let cases = [
            ("Pet", json!({"id": 1, "owner": {"pets": [{"id": 2}]}}), true),
            ("Pet", json!({"id": 1, "owner": {"pets": [{"id": "2"}]}}), false),
            ("Pet", json!({}), false),
            ("Tree", json!({"child": {"child": {}}}), true),
            ("Tree", json!({"child": {"other": {}}}), false),
        ];
        for (name, body, expected) in cases {
            assert_eq!(is_valid(&models, name, &body), Ok(expected), "{name} {body}");
        }
    }

    #[test]
    fn a_model_that_cannot_be_compiled_says_why() {
        let cases = [
            (json!({"$ref": "https://elsewhere.test/schema"}), "it refers to https://elsewhere.test/schema"),
            (json!({"$ref": "https://apigateway.amazonaws.com/restapis/a/models/Gone"}), "there is no model Gone"),
            (json!({"type": "nothing"}), "Unexpected type"),
            (json!({"pattern": "("}), "("),
        ];
        for (schema, why) in cases {
            let error = is_valid(&[("M", schema.clone())], "M", &json!({})).expect_err("no validator");
            assert!(error.contains(why), "{schema}: {error}");
        }
    }

    #[test]
    fn values_are_not_taken_for_schemas() {
        let schema = json!({"enum": [{"id": "x", "$ref": "y"}], "default": {"$ref": "z"}});
        assert_eq!(is_valid(&[("M", schema.clone())], "M", &json!({"id": "x", "$ref": "y"})), Ok(true));
        assert_eq!(is_valid(&[("M", schema)], "M", &json!({"$ref": "y"})), Ok(false));
    }

    proptest::proptest! {
        #[test]
        fn any_schema_compiles_or_says_why(text in "[\\[\\]{}\":,$#/a-z0-9 ]{0,60}") {
            let nouns = FrozenNouns {
                models: vec![Model { name: Some("M".to_owned()), schema: Some(text), ..Model::default() }],
                ..FrozenNouns::default()
            };
            if let Err(why) = Validation::new(&nouns).model("M") {
                proptest::prop_assert!(!why.is_empty());
            }
        }
    }
}
