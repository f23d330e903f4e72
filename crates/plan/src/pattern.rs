//! Java's regular expressions, as authors of APIs write them: in linear time where that is possible, and within limits where
//! an expression looks around.

use fancy_regex::RegexBuilder as BacktrackingBuilder;
use regex::{Regex, RegexBuilder};

/// Bytes of compiled program that a pattern may take.
const PROGRAM_BYTES: usize = 1 << 20;
/// How often a pattern that looks around may go back for one text.
const BACKTRACKS: usize = 5_000;
/// Bytes of the longest text that a pattern that looks around is held against, by how many of its unbounded repetitions
/// stand inside each other: without going back even once, each of them may go over the whole text for every step of the one
/// around it.
const TEXT_BYTES: [usize; 3] = [8192, 2048, 64];
/// Bytes of a pattern that looks around.
const SOURCE_BYTES: usize = 512;

/// A Java regular expression that a text matches as a whole, as Java's `matches` has it (fact 62).
#[derive(Debug)]
pub struct JavaPattern {
    source: Box<str>,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Linear(Regex),
    /// Look-around, back references, atomic groups and possessive repetition.
    Backtracking {
        regex: Box<fancy_regex::Regex>,
        text_bytes: usize,
    },
}

/// A text that is no regular expression, or one that is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no regular expression, or it takes more than is allowed")]
pub struct NoPattern;

/// A pattern gave up on a text, which counts as no match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern {pattern} gave up on {bytes} bytes of text")]
pub struct GaveUp {
    /// The pattern.
    pub pattern: Box<str>,
    /// Length of the text.
    pub bytes: usize,
}

impl JavaPattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The text is no expression, or its program would be too large, or it looks around in too many nested repetitions.
    pub fn whole(source: &str) -> Result<Self, NoPattern> {
        let anchored = format!(r"\A(?:{source})\z");
        let build = |source: &str| RegexBuilder::new(source).size_limit(PROGRAM_BYTES).build();
        let shape = Shape::of(source);
        // The bare pattern must be valid by itself: `a)(b` would only be so inside the group.
        let engine = match build(source).and_then(|_| build(&anchored)) {
            Ok(regex) if !shape.is_possessive => Engine::Linear(regex),
            Ok(_) | Err(regex::Error::Syntax(_)) => backtracking(source, &anchored, shape)?,
            Err(_) => return Err(NoPattern),
        };
        Ok(Self { source: source.into(), engine })
    }

    /// Whether a text matches as a whole.
    ///
    /// # Errors
    /// The text is longer than a pattern that looks around may be held against, or the pattern goes back too often.
    pub fn matches(&self, text: &str) -> Result<bool, GaveUp> {
        let found = match &self.engine {
            Engine::Linear(regex) => Some(regex.is_match(text)),
            Engine::Backtracking { text_bytes, .. } if text.len() > *text_bytes => None,
            Engine::Backtracking { regex, .. } => regex.is_match(text).ok(),
        };
        found.ok_or_else(|| GaveUp { pattern: self.source.clone(), bytes: text.len() })
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }
}

fn backtracking(source: &str, anchored: &str, shape: Shape) -> Result<Engine, NoPattern> {
    if source.len() > SOURCE_BYTES || !is_javas(source) {
        return Err(NoPattern);
    }
    let text_bytes = *TEXT_BYTES.get(shape.nested_repetitions).ok_or(NoPattern)?;
    let build = |source: &str| {
        let mut builder = BacktrackingBuilder::new(source);
        builder.backtrack_limit(BACKTRACKS).delegate_size_limit(PROGRAM_BYTES / 16).build().map_err(|_| NoPattern)
    };
    let regex = build(source).and_then(|_| build(anchored))?;
    Ok(Engine::Backtracking { regex: Box::new(regex), text_bytes })
}

/// Whether a pattern has nothing that Java reads otherwise than the engine does, or not at all.
fn is_javas(source: &str) -> bool {
    const ESCAPED_LETTERS: &str = "dDwWsSbBAznrtfxpPk";
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = (character == '\\').then(|| characters.next()).flatten();
        if escaped.is_some_and(|escaped| escaped.is_alphabetic() && !ESCAPED_LETTERS.contains(escaped)) {
            return false;
        }
    }
    ["(?(", "(?P", "(?R", "(?&", "(*"].iter().all(|other| !source.contains(other))
}

/// What a pattern is made of, as far as its cost goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// How many repetitions stand inside each other, at most.
    nested_repetitions: usize,
    /// `*+`, `++`, `?+` and `{…}+`, which the linear engine reads as something else.
    is_possessive: bool,
}

