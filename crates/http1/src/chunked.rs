//! The chunked coding of RFC 9112 §7.1 as a state machine over bytes; extensions and trailers are checked and dropped.

use crate::grammar::{TOKEN, VALUE, is};
use crate::{BodyError, ChunkLimits, Decoded};

/// Where the decoder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Within the size, after so many digits.
    Size(u8),
    /// Within the extensions of a size line.
    Extension(Extension),
    /// After the CR of a size line.
    SizeLineFeed,
    /// Within chunk data, so many bytes left.
    Data(u64),
    DataCarriageReturn,
    DataLineFeed,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLineFeed,
    LastLineFeed,
    Done,
}

/// Position within `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extension {
    /// White space that only a `;` may follow.
    BeforeSemicolon,
    /// After `;`.
    BeforeName,
    Name,
    /// White space after a name, that `=` or `;` may follow.
    AfterName,
    /// After `=`.
    BeforeValue,
    Token,
    Quoted,
    QuotedPair,
    /// After a closing quote.
    AfterQuoted,
}

#[derive(Debug)]
pub(crate) struct Chunked {
    state: State,
    size: u64,
    line_bytes: usize,
    extension_bytes: usize,
    trailer_bytes: usize,
    content_bytes: u64,
    limits: ChunkLimits,
}

