//! The request line, scanned byte by byte wherever it was cut.

use std::ops::Range;

use crate::grammar::{LOWER, TARGET, TOKEN, class, is};
use crate::target::can_start;
use crate::{HeadError, Version};

/// The longest method, in bytes.
pub(crate) const METHOD_BYTES: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Start,
    StartLineFeed,
    Method,
    TargetStart,
    Target,
    Version,
    Done,
}

/// A request line as positions in the input.
#[derive(Debug, Default)]
pub(crate) struct RequestLine {
    phase: Phase,
    pub(crate) method: Range<usize>,
    pub(crate) target: Range<usize>,
    /// Union of the classes of the target's bytes.
    pub(crate) seen: u8,
    pub(crate) minor: u8,
}

impl RequestLine {
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    pub(crate) fn version(&self) -> Version {
        if self.minor == 0 { Version::Http10 } else { Version::Http11 }
    }

    /// Scans on from `position`; `true` once the line's CRLF is behind it.
    #[inline]
    pub(crate) fn scan(&mut self, bytes: &[u8], position: &mut usize) -> Result<bool, HeadError> {
        loop {
            let more = match self.phase {
                Phase::Start => self.start(bytes, position)?,
                Phase::StartLineFeed => self.start_line_feed(bytes, position)?,
                Phase::Method => self.method(bytes, position)?,
                Phase::TargetStart => self.target_start(bytes, *position)?,
                Phase::Target => self.target(bytes, position)?,
                Phase::Version => self.version_and_end(bytes, position)?,
                Phase::Done => return Ok(true),
            };
            if !more {
                return Ok(false);
            }
        }
    }

    /// At most one empty line is tolerated in front (RFC 9112 §2.2).
    fn start(&mut self, bytes: &[u8], position: &mut usize) -> Result<bool, HeadError> {
        self.phase = match bytes.get(*position) {
            None => return Ok(false),
            Some(b'\r') if *position == 0 => {
                *position = 1;
                Phase::StartLineFeed
            }
            Some(b'\r' | b'\n') => return Err(HeadError::LeadingLineEnd),
            Some(_) => {
                self.method.start = *position;
                Phase::Method
            }
        };
        Ok(true)
    }

    fn start_line_feed(&mut self, bytes: &[u8], position: &mut usize) -> Result<bool, HeadError> {
        match bytes.get(*position) {
            None => return Ok(false),
            Some(b'\n') => *position += 1,
            Some(_) => return Err(HeadError::BareCr),
        }
        self.phase = Phase::Start;
        Ok(true)
    }

    #[inline]
    fn method(&mut self, bytes: &[u8], position: &mut usize) -> Result<bool, HeadError> {
        while let Some(&byte) = bytes.get(*position)
            && is(byte, TOKEN)
        {
            if is(byte, LOWER) {
                return Err(HeadError::MethodUnknown);
            }
            if *position - self.method.start == METHOD_BYTES {
                return Err(HeadError::MethodTooLong);
            }
            *position += 1;
        }
        match bytes.get(*position) {
            None => return Ok(false),
            Some(b' ') if *position > self.method.start => self.method.end = *position,
            Some(_) => return Err(HeadError::Method),
        }
        match &bytes[self.method.clone()] {
            b"TRACE" => return Err(HeadError::Trace),
            b"CONNECT" => return Err(HeadError::Connect),
            _ => {}
        }
        *position += 1;
        self.phase = Phase::TargetStart;
        Ok(true)
    }

    #[inline]
    fn target_start(&mut self, bytes: &[u8], position: usize) -> Result<bool, HeadError> {
        let Some(&byte) = bytes.get(position) else { return Ok(false) };
        if !can_start(byte) {
            return Err(HeadError::Target);
        }
        self.target.start = position;
        self.phase = Phase::Target;
        Ok(true)
    }

    #[inline]
    fn target(&mut self, bytes: &[u8], position: &mut usize) -> Result<bool, HeadError> {
        let mut at = *position;
        let mut seen = self.seen;
        while let Some(&byte) = bytes.get(at) {
            let class = class(byte);
            if class & TARGET == 0 {
                break;
            }
            seen |= class;
            at += 1;
        }
        self.seen = seen;
        *position = at;
        match bytes.get(at) {
            None => return Ok(false),
            Some(b' ') => self.target.end = at,
            Some(b'\r' | b'\n') => return Err(HeadError::RequestLine),
            Some(_) => return Err(HeadError::Target),
        }
        *position += 1;
        self.phase = Phase::Version;
        Ok(true)
    }

    /// `HTTP/1.x` CRLF, refused at the first byte that differs.
    #[inline]
    fn version_and_end(&mut self, bytes: &[u8], position: &mut usize) -> Result<bool, HeadError> {
        let rest = bytes.get(*position..).unwrap_or_default();
        match *rest {
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor, b'\r', b'\n', ..] if minor.is_ascii_digit() => {
                self.minor = minor - b'0';
                *position += 10;
                self.phase = Phase::Done;
                Ok(true)
            }
            _ => check_version_prefix(rest).map(|()| false),
        }
    }
}

fn check_version_prefix(rest: &[u8]) -> Result<(), HeadError> {
    for (index, &byte) in rest.iter().take(10).enumerate() {
        let fits = match index {
            5 | 7 => byte.is_ascii_digit(),
            6 => byte == b'.',
            8 if rest[5] != b'1' => return Err(HeadError::Version),
            8 => byte == b'\r',
            9 => byte == b'\n',
            _ => byte == b"HTTP/"[index],
        };
        if !fits {
            return Err(HeadError::RequestLine);
        }
    }
    Ok(())
}
