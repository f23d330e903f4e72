//! Patterns of one class of characters, such as `\s+` and `[^a-z]`: looked up in a table.

/// A class of characters: which of ASCII belong to it, and whether all others do.
#[derive(Debug)]
pub(super) struct Run {
    /// By byte; those above ASCII are all alike.
    accepted: [bool; 256],
    /// `+`: as many as there are.
    many: bool,
}

impl Run {
    /// Reads a pattern; `None` for any other than one class of ASCII characters, perhaps with a `+`.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let (class, many) = match pattern.strip_suffix('+') {
            Some(class) => (class, true),
            None => (pattern, false),
        };
        let mut accepted = [false; 256];
        match class.as_bytes() {
            [b'\\', letter] => {
                predefined(letter.to_ascii_lowercase(), &mut accepted)?;
                if letter.is_ascii_uppercase() {
                    accepted = accepted.map(|one| !one);
                }
            }
            [b'[', b'^', inner @ .., b']'] => {
                listed(inner, &mut accepted)?;
                accepted = accepted.map(|one| !one);
            }
            [b'[', inner @ .., b']'] => listed(inner, &mut accepted)?,
            _ => return None,
        }
        Some(Self { accepted, many })
    }

    /// Where the next match starts and ends.
    pub(super) fn next(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let bytes = text.as_bytes();
        let accepted = |byte: &u8| self.accepted[usize::from(*byte)];
        let start = from + bytes[from..].iter().position(accepted)?;
        if self.many {
            let length = bytes[start..].iter().position(|byte| !accepted(byte));
            return Some((start, length.map_or(bytes.len(), |length| start + length)));
        }
        let length = text[start..].chars().next().map_or(1, char::len_utf8);
        Some((start, start + length))
    }
}

/// Accepts what `\d`, `\w` or `\s` stands for.
fn predefined(letter: u8, accepted: &mut [bool; 256]) -> Option<()> {
    let belongs: fn(u8) -> bool = match letter {
        b'd' => |byte| byte.is_ascii_digit(),
        b'w' => |byte| byte.is_ascii_alphanumeric() || byte == b'_',
        b's' => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        _ => return None,
    };
    for (byte, accepted) in (0..=u8::MAX).zip(accepted) {
        *accepted |= belongs(byte);
    }
    Some(())
}

/// Accepts what is listed between brackets: letters, digits and signs without another meaning there, ranges of letters or
/// digits, and predefined classes.
fn listed(mut inner: &[u8], accepted: &mut [bool; 256]) -> Option<()> {
    if inner.is_empty() {
        return None;
    }
    while let [first, rest @ ..] = inner {
        inner = match (first, rest) {
            (b'\\', [escaped, rest @ ..]) => {
                if escaped.is_ascii_punctuation() {
                    accepted[usize::from(*escaped)] = true;
                } else {
                    predefined(*escaped, accepted)?;
                }
                rest
            }
            (from, [b'-', to, rest @ ..])
                if from.is_ascii_alphanumeric() && to.is_ascii_alphanumeric() && from <= to =>
            {
                accepted[usize::from(*from)..=usize::from(*to)].fill(true);
                rest
            }
            (plain, rest) if plain.is_ascii() && !b"\\[]^-&~".contains(plain) => {
                accepted[usize::from(*plain)] = true;
                rest
            }
            _ => return None,
        };
    }
    Some(())
}
