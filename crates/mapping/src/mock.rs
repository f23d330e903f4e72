//! The status code in a MOCK integration's rendered request template, read as tolerantly as AWS reads it.

/// The integer `statusCode` of a MOCK template's output, or `None` when there is none in 100–599.
///
/// AWS accepts unquoted keys, single quotes and a trailing comma or null (facts 75 and 81a), so this scans the top-level members
/// of an object rather than parsing strict JSON. A quoted number is not an integer.
pub fn mock_status_code(rendered: &[u8]) -> Option<u16> {
    let mut scanner = Scanner { rest: rendered };
    scanner.skip_space();
    scanner.take(b'{')?;
    let mut found = None;
    loop {
        scanner.skip_space();
        match scanner.peek() {
            Some(b'}') => break,
            Some(b',') => {
                scanner.advance(1);
                continue;
            }
            Some(_) => {}
            None => return None,
        }
        let key = scanner.key()?;
        scanner.skip_space();
        if scanner.peek() != Some(b':') {
            // A trailing bare word (such as a null after the last comma) is tolerated.
            continue;
        }
        scanner.advance(1);
        scanner.skip_space();
        let value = scanner.value()?;
        if key == b"statusCode" {
            found = std::str::from_utf8(value).ok()?.trim().parse::<u16>().ok();
        }
    }
    found.filter(|status| (100..600).contains(status))
}

/// A cursor over the template's output.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.advance(1))
    }

    fn skip_space(&mut self) {
        let space = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.advance(space);
    }

    fn key(&mut self) -> Option<&'a [u8]> {
        if let quote @ (b'"' | b'\'') = self.peek()? {
            let quoted = self.quoted(quote)?;
            return Some(&quoted[1..quoted.len() - 1]);
        }
        let rest = self.rest;
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'-')).count();
        self.advance(length);
        (length > 0).then(|| &rest[..length])
    }

    /// A quoted string with its quotes.
    fn quoted(&mut self, quote: u8) -> Option<&'a [u8]> {
        let rest = self.rest;
        let mut at = 1;
        while at < rest.len() {
            match rest[at] {
                b'\\' => at += 2,
                byte if byte == quote => {
                    self.advance(at + 1);
                    return Some(&rest[..=at]);
                }
                _ => at += 1,
            }
        }
        None
    }

    /// The text of a value up to the comma or brace that ends it, nested objects and arrays included.
    fn value(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' => {
                    self.quoted(byte)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => depth -= 1,
                b',' | b'}' if depth == 0 => return Some(&rest[..rest.len() - self.rest.len()]),
                _ => {}
            }
            self.advance(1);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_are_read_tolerantly() {
        let cases: &[(&str, Option<u16>)] = &[
            (r#"{"statusCode": 200}"#, Some(200)),
            ("{statusCode: 200}", Some(200)),
            ("{'statusCode': 404}", Some(404)),
            (r#"{"statusCode": 200, null}"#, Some(200)),
            (r#"{"statusCode": 200,}"#, Some(200)),
            ("  {\n  \"statusCode\" : 503 ,\n \"m\": {\"statusCode\": 1}\n}\n", Some(503)),
            (r#"{"a":{"statusCode":200}}"#, None),
            (r#"{"a":"}","statusCode":201}"#, Some(201)),
            (r#"{"statusCode": "200"}"#, None),
            (r#"{"statusCode": 99}"#, None),
            (r#"{"statusCode": 600}"#, None),
            (r#"{"statusCode": 200"#, None),
            ("{}", None),
            ("", None),
            ("[200]", None),
            (r#"{"statusCode": 2e2}"#, None),
        ];
        for (rendered, status) in cases {
            assert_eq!(mock_status_code(rendered.as_bytes()), *status, "{rendered}");
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_output_ends(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = mock_status_code(&bytes);
        }

        #[test]
        fn strict_json_is_read(status in 100_u16..600, pad in "[ \n]{0,4}") {
            let text = format!("{pad}{{{pad}\"statusCode\"{pad}:{pad}{status}{pad}}}");
            proptest::prop_assert_eq!(mock_status_code(text.as_bytes()), Some(status));
        }
    }
}
