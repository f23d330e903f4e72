//! Bodies: where their bytes are in what was read, and where they end.

use std::ops::Range;

use crate::BodyError;
use crate::chunked::Chunked;

/// How a body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// No body.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks (RFC 9112 §7.1).
    Chunked,
    /// Everything until the peer closes; responses only.
    UntilClose,
}

/// What a body may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLimits {
    /// Bytes of one chunk's size line with its extensions and CRLF, at most.
    pub line_bytes: usize,
    /// Bytes of all extensions of a body, at most.
    pub extension_bytes_total: usize,
    /// Bytes of the trailer section, at most.
    pub trailer_bytes: usize,
    /// Bytes of content, at most, whatever the framing; refused as soon as they are announced.
    pub body_bytes: u64,
}

impl Default for ChunkLimits {
    fn default() -> Self {
        Self { line_bytes: 1_024, extension_bytes_total: 4_096, trailer_bytes: 8_192, body_bytes: u64::MAX }
    }
}

/// What one call made of its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes of the input that are done with, `data` included.
    pub consumed: usize,
    /// Content within the input, empty if only framing was consumed.
    pub data: Range<usize>,
}

/// Unframes one body. Needs no memory of its own: content stays where it was read.
#[derive(Debug)]
pub struct BodyDecoder {
    framing: Framing,
    limit_bytes: u64,
}

#[derive(Debug)]
enum Framing {
    Length(u64),
    Chunked(Chunked),
    UntilClose { content_bytes: u64 },
    Done,
}

impl BodyDecoder {
    /// A decoder at the first byte behind the head.
    pub fn new(length: BodyLength, limits: &ChunkLimits) -> Self {
        let framing = match length {
            BodyLength::None | BodyLength::Length(0) => Framing::Done,
            BodyLength::Length(bytes) => Framing::Length(bytes),
            BodyLength::Chunked => Framing::Chunked(Chunked::new(*limits)),
            BodyLength::UntilClose => Framing::UntilClose { content_bytes: 0 },
        };
        Self { framing, limit_bytes: limits.body_bytes }
    }

    /// Decodes the start of `input`. Call again with what is behind `consumed` while [`Self::is_done`] is false;
    /// `consumed == 0` means that more input is needed.
    ///
    /// # Errors
    /// At the first byte no valid body can have, and over a limit: the connection must close.
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, BodyError> {
        match &mut self.framing {
            Framing::Done => Ok(Decoded { consumed: 0, data: 0..0 }),
            Framing::Length(left) => {
                if *left > self.limit_bytes {
                    return Err(BodyError::TooLarge);
                }
                let bytes = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= bytes as u64;
                self.limit_bytes -= bytes as u64;
                if *left == 0 {
                    self.framing = Framing::Done;
                }
                Ok(Decoded { consumed: bytes, data: 0..bytes })
            }
            Framing::Chunked(chunked) => {
                let decoded = chunked.decode(input)?;
                if chunked.is_done() {
                    self.framing = Framing::Done;
                }
                Ok(decoded)
            }
            Framing::UntilClose { content_bytes } => {
                *content_bytes = content_bytes.saturating_add(input.len() as u64);
                if *content_bytes > self.limit_bytes {
                    return Err(BodyError::TooLarge);
                }
                Ok(Decoded { consumed: input.len(), data: 0..input.len() })
            }
        }
    }

    /// Whether the body has ended; what follows belongs to the next message.
    pub fn is_done(&self) -> bool {
        matches!(self.framing, Framing::Done)
    }

    /// Tells the decoder that the peer closed.
    ///
    /// # Errors
    /// [`BodyError::Incomplete`] if the framing promised more.
    pub fn at_eof(&mut self) -> Result<(), BodyError> {
        match self.framing {
            Framing::Done => Ok(()),
            Framing::UntilClose { .. } => {
                self.framing = Framing::Done;
                Ok(())
            }
            Framing::Length(_) | Framing::Chunked(_) => Err(BodyError::Incomplete),
        }
    }
}
