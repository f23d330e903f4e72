//! Any bytes as an API definition: an import answers, within its limits, and what it keeps can be written as JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_openapi::{BasePathMode, ImportOptions, import};

fuzz_target!(|input: (u8, &[u8])| {
    let (mode, source) = input;
    let basepath = match mode % 3 {
        0 => BasePathMode::Ignore,
        1 => BasePathMode::Prepend,
        _ => BasePathMode::Split,
    };
    let options = ImportOptions { basepath, ..ImportOptions::default() };
    match import(source, &options) {
        Ok(imported) => {
            assert!(imported.api.paths.iter().all(|path| path.path.starts_with('/')));
            assert!(!imported.api.unserved.to_string().is_empty());
        }
        Err(error) => assert!(error.line >= 1 && error.column >= 1, "{error}"),
    }
});
