//! HTTP APIs: what is exported and imported again is the same API, and hostile definitions end in time.

mod generated;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use stagegate_model::http::{Integration, Route};
use stagegate_openapi::{
    DocumentLanguage, ExportServer, HttpApiDefinition, HttpExportOptions, ImportErrorKind, ImportOptions, Placed,
    RouteDefinition, export_http, import_http,
};

use generated::api;

fn exported(api: &HttpApiDefinition) -> Value {
    let server =
        ExportServer { scheme: "https".to_owned(), host: "abc.example".to_owned(), base_path: "/dev".to_owned() };
    export_http(api, &HttpExportOptions { server: Some(server), without_extensions: false })
}

fn reimported(api: &HttpApiDefinition, language: DocumentLanguage) -> HttpApiDefinition {
    let text = language.write(&exported(api)).expect("a text");
    let imported = import_http(text.as_bytes(), &ImportOptions::default());
    let imported = imported.map_err(|error| format!("{error}\n{text}")).expect("an import");
    assert_eq!(imported.warnings, [], "{text}");
    imported.api
}

/// An API's routes by their keys, each with its integration.
fn routes(api: &HttpApiDefinition) -> BTreeMap<&str, (&Route, Option<&Integration>)> {
    let one = |route: &RouteDefinition| {
        route.integration.and_then(|index| api.integrations.get(index)).map(|placed| &placed.noun)
    };
    let keyed = api.routes.iter().map(|placed| {
        let route = &placed.noun.route;
        (route.route_key.as_deref().unwrap_or_default(), (route, one(&placed.noun)))
    });
    keyed.collect()
}

/// Everything but the order of things and their places in a source.
fn same(a: &HttpApiDefinition, b: &HttpApiDefinition) {
    assert_eq!(routes(a), routes(b));
    let nouns = |api: &HttpApiDefinition| api.authorizers.iter().map(|one| one.noun.clone()).collect::<Vec<_>>();
    assert_eq!(nouns(a), nouns(b));
    let texts = |api: &HttpApiDefinition| {
        let mut texts: Vec<_> = api.integrations.iter().map(|one| json!(one.noun).to_string()).collect();
        texts.sort();
        texts
    };
    assert_eq!(texts(a), texts(b));
    let bare = |api: &HttpApiDefinition| HttpApiDefinition {
        routes: Vec::new(),
        authorizers: Vec::new(),
        integrations: Vec::new(),
        ..api.clone()
    };
    assert_eq!(bare(a), bare(b));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_carries_the_whole_api(api in api(), yaml in any::<bool>()) {
        let again = reimported(&api, if yaml { DocumentLanguage::Yaml } else { DocumentLanguage::Json });
        same(&again, &api);
        prop_assert_eq!(exported(&again)["paths"].as_object().map(serde_json::Map::len), exported(&api)["paths"].as_object().map(serde_json::Map::len));
    }

    #[test]
    fn arbitrary_operations_are_imported_or_refused(body in "[ -~]{0,60}") {
        let source = format!("openapi: 3.0.1\ninfo: {{title: t}}\npaths:\n  /:\n    get:\n      {body}\n");
        if let Err(error) = import_http(source.as_bytes(), &ImportOptions::default()) {
            prop_assert!(error.line >= 1 && error.column >= 1);
        }
    }

    #[test]
    fn an_export_without_extensions_has_none(api in api()) {
        let options = HttpExportOptions { without_extensions: true, server: None };
        let text = export_http(&api, &options).to_string();
        prop_assert!(!text.contains("x-stagegate-"), "{}", text);
        let keys = text.replace("x-amazon-apigateway-any-method", "");
        prop_assert!(!keys.contains("x-amazon-apigateway-"), "{}", text);
    }
}

#[test]
fn every_fixture_that_imports_is_the_same_after_an_export() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/http-accepted");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the folder of fixtures") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "expected") {
            continue;
        }
        let source = fs::read(&path).expect("a fixture");
        let api = import_http(&source, &ImportOptions::default()).expect("an import").api;
        let once = reimported(&api, DocumentLanguage::Yaml);
        let twice = reimported(&once, DocumentLanguage::Json);
        same(&once, &twice);
        assert_eq!(routes(&once).len(), routes(&api).len(), "{}", path.display());
        seen += 1;
    }
    assert!(seen > 5, "only {seen} fixtures were imported");
}

