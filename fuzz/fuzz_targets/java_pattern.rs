//! Java's regular expressions: any text is one or is refused, and no text keeps a pattern busy.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "its crate takes far longer to build: the file is part of this target")]
#[path = "../../crates/plan/src/pattern.rs"]
mod pattern;

use pattern::JavaPattern;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (source, rest) = text.split_once('\n').unwrap_or((text, "aaab"));
    let Ok(pattern) = JavaPattern::whole(source) else { return };
    for text in [rest.to_owned(), rest.repeat(8192 / rest.len().max(1))] {
        let begin = std::time::Instant::now();
        let _ = pattern.matches(&text);
        assert!(begin.elapsed().as_secs() < 3, "{source}");
    }
});
