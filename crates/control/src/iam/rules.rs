//! Which texts the members of IAM's operations take (botocore 1.44.5, `iam`).

use crate::query::TextRule;

/// Whether a text has only letters, digits, `_` and some more ASCII characters.
pub(crate) fn characters(text: &str, more: &str) -> bool {
    text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_' || more.contains(char))
}

fn is_name(text: &str) -> bool {
    characters(text, "+=,.@-")
}

fn any(_: &str) -> bool {
    true
}

/// `/`, or text between slashes.
fn is_path(text: &str) -> bool {
    let graphic = |byte: u8| (0x21..=0x7e).contains(&byte);
    text == "/" || (text.len() > 2 && text.starts_with('/') && text.ends_with('/') && text.bytes().all(graphic))
}

fn is_path_prefix(text: &str) -> bool {
    text.starts_with('/') && text.bytes().all(|byte| (0x21..=0x7f).contains(&byte))
}

/// Names between single slashes.
fn is_policy_path(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('/') else { return false };
    let Some(inner) = inner.strip_suffix('/') else { return inner.is_empty() };
    inner.split('/').all(|part| !part.is_empty() && characters(part, ".,+@=-"))
}

fn is_document(text: &str) -> bool {
    text.chars().all(|char| matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'))
}

fn is_description(text: &str) -> bool {
    text.chars().all(|char| matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}'))
}

fn is_marker(text: &str) -> bool {
    text.chars().all(|char| matches!(char, '\u{20}'..='\u{ff}'))
}

fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let (number, suffix) = rest.split_once('.').unwrap_or((rest, ""));
    !number.starts_with('0')
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Letters, digits and separators of any script, and some marks.
fn is_tag_text(text: &str) -> bool {
    let is_separator = |char: char| {
        matches!(
            char,
            ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
                ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        )
    };
    text.chars().all(|char| char.is_alphanumeric() || is_separator(char) || "_.:/=+-@".contains(char))
}

const fn rule(min_length: usize, max_length: usize, pattern: &'static str, fits: fn(&str) -> bool) -> TextRule {
    TextRule { min_length, max_length, pattern, fits }
}

const NAME: &str = r"[\w+=,.@-]+";

pub(crate) static NAME_64: TextRule = rule(1, 64, NAME, is_name);
pub(crate) static NAME_128: TextRule = rule(1, 128, NAME, is_name);
pub(crate) static PATH: TextRule = rule(1, 512, r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", is_path);
pub(crate) static PATH_PREFIX: TextRule = rule(1, 512, r"\u002F[\u0021-\u007F]*", is_path_prefix);
pub(crate) static POLICY_PATH: TextRule = rule(1, 512, r"((/[A-Za-z0-9\.,\+@=_-]+)*)/", is_policy_path);
pub(crate) static ARN: TextRule = rule(20, 2048, "", any);
pub(crate) static DOCUMENT: TextRule = rule(1, 131_072, r"[\u0009\u000A\u000D\u0020-\u00FF]+", is_document);
pub(crate) static ROLE_DESCRIPTION: TextRule =
    rule(0, 1000, r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*", is_description);
pub(crate) static POLICY_DESCRIPTION: TextRule = rule(0, 1000, "", any);
pub(crate) static MARKER: TextRule = rule(1, 320, r"[\u0020-\u00FF]+", is_marker);
pub(crate) static ACCESS_KEY_ID: TextRule = rule(16, 128, r"[\w]+", |text| characters(text, ""));
pub(crate) static VERSION: TextRule = rule(0, usize::MAX, r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?", is_version);
/// A tag's key.
pub(crate) static TAG_KEY: TextRule = rule(1, 128, r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", is_tag_text);
/// A tag's value.
pub(crate) static TAG_VALUE: TextRule = rule(0, 256, r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", is_tag_text);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_held_to_the_service_models_patterns() {
        for (rule, good, bad) in [
            (&NAME_64, &["a", "a+=,.@-_9"][..], &["a b", "a/b", "é", "a:b"][..]),
            (&PATH, &["/", "/a/", "/a/b/", "//a/"], &["", "a", "/a", "a/", "/a b/", "//"]),
            (&PATH_PREFIX, &["/", "/a"], &["a", "/a b", ""]),
            (&POLICY_PATH, &["/", "/a/", "/a/b/"], &["", "//", "/a", "/a//b/", "/a*/"]),
            (&VERSION, &["v1", "v10", "v1.x", "v1."], &["", "v0", "1", "v", "v1x", "v01"]),
            (&TAG_KEY, &["a b", "ключ", "a:b/c=d+e-f@g_h.i"], &["a;b", "a\tb", "<"]),
            (&DOCUMENT, &["{}\n", "ÿ"], &["\u{100}", "\0"]),
        ] {
            for text in good {
                assert!((rule.fits)(text), "{text:?} {}", rule.pattern);
            }
            for text in bad {
                assert!(!(rule.fits)(text), "{text:?} {}", rule.pattern);
            }
        }
    }
}
