//! What the control plane takes from outside: the time and randomness, and the ids made of them.

use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock. Tests pass one that they move by hand.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> SystemTime;
}

/// A source of unpredictable bytes. Tests pass a seeded one.
pub trait Randomness: Send + Sync + 'static {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The operating system's random numbers, through aws-lc.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("aws-lc's generator is seeded by the operating system");
    }
}

/// Whole seconds since 1970, the form of AWS's timestamps on the wire.
pub(crate) fn epoch_seconds(clock: &dyn Clock) -> i64 {
    let seconds = clock.now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

const ID_ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const TOKEN_ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// An id of lower-case letters and digits, as AWS gives APIs (10), resources (6) and deployments (6).
pub(crate) fn new_id(random: &dyn Randomness, length: usize) -> String {
    draw(random, ID_ALPHABET, length)
}

/// A secret of letters and digits, such as an API key's value.
pub(crate) fn new_token(random: &dyn Randomness, length: usize) -> String {
    draw(random, TOKEN_ALPHABET, length)
}

/// A version 4 UUID, the form of `x-amzn-RequestId`.
pub(crate) fn new_request_id(random: &dyn Randomness) -> String {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The extended request id of `x-amz-apigw-id`: 15 letters or digits and a `=`.
pub(crate) fn new_extended_request_id(random: &dyn Randomness) -> String {
    draw(random, TOKEN_ALPHABET, 15) + "="
}

/// Draws without bias: bytes past the last whole multiple of the alphabet are thrown away.
fn draw(random: &dyn Randomness, alphabet: &[u8], length: usize) -> String {
    let fair = 256 - 256 % alphabet.len();
    let mut drawn = String::with_capacity(length);
    let mut bytes = [0_u8; 32];
    while drawn.len() < length {
        random.fill(&mut bytes);
        let usable = bytes.iter().filter(|byte| usize::from(**byte) < fair);
        for byte in usable.take(length - drawn.len()) {
            drawn.push(char::from(alphabet[usize::from(*byte) % alphabet.len()]));
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_length_and_the_letters_of_aws() {
        let api = new_id(&SystemRandomness, 10);
        assert_eq!(api.len(), 10);
        assert!(api.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert_ne!(api, new_id(&SystemRandomness, 10));
    }

    #[test]
    fn request_ids_are_version_4_uuids() {
        let id = new_request_id(&SystemRandomness);
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"), "{id}");
        assert_eq!(new_extended_request_id(&SystemRandomness).len(), 16);
    }
}
