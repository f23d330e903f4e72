//! Compiled patterns: regular expressions in linear time, and shorter ways for those that most templates use.

use super::run::Run;
use crate::budget::Meter;
use crate::error::{Fault, Outcome};
use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

/// Steps that compiling a pattern counts for.
const COMPILE_STEPS: usize = 500;
/// What each byte of a pattern adds to that.
const COMPILE_BYTE_STEPS: usize = 5;
/// Memory that a compiled pattern may use, and what its use counts for: the first that is enough.
const PATTERN_BYTES: [(usize, usize); 3] = [(1 << 14, 1), (1 << 16, 16), (1 << 18, 64)];
/// Memory for what a pattern learns from the texts that it goes over.
const LEARNT_BYTES: usize = 1 << 18;
/// Compiled patterns that a thread keeps.
const KEPT_PATTERNS: usize = 32;

/// What a pattern was compiled to.
#[derive(Debug)]
pub(super) enum Pattern {
    /// One text only.
    Literal(Box<Finder<'static>>),
    /// `.*text.*` as a whole: a line that contains the text.
    LineWith(Box<Finder<'static>>),
    /// Characters of one class, one by one or as many as there are.
    Run(Box<Run>),
    Regex {
        regex: Regex,
        /// How much more than a plain search one step of the pattern may cost.
        weight: usize,
    },
}

/// Where a call keeps the pattern that it always uses. A rendering counts its compilation once, whether it was compiled
/// before or not.
#[derive(Debug, Default)]
pub(crate) struct Site(OnceLock<Pattern>);

/// A thread's patterns that are not written as constants, the ones used last at the end.
type Kept = Vec<(Box<str>, bool, Rc<Pattern>)>;

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Vec::new()) };
}

/// What `with` makes of a pattern, compiled to match anywhere or the whole text. The count of steps is the same whatever
/// was rendered before.
pub(super) fn with_pattern<R>(
    (pattern, whole): (&str, bool),
    site: Option<&Site>,
    text: &str,
    meter: &mut Meter,
    with: impl FnOnce(&Pattern, &mut Meter) -> Outcome<R>,
) -> Outcome<R> {
    if let Some(site) = site {
        if site.0.get().is_none() {
            let compiled = Pattern::compile(pattern, whole)?;
            // Another thread may have been faster.
            _ = site.0.set(compiled);
        }
        let compiled = site.0.get().expect("a pattern was set");
        if meter.first_use(std::ptr::from_ref(site).addr()) {
            meter.work(compiled.compilation(pattern))?;
        }
        meter.work(compiled.extra(text))?;
        return with(compiled, meter);
    }
    meter.work(pattern.len())?;
    let compiled = KEPT.with_borrow_mut(|kept| {
        if let Some(at) = kept.iter().rposition(|(source, is_whole, _)| *is_whole == whole && **source == *pattern) {
            kept[at..].rotate_left(1);
        } else {
            let compiled = Pattern::compile(pattern, whole)?;
            if kept.len() == KEPT_PATTERNS {
                kept.remove(0);
            }
            kept.push((pattern.into(), whole, Rc::new(compiled)));
        }
        let (_, _, compiled) = kept.last().expect("the pattern was found or added");
        Outcome::Ok(Rc::clone(compiled))
    })?;
    meter.work(compiled.compilation(pattern) + compiled.extra(text))?;
    with(&compiled, meter)
}

impl Pattern {
    fn compile(pattern: &str, whole: bool) -> Outcome<Self> {
        let finder = |text: &str| Box::new(Finder::new(text).into_owned());
        if let Some(literal) = literal(pattern).filter(|literal| whole || !literal.is_empty()) {
            return Ok(Self::Literal(finder(&literal)));
        }
        if whole
            && let Some(inner) = pattern.strip_prefix(".*").and_then(|rest| rest.strip_suffix(".*"))
            && let Some(inner) = literal(inner).filter(|inner| !inner.contains('\n'))
        {
            return Ok(Self::LineWith(finder(&inner)));
        }
        match Run::parse(pattern) {
            Some(run) => Ok(Self::Run(Box::new(run))),
            None => build(pattern, whole),
        }
    }

    /// Steps that count as its compilation.
    fn compilation(&self, pattern: &str) -> usize {
        match self {
            Self::Regex { weight, .. } => COMPILE_STEPS * weight + COMPILE_BYTE_STEPS * pattern.len(),
            _ => 0,
        }
    }

    /// Steps that going over a text counts for, beside those of a plain search.
    fn extra(&self, text: &str) -> usize {
        match self {
            Self::Regex { weight, .. } if *weight > 1 => {
                text.len().saturating_mul(*weight) / crate::budget::BYTES_PER_STEP
            }
            _ => 0,
        }
    }

