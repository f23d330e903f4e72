//! Any bytes that import as an API: exported and imported again it is the same API, and its export does not change.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use stagegate_openapi::{
    ApiDefinition, DocumentLanguage, ExportFormat, ExportOptions, Extension, ImportOptions, export, import,
};

fn everything(format: ExportFormat) -> ExportOptions {
    ExportOptions {
        extensions: BTreeSet::from([Extension::Apigateway, Extension::Documentation]),
        ..ExportOptions::new(format)
    }
}

/// The API that an export of `api` imports as, and the export.
fn again(api: &ApiDefinition, format: ExportFormat, language: DocumentLanguage) -> Option<(ApiDefinition, String)> {
    let text = language.write(&export(api, &everything(format))).expect("exports can be written");
    match import(text.as_bytes(), &ImportOptions::default()) {
        Ok(imported) => Some((imported.api, text)),
        // An export repeats what references shared, so that only a limit may refuse it.
        Err(error) if error.kind == stagegate_openapi::ImportErrorKind::Limit => None,
        Err(error) => panic!("an export does not import: {error}\n{text}"),
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (way, source) = input;
    let Ok(imported) = import(source, &ImportOptions::default()) else { return };
    let format = if way & 1 == 0 { ExportFormat::Oas30 } else { ExportFormat::Swagger };
    let language = if way & 2 == 0 { DocumentLanguage::Json } else { DocumentLanguage::Yaml };
    let Some((first, _)) = again(&imported.api, format, language) else { return };
    let Some((second, text)) = again(&first, format, language) else { return };
    assert_eq!(first, second, "{text}");
    if format == ExportFormat::Oas30 {
        assert_eq!(first.paths, imported.api.paths, "{text}");
    }
});
