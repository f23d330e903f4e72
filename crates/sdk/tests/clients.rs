//! What a client says of the API that it was generated from.

use std::io::{Cursor, Read};

use serde_json::{Value, json};
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_sdk::{Client, Language, SdkError, Settings, Target, archive, generate};
use zip::ZipArchive;

fn target() -> Target {
    Target {
        title: "Pets */ {{region}}".into(),
        stage: "dev".into(),
        endpoint: "https://abc.execute-api.eu-west-1.example/dev".into(),
        region: "eu-west-1".into(),
    }
}

/// An API of methods, each given as path, verb and further members.
fn frozen(methods: &[(&str, &str, Value)]) -> FrozenApi {
    let resources: Vec<Value> = methods.iter().map(|(path, ..)| json!({"id": path, "path": path})).collect();
    let mut distinct = resources.clone();
    distinct.dedup();
    let methods: Vec<Value> = methods
        .iter()
        .map(|(path, verb, more)| {
            let mut method = json!({"httpMethod": verb, "authorizationType": "NONE"});
            let members = method.as_object_mut().expect("an object");
            members.extend(more.as_object().cloned().unwrap_or_default());
            json!({"resourceId": path, "method": method})
        })
        .collect();
    let api = json!({"restApi": {"id": "abc"}, "resources": distinct, "methods": methods, "unserved": null});
    serde_json::from_value(api).expect("a frozen API")
}

fn calls(methods: &[(&str, &str, Value)]) -> Vec<String> {
    let client = Client::new(&frozen(methods), target());
    client.operations.iter().map(|one| format!("{} {} {}", one.name, one.verb, one.path)).collect()
}

#[test]
fn every_method_has_a_name_of_its_own() {
    let got = calls(&[
        ("/", "GET", Value::Null),
        ("/a-b", "GET", Value::Null),
        ("/aB", "GET", Value::Null),
        ("/pets", "POST", json!({"operationName": "AddPet"})),
        ("/pets/{id}", "DELETE", json!({"operationName": "addpet"})),
    ]);
    let expected =
        ["rootGet GET /", "aBGet GET /a-b", "aBGet2 GET /aB", "addPet POST /pets", "addpet2 DELETE /pets/{id}"];
    assert_eq!(got, expected);
}

#[test]
fn any_becomes_each_verb_that_its_resource_lacks() {
    let got = calls(&[("/a", "ANY", json!({"operationName": "all"})), ("/a", "PUT", json!({"operationName": "put"}))]);
    let expected = [
        "aGet GET /a",
        "aHead HEAD /a",
        "aPost POST /a",
        "put PUT /a",
        "aPatch PATCH /a",
        "aDelete DELETE /a",
        "aOptions OPTIONS /a",
    ];
    assert_eq!(got, expected);
}

#[test]
fn parameters_are_told_apart_by_their_place() {
    let declared = json!({"requestParameters": {
        "method.request.path.id": false, "method.request.querystring.q": true, "method.request.multivaluequerystring.q": false,
        "method.request.header.X-A": false, "method.request.header.X.B": true,
    }});
    let client = Client::new(&frozen(&[("/x/{id}/{rest+}", "GET", declared)]), target());
    let operation = &client.operations[0];
    assert_eq!(operation.query_parameters, ["q"]);
    assert_eq!(operation.headers, ["X-A", "X.B"]);
    assert_eq!(operation.required, ["id", "rest", "X.B", "q"]);
}

