//! Text with wildcards and policy variables, matched without backtracking into exponential time.

use smallvec::SmallVec;

use crate::context::{Context, folded};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `?`: one character.
    One,
    /// `*`: any characters, or none.
    Many,
    /// `${key}` or `${key, 'default'}`.
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// What is special in a pattern's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub(crate) wildcards: bool,
    pub(crate) variables: bool,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
}

/// What a variable may look like, for errors.
pub(crate) const VARIABLE_FORMS: &str = "${prefix:key}, ${prefix:key, 'default'}, ${*}, ${?} or ${$}";

impl Pattern {
    /// Compiles a text; `None` where a policy variable is malformed.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let mut after = &rest[character.len_utf8()..];
            let piece = match character {
                '*' if syntax.wildcards => Some(Piece::Many),
                '?' if syntax.wildcards => Some(Piece::One),
                '$' if syntax.variables && after.starts_with('{') => {
                    let (body, behind) = after[1..].split_once('}')?;
                    after = behind;
                    Some(variable(body)?)
                }
                _ => None,
            };
            match piece {
                Some(Piece::Text(text)) => literal.push_str(&text),
                Some(piece) => {
                    push_text(&mut pieces, &mut literal);
                    pieces.push(piece);
                }
                None => literal.push(character),
            }
            rest = after;
        }
        push_text(&mut pieces, &mut literal);
        Some(Self { pieces })
    }

    /// Whether `text` matches; `None` where a variable has no value in this context and no default.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> Option<bool> {
        if self.pieces == [Piece::Many] {
            return Some(true);
        }
        let glyphs: Option<SmallVec<[Glyph<'_>; 8]>> = self.pieces.iter().map(|piece| glyph(piece, context)).collect();
        Some(glob(&glyphs?, text))
    }

    /// The text of a pattern that has no wildcards, its variables replaced.
    pub(crate) fn text(&self, context: &Context) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match glyph(piece, context)? {
                Glyph::Text(part) => text.push_str(part),
                Glyph::One => text.push('?'),
                Glyph::Many => text.push('*'),
            }
        }
        Some(text)
    }

    /// The keys of the pattern's variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| if let Piece::Variable { key, .. } = piece { Some(&**key) } else { None })
    }

    /// Whether a variable is in the pattern.
    pub(crate) fn has_variable(&self) -> bool {
        self.keys().next().is_some()
    }
}

fn push_text(pieces: &mut Vec<Piece>, literal: &mut String) {
    if !literal.is_empty() {
        pieces.push(Piece::Text(std::mem::take(literal)));
    }
}

/// What stands between `${` and `}`.
fn variable(body: &str) -> Option<Piece> {
    if matches!(body, "*" | "?" | "$") {
        return Some(Piece::Text(body.to_owned()));
    }
    let (key, default) = match body.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned())),
        None => (body, None),
    };
    let key = folded(key.trim());
    let (prefix, name) = key.split_once(':')?;
    (!prefix.is_empty() && !name.is_empty() && !key.contains(['$', '{'])).then_some(Piece::Variable { key, default })
}

/// A piece with its variable replaced. A value is literal: a `*` in it is no wildcard.
enum Glyph<'a> {
    Text(&'a str),
    One,
    Many,
}

fn glyph<'a>(piece: &'a Piece, context: &'a Context) -> Option<Glyph<'a>> {
    Some(match piece {
        Piece::Text(text) => Glyph::Text(text),
        Piece::One => Glyph::One,
        Piece::Many => Glyph::Many,
        // Only single-valued keys can stand in for text (IAM User Guide, "Variables and tags").
        Piece::Variable { key, default } => match context.get_folded(key) {
            [value] => Glyph::Text(value),
            _ => Glyph::Text(default.as_deref()?),
        },
    })
}

/// Matches run by run between stars, each at its leftmost place: later runs lose nothing by that. Linear in the text for
/// runs without `?`, and in text times the longest run otherwise.
fn glob(glyphs: &[Glyph<'_>], text: &str) -> bool {
    let mut runs = glyphs.split(|glyph| matches!(glyph, Glyph::Many));
    let Some(mut rest) = strip_prefix(runs.next().unwrap_or_default(), text) else { return false };
    let Some(last) = runs.next_back() else { return rest.is_empty() };
    let Some(middle) = strip_suffix(last, rest) else { return false };
    rest = middle;
    runs.all(|run| match behind_first(run, rest) {
        Some(behind) => {
            rest = behind;
            true
        }
        None => false,
    })
}

fn strip_prefix<'t>(run: &[Glyph<'_>], text: &'t str) -> Option<&'t str> {
    run.iter().try_fold(text, |text, glyph| match glyph {
        Glyph::Text(part) => text.strip_prefix(part),
        Glyph::One | Glyph::Many => text.chars().next().map(|one| &text[one.len_utf8()..]),
    })
}

