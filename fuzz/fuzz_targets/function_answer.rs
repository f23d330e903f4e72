//! What functions answer: any bytes are an answer of the contract or are refused, and what is taken can be sent.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the parser is private to the gateway: its file is part of this target")]
#[path = "../../crates/gateway/src/integrate/lambda/contract.rs"]
mod contract;

use contract::Contract;

fuzz_target!(|data: &[u8]| {
    for answer in [Contract::parse(data), Contract::parse_metadata(data)].into_iter().flatten() {
        assert!(answer.status.is_none_or(|status| (200..=599).contains(&status)));
        assert!(serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(data).is_ok());
        assert!(answer.headers.0.len() <= 1000 && answer.multi_value_headers.0.len() <= 1000);
    }
});