    /// Whether the whole text matches a pattern that was compiled for that.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(finder) => text.as_bytes() == finder.needle(),
            Self::LineWith(finder) => finder.find(text.as_bytes()).is_some() && !text.contains('\n'),
            Self::Run(run) => run.next(text, 0) == Some((0, text.len())),
            Self::Regex { regex, .. } => regex.is_match(text),
        }
    }

    /// Calls `each` with the start and end of every match, until it answers false.
    pub(super) fn each(&self, text: &str, mut each: impl FnMut(usize, usize) -> Outcome<bool>) -> Outcome<()> {
        match self {
            Self::Literal(finder) | Self::LineWith(finder) => {
                for start in finder.find_iter(text.as_bytes()) {
                    if !each(start, start + finder.needle().len())? {
                        break;
                    }
                }
            }
            Self::Run(run) => {
                let mut from = 0;
                while let Some((start, end)) = run.next(text, from) {
                    if !each(start, end)? {
                        break;
                    }
                    from = end;
                }
            }
            Self::Regex { regex, .. } => {
                for found in regex.find_iter(text) {
                    if !each(found.start(), found.end())? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The text that a pattern stands for, when it stands for one only.
fn literal(pattern: &str) -> Option<Cow<'_, str>> {
    const SPECIAL: &[char] = &['\\', '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '^', '$', '|'];
    if !pattern.contains(SPECIAL) {
        return Some(Cow::Borrowed(pattern));
    }
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().filter(|escaped| !escaped.is_alphanumeric())?),
            special if SPECIAL.contains(&special) => return None,
            plain => text.push(plain),
        }
    }
    Some(Cow::Owned(text))
}

/// Compiles a pattern into as little memory as it needs: time goes with the text's length times that.
fn build(pattern: &str, whole: bool) -> Outcome<Pattern> {
    let source = if whole { format!("^(?:{pattern})$") } else { pattern.to_owned() };
    let source = ascii_classes(&source);
    for (bytes, weight) in PATTERN_BYTES {
        let built = RegexBuilder::new(&source).size_limit(bytes).dfa_size_limit(LEARNT_BYTES).build();
        if let Ok(regex) = built {
            return Ok(Pattern::Regex { regex, weight });
        }
    }
    Err(Fault::method(format!("the regular expression {pattern:?} is not supported")).into())
}

/// Java's `\d`, `\w`, `\s` and `\b` know ASCII only.
fn ascii_classes(pattern: &str) -> String {
    let mut result = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    let mut in_class = 0_u32;
    while let Some(character) = characters.next() {
        match character {
            '[' => in_class += 1,
            ']' => in_class = in_class.saturating_sub(1),
            _ => {}
        }
        if character != '\\' {
            result.push(character);
            continue;
        }
        let inner = match characters.next() {
            Some('d') => "0-9",
            Some('w') => "a-zA-Z_0-9",
            Some('s') => " \\t\\n\\x0B\\x0C\\r",
            Some('b') if in_class == 0 => {
                result.push_str("(?-u:\\b)");
                continue;
            }
            Some('D') => {
                result.push_str("[^0-9]");
                continue;
            }
            Some('W') => {
                result.push_str("[^a-zA-Z_0-9]");
                continue;
            }
            Some('S') => {
                result.push_str("[^ \\t\\n\\x0B\\x0C\\r]");
                continue;
            }
            Some(other) => {
                result.push('\\');
                result.push(other);
                continue;
            }
            None => {
                result.push('\\');
                continue;
            }
        };
        if in_class > 0 {
            result.push_str(inner);
        } else {
            result.push('[');
            result.push_str(inner);
            result.push(']');
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a pattern finds, and whether it matches the whole.
    fn found(part: &Pattern, whole: &Pattern, text: &str) -> (Vec<(usize, usize)>, bool) {
        let mut all = Vec::new();
        part.each(text, |start, end| {
            all.push((start, end));
            Ok(true)
        })
        .unwrap();
        (all, whole.matches(text))
    }

    proptest! {
        #[test]
        fn the_short_ways_find_what_the_regular_expressions_find(
            pattern in r"(\.\*)?(\[\^?[a-z0-9_,;é\\.+ -]{1,5}\]|\\[dDsSwW]|[a-c,.é]|\\[.$])\+?(\.\*)?",
            text in "[a-d0-9 ,;.$_é\\n-]{0,12}",
        ) {
            if let (Ok(part), Ok(whole)) = (build(&pattern, false), build(&pattern, true)) {
                let expected = found(&part, &whole, &text);
                let short = (Pattern::compile(&pattern, false).unwrap(), Pattern::compile(&pattern, true).unwrap());
                prop_assert_eq!(found(&short.0, &short.1, &text), expected);
            }
        }
    }

    #[test]
    fn what_most_templates_use_takes_a_short_way() {
        for pattern in [r"\s+", r"\d", "[^a-zA-Z0-9]", "[,;]+", ",", r"\.", "a", r"[\s,]+", "[0-9]+"] {
            assert!(!matches!(Pattern::compile(pattern, false).unwrap(), Pattern::Regex { .. }), "{pattern}");
        }
        assert!(matches!(Pattern::compile(".*GET.*", true).unwrap(), Pattern::LineWith(_)));
        assert!(matches!(Pattern::compile("[a-z&&[^x]]", true).unwrap(), Pattern::Regex { .. }));
    }
}
