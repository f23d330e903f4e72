//! Definitions as data: every file under `fixtures/` is imported and its outcome compared with the file beside it.
//!
//! `accepted/NAME.{yaml,json}` and `refused/NAME.{yaml,json}`, and those of HTTP APIs in `http-…`, go with `NAME.expected`, a JSON object whose `options` may
//! set `basepath` and `failOnWarnings`. `STAGEGATE_BLESS=1` rewrites the outcomes; read what it wrote.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use stagegate_openapi::{
    ImportError, ImportOptions, Imported, ImportedHttpApi, Warning, WarningKind, import, import_http,
};

fn options(expected: &Value) -> ImportOptions {
    let mut options = ImportOptions::default();
    if let Some(mode) = expected["options"]["basepath"].as_str() {
        options.basepath = mode.parse().expect("a basepath mode");
    }
    options.fail_on_warnings = expected["options"]["failOnWarnings"].as_bool().unwrap_or_default();
    options
}

fn warning(warning: &Warning) -> Value {
    let kind = match warning.kind {
        WarningKind::Definition => "definition",
        WarningKind::LeftOut => "left out",
    };
    format!("{kind}: {warning}").into()
}

fn outcome(source: &[u8], options: &ImportOptions) -> Value {
    match import(source, options) {
        Ok(Imported { api, warnings }) => json!({
            "name": api.name,
            "description": api.description,
            "version": api.version,
            "binaryMediaTypes": api.binary_media_types,
            "policy": api.policy,
            "endpointConfiguration": api.endpoint_configuration,
            "apiKeySource": api.api_key_source,
            "minimumCompressionSize": api.minimum_compression_size,
            "disableExecuteApiEndpoint": api.disable_execute_api_endpoint,
            "securityPolicy": api.security_policy,
            "endpointAccessMode": api.endpoint_access_mode,
            "tags": api.tags,
            "paths": api.paths.iter().map(|path| json!({"path": path.path, "methods": path.methods})).collect::<Vec<_>>(),
            "nouns": {
                "models": api.nouns.models,
                "requestValidators": api.nouns.request_validators,
                "authorizers": api.nouns.authorizers,
                "gatewayResponses": api.nouns.gateway_responses,
            },
            "documentation": api.documentation.iter().map(|part| json!({"location": part.location, "properties": part.properties})).collect::<Vec<_>>(),
            "unserved": api.unserved,
            "warnings": warnings.iter().map(warning).collect::<Vec<_>>(),
        }),
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &ImportError) -> Value {
    json!({
        "kind": format!("{:?}", error.kind),
        "line": error.line,
        "column": error.column,
        "path": error.path,
        "message": error.message,
        "expected": error.expected,
    })
}

fn outcome_of_http(source: &[u8], options: &ImportOptions) -> Value {
    match import_http(source, options) {
        Ok(ImportedHttpApi { api, warnings }) => json!({
            "name": api.name,
            "description": api.description,
            "version": api.version,
            "cors": api.cors,
            "disableExecuteApiEndpoint": api.disable_execute_api_endpoint,
            "ipAddressType": api.ip_address_type,
            "tags": api.tags,
            "authorizers": api.authorizers.iter().map(|placed| &placed.noun).collect::<Vec<_>>(),
            "integrations": api.integrations.iter().map(|placed| &placed.noun).collect::<Vec<_>>(),
            "routes": api.routes.iter().map(|placed| json!({"route": placed.noun.route, "integration": placed.noun.integration, "at": placed.path})).collect::<Vec<_>>(),
            "beyond": api.beyond,
            "warnings": warnings.iter().map(warning).collect::<Vec<_>>(),
        }),
        Err(error) => refusal(&error),
    }
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let entries = fs::read_dir(folder).expect("the folder of fixtures");
    let mut sources: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension != "expected"));
    sources.sort();
    sources
}

/// Compares every fixture of a folder with what is expected of it; `is_fit` says whether an outcome belongs there.
fn check(folder: &str, outcome: fn(&[u8], &ImportOptions) -> Value, is_fit: impl Fn(&Value) -> bool) {
    let sources = sources(folder);
    assert!(!sources.is_empty(), "no fixtures in {folder}");
    let mut failures = Vec::new();
    for source in sources {
        let beside = source.with_extension("expected");
        let expected: Value = fs::read(&beside)
            .map_or_else(|_| json!({}), |bytes| serde_json::from_slice(&bytes).expect("expectations in JSON"));
        let actual = outcome(&fs::read(&source).expect("a fixture"), &options(&expected));
        if std::env::var_os("STAGEGATE_BLESS").is_some() {
            let blessed =
                json!({"options": expected.get("options").cloned().unwrap_or_else(|| json!({})), "outcome": actual});
            fs::write(&beside, serde_json::to_string_pretty(&blessed).expect("JSON") + "\n")
                .expect("a writable fixture");
        } else if expected["outcome"] != actual || !is_fit(&actual) {
            failures.push(format!("{}: {actual:#}", source.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn accepted_definitions_import_as_expected() {
    check("accepted", outcome, |outcome| outcome["kind"].is_null());
    check("http-accepted", outcome_of_http, |outcome| outcome["kind"].is_null());
}

#[test]
fn refused_definitions_are_refused_where_they_are_wrong() {
    check("refused", outcome, |outcome| outcome["kind"].is_string());
    check("http-refused", outcome_of_http, |outcome| outcome["kind"].is_string());
}
