//! What the fields of one head say about its framing and its connection, collected as they arrive.

use crate::field::offset;
use crate::grammar::{is_token, list, spells};
use crate::known::resembles_framing;
use crate::{HeadError, Known, Version, authority};

/// Options of all `Connection` fields of a head, at most.
const CONNECTION_OPTIONS: u16 = 256;

/// Which side sent the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

/// Framing and connection facts of one head.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one head, not a state")]
pub(crate) struct Framing {
    pub(crate) content_length: Option<u64>,
    pub(crate) chunked: bool,
    pub(crate) close: bool,
    pub(crate) keep_alive: bool,
    pub(crate) nominates: bool,
    options: u16,
    pub(crate) expects_continue: bool,
    /// Index of the `Host` field.
    pub(crate) host: Option<u32>,
}

impl Framing {
    /// Takes note of field number `index`; fails on what must never pass.
    #[inline]
    pub(crate) fn note(
        &mut self,
        index: usize,
        known: Known,
        name: &[u8],
        value: &[u8],
        side: Side,
        version: Version,
    ) -> Result<(), HeadError> {
        match known {
            Known::Other if resembles_framing(name) => Err(HeadError::FramingLookAlike),
            Known::ContentLength => self.note_content_length(value),
            Known::TransferEncoding => self.note_transfer_encoding(value, version),
            Known::Connection => self.note_connection(value),
            Known::Host if side == Side::Request => self.note_host(index, value),
            Known::Expect if side == Side::Request => self.note_expect(value),
            _ => Ok(()),
        }
    }

    fn note_content_length(&mut self, value: &[u8]) -> Result<(), HeadError> {
        if self.content_length.is_some() {
            return Err(HeadError::ContentLengthRepeated);
        }
        if self.chunked {
            return Err(HeadError::FramingConflict);
        }
        self.content_length = Some(decimal(value).ok_or(HeadError::ContentLength)?);
        Ok(())
    }

    fn note_transfer_encoding(&mut self, value: &[u8], version: Version) -> Result<(), HeadError> {
        if version == Version::Http10 {
            return Err(HeadError::TransferEncodingHttp10);
        }
        if self.content_length.is_some() {
            return Err(HeadError::FramingConflict);
        }
        if self.chunked || !spells(value, b"chunked") {
            return Err(HeadError::TransferEncoding);
        }
        self.chunked = true;
        Ok(())
    }

    fn note_connection(&mut self, value: &[u8]) -> Result<(), HeadError> {
        if spells(value, b"keep-alive") {
            self.keep_alive = true;
            return Ok(());
        }
        for option in list(value) {
            // Each option is compared with each field when the message goes on.
            self.options += 1;
            if self.options > CONNECTION_OPTIONS {
                return Err(HeadError::Connection);
            }
            if spells(option, b"close") {
                self.close = true;
            } else if spells(option, b"keep-alive") {
                self.keep_alive = true;
            } else if is_token(option) {
                self.nominates = true;
            } else {
                return Err(HeadError::Connection);
            }
        }
        Ok(())
    }

    fn note_host(&mut self, index: usize, value: &[u8]) -> Result<(), HeadError> {
        if self.host.is_some() {
            return Err(HeadError::HostRepeated);
        }
        authority::parse(value).ok_or(HeadError::Host)?;
        self.host = Some(offset(index));
        Ok(())
    }

    fn note_expect(&mut self, value: &[u8]) -> Result<(), HeadError> {
        if !spells(value, b"100-continue") {
            return Err(HeadError::Expectation);
        }
        self.expects_continue = true;
        Ok(())
    }

    /// Whether the connection may be used again after this message (RFC 9112 §9.3).
    pub(crate) fn persists(&self, version: Version) -> bool {
        !self.close && (version == Version::Http11 || self.keep_alive)
    }
}

/// 1 to 19 digits, which always fit 64 bits.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    digits.iter().try_fold(0u64, |number, &digit| digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')))
}