#[test]
fn what_an_owner_writes_stays_text() {
    let parameters = json!({"requestParameters": {"method.request.header.\"];alert(1);//": false}});
    let client = Client::new(&frozen(&[("/x", "GET", parameters)]), target());
    let files = generate(&client, Language::Javascript, &Settings::default()).expect("a client");
    let text = &files.iter().find(|file| file.path == "apiGateway-js-sdk/apigClient.js").expect("the client").text;
    assert!(text.contains(r#"xGet: ["GET", "/x", [], ["\"];alert(1);//"], []]"#), "{text}");
    assert!(text.contains("A client of Pets region, stage dev."), "{text}");
    assert!(text.contains(r#"var ENDPOINT = "https://abc.execute-api.eu-west-1.example/dev";"#));
    assert!(!text.contains("{{"), "every mark is filled");
}

#[test]
fn an_archive_holds_the_files_and_is_the_same_every_time() {
    let client = Client::new(&frozen(&[("/", "GET", Value::Null)]), target());
    let files = generate(&client, Language::Javascript, &Settings::default()).expect("a client");
    let bytes = archive(&files);
    assert_eq!(bytes, archive(&files));
    let mut opened = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    assert_eq!(opened.len(), files.len());
    for file in &files {
        let mut text = String::new();
        opened.by_name(&file.path).expect("the file").read_to_string(&mut text).expect("its text");
        assert_eq!(text, file.text);
    }
}

#[test]
fn languages_are_known_by_their_names() {
    for language in Language::ALL {
        assert_eq!(language.as_str().parse(), Ok(*language));
    }
    assert_eq!("cobol".parse::<Language>(), Err(SdkError::UnknownLanguage("cobol".into())));
}

/// Settings that satisfy every language.
fn settings() -> Settings {
    let given = [
        ("serviceName", "pets"),
        ("javaPackageName", "org.example"),
        ("groupId", "org.example"),
        ("artifactId", "pets"),
        ("artifactVersion", "1.2"),
        ("invokerPackage", "org.example"),
        ("service.name", "PetStore"),
        ("classPrefix", "SIMPLE_CALC"),
    ];
    Settings::new(given.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
}

#[test]
fn every_language_has_every_operation_and_no_mark_left() {
    let hostile = json!({"requestParameters": {"method.request.header.\"'#{x}\\": false}});
    let client = Client::new(&frozen(&[("/x", "GET", hostile), ("/x/{y}", "ANY", Value::Null)]), target());
    for (language, folder, literal, name) in [
        (Language::Android, "pets", r#""\"'#{x}\\""#, "xYOptions("),
        (Language::Java, "pets", r#""\"'#{x}\\""#, "xYOptions("),
        (Language::Javascript, "apiGateway-js-sdk", r#""\"'#{x}\\""#, "xYOptions: ["),
        (Language::Objectivec, "aws-apigateway-ios", r#"@"\"'#{x}\\""#, ")xYOptions:("),
        (Language::Swift, "aws-apigateway-ios-swift", r#""\"'#{x}\\""#, "func xYOptions("),
        (Language::Ruby, "pet_store", r#"'"\'#{x}\\'"#, "def x_y_options("),
    ] {
        let files = generate(&client, language, &settings()).expect("a client");
        let all: String = files.iter().map(|file| file.text.as_str()).collect();
        for wanted in [literal, name, "abc.execute-api.eu-west-1.example/dev"] {
            assert!(all.contains(wanted), "{language:?}: {wanted}");
        }
        assert!(!all.contains("{{"), "{language:?}");
        assert!(files.iter().all(|file| file.path.starts_with(&format!("{folder}/"))), "{language:?}");
    }
}

#[test]
fn classes_for_ios_are_named_after_the_prefix_and_the_api() {
    for (title, class) in [
        ("SimpleCalc", "SIMPLE_CALCSimpleCalcClient"),
        ("pet store", "SIMPLE_CALCPetStoreClient"),
        ("", "SIMPLE_CALCClient"),
    ] {
        let client = Client::new(&frozen(&[("/", "GET", Value::Null)]), Target { title: title.into(), ..target() });
        for (language, ending) in [(Language::Swift, "swift"), (Language::Objectivec, "h"), (Language::Objectivec, "m")]
        {
            let files = generate(&client, language, &settings()).expect("a client");
            let path = format!("/generated-src/{class}.{ending}");
            assert!(files.iter().any(|file| file.path.ends_with(&path)), "{path}");
        }
    }
}

#[test]
fn a_missing_setting_is_named() {
    let client = Client::new(&frozen(&[("/", "GET", Value::Null)]), target());
    for (language, missing) in [
        (Language::Android, "groupId"),
        (Language::Java, "serviceName"),
        (Language::Objectivec, "classPrefix"),
        (Language::Ruby, "service.name"),
        (Language::Swift, "classPrefix"),
    ] {
        assert_eq!(generate(&client, language, &Settings::default()), Err(SdkError::Missing(missing)));
    }
}
