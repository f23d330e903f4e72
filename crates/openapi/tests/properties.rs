//! Properties: nothing panics, JSON and YAML mean the same, JSON is what an independent reader says it is.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};
use stagegate_openapi::{ImportError, ImportErrorKind, ImportOptions, Imported, import};

fn run(source: &[u8]) -> Result<Imported, ImportError> {
    import(source, &ImportOptions::default())
}

/// What an import means, without the places, which differ between two spellings of one document.
fn meaning(result: Result<Imported, ImportError>) -> Value {
    match result {
        Ok(Imported { api, warnings }) => json!({
            "name": api.name,
            "description": api.description,
            "version": api.version,
            "policy": api.policy,
            "paths": api.paths.iter().map(|path| json!([path.path, path.methods])).collect::<Vec<_>>(),
            "models": api.nouns.models,
            "authorizers": api.nouns.authorizers,
            "documentation": api.documentation.iter().map(|part| json!([part.location, part.properties])).collect::<Vec<_>>(),
            "unserved": api.unserved,
            "warnings": warnings.iter().map(|warning| json!([warning.path, warning.message])).collect::<Vec<_>>(),
        }),
        Err(error) => json!({"path": error.path, "message": error.message, "expected": error.expected}),
    }
}

/// Any JSON, with words that mean something in YAML.
fn anything() -> impl Strategy<Value = Value> {
    let word = select(vec![
        "yes", "~", "", "null", "1.0", "0x10", " a", "a: b", "- a", "#", "&a", "*a", "!t", "<<", "é\n\tü", "'", "\"",
        "\\", "|", "%",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        word.prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec(("[ -~]{1,8}", inner), 0..6).prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn object(members: impl Strategy<Value = Vec<(&'static str, Value)>>) -> impl Strategy<Value = Value> {
    members.prop_map(|members| {
        let members = members.into_iter().map(|(key, value)| (key.to_owned(), value));
        Value::Object(members.collect())
    })
}

/// Sometimes what is expected somewhere, sometimes anything.
fn mostly(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![9 => value, 1 => anything()]
}

fn words(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    mostly(select(words).prop_map(Value::from))
}

fn integration() -> impl Strategy<Value = Value> {
    let member = prop_oneof![
        words(&["http", "HTTP_PROXY", "mock", "Aws", "aws_proxy"]).prop_map(|value| ("type", value)),
        words(&["GET", "post", "ANY"]).prop_map(|value| ("httpMethod", value)),
        words(&[
            "http://backend.example/{id}",
            "https://${stageVariables.host}/",
            "arn:aws:apigateway:us-east-1:sqs:path/q"
        ])
        .prop_map(|value| ("uri", value)),
        mostly(any::<u16>().prop_map(Value::from)).prop_map(|value| ("timeoutInMillis", value)),
        mostly(Just(json!({"integration.request.header.A": "'a'"}))).prop_map(|value| ("requestParameters", value)),
        mostly(Just(json!({"default": {"statusCode": 200}, "4..": {"statusCode": "400"}})))
            .prop_map(|value| ("responses", value)),
        anything().prop_map(|value| ("requestTemplates", value)),
        anything().prop_map(|value| ("tlsConfig", value)),
    ];
    object(vec(member, 0..8))
}

fn operation() -> impl Strategy<Value = Value> {
    let parameter = prop_oneof![
        Just(json!({"name": "id", "in": "path", "required": true})),
        Just(json!({"name": "q", "in": "query"})),
        Just(json!({"$ref": "#/components/parameters/shared"})),
        Just(json!({"$ref": "#/components/parameters/loop"})),
    ];
    let member = prop_oneof![
        integration().prop_map(|value| ("x-amazon-apigateway-integration", value)),
        mostly(vec(parameter, 0..4).prop_map(Value::from)).prop_map(|value| ("parameters", value)),
        mostly(Just(json!({"200": {"description": "ok"}, "default": null}))).prop_map(|value| ("responses", value)),
        mostly(Just(json!([{"key": []}, {"tokens": ["a"]}]))).prop_map(|value| ("security", value)),
        anything().prop_map(|value| ("requestBody", value)),
        anything().prop_map(|value| ("description", value)),
    ];
    object(vec(member, 0..6))
}

fn definition() -> impl Strategy<Value = Value> {
    let path = select(vec![
        "/",
        "/pets",
        "/pets/{id}",
        "/pets/{id}/",
        "/pets/{name}",
        "/{proxy+}",
        "/{proxy+}/x",
        "/a//b",
        "/a b",
        "x",
    ]);
    let verb = select(vec!["get", "post", "x-amazon-apigateway-any-method", "trace", "parameters", "$ref"]);
    let item = object(vec((verb, mostly(operation())), 0..4));
    (vec((path, item), 0..5), anything(), anything()).prop_map(|(paths, documentation, extra)| {
        let paths: Map<_, _> = paths.into_iter().map(|(path, item)| (path.to_owned(), item)).collect();
        json!({
            "openapi": "3.0.1",
            "info": {"title": "generated", "version": extra},
            "paths": paths,
            "x-amazon-apigateway-documentation": documentation,
            "components": {
                "parameters": {"shared": {"name": "s", "in": "header"}, "loop": {"$ref": "#/components/parameters/loop"}},
                "securitySchemes": {
                    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                    "tokens": {"x-amazon-apigateway-authorizer": {"type": "request"}},
                },
            },
        })
    })
}

/// A fixture with some of its bytes replaced.
fn mutated(fixture: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let bytes = select(b"{}[]\",:\\ \n\t-&*!|>%@`#'0eEu~<\x00\xc3\xff".to_vec());
    let edit = (0..fixture.len(), 0..4_usize, vec(bytes, 0..3));
    vec(edit, 1..6).prop_map(move |edits| {
        let mut source = fixture.to_vec();
        for (at, removed, inserted) in edits {
            let start = at.min(source.len());
            let end = (start + removed).min(source.len());
            source.splice(start..end, inserted);
        }
        source
    })
}

const YAML: &[u8] = include_bytes!("fixtures/accepted/pet-store-openapi3.yaml");
const JSON: &[u8] = include_bytes!("fixtures/accepted/swagger2.json");

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(source in vec(any::<u8>(), 0..300)) {
        let _outcome = run(&source);
    }

    #[test]
    fn mutated_yaml_never_panics_and_errors_lie_within_the_source(source in mutated(YAML)) {
        if let Err(error) = run(&source) {
            let lines = source.split(|byte| *byte == b'\n').count() + 1;
            prop_assert!(error.line >= 1 && error.column >= 1 && error.line as usize <= lines, "{error}");
        }
    }

    #[test]
    fn mutated_json_is_accepted_as_json_exactly_when_an_independent_reader_accepts_it(source in mutated(JSON)) {
        prop_assume!(source.starts_with(b"{\n  \""));
        let outcome = run(&source);
        let is_syntax = matches!(&outcome, Err(error) if error.kind == ImportErrorKind::Syntax);
        if serde_json::from_slice::<Value>(&source).is_err() {
            prop_assert!(is_syntax, "accepted: {}", String::from_utf8_lossy(&source));
        } else {
            let is_duplicate = matches!(&outcome, Err(error) if error.message.contains("stands twice"));
            prop_assert!(!is_syntax || is_duplicate, "{outcome:?}");
        }
    }

    #[test]
    fn generated_definitions_mean_the_same_in_json_and_yaml(definition in definition()) {
        let compact = meaning(run(definition.to_string().as_bytes()));
        let pretty = meaning(run(serde_json::to_string_pretty(&definition).expect("JSON").as_bytes()));
        let yaml = serde_saphyr::to_string(&definition).expect("YAML");
        prop_assert_eq!(&compact, &pretty);
        prop_assert_eq!(compact, meaning(run(yaml.as_bytes())), "{}", yaml);
    }

    #[test]
    fn what_is_kept_is_what_was_written(anything in anything()) {
        let definition = json!({"swagger": "2.0", "info": {"title": "t"}, "x-amazon-apigateway-zoo": anything});
        let imported = run(definition.to_string().as_bytes()).expect("an import");
        prop_assert_eq!(&imported.api.unserved["extensions"]["x-amazon-apigateway-zoo"], &anything);
    }
}
