//! base64url as RFC 7515 §2 has it: the URL-safe alphabet, no padding, no other character, no stray bits.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Decodes; `None` for anything that an encoder would not have written.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_encoder_writes_is_decoded() {
        assert_eq!(decode(b"-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        assert_eq!(decode(b"").as_deref(), Some(&[][..]));
        for bad in ["-_8=", "+/8", "-_9", "-_8 ", " -_8", "-_\n8", "A", "-_8.", "-_8\0"] {
            assert_eq!(decode(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
