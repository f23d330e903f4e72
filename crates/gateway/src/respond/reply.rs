//! The head of a response while it is put together: one buffer, already in the form that HTTP/1.1 sends.

use smallvec::SmallVec;
use stagegate_http1::encode;

/// A response head under construction. It begins with its status line, so that HTTP/1.1 writes the buffer as it is; HTTP/2 reads
/// the fields back through their spans.
#[derive(Debug)]
pub(crate) struct ReplyHead {
    bytes: Vec<u8>,
    status: u16,
    fields: SmallVec<[(u32, u32, u32); 24]>,
    has_content_type: bool,
    /// The Content-Length to announce where it is not the length of what is sent: the answer to a HEAD.
    pub(crate) announced_length: Option<u64>,
}

fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl ReplyHead {
    /// Begins a head in an empty buffer.
    pub(crate) fn begin(mut bytes: Vec<u8>, status: u16) -> Self {
        bytes.clear();
        bytes.reserve(1024);
        encode::status_line(&mut bytes, status);
        Self { bytes, status, fields: SmallVec::new(), has_content_type: false, announced_length: None }
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
        let start = offset(self.bytes.len());
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(b": ");
        let middle = offset(self.bytes.len());
        value(&mut self.bytes);
        self.fields.push((start, middle, offset(self.bytes.len())));
        self.bytes.extend_from_slice(b"\r\n");
        self.has_content_type |= name.len() == 12 && name.eq_ignore_ascii_case(b"content-type");
    }

    /// Adds a field whose name is put together from a prefix and a name.
    pub(crate) fn push_prefixed(&mut self, prefix: &[u8], name: &[u8], value: &[u8]) {
        let start = offset(self.bytes.len());
        self.bytes.extend_from_slice(prefix);
        self.push(name, value);
        if let Some(field) = self.fields.last_mut() {
            field.0 = start;
        }
    }

    /// Adds a Content-Type when none was set.
    pub(crate) fn content_type_unless_set(&mut self, media_type: &[u8]) {
        if !self.has_content_type {
            self.push(b"Content-Type", media_type);
        }
    }

    /// Adds `application/json` when no Content-Type was set: a response always has one (fact 48).
    pub(crate) fn default_content_type(&mut self) {
        self.content_type_unless_set(b"application/json");
    }

    /// The fields in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let slice = |start: u32, end: u32| &self.bytes[start as usize..end as usize];
        self.fields.iter().map(move |(start, middle, end)| (slice(*start, *middle - 2), slice(*middle, *end)))
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
