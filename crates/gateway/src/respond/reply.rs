//! The head of a response while it is put together: one buffer, already in the form that HTTP/1.1 sends.

use stagegate_http1::encode;
use stagegate_plan::Envelope;

/// What most tails fit in.
const TAIL_BYTES: usize = 256;
/// The field that goes before all others.
pub(super) const DATE: &[u8] = b"Date";

/// Writes a name with a capital at the beginning and behind each dash, and small letters otherwise.
pub(crate) fn canonical(name: &mut [u8]) {
    let mut starts = true;
    for byte in name {
        *byte = if starts { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        starts = *byte == b'-';
    }
}

/// How names of fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// As they are given.
    AsGiven,
    /// In canonical form (fact H3).
    Canonical,
}

/// A response head under construction. It begins with its status line, so that HTTP/1.1 writes the buffer as it is.
#[derive(Debug)]
pub(crate) struct ReplyHead {
    bytes: Vec<u8>,
    status: u16,
    fields_start: usize,
    /// What stands behind the framing, which HTTP/1.1 writes itself; only some envelopes have that (fact H2).
    tail: Option<Vec<u8>>,
    names: Names,
    has_content_type: bool,
    has_default_content_type: bool,
    /// The back end has coded the content, whatever the fields say.
    pub(crate) is_coded: bool,
    /// The Content-Length to announce where it is not the length of what is sent: the answer to a HEAD.
    pub(crate) announced_length: Option<u64>,
}

impl ReplyHead {
    /// Begins a head in an empty buffer.
    pub(crate) fn begin(mut bytes: Vec<u8>, status: u16) -> Self {
        bytes.clear();
        bytes.reserve(1024);
        encode::status_line(&mut bytes, status);
        let fields_start = bytes.len();
        Self {
            bytes,
            status,
            fields_start,
            tail: None,
            names: Names::AsGiven,
            has_content_type: false,
            has_default_content_type: false,
            is_coded: false,
            announced_length: None,
        }
    }

    /// Begins a head in an empty buffer, in the form of an envelope.
    pub(crate) fn begin_in(envelope: Envelope, bytes: Vec<u8>, status: u16) -> Self {
        let head = Self::begin(bytes, status);
        match envelope {
            Envelope::Amzn => head,
            Envelope::Apigw => Self { tail: Some(Vec::with_capacity(TAIL_BYTES)), names: Names::Canonical, ..head },
        }
    }

    /// The envelope whose form it has.
    pub(crate) fn envelope(&self) -> Envelope {
        if self.tail.is_some() { Envelope::Apigw } else { Envelope::Amzn }
    }

    /// Names are written as they come from here on: they are the gateway's own (fact H2).
    pub(crate) fn keep_names(&mut self) {
        self.names = Names::AsGiven;
    }

    /// Takes fields out again, by their names in lower case or not.
    pub(crate) fn remove(&mut self, goes: impl Fn(&[u8]) -> bool) {
        if self.fields().any(|(name, _)| goes(name)) {
            let kept = self.rewritten(Vec::new(), self.status, |name| !goes(name));
            *self = kept;
        }
    }

    /// The same with another status, in an empty buffer: of its fields those that `keeps` says.
    pub(crate) fn rewritten(&self, bytes: Vec<u8>, status: u16, keeps: impl Fn(&[u8]) -> bool) -> Self {
        let mut head = Self { names: self.names, ..Self::begin_in(self.envelope(), bytes, status) };
        for (name, value) in self.fields().filter(|(name, _)| keeps(name)) {
            head.push(name, value);
        }
        head.is_coded = self.is_coded;
        head.announced_length = self.announced_length;
        head
    }

