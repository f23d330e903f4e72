//! The small languages of mapping: any text compiles or is refused, and what compiles keeps its promises.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_mapping::{
    Format, HttpDirection, HttpMapping, HttpValuePart, RequestSource, RequestTarget, ResponseSource, UriPart, UriTemplate,
    mock_status_code, parse_response_target, read_document,
};

fuzz_target!(|data: &[u8]| {
    let document = read_document(data, &|_| true).ok();
    assert_eq!(document, serde_json::from_slice(data).ok());
    if let Some(status) = mock_status_code(data) {
        assert!((100..600).contains(&status));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    assert!(Format::parse(text).parts().len() <= text.len());
    let _ = (RequestSource::parse(text), RequestTarget::parse(text), ResponseSource::parse(text), parse_response_target(text));
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    for direction in [HttpDirection::Request, HttpDirection::Response] {
        if let Ok(mapping) = HttpMapping::parse(direction, key, value) {
            let literals = mapping.value.iter().filter(|part| matches!(part, HttpValuePart::Literal(_)));
            assert!(literals.count() <= mapping.value.len() / 2 + 1, "neighbouring literals are joined");
        }
    }
    if let Ok(uri) = UriTemplate::bind(text, |name| (name == "v").then_some("value")) {
        for part in &uri.parts {
            let (UriPart::Literal(text) | UriPart::Parameter(text)) = part;
            assert!(!text.contains("${stageVariables."));
        }
    }
});
