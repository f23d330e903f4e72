//! Java's regular expressions in terms of ours. What ours cannot say is refused, never read as something else.

use regex::{Regex, RegexBuilder};

/// The memory a compiled pattern may take.
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// The flags of Java that Jayway knows.
pub(super) const FLAGS: &[u8] = b"dixmsuU";

/// Compiles the inside of `/…/flags` to a pattern that matches a whole text.
pub(super) fn compile(pattern: &str, flags: &str) -> Result<Regex, String> {
    let translated = translate(pattern, flags.contains('U'))?;
    RegexBuilder::new(&format!(r"\A(?:{translated})\z"))
        .case_insensitive(flags.contains('i'))
        .ignore_whitespace(flags.contains('x'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(MAX_COMPILED_BYTES)
        .dfa_size_limit(MAX_COMPILED_BYTES)
        .nest_limit(64)
        .build()
        .map_err(|error| format!("the pattern does not compile: {}", last_line(&error.to_string())))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default().trim()
}

fn translate(pattern: &str, unicode_classes: bool) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut in_class = 0_usize;
    let mut quantified = false;
    while let Some(character) = rest.chars().next() {
        refuse_java_only(rest, in_class, quantified)?;
        quantified = in_class == 0 && matches!(character, '*' | '+' | '?' | '}') && !out.is_empty();
        let taken = match character {
            '\\' => escape(rest, unicode_classes, &mut out)?,
            '[' => {
                in_class += 1;
                push(&mut out, '[')
            }
            ']' => {
                in_class = in_class.saturating_sub(1);
                push(&mut out, ']')
            }
            other => push(&mut out, other),
        };
        rest = &rest[taken..];
    }
    Ok(out)
}

fn push(out: &mut String, character: char) -> usize {
    out.push(character);
    character.len_utf8()
}

fn refuse_java_only(rest: &str, in_class: usize, quantified: bool) -> Result<(), String> {
    if in_class > 0 {
        return Ok(());
    }
    if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|group| rest.starts_with(group)) {
        return Err("look-ahead and look-behind are not supported in patterns".to_owned());
    }
    if rest.starts_with("(?>") || (quantified && rest.starts_with('+')) {
        return Err("atomic groups and possessive quantifiers are not supported in patterns".to_owned());
    }
    Ok(())
}

/// Writes what a backslash stands for; Java's `\d`, `\w` and `\s` know ASCII only.
fn escape(rest: &str, unicode_classes: bool, out: &mut String) -> Result<usize, String> {
    let Some(letter) = rest.chars().nth(1) else { return Err("the pattern ends with a backslash".to_owned()) };
    let class = match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => r"[ \t\n\x0B\f\r]",
        'S' => r"[^ \t\n\x0B\f\r]",
        'h' => r"[ \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]",
        'R' => r"(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])",
        'Z' => r"(?:\r?\n)?\z",
        'e' => r"\x1B",
        '1'..='9' | 'k' => return Err("back-references are not supported in patterns".to_owned()),
        'Q' => {
            let quoted = &rest[2..];
            let (text, end) = quoted.split_once("\\E").map_or((quoted, 0), |(text, _)| (text, 2));
            out.push_str(&regex::escape(text));
            return Ok(2 + text.len() + end);
        }
        _ => "",
    };
    if class.is_empty() || (unicode_classes && letter.is_ascii_alphabetic() && "dDwWsS".contains(letter)) {
        out.push('\\');
        out.push(letter);
    } else {
        out.push_str(class);
    }
    Ok(1 + letter.len_utf8())
}
