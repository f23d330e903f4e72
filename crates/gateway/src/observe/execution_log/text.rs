//! How lines are written: cut, masked, and safe to stand in a file.

use std::borrow::Cow;

/// Bytes of a line's text, label included and the prefix not; longer text is cut and ends ` [TRUNCATED]` (facts L14 and 121;
/// every captured line that was cut has exactly these many bytes before the mark).
const TEXT_BYTES: usize = 1024;
const CUT: &[u8] = b" [TRUNCATED]";

/// Characters at the end of a secret that stay readable (fact L8).
const SHOWN: usize = 6;

/// A name and its value.
pub(super) type Pair<'p> = (Cow<'p, [u8]>, Cow<'p, [u8]>);

/// One line's text on its way, never longer than what is kept of it.
#[derive(Debug, Default)]
pub(crate) struct Line {
    text: Vec<u8>,
    is_cut: bool,
}

impl Line {
    /// Appends text.
    pub(crate) fn push(&mut self, text: &[u8]) -> &mut Self {
        let room = TEXT_BYTES - self.text.len();
        self.is_cut |= text.len() > room;
        self.text.extend_from_slice(&text[..text.len().min(room)]);
        self
    }

    /// Appends a number.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.push(itoa::Buffer::new().format(number).as_bytes())
    }

    /// Appends a URI; secrets in its query are masked, as presigned ones have them.
    pub(crate) fn uri(&mut self, uri: &[u8]) -> &mut Self {
        let query = uri.iter().position(|byte| *byte == b'?').map_or(uri.len(), |mark| mark + 1);
        self.push(&uri[..query]);
        for (index, pair) in uri[query..].split(|byte| *byte == b'&').enumerate() {
            let equals = pair.iter().position(|byte| *byte == b'=').map_or(pair.len(), |equals| equals + 1);
            let (name, value) = pair.split_at(equals);
            self.push(if index > 0 { b"&" } else { b"" }).push(name);
            if is_secret(name.strip_suffix(b"=").unwrap_or(name)) {
                self.push(&masked(value));
            } else {
                self.push(value);
            }
        }
        self
    }

    /// Appends a map as Java prints it: `{a=1, b=2}`. Values of one name are joined with commas, secrets are masked.
    pub(crate) fn map<'m>(&mut self, pairs: impl Iterator<Item = Pair<'m>>) -> &mut Self {
        let mut joined: Vec<Pair<'m>> = Vec::new();
        for (name, value) in pairs {
            let value = if is_secret(&name) { Cow::Owned(masked(&value)) } else { value };
            match joined.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => {
                    let values = values.to_mut();
                    values.push(b',');
                    values.extend_from_slice(&value);
                }
                None => joined.push((name, value)),
            }
        }
        self.push(b"{");
        for (index, (name, value)) in joined.iter().enumerate() {
            self.push(if index == 0 { b"" } else { b", " }).push(name).push(b"=").push(value);
        }
        self.push(b"}")
    }

    /// The text, cut where it has to be: a character that was cut in two goes as a whole.
    fn bytes(&self) -> (&[u8], &'static [u8]) {
        if !self.is_cut {
            return (&self.text, b"");
        }
        let last = self.text.utf8_chunks().last();
        let broken = last.map_or(0, |chunk| chunk.invalid().len());
        (&self.text[..self.text.len() - broken], CUT)
    }

    /// Appends the text as it is.
    pub(crate) fn write_plain(&self, out: &mut Vec<u8>) {
        let (text, cut) = self.bytes();
        out.extend_from_slice(text);
        out.extend_from_slice(cut);
    }

    /// Appends the text so that nothing in it can end a line: in a file, a line is an event.
    pub(crate) fn write_escaped(&self, out: &mut Vec<u8>) {
        let (text, cut) = self.bytes();
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\n' => out.extend_from_slice(b"\\n"),
                    '\r' => out.extend_from_slice(b"\\r"),
                    '\t' => out.push(b'\t'),
                    control if control.is_control() => out.push(b'?'),
                    plain => out.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()),
                }
            }
            if !chunk.invalid().is_empty() {
                out.push(b'?');
            }
        }
        out.extend_from_slice(cut);
    }
}

