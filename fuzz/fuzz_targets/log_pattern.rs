//! Filter patterns: any text is read or refused, and what is read can be asked about any message.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_control::logs::Pattern;

fuzz_target!(|input: (&str, &str)| {
    let (text, message) = input;
    if text.chars().count() > 1_024 {
        return;
    }
    match Pattern::parse(text) {
        Ok(pattern) => _ = pattern.wants(message),
        Err(error) => assert!((1..=text.chars().count() + 1).contains(&error.at), "{error}"),
    }
});