impl Chunked {
    pub(crate) fn new(limits: ChunkLimits) -> Self {
        Self {
            state: State::Size(0),
            size: 0,
            line_bytes: 0,
            extension_bytes: 0,
            trailer_bytes: 0,
            content_bytes: 0,
            limits,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Consumes framing up to and with the next run of chunk data.
    pub(crate) fn decode(&mut self, input: &[u8]) -> Result<Decoded, BodyError> {
        let mut position = 0;
        loop {
            if let State::Data(left) = self.state
                && position < input.len()
            {
                return Ok(self.take_data(input, position, left));
            }
            let Some(&byte) = input.get(position) else { break };
            if self.is_done() {
                break;
            }
            self.state = self.step(byte)?;
            position += 1;
        }
        Ok(Decoded { consumed: position, data: position..position })
    }

    fn take_data(&mut self, input: &[u8], position: usize, left: u64) -> Decoded {
        let bytes = usize::try_from(left).unwrap_or(usize::MAX).min(input.len() - position);
        let left = left - bytes as u64;
        self.state = if left == 0 { State::DataCarriageReturn } else { State::Data(left) };
        Decoded { consumed: position + bytes, data: position..position + bytes }
    }

    #[inline]
    fn step(&mut self, byte: u8) -> Result<State, BodyError> {
        match self.state {
            State::Size(digits) => self.step_size(digits, byte),
            State::Extension(extension) => self.step_extension(extension, byte),
            State::SizeLineFeed => self.end_size_line(byte),
            State::DataCarriageReturn => expect(byte, b'\r', State::DataLineFeed, BodyError::ChunkEnd),
            State::DataLineFeed => expect(byte, b'\n', State::Size(0), BodyError::ChunkEnd),
            State::TrailerStart
            | State::TrailerName
            | State::TrailerValue
            | State::TrailerLineFeed
            | State::LastLineFeed => self.step_trailer(byte),
            State::Data(_) | State::Done => Ok(self.state),
        }
    }

    #[inline]
    fn step_size(&mut self, digits: u8, byte: u8) -> Result<State, BodyError> {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            b'\r' if digits > 0 => return Ok(State::SizeLineFeed),
            b';' if digits > 0 => return self.count_extension(Extension::BeforeName),
            b' ' | b'\t' if digits > 0 => return self.count_extension(Extension::BeforeSemicolon),
            _ => return Err(BodyError::ChunkSize),
        };
        if digits == 16 {
            return Err(BodyError::ChunkSize);
        }
        self.line_bytes += 1;
        if self.line_bytes + 2 > self.limits.line_bytes {
            return Err(BodyError::ChunkLineTooLong);
        }
        self.size = self.size << 4 | u64::from(digit);
        Ok(State::Size(digits + 1))
    }

    fn count_extension(&mut self, next: Extension) -> Result<State, BodyError> {
        self.line_bytes += 1;
        self.extension_bytes += 1;
        // The CRLF belongs to the line, too.
        if self.line_bytes + 2 > self.limits.line_bytes {
            return Err(BodyError::ChunkLineTooLong);
        }
        if self.extension_bytes > self.limits.extension_bytes_total {
            return Err(BodyError::ChunkExtensionsTooLong);
        }
        Ok(State::Extension(next))
    }

    fn step_extension(&mut self, extension: Extension, byte: u8) -> Result<State, BodyError> {
        use Extension::{
            AfterName, AfterQuoted, BeforeName, BeforeSemicolon, BeforeValue, Name, Quoted, QuotedPair, Token,
        };
        let next = match (extension, byte) {
            (Name | AfterName | Token | AfterQuoted, b'\r') if extension.can_end() => return Ok(State::SizeLineFeed),
            (BeforeSemicolon | Name | AfterName | Token | AfterQuoted, b';') => BeforeName,
            (BeforeSemicolon | BeforeName | AfterName | BeforeValue, b' ' | b'\t') => extension,
            (Name, b' ' | b'\t') => AfterName,
            (Token | AfterQuoted, b' ' | b'\t') => BeforeSemicolon,
            (Name | AfterName, b'=') => BeforeValue,
            (BeforeName | Name, _) if is(byte, TOKEN) => Name,
            (BeforeValue, b'"') => Quoted,
            (BeforeValue | Token, _) if is(byte, TOKEN) => Token,
            (Quoted, b'"') => AfterQuoted,
            (Quoted, b'\\') => QuotedPair,
            (Quoted | QuotedPair, _) if is(byte, VALUE) => Quoted,
            _ => return Err(BodyError::ChunkExtension),
        };
        self.count_extension(next)
    }

    fn end_size_line(&mut self, byte: u8) -> Result<State, BodyError> {
        if byte != b'\n' {
            return Err(BodyError::ChunkSize);
        }
        let size = std::mem::take(&mut self.size);
        self.line_bytes = 0;
        if size == 0 {
            return Ok(State::TrailerStart);
        }
        self.content_bytes = self.content_bytes.checked_add(size).ok_or(BodyError::TooLarge)?;
        if self.content_bytes > self.limits.body_bytes {
            return Err(BodyError::TooLarge);
        }
        Ok(State::Data(size))
    }

    fn step_trailer(&mut self, byte: u8) -> Result<State, BodyError> {
        self.trailer_bytes += 1;
        // The empty line at the end is no trailer.
        if self.trailer_bytes > self.limits.trailer_bytes.saturating_add(2) {
            return Err(BodyError::TrailersTooLarge);
        }
        match (self.state, byte) {
            (State::TrailerStart, b'\r') => Ok(State::LastLineFeed),
            (State::TrailerStart | State::TrailerName, _) if is(byte, TOKEN) => Ok(State::TrailerName),
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerValue, b'\r') => Ok(State::TrailerLineFeed),
            (State::TrailerValue, _) if is(byte, VALUE) => Ok(State::TrailerValue),
            (State::TrailerLineFeed, b'\n') => Ok(State::TrailerStart),
            (State::LastLineFeed, b'\n') => Ok(State::Done),
            _ => Err(BodyError::Trailer),
        }
    }
}

impl Extension {
    /// Whether the line may end here.
    fn can_end(self) -> bool {
        matches!(self, Self::Name | Self::Token | Self::AfterQuoted)
    }
}

fn expect(byte: u8, wanted: u8, next: State, error: BodyError) -> Result<State, BodyError> {
    if byte == wanted { Ok(next) } else { Err(error) }
}
