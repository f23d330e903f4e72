//! Rust source with comments and literals blanked out, so that a scan sees code only.

/// The source with every byte of comments, strings and character literals replaced by a space; line breaks stay.
pub(crate) fn mask(source: &str) -> String {
    let mut masker = Masker { bytes: source.as_bytes(), at: 0, masked: Vec::with_capacity(source.len()) };
    while masker.at < masker.bytes.len() {
        masker.step();
    }
    String::from_utf8(masker.masked).expect("only whole ASCII bytes are kept, all others become spaces")
}

struct Masker<'s> {
    bytes: &'s [u8],
    at: usize,
    masked: Vec<u8>,
}

impl Masker<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn blank(&mut self, count: usize) {
        let end = (self.at + count).min(self.bytes.len());
        self.masked.extend(self.bytes[self.at..end].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }));
        self.at = end;
    }

    fn keep(&mut self) {
        let byte = self.bytes[self.at];
        self.masked.push(if byte.is_ascii() { byte } else { b' ' });
        self.at += 1;
    }

    fn step(&mut self) {
        match (self.bytes[self.at], self.peek(1)) {
            (b'/', Some(b'/')) => self.blank(self.length_until(b"\n")),
            (b'/', Some(b'*')) => self.block_comment(),
            (b'"', _) => self.string(),
            (b'r', Some(b'"' | b'#')) if !self.in_word() => self.raw_string(),
            (b'b', Some(b'r')) if !self.in_word() && matches!(self.peek(2), Some(b'"' | b'#')) => {
                self.blank(1);
                self.raw_string();
            }
            (b'\'', _) => self.character_or_lifetime(),
            _ => self.keep(),
        }
    }

    /// Whether the byte before belongs to an identifier, so that an `r` here ends it.
    fn in_word(&self) -> bool {
        self.at > 0 && (self.bytes[self.at - 1].is_ascii_alphanumeric() || self.bytes[self.at - 1] == b'_')
    }

    fn length_until(&self, end: &[u8]) -> usize {
        let rest = &self.bytes[self.at..];
        rest.windows(end.len()).position(|window| window == end).unwrap_or(rest.len())
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            match (self.bytes[self.at], self.peek(1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.blank(2);
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.blank(2);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.blank(1),
            }
        }
    }

    fn string(&mut self) {
        self.blank(1);
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.blank(2),
                b'"' => return self.blank(1),
                _ => self.blank(1),
            }
        }
    }

    /// `r"…"`, `r#"…"#` and so on; a raw identifier `r#name` is kept.
    fn raw_string(&mut self) {
        let hashes = self.bytes[self.at + 1..].iter().take_while(|byte| **byte == b'#').count();
        if self.peek(1 + hashes) != Some(b'"') {
            return self.keep();
        }
        let mut end = vec![b'"'];
        end.resize(1 + hashes, b'#');
        self.blank(2 + hashes);
        self.blank(self.length_until(&end) + end.len());
    }

    /// A quote starts a character when it closes again after one character, else a lifetime.
    fn character_or_lifetime(&mut self) {
        if self.peek(1) == Some(b'\\') {
            self.blank(3);
            return self.blank(self.length_until(b"'") + 1);
        }
        let rest = std::str::from_utf8(&self.bytes[self.at + 1..]).unwrap_or_default();
        let width = rest.chars().next().map_or(0, char::len_utf8);
        if self.peek(1 + width) == Some(b'\'') { self.blank(width + 2) } else { self.keep() }
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn only_code_is_left() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"x{y\\\"}\")", "f(        )"),
            ("r\"{\" + r#\"\"{\"# + br\"}\"", "     +         +      "),
            ("r#type { }", "r#type { }"),
            ("'{' '\\'' '\\u{7b}' 'ä' x", "                       x"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("for_r\"x\"", "for_r   "),
        ];
        for (source, masked) in cases {
            assert_eq!(mask(source).trim_end(), masked.trim_end(), "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn length_and_lines_stay(source in "[ -~\näö]{0,80}") {
            let masked = mask(&source);
            proptest::prop_assert_eq!(masked.len(), source.len());
            proptest::prop_assert_eq!(masked.lines().count(), source.lines().count());
        }
    }
}
