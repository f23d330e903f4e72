//! JSON written straight into a buffer, as Java's Jackson writes it.

/// Appends `null`.
pub(crate) fn null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"null");
}

/// Appends JSON that is one already.
pub(crate) fn verbatim(json: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(json);
}

/// Appends a string. Bytes that are no UTF-8 become U+FFFD, as Java decodes them.
pub(crate) fn string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        escape(chunk.valid().as_bytes(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}

/// Appends a string, or `null`.
pub(crate) fn optional(text: Option<&[u8]>, out: &mut Vec<u8>) {
    match text {
        Some(text) => string(text, out),
        None => null(out),
    }
}

/// Appends UTF-8 with quotes, backslashes and control characters escaped; everything else stays as it is.
fn escape(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut plain = 0;
    for (at, byte) in text.iter().enumerate() {
        if *byte >= b' ' && !matches!(byte, b'"' | b'\\') {
            continue;
        }
        out.extend_from_slice(&text[plain..at]);
        plain = at + 1;
        let short = match byte {
            b'"' | b'\\' => *byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            _ => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.extend_from_slice(&text[plain..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8]) -> String {
        let mut out = Vec::new();
        string(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_escaped_as_jackson_does() {
        let cases: [(&[u8], &str); 6] = [
            (b"", "\"\""),
            (b"a/b<>", "\"a/b<>\""),
            (b"\"\\\n\r\t\x08\x0c", r#""\"\\\n\r\t\b\f""#),
            (b"\x00\x1f\x7f", "\"\\u0000\\u001F\u{7f}\""),
            ("äß€\u{2028}🚀".as_bytes(), "\"äß€\u{2028}🚀\""),
            (b"a\xffb\xe2\x82c", "\"a\u{fffd}b\u{fffd}c\""),
        ];
        for (text, json) in cases {
            assert_eq!(written(text), json);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_read_back_as_java_would_decode_them(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
            let read: String = serde_json::from_str(&written(&text)).unwrap();
            proptest::prop_assert_eq!(read, String::from_utf8_lossy(&text));
        }
    }
}