fn strip_suffix<'t>(run: &[Glyph<'_>], text: &'t str) -> Option<&'t str> {
    run.iter().rev().try_fold(text, |text, glyph| match glyph {
        Glyph::Text(part) => text.strip_suffix(part),
        Glyph::One | Glyph::Many => text.chars().next_back().map(|one| &text[..text.len() - one.len_utf8()]),
    })
}

/// The text behind the leftmost place where `run` matches.
fn behind_first<'t>(run: &[Glyph<'_>], text: &'t str) -> Option<&'t str> {
    if let [Glyph::Text(part)] = run {
        return text.find(part).map(|at| &text[at + part.len()..]);
    }
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.into_iter().find_map(|at| strip_prefix(run, &text[at..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOTH: Syntax = Syntax { wildcards: true, variables: true };

    /// The definition of a glob, letter by letter.
    fn oracle(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| oracle(rest, &text[skip..])),
            Some(('?', rest)) => !text.is_empty() && oracle(rest, &text[1..]),
            Some((letter, rest)) => text.first() == Some(letter) && oracle(rest, &text[1..]),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn matching_equals_the_definition(pattern in "[ab?*é]{0,9}", text in "[abé]{0,12}") {
            let letters = |text: &str| text.chars().collect::<Vec<char>>();
            let compiled = Pattern::parse(&pattern, BOTH).unwrap();
            let expected = oracle(&letters(&pattern), &letters(&text));
            prop_assert_eq!(compiled.matches(&text, &Context::new()), Some(expected));
        }

        #[test]
        fn any_text_compiles_or_is_refused(pattern in "[$*?{}a:,' ]{0,20}", text in ".{0,20}") {
            if let Some(compiled) = Pattern::parse(&pattern, BOTH) {
                let _ = compiled.matches(&text, &Context::new());
            }
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let compiled = Pattern::parse(&"*a?".repeat(200), BOTH).unwrap();
        assert_eq!(compiled.matches(&"a".repeat(399), &Context::new()), Some(false));
        assert_eq!(compiled.matches(&"a".repeat(20_000), &Context::new()), Some(true));
    }

    #[test]
    fn variables_are_replaced_literally() {
        let mut context: Context = [("aws:username", "a*"), ("aws:PrincipalTag/Team", "red")].into_iter().collect();
        context.set_all("aws:TagKeys", ["x", "y"]);
        for (pattern, text, expected) in [
            ("home/${aws:username}/*", "home/a*/x", Some(true)),
            ("home/${AWS:UserName}/*", "home/abc/x", Some(false)),
            ("${aws:principaltag/team}", "red", Some(true)),
            ("${aws:PrincipalTag/none}", "red", None),
            ("${aws:PrincipalTag/none, 'red'}", "red", Some(true)),
            ("${aws:PrincipalTag/Team, 'blue'}", "blue", Some(false)),
            ("${aws:TagKeys}", "x", None),
            ("a${*}b", "a*b", Some(true)),
            ("a${*}b", "axb", Some(false)),
            ("${?}${$}", "?$", Some(true)),
            ("$a$", "$a$", Some(true)),
        ] {
            assert_eq!(Pattern::parse(pattern, BOTH).unwrap().matches(text, &context), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn malformed_variables_are_refused() {
        for pattern in ["${aws:username", "${}", "${username}", "${aws:}", "${aws:a, b}", "${aws:a, 'b}", "${${aws:a}}"]
        {
            assert_eq!(Pattern::parse(pattern, BOTH), None, "{pattern}");
        }
    }

    #[test]
    fn where_variables_are_off_they_are_text() {
        let literal = Pattern::parse("${aws:username}", Syntax { wildcards: true, variables: false }).unwrap();
        assert_eq!(literal.matches("${aws:username}", &Context::new()), Some(true));
    }
}
