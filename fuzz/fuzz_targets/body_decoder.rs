//! Chunked bodies: any bytes, in pieces of any size. The content, the end and the error do not depend on the pieces,
//! and what was decoded is the same after it was encoded again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stagegate_http1::{BodyDecoder, BodyError, BodyLength, ChunkLimits, encode};

fuzz_target!(|data: &[u8]| {
    let Some((&step, raw)) = data.split_first() else { return };
    let limits = ChunkLimits { line_bytes: 64, extension_bytes_total: 100, trailer_bytes: 100, body_bytes: 1_000 };
    let whole = decode(raw, raw.len().max(1), &limits);
    let pieces = decode(raw, usize::from(step).max(1), &limits);
    assert_eq!(whole, pieces, "the outcome depends on the pieces");
    if let Ok((content, consumed, true)) = whole {
        assert!(consumed <= raw.len());
        assert!(content.len() as u64 <= limits.body_bytes);
        let mut again = Vec::new();
        encode::chunk(&mut again, &content);
        encode::last_chunk(&mut again);
        assert_eq!(decode(&again, again.len(), &limits), Ok((content, again.len(), true)));
    }
});

/// The content, the bytes consumed, and whether the body ended.
fn decode(raw: &[u8], step: usize, limits: &ChunkLimits) -> Result<(Vec<u8>, usize, bool), BodyError> {
    let mut body = BodyDecoder::new(BodyLength::Chunked, limits);
    let mut content = Vec::new();
    let mut consumed = 0;
    let mut end = 0;
    while end < raw.len() && !body.is_done() {
        end = raw.len().min(end + step);
        while !body.is_done() {
            let decoded = body.decode(&raw[consumed..end])?;
            content.extend_from_slice(&raw[consumed..end][decoded.data]);
            consumed += decoded.consumed;
            if decoded.consumed == 0 {
                break;
            }
        }
        assert!(body.is_done() || consumed == end, "framing is never left unread");
    }
    Ok((content, consumed, body.is_done()))
}
