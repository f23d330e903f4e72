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

/// Whether `text` spells `lower`, which holds lower-case letters, digits and hyphens only, ignoring letter case.
///
/// Setting bit 5 folds letters and, among bytes without controls, makes no other byte equal to one of those.
/// `text` must hold no controls: a field name or a field value that was checked.
#[inline]
pub(crate) fn spells(text: &[u8], lower: &[u8]) -> bool {
    const FOLD: u64 = ONES * 0x20;
    let length = text.len();
    if length != lower.len() {
        return false;
    }
    let word = |bytes: &[u8], at: usize| bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    if length < 8 {
        return text.iter().zip(lower).all(|(byte, lower)| byte | 0x20 == *lower);
    }
    let mut at = 0;
    while at + 8 < length {
        if word(text, at) | FOLD != word(lower, at) {
            return false;
        }
        at += 8;
    }
    // The last word overlaps the one before.
    word(text, length - 8) | FOLD == word(lower, length - 8)
}

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Position of the first byte at or after `from` that is no field value byte, or the length.
#[inline]
pub(crate) fn value_end(bytes: &[u8], from: usize) -> usize {
    let mut position = from;
    'tabs: loop {
        let (words, tail) = bytes.get(position..).unwrap_or_default().as_chunks::<8>();
        for word in words {
            // Eight bytes at a time: the lowest flag marks the first byte below SP or equal to DEL.
            let word = u64::from_le_bytes(*word);
            let below_space = word.wrapping_sub(ONES * 0x20);
            let delete = (word & !HIGHS).wrapping_add(ONES);
            let flags = (below_space | delete) & !word & HIGHS;
            if flags != 0 {
                position += flags.trailing_zeros() as usize / 8;
                if bytes[position] != b'\t' {
                    return position;
                }
                position += 1;
                continue 'tabs;
            }
            position += 8;
        }
        return position + tail.iter().take_while(|&&byte| is(byte, VALUE)).count();
    }
}

/// Position of the first byte at or after `from` that is no token character, or the length.
#[inline]
pub(crate) fn token_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|&byte| !is(byte, TOKEN)).unwrap_or(rest.len())
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
    fn spells_agrees_with_the_library_on_every_byte_of_text() {
        let bytes = (0x20..=0xff_u8).filter(|&byte| byte != 0x7f);
        for lower in [&b"te"[..], b"chunked", b"keep-alive", b"x-amz-date2", b"transfer-encoding", b"content-length-16"]
        {
            for (position, byte) in (0..lower.len()).flat_map(|at| bytes.clone().map(move |byte| (at, byte))) {
                let mut text = lower.to_ascii_uppercase();
                text[position] = byte;
                assert_eq!(spells(&text, lower), text.eq_ignore_ascii_case(lower), "{byte:#x} at {position}");
            }
        }
        assert!(!spells(b"te", b"tea"));
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
