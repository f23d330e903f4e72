//! Any bytes as the definition of an HTTP API: an import answers, within its limits; exported and imported again it is the same API.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_openapi::{
    BasePathMode, DocumentLanguage, HttpApiDefinition, HttpExportOptions, ImportErrorKind, ImportOptions, export_http,
    import_http,
};

/// The API that an export of `api` imports as, and the export.
fn again(api: &HttpApiDefinition, language: DocumentLanguage) -> Option<(HttpApiDefinition, String)> {
    let text = language.write(&export_http(api, &HttpExportOptions::default())).expect("exports can be written");
    match import_http(text.as_bytes(), &ImportOptions::default()) {
        Ok(imported) => Some((imported.api, text)),
        // An export repeats what references shared, so that only a limit may refuse it.
        Err(error) if error.kind == ImportErrorKind::Limit => None,
        Err(error) => panic!("an export does not import: {error}\n{text}"),
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (way, source) = input;
    let basepath = match way % 3 {
        0 => BasePathMode::Ignore,
        1 => BasePathMode::Prepend,
        _ => BasePathMode::Split,
    };
    let language = if way & 4 == 0 { DocumentLanguage::Json } else { DocumentLanguage::Yaml };
    let imported = match import_http(source, &ImportOptions { basepath, ..ImportOptions::default() }) {
        Ok(imported) => imported,
        Err(error) => return assert!(error.line >= 1 && error.column >= 1, "{error}"),
    };
    let Some((first, _)) = again(&imported.api, language) else { return };
    let Some((second, text)) = again(&first, language) else { return };
    assert_eq!(export_http(&first, &HttpExportOptions::default()), export_http(&second, &HttpExportOptions::default()), "{text}");
    assert_eq!(first.routes.len(), imported.api.routes.len(), "{text}");
});
