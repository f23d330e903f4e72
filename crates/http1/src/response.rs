//! The head of a response, as strict as a request's wherever a back end could shift the borders of messages.

use std::ops::Range;

use crate::field::{Field, Fields};
use crate::framing::Side;
use crate::grammar::value_end;
use crate::section::{Rules, Section};
use crate::{BodyLength, HeadError, HeadLimits, Known, Version};

/// A response head that owns one buffer; every accessor answers slices of it.
#[derive(Debug, Clone)]
pub struct ResponseHead {
    buffer: Vec<u8>,
    section: Section,
    position: usize,
    line_is_done: bool,
    is_complete: bool,
    status: u16,
    reason: Range<usize>,
    version: Version,
    body: BodyLength,
    keep_alive: bool,
}

impl Default for ResponseHead {
    fn default() -> Self {
        Self::new()
    }
}

impl ResponseHead {
    /// An empty head; its buffers grow with the first responses and are kept.
    pub fn new() -> Self {
        Self {
            buffer: Vec::new(),
            section: Section::default(),
            position: 0,
            line_is_done: false,
            is_complete: false,
            status: 0,
            reason: 0..0,
            version: Version::Http11,
            body: BodyLength::None,
            keep_alive: false,
        }
    }

    /// Forgets the head, also a half-parsed one: the next [`Self::parse`] starts at the first byte of its input.
    pub fn reset(&mut self) {
        self.buffer.clear();
        self.section.reset();
        self.position = 0;
        self.line_is_done = false;
        self.is_complete = false;
        self.status = 0;
        self.reason = 0..0;
        self.version = Version::Http11;
        self.body = BodyLength::None;
        self.keep_alive = false;
    }

    /// Parses a head from the start of `input`, as [`crate::RequestHead::parse`] does.
    ///
    /// `request_was_head`: the request had the method HEAD, so that no body follows whatever the fields say.
    ///
    /// # Errors
    /// At the first byte no valid head can have; the back end's connection must be closed.
    pub fn parse(
        &mut self,
        input: &mut Vec<u8>,
        limits: &HeadLimits,
        request_was_head: bool,
    ) -> Result<bool, HeadError> {
        if self.is_complete {
            self.reset();
        }
        let limit_bytes = limits.head_bytes.min(u32::MAX as usize);
        let window = &input[..input.len().min(limit_bytes)];
        let cut = || if window.len() == limit_bytes { Err(HeadError::HeadTooLarge) } else { Ok(false) };
        if !self.line_is_done && !self.scan_status_line(window)? {
            return cut();
        }
        let rules = Rules { side: Side::Response, version: self.version, fields: limits.fields };
        if !self.section.scan(window, &mut self.position, rules)? {
            return cut();
        }
        std::mem::swap(&mut self.buffer, input);
        input.clear();
        input.extend_from_slice(&self.buffer[self.position..]);
        self.buffer.truncate(self.position);
        self.end_framing(request_was_head);
        Ok(true)
    }

    /// `HTTP/1.x SP ddd [SP reason] CRLF`; the space before an empty reason may be missing, as many servers do.
    fn scan_status_line(&mut self, bytes: &[u8]) -> Result<bool, HeadError> {
        if self.position == 0 {
            check_status_prefix(bytes)?;
            let Some(&[.., minor, _, hundreds, tens, ones, _]) = bytes.first_chunk::<13>() else { return Ok(false) };
            self.version = if minor == b'0' { Version::Http10 } else { Version::Http11 };
            self.status = [hundreds, tens, ones].iter().fold(0, |status, &digit| status * 10 + u16::from(digit - b'0'));
            self.position = 12;
        }
        let end = value_end(bytes, self.position);
        // Stopping at a CR keeps it in sight for the next call, should its LF not be there yet.
        self.position = end;
        match bytes.get(end..) {
            None | Some([] | [b'\r']) => Ok(false),
            Some([b'\r', b'\n', ..]) => {
                self.reason = end.min(13)..end;
                self.position = end + 2;
                self.line_is_done = true;
                Ok(true)
            }
            Some([b'\r', ..]) => Err(HeadError::BareCr),
            Some([b'\n', ..]) => Err(HeadError::BareLf),
            Some(_) => Err(HeadError::StatusLine),
        }
    }

    /// RFC 9112 §6.3.
    fn end_framing(&mut self, request_was_head: bool) {
        let framing = &self.section.framing;
        let framed = match framing.content_length {
            Some(length) => BodyLength::Length(length),
            None if framing.chunked => BodyLength::Chunked,
            None => BodyLength::UntilClose,
        };
        let is_bodiless = request_was_head || matches!(self.status, 100..=199 | 204 | 304);
        self.body = if is_bodiless { BodyLength::None } else { framed };
        // A back end that announces content where none can be may send it all the same: do not read on behind it.
        let is_suspect = matches!(self.status, 100..=199 | 204)
            && (framing.chunked || framing.content_length.is_some_and(|length| length > 0));
        self.keep_alive =
            framing.persists(self.version) && !is_suspect && self.status != 101 && self.body != BodyLength::UntilClose;
        self.is_complete = true;
    }

    /// The status, 100 to 999.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase, often empty.
    pub fn reason(&self) -> &[u8] {
        self.buffer.get(self.reason.clone()).unwrap_or_default()
    }

    /// Whether this is an interim response (1xx but 101), which a final one follows.
    pub fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..=199)
    }

    /// The version the response is processed as.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The fields in the order they came.
    pub fn fields(&self) -> Fields<'_> {
        self.section.fields(&self.buffer)
    }

    /// How many fields there are.
    pub fn field_count(&self) -> usize {
        self.section.spans.len()
    }

    /// The first field known as `known`.
    pub fn find(&self, known: Known) -> Option<Field<'_>> {
        self.section.find(&self.buffer, known)
    }

    /// The first field with this name, ignoring letter case.
    pub fn find_name(&self, name: &[u8]) -> Option<Field<'_>> {
        self.section.find_name(&self.buffer, name)
    }

    /// How the body is framed.
    pub fn body(&self) -> BodyLength {
        self.body
    }

    /// What `Content-Length` says, also where no body follows (HEAD, 304).
    pub fn content_length(&self) -> Option<u64> {
        self.section.framing.content_length
    }

    /// Whether the connection can be used again once the body has been read.
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Whether `Connection` lists this field name.
    pub fn is_nominated(&self, name: &[u8]) -> bool {
        self.section.is_nominated(&self.buffer, name)
    }

    /// Whether `Connection` lists anything but `close` and `keep-alive`.
    pub fn has_nominations(&self) -> bool {
        self.section.framing.nominates
    }

    /// Bytes of the whole head, its empty line included.
    pub fn head_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// The bytes of the head as they came.
    pub fn raw(&self) -> &[u8] {
        &self.buffer
    }
}

/// Checks as much of `HTTP/1.x ddd` as is there, and the byte behind it.
fn check_status_prefix(bytes: &[u8]) -> Result<(), HeadError> {
    for (index, &byte) in bytes.iter().take(13).enumerate() {
        let fits = match index {
            5 if byte.is_ascii_digit() && byte != b'1' => return Err(HeadError::Version),
            5 | 7 | 10 | 11 => byte.is_ascii_digit(),
            6 => byte == b'.',
            8 => byte == b' ',
            9 => matches!(byte, b'1'..=b'9'),
            12 => matches!(byte, b' ' | b'\r'),
            _ => byte == b"HTTP/"[index],
        };
        if !fits {
            return Err(if byte == b'\n' { HeadError::BareLf } else { HeadError::StatusLine });
        }
    }
    Ok(())
}
