//! AWS's event stream encoding (`application/vnd.amazon.eventstream`), written: how a streamed answer comes to a caller.

use bytes::{BufMut as _, BytesMut};

/// Total length, length of the headers, checksum of both; and the checksum at the end.
const FRAME_BYTES: usize = 16;
/// The type of a header whose value is text.
const TEXT: u8 = 7;

/// Writes one event.
pub(super) fn event(kind: &str, content_type: &str, payload: &[u8], out: &mut BytesMut) {
    let mut headers = BytesMut::new();
    for (name, value) in [(":event-type", kind), (":content-type", content_type), (":message-type", "event")] {
        headers.put_u8(u8::try_from(name.len()).unwrap_or_default());
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(u16::try_from(value.len()).unwrap_or_default());
        headers.put_slice(value.as_bytes());
    }
    let total = FRAME_BYTES + headers.len() + payload.len();
    let start = out.len();
    out.put_u32(u32::try_from(total).unwrap_or(u32::MAX));
    out.put_u32(u32::try_from(headers.len()).unwrap_or(u32::MAX));
    let prelude = crc32(&out[start..]);
    out.put_u32(prelude);
    out.put_slice(&headers);
    out.put_slice(payload);
    let message = crc32(&out[start..]);
    out.put_u32(message);
}

/// CRC-32 as of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(u32::MAX, |crc, byte| (crc >> 8) ^ TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

const fn table() -> [u32; 256] {
    let mut table = [0_u32; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut crc = index;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[index as usize] = crc;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_ethernet() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn an_event_says_how_long_it_is() {
        let mut bytes = BytesMut::new();
        event("PayloadChunk", "text/plain", b"ab", &mut bytes);
        let total = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        assert_eq!((total, &bytes[total - 6..total - 4]), (bytes.len(), &b"ab"[..]));
    }
}
