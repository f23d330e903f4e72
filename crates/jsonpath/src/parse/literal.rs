//! Escapes of names and string literals.

/// Resolves backslashes; `None` where `\u` is not followed by four hexadecimal digits.
pub(crate) fn unescape(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut buffer = [0_u16; 2];
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let resolved = match character {
            '\\' => match rest.next() {
                Some('u') => {
                    units.push(four_digits(&mut rest)?);
                    continue;
                }
                Some(escape) => escaped(escape),
                // Jayway keeps a backslash that ends the text.
                None => '\\',
            },
            other => other,
        };
        units.extend_from_slice(resolved.encode_utf16(&mut buffer));
    }
    Some(String::from_utf16_lossy(&units))
}

fn escaped(escape: char) -> char {
    match escape {
        'r' => '\r',
        'f' => '\u{c}',
        't' => '\t',
        'n' => '\n',
        'b' => '\u{8}',
        other => other,
    }
}

fn four_digits(rest: &mut std::str::Chars<'_>) -> Option<u16> {
    let mut value = 0_u32;
    for _ in 0..4 {
        value = value * 16 + rest.next()?.to_digit(16)?;
    }
    u16::try_from(value).ok()
}
