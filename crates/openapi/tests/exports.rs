//! Exports as data: a definition is imported, exported in several ways, and compared with the files beside it.
//!
//! `exported/NAME.yaml` goes with `NAME.WAY.expected`, the exported document. `STAGEGATE_BLESS=1` rewrites them; read
//! what it wrote.

use std::fs;
use std::path::Path;

use serde_json::Value;
use stagegate_openapi::{
    DocumentLanguage, ExportFormat, ExportOptions, ExportServer, Extension, ImportOptions, PublishedDocumentation,
    export, import,
};

/// The ways to export: name, format, extensions.
const WAYS: &[(&str, ExportFormat, &[Extension])] = &[
    ("oas30", ExportFormat::Oas30, &[]),
    ("swagger", ExportFormat::Swagger, &[]),
    ("oas30-integrations", ExportFormat::Oas30, &[Extension::Integrations]),
    ("oas30-authorizers", ExportFormat::Oas30, &[Extension::Authorizers, Extension::Postman]),
    ("oas30-all", ExportFormat::Oas30, &[Extension::Apigateway, Extension::Documentation]),
    ("swagger-all", ExportFormat::Swagger, &[Extension::Apigateway, Extension::Documentation]),
];

fn exported(source: &Path, format: ExportFormat, extensions: &[Extension]) -> Value {
    let source = fs::read(source).expect("a fixture");
    let imported = import(&source, &ImportOptions::default()).expect("a definition");
    let options = ExportOptions {
        extensions: extensions.iter().copied().collect(),
        server: Some(ExportServer {
            scheme: "https".to_owned(),
            host: "abc.execute-api.us-east-1.amazonaws.com".to_owned(),
            base_path: "/dev".to_owned(),
        }),
        documentation: Some(PublishedDocumentation {
            version: "v1".to_owned(),
            created_date: Some("2026-01-02T03:04:05Z".to_owned()),
        }),
        ..ExportOptions::new(format)
    };
    export(&imported.api, &options)
}

#[test]
fn definitions_export_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exported");
    for (name, format, extensions) in WAYS {
        let actual = exported(&folder.join("pets.yaml"), *format, extensions);
        let beside = folder.join(format!("pets.{name}.expected"));
        if std::env::var_os("STAGEGATE_BLESS").is_some() {
            fs::write(&beside, format!("{actual:#}\n")).expect("a writable fixture");
        }
        let expected: Value = serde_json::from_slice(&fs::read(&beside).expect("expectations")).expect("JSON");
        assert_eq!(actual, expected, "{name}: {actual:#}");
    }
}

#[test]
fn yaml_and_json_say_the_same() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exported/pets.yaml");
    let document = exported(&source, ExportFormat::Oas30, &[Extension::Apigateway]);
    let yaml = DocumentLanguage::Yaml.write(&document).expect("YAML");
    assert!(yaml.starts_with("openapi: "), "{yaml}");
    let again: Value = serde_saphyr::from_str(&yaml).expect("YAML");
    assert_eq!(again, document);
    let json = DocumentLanguage::Json.write(&document).expect("JSON");
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON"), document);
}

#[test]
fn what_is_no_format_and_no_extension_is_refused_by_name() {
    for text in ["oas30", "swagger"] {
        assert!(text.parse::<ExportFormat>().is_ok(), "{text}");
    }
    assert_eq!("raml".parse::<ExportFormat>().expect_err("unknown").to_string(), "raml is none of oas30, swagger");
    let error = "x".parse::<Extension>().expect_err("unknown");
    assert_eq!(error.to_string(), "x is none of integrations, authorizers, apigateway, documentation, postman");
}
