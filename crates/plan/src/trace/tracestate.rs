//! `tracestate` (W3C Trace Context, §3.3): what others in the trace have noted, passed on as it came.

/// Members of a list; one with more is dropped whole (§3.3.1.1).
const MEMBERS_MAX: usize = 32;
/// Bytes that are passed on: as many as everybody should (§3.3.1.5).
const BYTES_MAX: usize = 512;
/// A member that is longer goes first where the list is too long (§3.3.1.5).
const LONG_MEMBER_BYTES: usize = 128;
/// Bytes of a key, and of a value (§3.3.1.3).
const PART_BYTES: usize = 256;

/// A list of members that may be sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceState(Box<str>);

impl TraceState {
    /// Reads the header's fields, in their order, as one list. `None` if there is nothing to pass on: no member, one that breaks
    /// the grammar, or too many.
    pub fn parse<'v>(fields: impl Iterator<Item = &'v [u8]>) -> Option<Self> {
        let mut members: Vec<&str> = Vec::new();
        for member in fields.flat_map(|field| field.split(|byte| *byte == b',')) {
            let member = std::str::from_utf8(member).ok()?.trim_matches([' ', '\t']);
            if member.is_empty() {
                continue;
            }
            if !is_member(member) || members.len() == MEMBERS_MAX {
                return None;
            }
            members.push(member);
        }
        shorten(&mut members);
        (!members.is_empty()).then(|| Self(members.join(",").into()))
    }

    /// The list as one field.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Leaves out long members, from the end, and then others, until the list is short enough.
fn shorten(members: &mut Vec<&str>) {
    let bytes = |members: &[&str]| members.iter().map(|member| member.len() + 1).sum::<usize>().saturating_sub(1);
    while bytes(members) > BYTES_MAX {
        match members.iter().rposition(|member| member.len() > LONG_MEMBER_BYTES) {
            Some(long) => _ = members.remove(long),
            None => _ = members.pop(),
        }
    }
}

fn is_member(member: &str) -> bool {
    member.split_once('=').is_some_and(|(key, value)| is_key(key.as_bytes()) && is_value(value.as_bytes()))
}

fn is_key(key: &[u8]) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_next = |byte: &u8| is_first(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
    key.first().is_some_and(is_first) && key.iter().all(is_next) && key.len() <= PART_BYTES
}

fn is_value(value: &[u8]) -> bool {
    let is_character = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    value.last().is_some_and(|byte| *byte != b' ') && value.iter().all(is_character) && value.len() <= PART_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[&str]) -> Option<String> {
        TraceState::parse(fields.iter().map(|field| field.as_bytes())).map(|state| state.as_str().to_owned())
    }

    #[test]
    fn lists_are_joined_and_passed_on() {
        for (fields, expected) in [
            (&["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"][..], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            (&["a=1", " b=2 ,\tc=3"], "a=1,b=2,c=3"),
            (&["a=1,,b=2,", ""], "a=1,b=2"),
            (&["fw529a3039@dt=FfAAAA c,0a-*/_=!~"], "fw529a3039@dt=FfAAAA c,0a-*/_=!~"),
        ] {
            assert_eq!(read(fields).as_deref(), Some(expected), "{fields:?}");
        }
    }

    #[test]
    fn broken_lists_are_dropped_whole() {
        let many: Vec<String> = (0..=MEMBERS_MAX).map(|n| format!("k{n}=v")).collect();
        let long = format!("a={}", "v".repeat(PART_BYTES + 1));
        for field in
            ["", ",", "a", "a=", "=1", "A=1", "a =1", "a=1=2", "a=\u{e9}", "-a=1", "a=b\u{1}", &many.join(","), &long]
        {
            assert_eq!(read(&[field]), None, "{field}");
            assert_eq!(read(&[field, "B=1"]), None, "{field}");
        }
        assert!(read(&[&many[1..].join(",")]).is_some());
    }

    #[test]
    fn a_list_that_is_too_long_loses_its_long_members_first() {
        let long = format!("long={}", "v".repeat(200));
        let short = |n: usize| format!("k{n}={}", "v".repeat(96));
        let all = [short(1), long.clone(), short(2), long.clone(), short(3)].join(",");
        assert_eq!(read(&[&all]), Some([short(1), long, short(2), short(3)].join(",")));
        let six: Vec<String> = (1..=6).map(short).collect();
        assert_eq!(read(&[&six.join(",")]), Some(six[..5].join(",")));
    }

    proptest::proptest! {
        #[test]
        fn what_is_passed_on_is_a_short_list(fields in proptest::collection::vec("[a-c=, @*\t~é0-]{0,200}", 0..5)) {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            if let Some(state) = read(&fields) {
                proptest::prop_assert!(state.len() <= BYTES_MAX);
                proptest::prop_assert_eq!(read(&[&state]), Some(state));
            }
        }
    }
}
