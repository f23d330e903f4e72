//! Telling an HTTP/2 client with prior knowledge (RFC 9113 §3.3) from an HTTP/1 one by its first bytes.

/// What every HTTP/2 client sends first (RFC 9113 §3.4).
pub const H2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const FRAME_HEAD_BYTES: usize = 9;
const SETTINGS: u8 = 4;

/// Whether a connection starts with HTTP/2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The preface and the head of the SETTINGS frame that must follow it are there: hand the bytes to HTTP/2.
    Yes,
    /// Not HTTP/2: parse an HTTP/1 head (which refuses a preface without SETTINGS with 505).
    No,
    /// So far a prefix of the preface: read on.
    Maybe,
}

/// Compares the first bytes of a connection with the client preface.
///
/// The preface ends with a SETTINGS frame (RFC 9113 §3.4), and clients send both at once. Waiting for its head means
/// that a peer which sends the 24 bytes alone is still an HTTP/1 client without a complete head: it gets an answer it
/// can read, and the head timeout applies.
pub fn preface_match(input: &[u8]) -> Match {
    let compared = input.len().min(H2_PREFACE.len());
    if input[..compared] != H2_PREFACE[..compared] {
        return Match::No;
    }
    match input.get(H2_PREFACE.len()..H2_PREFACE.len() + FRAME_HEAD_BYTES) {
        None => Match::Maybe,
        Some([_, _, _, SETTINGS, 0, 0, 0, 0, 0]) => Match::Yes,
        Some(_) => Match::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preface_counts_once_settings_follow() {
        let mut bytes = H2_PREFACE.to_vec();
        bytes.extend_from_slice(&[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]);
        for length in 0..bytes.len() {
            assert_eq!(preface_match(&bytes[..length]), Match::Maybe, "{length}");
        }
        assert_eq!(preface_match(&bytes), Match::Yes);
    }

    #[test]
    fn anything_else_is_not_http2() {
        let mut ping_first = H2_PREFACE.to_vec();
        ping_first.extend_from_slice(&[0, 0, 8, 6, 0, 0, 0, 0, 0]);
        for input in [&b"G"[..], b"PRI * HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nSX", &ping_first] {
            assert_eq!(preface_match(input), Match::No, "{input:?}");
        }
    }
}
