//! AWS's event stream encoding (`application/vnd.amazon.eventstream`): messages decoded as their bytes come.

use bytes::{Buf as _, Bytes, BytesMut};

/// The longest message that is taken: Lambda's chunks are far shorter.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Total length, length of the headers, checksum of both.
const PRELUDE_BYTES: usize = 12;
/// The checksum of the whole message.
const CHECKSUM_BYTES: usize = 4;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// `:message-type`: `event`, `exception` or `error`.
    pub(super) category: String,
    /// `:event-type`, or `:exception-type` of an exception.
    pub(super) kind: String,
    /// Its payload.
    pub(super) payload: Bytes,
}

/// The bytes are no event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event stream is broken: {0}")]
pub(super) struct Malformed(&'static str);

/// Decodes messages.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    buffer: BytesMut,
}

impl Decoder {
    /// Adds bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete message.
    pub(super) fn next(&mut self) -> Result<Option<Message>, Malformed> {
        if self.buffer.len() < PRELUDE_BYTES {
            return Ok(None);
        }
        let total = number(&self.buffer, 0);
        let headers = number(&self.buffer, 4);
        if crc32(&self.buffer[..8]) != number_u32(&self.buffer, 8) {
            return Err(Malformed("the checksum of a message's lengths is wrong"));
        }
        let fits = (PRELUDE_BYTES + CHECKSUM_BYTES..=MESSAGE_BYTES_MAX).contains(&total);
        if !fits || headers > total - PRELUDE_BYTES - CHECKSUM_BYTES {
            return Err(Malformed("a message's lengths are impossible"));
        }
        if self.buffer.len() < total {
            return Ok(None);
        }
        let mut message = self.buffer.split_to(total).freeze();
        let checksum = number_u32(&message, total - CHECKSUM_BYTES);
        message.truncate(total - CHECKSUM_BYTES);
        if crc32(&message) != checksum {
            return Err(Malformed("the checksum of a message is wrong"));
        }
        message.advance(PRELUDE_BYTES);
        let payload = message.split_off(headers);
        read(&message, payload).map(Some)
    }
}

/// Reads the headers of a message.
fn read(mut headers: &[u8], payload: Bytes) -> Result<Message, Malformed> {
    let mut message = Message { category: String::new(), kind: String::new(), payload };
    while !headers.is_empty() {
        let name = take(&mut headers, 1)?[0];
        let name = take(&mut headers, usize::from(name))?;
        let value_bytes = match take(&mut headers, 1)?[0] {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            6 | 7 => {
                let length = take(&mut headers, 2)?;
                usize::from(u16::from_be_bytes([length[0], length[1]]))
            }
            9 => 16,
            _ => return Err(Malformed("a header has an unknown type")),
        };
        let value = take(&mut headers, value_bytes)?;
        let slot = match name {
            b":message-type" => &mut message.category,
            b":event-type" | b":exception-type" => &mut message.kind,
            _ => continue,
        };
        *slot = String::from_utf8_lossy(value).into_owned();
    }
    Ok(message)
}

fn take<'h>(headers: &mut &'h [u8], count: usize) -> Result<&'h [u8], Malformed> {
    let (taken, rest) = headers.split_at_checked(count).ok_or(Malformed("a header is cut off"))?;
    *headers = rest;
    Ok(taken)
}

fn number_u32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn number(bytes: &[u8], at: usize) -> usize {
    usize::try_from(number_u32(bytes, at)).unwrap_or(usize::MAX)
}

const CRC_TABLE: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the index is below 256")]
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

/// CRC-32 as Ethernet and zlib use it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| CRC_TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8);
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with string headers.
    fn encoded(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
        let mut block = Vec::new();
        for (name, value) in headers {
            block.push(u8::try_from(name.len()).unwrap());
            block.extend_from_slice(name.as_bytes());
            block.push(7);
            block.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
            block.extend_from_slice(value.as_bytes());
        }
        let total = u32::try_from(PRELUDE_BYTES + block.len() + payload.len() + CHECKSUM_BYTES).unwrap();
        let mut message = total.to_be_bytes().to_vec();
        message.extend_from_slice(&u32::try_from(block.len()).unwrap().to_be_bytes());
        message.extend_from_slice(&crc32(&message).to_be_bytes());
        message.extend_from_slice(&block);
        message.extend_from_slice(payload);
        message.extend_from_slice(&crc32(&message).to_be_bytes());
        message
    }

    fn chunk(payload: &[u8]) -> Vec<u8> {
        let headers = [
            (":event-type", "PayloadChunk"),
            (":content-type", "application/octet-stream"),
            (":message-type", "event"),
        ];
        encoded(&headers, payload)
    }

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn messages_come_out_however_their_bytes_come_in() {
        let bytes = [chunk(b"hello"), chunk(b""), chunk(b"\0world")].concat();
        for step in [1, 2, 7, 11, bytes.len()] {
            let mut decoder = Decoder::default();
            let mut seen = Vec::new();
            for piece in bytes.chunks(step) {
                decoder.push(piece);
                while let Some(message) = decoder.next().unwrap() {
                    assert_eq!((message.category.as_str(), message.kind.as_str()), ("event", "PayloadChunk"));
                    seen.push(message.payload);
                }
            }
            assert_eq!(seen, [&b"hello"[..], b"", b"\0world"], "{step}");
            assert!(decoder.buffer.is_empty());
        }
    }

    #[test]
    fn broken_messages_are_refused() {
        let good = chunk(b"hello");
        for at in 0..good.len() {
            let mut broken = good.clone();
            broken[at] ^= 0x10;
            let mut decoder = Decoder::default();
            decoder.push(&broken);
            assert!(!matches!(decoder.next(), Ok(Some(_))), "a flipped bit at {at} passed");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_messages_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            while let Ok(Some(_)) = decoder.next() {}
        }

        #[test]
        fn headers_are_read_or_refused(headers in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
            let _ = read(&headers, Bytes::new());
        }
    }
}
