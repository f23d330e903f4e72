//! `%…%`: regular expressions, of the characters that AWS takes.

use regex::{Regex, RegexBuilder};

use super::PatternError;
use super::cursor::Cursor;

/// What may stand in an expression besides letters and digits.
const SYMBOLS: &str = ":_#=@/;,-^$?[]{}|\\*+. ";
/// The most bytes of a compiled expression.
const COMPILED_BYTES: usize = 256 * 1024;

/// Reads an expression; the first `%` comes next.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Regex, PatternError> {
    let error = cursor.error("");
    cursor.take("%");
    let text = cursor.until('%')?;
    let refuse = |why: String| PatternError { why, ..error.clone() };
    if let Some(found) = text.chars().find(|next| !next.is_ascii_alphanumeric() && !SYMBOLS.contains(*next)) {
        return Err(refuse(format!("a regular expression may not hold {found}")));
    }
    let compiled = RegexBuilder::new(&ascii_classes(&text)).size_limit(COMPILED_BYTES).build();
    compiled.map_err(|_| refuse("this is no regular expression, or too large a one".to_owned()))
}

/// An expression whose digits, spaces and letters are those of ASCII, while its dots and what its classes leave out are whole
/// characters.
fn ascii_classes(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            written.push(next);
            continue;
        }
        let escaped = rest.next();
        match escaped {
            Some('d') => written.push_str("[0-9]"),
            Some('D') => written.push_str("[^0-9]"),
            Some('w') => written.push_str("[0-9A-Za-z_]"),
            Some('W') => written.push_str("[^0-9A-Za-z_]"),
            Some('s') => written.push_str("[\\t-\\r ]"),
            Some('S') => written.push_str("[^\\t-\\r ]"),
            _ => {
                written.push('\\');
                written.extend(escaped);
            }
        }
    }
    written
}
