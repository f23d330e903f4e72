//! Request ids, extended request ids and trace ids.

use std::cell::{Cell, RefCell};

use base64::Engine;
use smallvec::SmallVec;

/// The identifiers of one request, made when its head is complete.
#[derive(Debug, Clone)]
pub(crate) struct RequestIds {
    /// `x-amzn-RequestId`: a random UUID, or the client's.
    request: SmallVec<[u8; 36]>,
    /// `x-amz-apigw-id`, `Apigw-Requestid`: eleven random bytes in base64, url-safe (fact H4).
    extended: [u8; 16],
    is_one: Cell<bool>,
}

impl RequestIds {
    /// From here on the extended request id is the request id, too (fact H4).
    pub(crate) fn unite(&self) {
        self.is_one.set(true);
    }

    /// The request id as text.
    pub(crate) fn request(&self) -> &[u8] {
        if self.is_one.get() { &self.extended } else { &self.request }
    }

    /// The extended request id as text.
    pub(crate) fn extended(&self) -> &[u8] {
        &self.extended
    }
}

/// A source of ids, one per core. Ids identify; they are no secrets, so a fast generator serves.
#[derive(Debug)]
pub(crate) struct IdSource {
    random: RefCell<fastrand::Rng>,
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn hex_into(bytes: &[u8], out: &mut [u8]) {
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = HEX[usize::from(byte >> 4)];
        pair[1] = HEX[usize::from(byte & 15)];
    }
}

impl IdSource {
    /// A source seeded by the operating system.
    pub(crate) fn new() -> Self {
        Self { random: RefCell::new(fastrand::Rng::new()) }
    }

    /// Fresh ids. A client may choose the request id if it is a UUID (fact 123); the extended one is always ours.
    pub(crate) fn request_ids(&self, client: Option<&[u8]>) -> RequestIds {
        let request = match client {
            None => SmallVec::from(self.uuid()),
            Some(id) if is_uuid(id) => SmallVec::from_slice(id),
            Some(_) => SmallVec::from_slice(b"UUID_REPLACED_INVALID_REQUEST_ID"),
        };
        let mut extended = [b'='; 16];
        let bytes = self.random.borrow_mut().u128(..).to_be_bytes();
        base64::engine::general_purpose::URL_SAFE
            .encode_slice(&bytes[..11], &mut extended)
            .expect("eleven bytes are sixteen base64 characters");
        RequestIds { request, extended, is_one: Cell::new(false) }
    }

    /// A random version 4 UUID.
    fn uuid(&self) -> [u8; 36] {
        let mut random = self.random.borrow_mut();
        let mut bytes = random.u128(..).to_be_bytes();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut digits = [0; 32];
        hex_into(&bytes, &mut digits);
        let mut request = [b'-'; 36];
        for (target, source) in [(0..8, 0..8), (9..13, 8..12), (14..18, 12..16), (19..23, 16..20), (24..36, 20..32)] {
            request[target].copy_from_slice(&digits[source]);
        }
        request
    }

    /// Appends the `X-Amzn-Trace-Id` of a request to `out`.
    ///
    /// An incoming Root is kept, a missing Parent is generated, and `Sampled` is 0 unless a Parent came (fact 44).
    pub(crate) fn trace(&self, incoming: Option<&[u8]>, epoch_s: u64, out: &mut Vec<u8>) {
        let part = |name: &[u8]| incoming.and_then(|value| member(value, name));
        out.extend_from_slice(b"Root=");
        let mut random = self.random.borrow_mut();
        if let Some(root) = part(b"Root=") {
            out.extend_from_slice(root);
        } else {
            let unique = random.u128(..).to_be_bytes();
            let mut digits = *b"1-00000000-000000000000000000000000";
            let seconds = u32::try_from(epoch_s).unwrap_or(u32::MAX).to_be_bytes();
            hex_into(&seconds, &mut digits[2..10]);
            hex_into(&unique[..12], &mut digits[11..]);
            out.extend_from_slice(&digits);
        }
        let parent = part(b"Parent=");
        out.extend_from_slice(b";Parent=");
        if let Some(parent) = parent {
            out.extend_from_slice(parent);
        } else {
            let mut digits = [0; 16];
            hex_into(&random.u64(..).to_be_bytes(), &mut digits);
            out.extend_from_slice(&digits);
        }
        out.extend_from_slice(b";Sampled=");
        let default: &[u8] = if parent.is_some() { b"1" } else { b"0" };
        out.extend_from_slice(part(b"Sampled=").unwrap_or(default));
    }
}

/// Whether the text has the form of a UUID.
fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The value of one `;`-separated member of a trace header, when it is short and plain.
fn member<'v>(value: &'v [u8], name: &[u8]) -> Option<&'v [u8]> {
    let found = value.split(|byte| *byte == b';').find_map(|part| part.trim_ascii().strip_prefix(name))?;
    let plain = found.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'?'));
    (plain && !found.is_empty() && found.len() <= 64).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_version_four_uuids() {
        let source = IdSource::new();
        let first = source.request_ids(None);
        let text = std::str::from_utf8(first.request()).unwrap();
        assert_eq!(text.len(), 36);
        assert_eq!((&text[14..15], text.matches('-').count()), ("4", 4));
        assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"));
        assert_eq!(first.extended()[15], b'=');
        assert_ne!(first.request(), source.request_ids(None).request());
        let own = b"01234567-89ab-CDEF-0123-456789abcdef";
        assert_eq!(source.request_ids(Some(own)).request(), own);
        assert_eq!(source.request_ids(Some(b"mine")).request(), b"UUID_REPLACED_INVALID_REQUEST_ID");
    }

    #[test]
    fn trace_headers_keep_what_came() {
        let source = IdSource::new();
        let trace = |incoming: Option<&str>| {
            let mut out = Vec::new();
            source.trace(incoming.map(str::as_bytes), 0x6561_0d2e, &mut out);
            String::from_utf8(out).unwrap()
        };
        let fresh = trace(None);
        assert!(fresh.starts_with("Root=1-65610d2e-") && fresh.ends_with(";Sampled=0"), "{fresh}");
        assert_eq!(fresh.len(), "Root=1-65610d2e-".len() + 24 + ";Parent=".len() + 16 + ";Sampled=0".len());
        let root = trace(Some("Root=1-abc-def"));
        assert!(root.starts_with("Root=1-abc-def;Parent=") && root.ends_with(";Sampled=0"), "{root}");
        assert_eq!(trace(Some("Root=1-a-b;Parent=53995c3f42cd8ad8")), "Root=1-a-b;Parent=53995c3f42cd8ad8;Sampled=1");
        assert_eq!(trace(Some("Root=1-a-b; Parent=7; Sampled=0")), "Root=1-a-b;Parent=7;Sampled=0");
        assert!(trace(Some("Root=\"x\"")).starts_with("Root=1-65610d2e-"));
    }
}
