//! Request ids, extended request ids, and the randomness of traces.

use std::cell::{Cell, RefCell};

use base64::Engine;
use smallvec::SmallVec;
use stagegate_plan::{Envelope, SpanId};

/// The identifiers of one request, made when its head is complete.
#[derive(Debug, Clone)]
pub(crate) struct RequestIds {
    /// `x-amzn-RequestId`: a random UUID, or the client's.
    request: SmallVec<[u8; 36]>,
    /// `x-amz-apigw-id`, `Apigw-Requestid`: eleven random bytes in base64, url-safe (fact H4).
    extended: [u8; 16],
    envelope: Cell<Envelope>,
}

impl RequestIds {
    /// From here on the ids are those that answers of this form show.
    pub(crate) fn answer_in(&self, envelope: Envelope) {
        self.envelope.set(envelope);
    }

    /// The form of the answer that shows them.
    pub(crate) fn envelope(&self) -> Envelope {
        self.envelope.get()
    }

    /// The request id as text; some APIs have none but the extended one (fact H4).
    pub(crate) fn request(&self) -> &[u8] {
        match self.envelope.get() {
            Envelope::Amzn => &self.request,
            Envelope::Apigw => &self.extended,
        }
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

/// Writes bytes as hexadecimal digits, two for each.
pub(super) fn hex_into(bytes: &[u8], out: &mut [u8]) {
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
        RequestIds { request, extended, envelope: Cell::default() }
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

    /// 64 random bits.
    pub(crate) fn number(&self) -> u64 {
        self.random.borrow_mut().u64(..)
    }

    /// 128 random bits.
    pub(crate) fn long_number(&self) -> u128 {
        self.random.borrow_mut().u128(..)
    }

    /// A random number from 0 to 1, without 1.
    pub(crate) fn unit(&self) -> f64 {
        self.random.borrow_mut().f64()
    }

    /// The id of a new span.
    pub(crate) fn span(&self) -> SpanId {
        SpanId::fresh(self.number())
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
}
