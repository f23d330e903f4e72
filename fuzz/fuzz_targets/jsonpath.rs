//! `JSONPath`: any text compiles or is refused, and what compiles answers within its budget.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use stagegate_jsonpath::{Budget, Found, Path};

/// What every path is tried on where the input brings no document of its own.
const DOCUMENT: &str =
    r#"{"a":{"b":[1,2.5,"x",null,true,{"c":[]}]},"b":[[1],[2,3]],"c":"text","d":-3,"e":["$.a","[1]","\\u12"]}"#;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, document) = text.split_once('\n').unwrap_or((text, DOCUMENT));
    let path = match Path::parse(path) {
        Ok(path) => path,
        Err(error) => return assert!(error.offset <= text.len()),
    };
    let Ok(document) = serde_json::from_str::<Value>(document) else { return };
    let budget = Budget { max_steps: 10_000, max_results: 1_000, max_depth: 128 };
    if let Ok(Found::One(_)) = path.evaluate(&document, &budget) {
        assert!(path.is_definite());
    }
});
