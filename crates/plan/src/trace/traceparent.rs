//! `traceparent` (W3C Trace Context, §3.2): `00-{trace id}-{parent id}-{flags}`.

use std::fmt;

use super::{SpanId, TraceId, hex};

/// The flag that says that the caller records the trace.
const SAMPLED: u8 = 0x01;
/// The flag that says that the right-most seven bytes of the trace id are random (level 2).
const RANDOM: u8 = 0x02;
/// Bytes of a header of version 00, and of the beginning of any later one.
const BYTES: usize = 55;

/// A `traceparent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that calls.
    pub parent_id: SpanId,
    /// Whether the caller records the trace.
    pub is_sampled: bool,
    /// Whether the trace id says of itself that it is random; it is passed on (level 2, §3.2.2.5.2).
    pub is_random: bool,
}

impl TraceParent {
    /// Reads a header. Versions that are not known yet are read as far as version 00 goes (§4.3).
    pub fn parse(value: &[u8]) -> Option<Self> {
        let value = value.trim_ascii();
        let (known, rest) = value.split_at_checked(BYTES)?;
        let is_lower = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'-');
        let separators = [known[2], known[35], known[52]];
        if !known.iter().all(is_lower) || separators != [b'-'; 3] {
            return None;
        }
        match (&known[..2], rest) {
            (b"ff", _) | (b"00", [_, ..]) => return None,
            (_, []) => {}
            (_, [next, ..]) if *next == b'-' => {}
            _ => return None,
        }
        let flags = u8::try_from(hex(&known[53..])?).ok()?;
        hex(&known[..2])?;
        Some(Self {
            trace_id: TraceId::new(hex(&known[3..35])?)?,
            parent_id: SpanId::parse(&known[36..52])?,
            is_sampled: flags & SAMPLED != 0,
            is_random: flags & RANDOM != 0,
        })
    }

    /// The last member, as a number.
    pub fn flags(&self) -> u8 {
        (u8::from(self.is_sampled) * SAMPLED) | (u8::from(self.is_random) * RANDOM)
    }
}

/// The header in version 00.
impl fmt::Display for TraceParent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "00-{}-{}-{:02x}", self.trace_id, self.parent_id, self.flags())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_header_is_read_and_written() {
        let parent = TraceParent::parse(GOOD.as_bytes()).expect("a header");
        assert_eq!(parent.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.parent_id.to_string(), "00f067aa0ba902b7");
        assert_eq!((parent.is_sampled, parent.is_random), (true, false));
        assert_eq!(parent.to_string(), GOOD);
    }

    #[test]
    fn flags_that_are_not_known_are_not_passed_on() {
        for (flags, expected) in [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("0c", "00")] {
            let header = format!("{}{flags}", &GOOD[..53]);
            let parent = TraceParent::parse(header.as_bytes()).expect("a header");
            assert_eq!(parent.to_string(), format!("{}{expected}", &GOOD[..53]));
        }
    }

    #[test]
    fn later_versions_are_read_as_far_as_they_are_known() {
        for (header, is_read) in [
            (GOOD.replacen("00", "cc", 1), true),
            (GOOD.replacen("00", "01", 1) + "-what-comes.later", true),
            (GOOD.replacen("00", "01", 1) + "x", false),
            (GOOD.replacen("00", "ff", 1), false),
            (GOOD.replacen("00", "0x", 1), false),
            (GOOD.to_owned() + "-x", false),
            (format!(" {GOOD} "), true),
        ] {
            assert_eq!(TraceParent::parse(header.as_bytes()).is_some(), is_read, "{header}");
        }
    }

    #[test]
    fn broken_headers_are_refused() {
        for header in [
            "",
            "00",
            &GOOD[..54],
            &GOOD.to_ascii_uppercase(),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47-6-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-.1",
        ] {
            assert_eq!(TraceParent::parse(header.as_bytes()), None, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_written_the_same(value in "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f-]{2}") {
            if let Some(parent) = TraceParent::parse(value.as_bytes()) {
                let written = parent.to_string();
                proptest::prop_assert_eq!(&written[3..52], &value[3..52]);
                proptest::prop_assert_eq!(TraceParent::parse(written.as_bytes()), Some(parent));
            }
        }

        #[test]
        fn any_header_is_read_or_refused(value in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            let _ = TraceParent::parse(&value);
        }
    }
}
