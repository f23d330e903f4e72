//! A strict, sans-I/O HTTP/1.1 codec: heads become slices of one buffer, bodies become ranges of what was read.
//!
//! The codec never reads, writes, waits or allocates once its buffers are warm. It is as strict as RFC 9112 allows,
//! because a gateway sits between parsers that disagree: whatever two of them could read differently is an error here,
//! and on an error the caller answers [`HeadError::status`] and closes, having forwarded nothing.
//!
//! - [`RequestHead`] and [`ResponseHead`] parse heads, also byte by byte, and keep names in the sender's letter case.
//! - [`BodyDecoder`] unframes bodies: by length, by chunks, or until the peer closes.
//! - [`encode`] appends heads and chunk framing to a buffer.
//! - [`preface_match`] tells an HTTP/2 client with prior knowledge from an HTTP/1 one.

mod authority;
mod body;
mod chunked;
pub mod encode;
mod error;
mod field;
mod framing;
mod grammar;
mod known;
mod parts;
mod preface;
mod request;
mod request_line;
mod response;
mod section;
mod target;

pub use body::{BodyDecoder, BodyLength, ChunkLimits, Decoded};
pub use error::{BodyError, HeadError};
pub use field::{Field, Fields};
pub use known::Known;
pub use parts::Scheme;
pub use preface::{H2_PREFACE, Match, preface_match};
pub use request::RequestHead;
pub use response::ResponseHead;

/// The version a message is processed as; a 1.x with a higher minor version counts as 1.1 (RFC 9110 §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: no chunked coding, connections close unless `keep-alive` is asked for.
    Http10,
    /// HTTP/1.1, and what is built by [`RequestHead::from_parts`].
    Http11,
}

/// What one head may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes from the first byte (a tolerated empty line included) to the end of the empty line, at most; AWS: 10,240.
    pub head_bytes: usize,
    /// Field lines, at most.
    pub fields: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { head_bytes: 10_240, fields: 100 }
    }
}