impl Shape {
    fn of(source: &str) -> Self {
        // The deepest within each group around the current one, within that, and what the element before a repetition has.
        let (mut around, mut inner, mut last) = (Vec::new(), 0, 0);
        let mut characters = source.chars();
        let (mut in_class, mut has_repeated, mut is_possessive) = (0_usize, false, false);
        while let Some(character) = characters.next() {
            let is_second = std::mem::take(&mut has_repeated) && character == '+';
            match character {
                '\\' => {
                    characters.next();
                    last = 0;
                }
                '[' => in_class += 1,
                ']' if in_class > 0 => {
                    in_class -= 1;
                    last = 0;
                }
                _ if in_class > 0 => {}
                '+' if is_second => is_possessive = true,
                '(' => around.push(std::mem::take(&mut inner)),
                ')' => {
                    last = inner;
                    inner = inner.max(around.pop().unwrap_or_default());
                }
                '*' | '+' | '{' => {
                    has_repeated = true;
                    last += 1;
                    inner = inner.max(last);
                }
                '?' | '}' => has_repeated = true,
                _ => last = 0,
            }
        }
        Self { nested_repetitions: around.into_iter().fold(inner, usize::max), is_possessive }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn patterns_match_whole_texts_as_java_does() {
        // Checked against `java.util.regex.Pattern.matches`.
        let cases = [
            ("a|bc", "bc", true),
            ("a|bc", "abc", false),
            (r"(?!404)\d+", "404", false),
            (r"(?!404)\d+", "405", true),
            (r"^(?!.*timed out).*$", "Task timed out", false),
            (r"^(?!.*timed out).*$", "no such item", true),
            (r"(?=.*not)(?=.*found).+", "found it not", true),
            (r"(?=.*not)(?=.*found).+", "found it", false),
            (r".*(?<!Error)", "an Error", false),
            (r".*(?<!Error)", "an Errors", true),
            (r".*(?<=\[)BadRequest(?=\]).*", "x [BadRequest] y", true),
            (r"(\d)\1", "33", true),
            (r"(\d)\1", "34", false),
            ("a++b", "aab", true),
            ("a++ab", "aab", false),
            ("a?+a", "a", false),
            ("a{1,2}+a", "aa", false),
            (r"a\++", "a++", true),
            ("[a+]++", "a+a", true),
            ("(?>a|ab)c", "abc", false),
            ("(?i)(?!no)[a-z]+", "YES", true),
            ("(?i)(?!no)[a-z]+", "NOT", false),
            (r"(?<word>\w+) \k<word>", "go go", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(JavaPattern::whole(pattern).unwrap().matches(text), Ok(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_expression_or_takes_too_much_is_refused() {
        let long = format!("(?!x){}", "a".repeat(SOURCE_BYTES));
        let nested = "(?:(?=(?:(?=.*x).)*).)*";
        for pattern in ["(", "4)(5", "(?!a))(b", "x{1000}{1000}", "[", r"(?!a)\h", "(?!a)(?(1)b|c)", &long, nested] {
            assert!(JavaPattern::whole(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_gives_up_in_time() {
        let patterns = [
            "(?!b)(a+)+c",
            "(?!b)(a|a)*c",
            "(?!b)(a*)*(a*)*c",
            "(?:(?=.*a).)*c",
            "(?=(a*)*)(a*)*c",
            r"(a*)\1*(a*)\2c",
            "(?:(?<!b)a*)*c",
            "(?!b).*.*.*.*.*.*c",
            ".*.*+.",
            "(?!b)(a*a*a*)*a*+c",
        ];
        for pattern in patterns {
            let compiled = JavaPattern::whole(pattern).unwrap();
            for length in [60, 64, 2000, 2048, 9000, 1_000_000] {
                let begin = Instant::now();
                let found = compiled.matches(&"a".repeat(length));
                let taken = begin.elapsed();
                assert_ne!(found, Ok(true), "{pattern}");
                assert!(taken < Duration::from_secs(2), "{pattern} took {taken:?} for {length}");
            }
        }
    }

    #[test]
    fn repetitions_inside_each_other_are_counted() {
        let cases = [
            ("abc", 0),
            ("a*b+", 1),
            ("(a*b)c", 1),
            ("(a*b)+", 2),
            ("((a|b)*c{2,})*", 2),
            ("((a*)*)*", 3),
            (r"[*+(]\*\(", 0),
            ("(?=.*a)(?=.*b).*", 1),
            ("a++(b*+c)*", 2),
        ];
        for (pattern, expected) in cases {
            assert_eq!(Shape::of(pattern).nested_repetitions, expected, "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_pattern_or_is_refused(source in r"[ab()|*+?!=<\[\]{}\\d0-9.^$]{0,20}", text in "[ab0]{0,40}") {
            if let Ok(pattern) = JavaPattern::whole(&source) {
                let _ = pattern.matches(&text);
            }
        }
    }
}