    /// The status code.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Adds a field.
    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) {
        self.push_with(name, |out| out.extend_from_slice(value));
    }

    /// Adds a field whose value is written in place.
    pub(crate) fn push_with(&mut self, name: &[u8], value: impl FnOnce(&mut Vec<u8>)) {
        let is_content_type = name.len() == 12 && name.eq_ignore_ascii_case(b"content-type");
        let out = match &mut self.tail {
            Some(tail) if !is_content_type && name != DATE => tail,
            _ => &mut self.bytes,
        };
        let start = out.len();
        out.extend_from_slice(name);
        if self.names == Names::Canonical {
            canonical(&mut out[start..]);
        }
        out.extend_from_slice(b": ");
        value(out);
        out.extend_from_slice(b"\r\n");
        self.has_content_type |= is_content_type;
    }

    /// Adds fields that are written already, each with its line end.
    pub(crate) fn push_lines(&mut self, lines: &[u8], have_content_type: bool) {
        self.has_content_type |= have_content_type;
        let Some(tail) = &mut self.tail else { return self.bytes.extend_from_slice(lines) };
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let is_content_type = line.get(..13).is_some_and(|start| start.eq_ignore_ascii_case(b"content-type:"));
            if is_content_type { &mut self.bytes } else { &mut *tail }.extend_from_slice(line);
        }
    }

    /// Whether a Content-Type was set.
    pub(crate) fn has_content_type(&self) -> bool {
        self.has_content_type
    }

    /// Adds a field whose name is put together from a prefix and a name.
    pub(crate) fn push_prefixed(&mut self, prefix: &[u8], name: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(prefix);
        self.push(name, value);
    }

    /// Adds a Content-Type when none was set.
    pub(crate) fn content_type_unless_set(&mut self, media_type: &[u8]) {
        if !self.has_content_type {
            self.push(b"Content-Type", media_type);
        }
    }

    /// Adds `application/json` when no Content-Type was set: a response always has one (fact 48).
    pub(crate) fn default_content_type(&mut self) {
        self.has_default_content_type |= !self.has_content_type;
        self.content_type_unless_set(b"application/json");
    }

    /// The fields in order, read back: only HTTP/2 needs them apart. No value holds a line end, and no name a colon.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let parts = [&self.bytes[self.fields_start..], self.tail.as_deref().unwrap_or_default()];
        let lines = parts.into_iter().flat_map(|part| part.split(|byte| *byte == b'\n'));
        lines.filter(|line| !line.is_empty()).filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((&line[..colon], line[colon + 1..].trim_ascii()))
        })
    }

    /// The fields that are the method's own: without those that every answer has, and a Content-Type that nobody set.
    pub(crate) fn answer_fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        const OURS: [&[u8]; 3] = [b"Date", b"x-amzn-RequestId", b"x-amz-apigw-id"];
        let is_default = |name: &[u8]| self.has_default_content_type && name == b"Content-Type";
        self.fields().filter(move |(name, _)| !OURS.contains(name) && !is_default(name))
    }

    /// What HTTP/1.1 writes behind its framing.
    pub(crate) fn take_tail(&mut self) -> Vec<u8> {
        self.tail.take().unwrap_or_default()
    }

    /// The buffer, for HTTP/1.1 to end and send.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_h3_names_of_back_ends_are_written_in_canonical_form() {
        let mut head = ReplyHead::begin_in(Envelope::Apigw, Vec::new(), 200);
        for (name, expected) in [
            ("myheader", "Myheader"),
            ("x-correlation-id", "X-Correlation-Id"),
            ("X-XSS-Protection", "X-Xss-Protection"),
            ("ETag", "Etag"),
            ("-a--b-", "-A--B-"),
        ] {
            head.push(name.as_bytes(), b"Some-VALUE");
            let (name, value) = head.fields().last().unwrap();
            assert_eq!((name, value), (expected.as_bytes(), &b"Some-VALUE"[..]));
        }
        head.keep_names();
        head.push(b"apigw-requestid", b"x");
        assert_eq!(head.fields().last().unwrap().0, b"apigw-requestid");
    }

    #[test]
    fn fact_h2_the_framing_stands_between_the_type_and_the_rest() {
        let mut head = ReplyHead::begin_in(Envelope::Apigw, Vec::new(), 200);
        for (name, value) in [("x-a", "1"), ("Date", "now"), ("content-type", "text/plain"), ("x-b", "2")] {
            head.push(name.as_bytes(), value.as_bytes());
        }
        head.remove(|name| name == b"X-A");
        let mut written = ReplyHead::begin_in(Envelope::Apigw, Vec::new(), 200);
        written.push(b"Date", b"now");
        written.push_lines(b"X-B: 2\r\nContent-Type: text/plain\r\n", true);
        for head in [&mut head, &mut written] {
            assert_eq!(head.fields().count(), 3);
        }
        let tail = written.take_tail();
        assert_eq!(tail, b"X-B: 2\r\n");
        assert!(written.into_bytes().ends_with(b"\r\nDate: now\r\nContent-Type: text/plain\r\n"));
        let tail = head.take_tail();
        assert_eq!(tail, b"X-B: 2\r\n");
        assert!(head.into_bytes().ends_with(b"\r\nDate: now\r\nContent-Type: text/plain\r\n"));
    }

    #[test]
    fn fields_read_back_as_they_were_pushed() {
        let mut head = ReplyHead::begin(b"old".to_vec(), 404);
        head.push(b"X-A", b"1");
        head.push_with(b"X-B", |_| {});
        head.default_content_type();
        head.default_content_type();
        let fields: Vec<_> = head.fields().collect();
        let expected: [(&[u8], &[u8]); 3] = [(b"X-A", b"1"), (b"X-B", b""), (b"Content-Type", b"application/json")];
        assert_eq!(fields, expected);
        let bytes = head.into_bytes();
        assert_eq!(bytes, b"HTTP/1.1 404 Not Found\r\nX-A: 1\r\nX-B: \r\nContent-Type: application/json\r\n");
    }
}
