//! `X-Amzn-Trace-Id`: `Root=…;Parent=…;Sampled=…` (AWS X-Ray developer guide, "Tracing header").

use super::{SpanId, TraceId};

/// The longest value of a member that is taken, in bytes.
const MEMBER_BYTES: usize = 64;

/// The members that a trace header has of those that count; what is not short and plain is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct XrayHeader<'h> {
    /// `Root`, which need not be an id in X-Ray's form: it is kept as it came (fact 44).
    pub root: Option<&'h [u8]>,
    /// `Parent`
    pub parent: Option<&'h [u8]>,
    /// `Sampled`: `1`, `0`, or `?`, which leaves the decision to the receiver.
    pub sampled: Option<&'h [u8]>,
}

impl<'h> XrayHeader<'h> {
    /// Reads a header; of members that come twice the first counts.
    pub fn parse(value: &'h [u8]) -> Self {
        Self { root: member(value, b"Root="), parent: member(value, b"Parent="), sampled: member(value, b"Sampled=") }
    }

    /// The trace, if `Root` is an id.
    pub fn trace_id(self) -> Option<TraceId> {
        TraceId::parse_xray(self.root?)
    }

    /// The span that calls, if `Parent` is an id.
    pub fn parent_id(self) -> Option<SpanId> {
        SpanId::parse(self.parent?)
    }

    /// What was decided before us about the trace; `None` leaves it to us.
    pub fn decision(self) -> Option<bool> {
        match self.sampled? {
            b"1" => Some(true),
            b"0" => Some(false),
            _ => None,
        }
    }
}

/// The value of one `;`-separated member, when it is short and plain.
fn member<'v>(value: &'v [u8], name: &[u8]) -> Option<&'v [u8]> {
    let found = value.split(|byte| *byte == b';').find_map(|part| part.trim_ascii().strip_prefix(name))?;
    let is_plain = found.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'?'));
    (is_plain && !found.is_empty() && found.len() <= MEMBER_BYTES).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> (Option<String>, Option<String>, Option<bool>) {
        let header = XrayHeader::parse(value.as_bytes());
        let text = |value: &'_ [u8]| String::from_utf8(value.to_vec()).expect("plain");
        (header.root.map(text), header.parent.map(text), header.decision())
    }

    #[test]
    fn members_are_found_wherever_they_stand() {
        for (value, expected) in [
            ("", (None, None, None)),
            ("Root=1-a-b", (Some("1-a-b"), None, None)),
            ("Self=1-x-y;Root=1-a-b;Parent=7;Sampled=1", (Some("1-a-b"), Some("7"), Some(true))),
            (" Sampled=0 ; Parent=7 ;Root=1-a-b;Lineage=a:1|b:2", (Some("1-a-b"), Some("7"), Some(false))),
            ("Root=1-a-b;Sampled=?", (Some("1-a-b"), None, None)),
            ("Root=1-a-b;Root=1-c-d", (Some("1-a-b"), None, None)),
            ("Root=;Parent= ;Sampled=2", (None, None, None)),
            ("Root=<script>;Parent=\"7\"", (None, None, None)),
            ("root=1-a-b", (None, None, None)),
        ] {
            let (root, parent, decision) = read(value);
            assert_eq!((root.as_deref(), parent.as_deref(), decision), expected, "{value}");
        }
        let long = format!("Root={}", "a".repeat(MEMBER_BYTES + 1));
        assert_eq!(read(&long), (None, None, None));
    }

    #[test]
    fn ids_are_read_where_they_are_ids() {
        let header = XrayHeader::parse(b"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
        assert_eq!(header.trace_id().expect("an id").to_string(), "5759e988bd862e3fe1be46a994272793");
        assert_eq!(header.parent_id().expect("an id").to_string(), "53995c3f42cd8ad8");
        let header = XrayHeader::parse(b"Root=1-a-b;Parent=7");
        assert_eq!((header.trace_id(), header.parent_id()), (None, None));
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read(value in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let header = XrayHeader::parse(&value);
            for member in [header.root, header.parent, header.sampled].into_iter().flatten() {
                proptest::prop_assert!(member.iter().all(u8::is_ascii_graphic) && member.len() <= MEMBER_BYTES);
            }
        }
    }
}
