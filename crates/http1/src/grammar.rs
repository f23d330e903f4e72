//! The byte classes of RFC 9110, RFC 9112 and RFC 3986 as one table, and the scans that use it.

/// `tchar` of RFC 9110 §5.6.2.
pub(crate) const TOKEN: u8 = 1;
/// A byte that may stand somewhere in a request target.
pub(crate) const TARGET: u8 = 1 << 1;
/// `unreserved` of RFC 3986 §2.3: what a host name may hold here.
pub(crate) const UNRESERVED: u8 = 1 << 2;
/// A byte of a field value that is not a line end: HTAB, SP, VCHAR, obs-text.
pub(crate) const VALUE: u8 = 1 << 3;
/// A full stop: the path may hold a dot segment.
pub(crate) const DOT: u8 = 1 << 4;
/// A percent sign: the target must be checked triplet by triplet.
pub(crate) const PERCENT: u8 = 1 << 5;
/// A square bracket: allowed in a query and around an IPv6 address only.
pub(crate) const BRACKET: u8 = 1 << 6;
/// A lower-case letter.
pub(crate) const LOWER: u8 = 1 << 7;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the index runs over the values of a byte")]
        let byte = index as u8;
        table[index] = class_of(byte);
        index += 1;
    }
    table
}

const fn class_of(byte: u8) -> u8 {
    let mut class = 0;
    if byte.is_ascii_alphanumeric() || contains(b"!#$%&'*+-.^_`|~", byte) {
        class |= TOKEN;
    }
    if byte.is_ascii_alphanumeric() || contains(b"-._~", byte) {
        class |= UNRESERVED | TARGET;
    }
    if contains(b"!$&'()*+,;=:@/?%[]", byte) {
        class |= TARGET;
    }
    if byte == b'\t' || (byte >= b' ' && byte != 0x7f) {
        class |= VALUE;
    }
    if byte.is_ascii_lowercase() {
        class |= LOWER;
    }
    class
        | match byte {
            b'.' => DOT,
            b'%' => PERCENT,
            b'[' | b']' => BRACKET,
            _ => 0,
        }
}

const fn contains(set: &[u8], byte: u8) -> bool {
    let mut index = 0;
    while index < set.len() {
        if set[index] == byte {
            return true;
        }
        index += 1;
    }
    false
}

/// Whether `byte` belongs to `class`.
#[inline]
pub(crate) fn is(byte: u8, class: u8) -> bool {
    CLASS[usize::from(byte)] & class != 0
}

/// All classes of `byte`.
#[inline]
pub(crate) fn class(byte: u8) -> u8 {
    CLASS[usize::from(byte)]
}

/// Whether `bytes` is a token (RFC 9110 §5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is(byte, TOKEN))
}

/// Whether every byte may stand in a field value.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    value_end(bytes, 0) == bytes.len()
}

/// `bytes` without the optional white space (SP, HTAB) around it.
#[inline]
pub(crate) fn trim_ows(bytes: &[u8]) -> &[u8] {
    let mut trimmed = bytes;
    while let [b' ' | b'\t', rest @ ..] = trimmed {
        trimmed = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = trimmed {
        trimmed = rest;
    }
    trimmed
}

/// The elements of a comma-separated list without empty ones (RFC 9110 §5.6.1).
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trim_ows).filter(|element| !element.is_empty())
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Position of the first byte at or after `from` that is no field value byte, or the length.
#[inline]
pub(crate) fn value_end(bytes: &[u8], from: usize) -> usize {
    let mut position = from;
    while let Some(word) = bytes.get(position..).and_then(<[u8]>::first_chunk::<8>) {
        // Eight bytes at a time: the lowest flag marks the first byte below SP or equal to DEL.
        let word = u64::from_le_bytes(*word);
        let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let flipped = word ^ (ONES * 0x7f);
        let delete = flipped.wrapping_sub(ONES) & !flipped & HIGHS;
        let flags = below_space | delete;
        if flags == 0 {
            position += 8;
            continue;
        }
        position += flags.trailing_zeros() as usize / 8;
        if bytes[position] != b'\t' {
            return position;
        }
        position += 1;
    }
    while bytes.get(position).is_some_and(|&byte| is(byte, VALUE)) {
        position += 1;
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_end_agrees_with_the_table_at_every_byte_and_alignment() {
        for byte in 0..=255u8 {
            for position in 0..20 {
                let mut bytes = [b'a'; 20];
                bytes[position] = byte;
                let expected = if is(byte, VALUE) { 20 } else { position };
                assert_eq!(value_end(&bytes, 0), expected, "byte {byte:#x} at {position}");
            }
        }
    }

    #[test]
    fn trim_ows_takes_spaces_and_tabs_only() {
        assert_eq!(trim_ows(b" \t a b\t "), b"a b");
        assert_eq!(trim_ows(b"\x0ba"), b"\x0ba");
        assert_eq!(trim_ows(b" \t"), b"");
    }

    #[test]
    fn list_drops_empty_elements() {
        let elements: Vec<&[u8]> = list(b" a, ,b ,").collect();
        assert_eq!(elements, [b"a", b"b"]);
    }
}