/// Whether the value of a header or a parameter would let its reader in.
fn is_secret(name: &[u8]) -> bool {
    const SECRETS: [&str; 5] =
        ["authorization", "proxy-authorization", "x-api-key", "x-amz-security-token", "x-amz-signature"];
    SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

/// Stars for every byte but the last six; for all of what is no longer than that.
pub(crate) fn masked(secret: &[u8]) -> Vec<u8> {
    let hidden = if secret.len() > SHOWN { secret.len() - SHOWN } else { secret.len() };
    let mut masked = vec![b'*'; hidden];
    masked.extend_from_slice(&secret[hidden..]);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(line: &Line) -> String {
        let mut out = Vec::new();
        line.write_plain(&mut out);
        String::from_utf8(out).expect("text")
    }

    fn map(pairs: &[(&str, &str)]) -> String {
        let pairs = pairs.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into()));
        let mut line = Line::default();
        line.map(pairs);
        plain(&line)
    }

    #[test]
    fn maps_print_as_java_prints_them() {
        assert_eq!(map(&[]), "{}");
        assert_eq!(map(&[("a", "1"), ("b", ""), ("a", "2")]), "{a=1,2, b=}");
    }

    #[test]
    fn fact_l8_all_but_the_last_six_characters_of_a_secret_are_stars() {
        assert_eq!(map(&[("Authorization", "Bearer abcdef")]), "{Authorization=*******abcdef}");
        assert_eq!(map(&[("x-api-key", "0123456789"), ("X-Other", "x")]), "{x-api-key=****456789, X-Other=x}");
        assert_eq!(map(&[("X-Amz-Security-Token", "secret")]), "{X-Amz-Security-Token=******}");
    }

    #[test]
    fn fact_l8_secrets_in_a_query_are_masked_as_well() {
        for (uri, expected) in [
            ("http://a/p", "http://a/p"),
            ("http://a/p?", "http://a/p?"),
            ("http://a/x-api-key=0123456789?a=1&b&=c&d=e=f", "http://a/x-api-key=0123456789?a=1&b&=c&d=e=f"),
            (
                "/?X-Amz-Security-Token=0123456789&x-amz-signature=ff",
                "/?X-Amz-Security-Token=****456789&x-amz-signature=**",
            ),
            ("/?a=1&X-AMZ-SIGNATURE&Authorization=", "/?a=1&X-AMZ-SIGNATURE&Authorization="),
        ] {
            let mut line = Line::default();
            line.uri(uri.as_bytes());
            assert_eq!(plain(&line), expected, "{uri}");
        }
        assert_eq!(map(&[("X-Amz-Signature", "0123456789")]), "{X-Amz-Signature=****456789}");
    }

    #[test]
    fn fact_l14_a_long_line_is_cut_after_1024_bytes_and_says_so() {
        let mut line = Line::default();
        line.push(b"label: ").push("x".repeat(1017).as_bytes());
        assert_eq!(plain(&line).len(), 1024);
        line.push(b"y");
        assert_eq!(plain(&line), format!("label: {} [TRUNCATED]", "x".repeat(1017)));
        let mut line = Line::default();
        line.push("x".repeat(1023).as_bytes()).push("é".as_bytes());
        assert_eq!(plain(&line), format!("{} [TRUNCATED]", "x".repeat(1023)), "no half characters");
    }

    #[test]
    fn nothing_that_a_client_sends_ends_a_line_of_a_file() {
        let mut line = Line::default();
        line.push(b"a\nb\r\nc\td\x1be\xc2\x9bf\xffg \xc3\xa9");
        let mut out = Vec::new();
        line.write_escaped(&mut out);
        assert_eq!(String::from_utf8(out).expect("text"), "a\\nb\\r\\nc\td?e?f?g é");
    }
}
