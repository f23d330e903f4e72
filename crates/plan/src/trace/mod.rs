//! Whose trace a request belongs to: ids, and the headers that carry them in and out.

mod traceparent;
mod tracestate;
mod xray;

pub use traceparent::TraceParent;
pub use tracestate::TraceState;
pub use xray::XrayHeader;

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

/// The id of a trace: 128 bits, not all of them zero. X-Ray and W3C write the same bits differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    /// An id of these bits; `None` if all are zero.
    pub fn new(bits: u128) -> Option<Self> {
        NonZeroU128::new(bits).map(Self)
    }

    /// A new id as X-Ray wants it: the time in its first 32 bits, in seconds since 1970, and 96 random ones.
    pub fn fresh(epoch_s: u64, random: u128) -> Self {
        let seconds = u128::from(u32::try_from(epoch_s).unwrap_or(u32::MAX));
        // Without its last bit the id would be none once in 2^96 times in 1970.
        let one = NonZeroU128::MIN;
        Self(one | (seconds << 96 | (random & (u128::MAX >> 32))))
    }

    /// Reads X-Ray's form, `1-581cf771-a006649127e371903a2de979`.
    pub fn parse_xray(text: &[u8]) -> Option<Self> {
        let (version, rest) = (text.get(..2)?, text.get(2..)?);
        let (seconds, unique) = (rest.get(..8)?, rest.get(9..)?);
        if version != b"1-" || rest[8] != b'-' || unique.len() != 24 {
            return None;
        }
        Self::new(hex(seconds)? << 96 | hex(unique)?)
    }

    /// X-Ray's form of the id.
    pub fn xray(self) -> impl fmt::Display {
        let bits = self.0.get();
        fmt::from_fn(move |out| write!(out, "1-{:08x}-{:024x}", bits >> 96, bits & (u128::MAX >> 32)))
    }

    /// The bits, most significant byte first, as OTLP sends them.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.get().to_be_bytes()
    }
}

/// W3C's form: 32 hexadecimal digits.
impl fmt::Display for TraceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

/// The id of one span, or of a segment or subsegment: 64 bits, not all of them zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    /// An id of these bits; `None` if all are zero.
    pub fn new(bits: u64) -> Option<Self> {
        NonZeroU64::new(bits).map(Self)
    }

    /// A new id of random bits.
    pub fn fresh(random: u64) -> Self {
        Self(NonZeroU64::new(random).unwrap_or(NonZeroU64::MIN))
    }

    /// Reads 16 hexadecimal digits.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() != 16 {
            return None;
        }
        Self::new(u64::try_from(hex(text)?).ok()?)
    }

    /// The bits, most significant byte first, as OTLP sends them.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.get().to_be_bytes()
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for SpanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// The number that at most 32 hexadecimal digits write.
fn hex(digits: &[u8]) -> Option<u128> {
    if digits.is_empty() || digits.len() > 32 {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| Some(number << 4 | u128::from(char::from(*digit).to_digit(16)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_written_in_both_forms() {
        let id = TraceId::parse_xray(b"1-581cf771-a006649127e371903a2de979").expect("an id");
        assert_eq!(id.to_string(), "581cf771a006649127e371903a2de979");
        assert_eq!(id.xray().to_string(), "1-581cf771-a006649127e371903a2de979");
        assert_eq!(id.to_bytes()[..5], [0x58, 0x1c, 0xf7, 0x71, 0xa0]);
        assert_eq!(SpanId::parse(b"53995c3f42cd8ad8").expect("an id").to_string(), "53995c3f42cd8ad8");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "1-",
            "1-581cf771",
            "2-581cf771-a006649127e371903a2de979",
            "1-581cf771-a006649127e371903a2de97",
            "1-581cf771-a006649127e371903a2de9790",
            "1-581cf771+a006649127e371903a2de979",
            "1-581cf77g-a006649127e371903a2de979",
            "1-581cf771-+006649127e371903a2de979",
            "1-00000000-000000000000000000000000",
        ] {
            assert_eq!(TraceId::parse_xray(text.as_bytes()), None, "{text}");
        }
        for text in ["", "53995c3f42cd8ad", "53995c3f42cd8ad80", "0000000000000000", "53995c3f42cd8adx"] {
            assert_eq!(SpanId::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn new_ids_begin_with_the_time() {
        assert_eq!(TraceId::fresh(0x581c_f771, u128::MAX).xray().to_string(), "1-581cf771-ffffffffffffffffffffffff");
        assert_eq!(TraceId::fresh(0, 0).to_string(), "00000000000000000000000000000001");
        assert_eq!(TraceId::fresh(u64::MAX, 0).to_string(), "ffffffff000000000000000000000001");
        assert_eq!(SpanId::fresh(0).to_string(), "0000000000000001");
    }

    proptest::proptest! {
        #[test]
        fn every_id_is_read_back(bits in 1_u128.., span in 1_u64..) {
            let id = TraceId::new(bits).expect("not zero");
            proptest::prop_assert_eq!(TraceId::parse_xray(id.xray().to_string().as_bytes()), Some(id));
            let span = SpanId::new(span).expect("not zero");
            proptest::prop_assert_eq!(SpanId::parse(span.to_string().as_bytes()), Some(span));
        }
    }
}
