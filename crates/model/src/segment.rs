//! Segments of keys: what can stand between two slashes, and free text in that form.

use std::fmt::Write;

/// Room for a domain name of 253 characters and a base path of 300.
const MOST_BYTES: usize = 640;

/// Whether a name can be a segment of a key: 1 to 640 printable ASCII characters without `/`.
pub fn is_segment(text: &str) -> bool {
    (1..=MOST_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}

/// Free text as a segment of a key: bytes other than letters, digits and `-_.~$+!*'()` become `%XX`.
pub fn segment_of(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut segment, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~$+!*'()".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            write!(segment, "%{byte:02X}").expect("a string takes everything");
        }
        segment
    })
}
