//! Identifiers that nobody can guess: request ids, and the addresses of Runtime APIs.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("aws-lc's generator is seeded by the operating system");
    bytes
}

/// A request id: a UUID of version 4.
pub(crate) fn request_id() -> String {
    let mut bytes: [u8; 16] = random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// 32 hexadecimal digits.
pub(crate) fn stream_suffix() -> String {
    hex::encode(random::<16>())
}

/// A loopback address for one sandbox. On Linux all of 127.0.0.0/8 is loopback, so that address and port together are
/// about 39 bits that another function would have to guess; elsewhere only 127.0.0.1 is there.
pub(crate) fn loopback() -> Ipv4Addr {
    if cfg!(not(target_os = "linux")) {
        return Ipv4Addr::LOCALHOST;
    }
    let [a, b, c] = random();
    Ipv4Addr::new(127, a.max(1), b, c.clamp(1, 254))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_uuids_of_version_4() {
        let id = request_id();
        assert_eq!(id.len(), 36);
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_ne!(id, request_id());
    }

    #[test]
    fn sandboxes_listen_on_loopback() {
        for _ in 0..100 {
            assert!(loopback().is_loopback());
        }
    }
}
