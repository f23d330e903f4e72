//! Trace headers: anything is taken or dropped, and what is passed on is taken by the next one as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_plan::{TraceParent, TraceState, XrayHeader};

fuzz_target!(|data: &[u8]| {
    let header = XrayHeader::parse(data);
    if let Some(id) = header.trace_id() {
        assert_eq!(
            id.xray().to_string().to_ascii_lowercase().as_bytes(),
            header.root.expect("an id's text").to_ascii_lowercase()
        );
    }
    let _ = (header.parent_id(), header.decision());
    if let Some(parent) = TraceParent::parse(data) {
        assert_eq!(TraceParent::parse(parent.to_string().as_bytes()), Some(parent));
    }
    if let Some(state) = TraceState::parse(data.split(|byte| *byte == b'\n')) {
        let sent = state.as_str();
        assert!(sent.len() <= 512 && sent.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        assert_eq!(TraceState::parse(std::iter::once(sent.as_bytes())), Some(state));
    }
});
