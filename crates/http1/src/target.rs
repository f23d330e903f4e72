//! The request target: its four forms, its characters, and what is never forwarded.

use crate::authority::{self, Authority};
use crate::grammar::{BRACKET, DOT, PERCENT};
use crate::{HeadError, Scheme};

/// A target split into its parts, as positions within the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parsed<'a> {
    /// Scheme and authority of an absolute-form target, and the bytes they take.
    pub(crate) absolute: Option<(Scheme, Authority<'a>, usize)>,
    /// Position of the `?`.
    pub(crate) question: Option<usize>,
}

/// Whether `byte` can start a target: origin-form, asterisk-form, or the `http` of absolute-form.
pub(crate) fn can_start(byte: u8) -> bool {
    matches!(byte, b'/' | b'*' | b'h' | b'H')
}

/// Checks a target whose bytes all are URI characters; `seen` is the union of their classes.
#[inline]
pub(crate) fn parse<'a>(target: &'a [u8], method: &[u8], seen: u8) -> Result<Parsed<'a>, HeadError> {
    let absolute = match target.first() {
        Some(b'/') => None,
        Some(b'*') if target.len() == 1 && method == b"OPTIONS" => {
            return Ok(Parsed { absolute: None, question: None });
        }
        Some(b'h' | b'H') => Some(absolute_prefix(target)?),
        _ => return Err(HeadError::Target),
    };
    let start = absolute.map_or(0, |(_, _, bytes)| bytes);
    let question = memchr::memchr(b'?', &target[start..]).map(|at| at + start);
    let path = &target[start..question.unwrap_or(target.len())];
    if seen & BRACKET != 0 && memchr::memchr2(b'[', b']', path).is_some() {
        return Err(HeadError::Target);
    }
    if seen & PERCENT != 0 {
        check_percent(target)?;
    }
    if seen & (DOT | PERCENT) != 0 && has_dot_segment(path) {
        return Err(HeadError::DotSegment);
    }
    Ok(Parsed { absolute, question })
}

/// `http://authority` or `https://authority` at the start of an absolute-form target.
fn absolute_prefix(target: &[u8]) -> Result<(Scheme, Authority<'_>, usize), HeadError> {
    let colon = memchr::memmem::find(target, b"://").ok_or(HeadError::Target)?;
    let scheme = Scheme::parse(&target[..colon]).ok_or(HeadError::AbsoluteTarget)?;
    let start = colon + 3;
    let rest = &target[start..];
    let bytes = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
    let authority = authority::parse(&rest[..bytes]).ok_or(HeadError::AbsoluteTarget)?;
    Ok((scheme, authority, start + bytes))
}

fn check_percent(target: &[u8]) -> Result<(), HeadError> {
    let mut lead = None;
    let mut next = 0;
    for at in memchr::memchr_iter(b'%', target) {
        let byte = triplet(&target[at..]).ok_or(HeadError::PercentEncoding)?;
        let lead_before = lead.take_if(|_| at == next);
        let bad = match (lead_before, byte) {
            // NUL, and the bytes no UTF-8 text has: leads of overlong two-byte forms and of code points past U+10FFFF.
            (_, 0 | 0xc0 | 0xc1 | 0xf5..)
            // Overlong three- and four-byte forms, surrogates, code points past U+10FFFF.
            | (Some(0xe0), 0x80..=0x9f)
            | (Some(0xed), 0xa0..=0xbf)
            | (Some(0xf0), 0x80..=0x8f)
            | (Some(0xf4), 0x90..=0xbf) => true,
            _ => false,
        };
        if bad {
            return Err(HeadError::PercentEncoding);
        }
        lead = Some(byte);
        next = at + 3;
    }
    Ok(())
}

/// The byte that `%XX` at the start of `bytes` stands for.
fn triplet(bytes: &[u8]) -> Option<u8> {
    let &[b'%', high, low, ..] = bytes else { return None };
    Some(hex(high)? << 4 | hex(low)?)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Whether a segment is `.` or `..` for any back end: percent-encoded, cut by an encoded slash or backslash, or
/// followed by `;parameters` that some servers strip before they resolve dots.
fn has_dot_segment(path: &[u8]) -> bool {
    let mut dots = Some(0u8);
    let mut rest = path;
    loop {
        let (byte, bytes) = match triplet(rest) {
            Some(byte) => (byte, 3),
            None => match rest.first() {
                Some(&byte) => (byte, 1),
                None => return matches!(dots, Some(1 | 2)),
            },
        };
        rest = &rest[bytes..];
        dots = match (byte, dots) {
            (b'/' | b'\\' | b';', Some(1 | 2)) => return true,
            (b'/' | b'\\', _) => Some(0),
            (b'.', Some(count)) if count < 2 => Some(count + 1),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::class;

    fn check(target: &str) -> Result<Parsed<'_>, HeadError> {
        let seen = target.bytes().fold(0, |seen, byte| seen | class(byte));
        parse(target.as_bytes(), b"GET", seen)
    }

    #[test]
    fn accepted_targets() {
        for target in [
            "/",
            "/a/b",
            "/a?b",
            "/a?",
            "/%20",
            "/.well-known/x",
            "/a..b",
            "/...",
            "/a/...",
            "/%252e%252e/",
            "//",
            "/a//b",
            "/a?x=../y",
            "/a?x[]=1",
            "/%c3%a9",
            "/%e2%82%ac",
            "/%f0%9f%98%80",
            "/%e9",
            "/a%2fb",
            "/;a=b",
            "/a;..b",
            "/.;.x/..y",
        ] {
            if target == "/.;.x/..y" {
                assert_eq!(check(target), Err(HeadError::DotSegment), "{target}");
                continue;
            }
            assert!(check(target).is_ok(), "{target}: {:?}", check(target));
        }
    }

    #[test]
    fn dot_segments_in_every_spelling() {
        for target in [
            "/.",
            "/..",
            "/./a",
            "/a/../b",
            "/a/..",
            "/%2e",
            "/%2E%2e/",
            "/.%2e",
            "/a/%2e?q",
            "/..;/a",
            "/..;x=y",
            "/a/..%2fb",
            "/a%2f..%2fb",
            "/a%5c..%5cb",
            "/..%5c",
            "http://h/../a",
        ] {
            assert_eq!(check(target), Err(HeadError::DotSegment), "{target}");
        }
    }

    #[test]
    fn bad_percent_encodings() {
        for target in [
            "/%",
            "/%a",
            "/%zz",
            "/%u0041",
            "/%00",
            "/a?b=%00",
            "/a?b=%",
            "/%c0%ae",
            "/%C1%81",
            "/%f5%80",
            "/%ff",
            "/%e0%80%ae",
            "/%f0%80%80%ae",
            "/%ed%a0%80",
            "/%f4%90%80%80",
            "/a?%c0%ae",
        ] {
            assert_eq!(check(target), Err(HeadError::PercentEncoding), "{target}");
        }
        assert!(check("/%e0a%80").is_ok(), "bytes apart are no sequence");
    }

    #[test]
    fn malformed_forms() {
        for (target, error) in [
            ("", HeadError::Target),
            ("a/b", HeadError::Target),
            ("*", HeadError::Target),
            ("/a[b", HeadError::Target),
            ("http:/a", HeadError::Target),
            ("httpx://a/", HeadError::AbsoluteTarget),
            ("http:///a", HeadError::AbsoluteTarget),
            ("http://u@a/", HeadError::AbsoluteTarget),
            ("http://a:99999/", HeadError::AbsoluteTarget),
        ] {
            assert_eq!(check(target), Err(error), "{target}");
        }
    }
}
