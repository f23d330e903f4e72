//! What is exported and imported again is the same API: for generated APIs, and for every fixture that imports.

mod generated;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use stagegate_openapi::{
    ApiDefinition, DocumentLanguage, ExportFormat, ExportOptions, ExportServer, Extension, ImportOptions, export,
    import,
};

use generated::{MODELS, api, reference};

fn everything(format: ExportFormat) -> ExportOptions {
    ExportOptions {
        extensions: BTreeSet::from([Extension::Apigateway, Extension::Documentation]),
        server: Some(ExportServer {
            scheme: "https".to_owned(),
            host: "abc.example".to_owned(),
            base_path: "/dev".to_owned(),
        }),
        ..ExportOptions::new(format)
    }
}

fn reimported(api: &ApiDefinition, format: ExportFormat, language: DocumentLanguage) -> ApiDefinition {
    let text = language.write(&export(api, &everything(format))).expect("a text");
    let imported = import(text.as_bytes(), &ImportOptions::default());
    imported.map_err(|error| format!("{error}\n{text}")).expect("an import").api
}

/// The same, with references as documents of a format write them.
fn localised(mut api: ApiDefinition, format: ExportFormat) -> ApiDefinition {
    let prefix = if format == ExportFormat::Swagger { "#/definitions/" } else { "#/components/schemas/" };
    for model in &mut api.nouns.models {
        for name in MODELS {
            let token = name.replace('~', "~0").replace('%', "%25");
            let quoted = |text: String| format!("\"{text}\"");
            let schema = model.schema.take().unwrap_or_default();
            model.schema = Some(schema.replace(&quoted(reference(name)), &quoted(format!("{prefix}{token}"))));
        }
    }
    api
}

/// An export of what came in by an import of the export is the export; what came in is what went out.
fn check(api: &ApiDefinition, format: ExportFormat, language: DocumentLanguage) -> Result<(), TestCaseError> {
    let again = reimported(api, format, language);
    prop_assert_eq!(&again, &localised(api.clone(), format));
    prop_assert_eq!(export(&again, &everything(format)), export(api, &everything(format)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn openapi_3_carries_the_whole_api(api in api(&["application/json", "text/plain", "image/*"]), yaml in any::<bool>()) {
        check(&api, ExportFormat::Oas30, if yaml { DocumentLanguage::Yaml } else { DocumentLanguage::Json })?;
    }

    #[test]
    fn swagger_carries_the_whole_api_whose_bodies_are_json(api in api(&["application/json"]), yaml in any::<bool>()) {
        check(&api, ExportFormat::Swagger, if yaml { DocumentLanguage::Yaml } else { DocumentLanguage::Json })?;
    }
}

#[test]
fn every_fixture_that_imports_is_the_same_after_an_export_as_openapi_3() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/accepted");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the folder of fixtures") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "expected") {
            continue;
        }
        let source = fs::read(&path).expect("a fixture");
        let Ok(imported) = import(&source, &ImportOptions::default()) else { continue };
        // The endpoint configuration is not exported.
        let api = ApiDefinition { endpoint_configuration: None, disable_execute_api_endpoint: None, ..imported.api };
        let once = reimported(&api, ExportFormat::Oas30, DocumentLanguage::Yaml);
        let twice = reimported(&once, ExportFormat::Oas30, DocumentLanguage::Json);
        assert_eq!(twice, once, "{}", path.display());
        assert_eq!(once.paths, api.paths, "{}", path.display());
        assert_eq!(once.nouns.authorizers, api.nouns.authorizers, "{}", path.display());
        assert_eq!(once.nouns.gateway_responses, api.nouns.gateway_responses, "{}", path.display());
        assert_eq!(once.documentation, api.documentation, "{}", path.display());
        seen += 1;
    }
    assert!(seen > 5, "only {seen} fixtures were imported");
}