#[test]
fn aws_s_names_and_order_are_kept_in_an_export() {
    let source = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/http-accepted/pet-store.json"));
    let api = import_http(&source.expect("a fixture"), &ImportOptions::default()).expect("an import").api;
    let document = exported(&api);
    let item = &document["paths"]["/pets/{petId}"];
    assert_eq!(
        item["parameters"],
        json!([{"name": "petId", "in": "path", "description": "Generated path parameter for petId", "required": true, "schema": {"type": "string"}}])
    );
    let get = &document["paths"]["/pets"]["get"];
    assert_eq!(get["responses"], json!({"default": {"description": "Default response for GET /pets"}}));
    assert_eq!(
        get["x-amazon-apigateway-integration"].to_string(),
        r#"{"payloadFormatVersion":"1.0","type":"http_proxy","httpMethod":"GET","uri":"http://pets.example/pets","connectionType":"INTERNET"}"#
    );
    assert_eq!(document["servers"][0]["variables"]["basePath"]["default"], "/dev");
    let last = document.as_object().and_then(|members| members.keys().next_back().cloned());
    assert_eq!(last.as_deref(), Some("x-amazon-apigateway-importexport-version"));
}

#[test]
fn the_default_route_and_a_route_of_its_path_are_both_exported() {
    let route = |key: &str| RouteDefinition {
        route: Route { route_key: Some(key.to_owned()), ..Route::default() },
        integration: None,
    };
    let routes = ["$default", "ANY /$default"].map(|key| Placed::nowhere(route(key)));
    let api = HttpApiDefinition { name: "both".to_owned(), routes: routes.into(), ..HttpApiDefinition::default() };
    let text = exported(&api).to_string();
    let again = import_http(text.as_bytes(), &ImportOptions::default()).expect("an import").api;
    assert_eq!(self::routes(&again).into_keys().collect::<Vec<_>>(), ["$default", "ANY /$default"], "{text}");
}

const HEAD: &str = "openapi: 3.0.0\ninfo: {title: t}\n";

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// Imports within time, whatever comes of it.
fn in_time(source: &str) -> Option<ImportErrorKind> {
    let started = Instant::now();
    let imported = import_http(source.as_bytes(), &ImportOptions::default());
    // A debug build takes some ten times what is allowed to a release build.
    assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
    imported.err().map(|error| error.kind)
}

#[test]
fn what_references_and_defaults_repeat_is_bounded() {
    let long = "x".repeat(1 << 20);
    let operations = lines(100, |index| {
        format!("  /p{index}: {{get: {{x-amazon-apigateway-integration: {{$ref: '#/x-shared'}}}}}}\n")
    });
    let shared =
        format!("{HEAD}paths:\n{operations}x-shared: {{type: http_proxy, requestParameters: {{a: {long}}}}}\n");
    assert_eq!(in_time(&shared), Some(ImportErrorKind::Limit));
    let scopes = [long.as_str(); 2].join(", ");
    let open = lines(100, |index| format!("  /p{index}: {{get: {{}}}}\n"));
    let secured = format!("{HEAD}security: [{{a: [{scopes}]}}]\npaths:\n{open}");
    assert_eq!(in_time(&secured), Some(ImportErrorKind::Limit));
    let base = vec!["p".repeat(1_000); 10].join("/");
    let based =
        format!("{HEAD}servers: [{{url: /{base}}}]\npaths:\n{}", lines(10_000, |index| format!("  /p{index}: {{}}\n")));
    let options = ImportOptions { basepath: "prepend".parse().expect("a mode"), ..ImportOptions::default() };
    let error = import_http(based.as_bytes(), &options).expect_err("a refusal");
    assert_eq!(error.kind, ImportErrorKind::Limit);
}

#[test]
fn many_routes_schemes_and_schemas_take_time_in_proportion() {
    let routes = lines(60_000, |index| {
        format!("  /p{index}: {{get: {{x-amazon-apigateway-integration: {{type: http_proxy}}}}}}\n")
    });
    assert_eq!(in_time(&format!("{HEAD}paths:\n{routes}")), None);
    let schemes = lines(40_000, |index| {
        format!("    s{index}: {{type: oauth2, x-amazon-apigateway-authorizer: {{type: jwt}}}}\n")
    });
    let uses = lines(10_000, |index| format!("  /p{index}: {{get: {{security: [{{s{index}: []}}]}}}}\n"));
    assert_eq!(in_time(&format!("{HEAD}components:\n  securitySchemes:\n{schemes}paths:\n{uses}")), None);
    let models = lines(30_000, |index| {
        format!("    s{index}: {{type: object, items: {{$ref: '#/components/schemas/s{}'}}}}\n", (index + 1) % 30_000)
    });
    let body = "{content: {application/json: {schema: {$ref: '#/components/schemas/s0'}}}}";
    let one =
        format!("paths: {{/: {{post: {{requestBody: {body}}}}}}}\nx-stagegate-request-validation: {{body: true}}\n");
    assert_eq!(in_time(&format!("{HEAD}{one}components:\n  schemas:\n{models}")), None);
}

#[test]
fn a_path_of_too_many_parts_is_refused() {
    let path = "/a".repeat(65);
    assert_eq!(in_time(&format!("{HEAD}paths: {{{path}: {{get: {{}}}}}}\n")), Some(ImportErrorKind::Limit));
}
