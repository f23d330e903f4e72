//! The facts about AWS, and the tests that carry their numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::problem::Problem;
use crate::repository::{TextFile, read, text_files};

const FACTS: [&str; 2] = ["docs/facts/aws-behaviours.md", "docs/facts/access-caching-observability.md"];
const UNTESTED: &str = "docs/facts/untested.toml";
/// Characters of a fact that the table repeats.
const ABOUT_CHARACTERS: usize = 70;
/// Files that a row names.
const NAMED_FILES: usize = 3;
/// Numbers that a test names from here to there are all of them, if they are not more than this.
const RANGE: u32 = 40;

/// A fact's number: the letter of its series, if it has one, the number, and the letter behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FactId(Option<char>, u32, Option<char>);

impl FactId {
    /// The number that `text` begins with, and what is behind it.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let series = text.chars().next().filter(char::is_ascii_alphabetic);
        let rest = &text[usize::from(series.is_some())..];
        let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        let (number, mut rest) = (rest[..digits].parse().ok()?, &rest[digits..]);
        let mut behind = rest.chars();
        let letter = behind.next().filter(|letter| matches!(letter, 'a'..='c'));
        let letter = letter.filter(|_| !behind.next().is_some_and(|next| next.is_ascii_alphanumeric()));
        if letter.is_some() {
            rest = &rest[1..];
        }
        Some((Self(series.map(|series| series.to_ascii_uppercase()), number, letter), rest))
    }

    /// Whether a test or a reason is required: everything about REST APIs that the data plane does, but for what keeps
    /// callers out, which has series and sections of its own.
    fn is_claimed(self) -> bool {
        match self {
            Self(None, number, _) => (1..=81).contains(&number) || (115..=124).contains(&number),
            Self(Some('A'), number, _) => number <= 3,
            Self(Some('L'), number, _) => number <= 14,
            Self(..) => false,
        }
    }
}

impl std::fmt::Display for FactId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(series, number, letter) = self;
        let shown = |letter: &Option<char>| letter.map(String::from).unwrap_or_default();
        write!(formatter, "{}{number}{}", shown(series), shown(letter))
    }
}

/// The facts, their tests and the reasons for having none.
pub(super) struct Facts {
    about: BTreeMap<FactId, String>,
    tests: BTreeMap<FactId, BTreeSet<String>>,
    reasons: BTreeMap<String, String>,
}

impl Facts {
    /// Reads the facts, the tests and the reasons.
    pub(super) fn read(root: &Path) -> Result<Self, Problem> {
        let mut about = BTreeMap::new();
        for file in FACTS {
            about.extend(read(root, file)?.lines().filter_map(fact));
        }
        let reasons = toml::from_str(&read(root, UNTESTED)?)
            .map_err(|error: toml::de::Error| Problem::in_file(UNTESTED, error.to_string()))?;
        let mut tests: BTreeMap<FactId, BTreeSet<String>> = BTreeMap::new();
        for file in text_files(root)? {
            for id in carried(&file) {
                tests.entry(id).or_default().insert(file.path.clone());
            }
        }
        Ok(Self { about, tests, reasons })
    }

    /// Facts with neither a test nor a reason, and reasons without use.
    pub(super) fn check(&self) -> Vec<Problem> {
        let has_reason = |id: &FactId| self.reasons.contains_key(&id.to_string());
        let bare = self.about.keys().filter(|id| id.is_claimed() && !self.tests.contains_key(id) && !has_reason(id));
        let bare = bare.map(|id| format!("fact {id} has no test that carries its number, and no reason for that"));
        let known: BTreeSet<String> = self.about.keys().map(ToString::to_string).collect();
        let tested: BTreeSet<String> = self.tests.keys().map(ToString::to_string).collect();
        let stale = self.reasons.keys().filter(|id| !known.contains(*id) || tested.contains(*id));
        let stale = stale.map(|id| format!("fact {id} has a test, or is none"));
        bare.chain(stale).map(|what| Problem::in_file(UNTESTED, what)).collect()
    }

    /// The lines of the table: what is claimed, and what has tests beyond that.
    pub(super) fn lines(&self) -> Vec<String> {
        let shown = self.about.iter().filter(|(id, _)| id.is_claimed() || self.tests.contains_key(id));
        shown.map(|(id, about)| format!("| {id} | {about} | {} |", self.tests_of(id))).collect()
    }

    fn tests_of(&self, id: &FactId) -> String {
        let Some(files) = self.tests.get(id) else {
            return self.reasons.get(&id.to_string()).map_or_else(|| "–".to_owned(), |why| format!("none: {why}"));
        };
        // Tests on the wire say more than those of a function.
        let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
        files.sort_by_key(|path| (!path.starts_with("tests/"), *path));
        let more = files.len().saturating_sub(NAMED_FILES);
        let named = files.iter().take(NAMED_FILES).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
        if more == 0 { named } else { format!("{named} and {more} more") }
    }
}

/// A line of the pages that states a fact: `12. …` or `* **A12.** …`.
fn fact(line: &str) -> Option<(FactId, String)> {
    let (id, rest) = FactId::parse(line.strip_prefix("* **").unwrap_or(line))?;
    let rest = rest.strip_prefix('.')?.trim_start_matches("**").strip_prefix(' ')?;
    let mut about: String =
        rest.chars().take(ABOUT_CHARACTERS).filter(|character| !"|`*".contains(*character)).collect();
    if rest.chars().nth(ABOUT_CHARACTERS).is_some() {
        about.push('…');
    }
    Some((id, about))
}

/// The facts whose numbers a file's tests carry: in names of functions everywhere, in words within the folders of tests.
fn carried(file: &TextFile) -> BTreeSet<FactId> {
    let is_test =
        file.path.starts_with("tests/") || (file.path.starts_with("crates/") && file.path.contains("/tests/"));
    let is_code = file.path.starts_with("crates/")
        && Path::new(&file.path).extension().is_some_and(|extension| extension == "rs");
    let mut found = BTreeSet::new();
    if !is_test && !is_code {
        return found;
    }
    let starts = file.text.match_indices("act").filter(|(at, _)| file.text[..*at].ends_with(['f', 'F']));
    for (at, _) in starts {
        let rest = &file.text[at + 3..];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        if let Some(name) = rest.strip_prefix('_') {
            let line = file.text[..at].rsplit('\n').next().unwrap_or_default();
            if line.contains("fn ") || line.contains("def ") {
                list(name, &["_and_", "_to_", "_"], &mut found);
            }
        } else if let Some(words) = rest.strip_prefix(' ').filter(|_| is_test) {
            list(words, &[" and ", " to ", " or ", ", ", "–", "-"], &mut found);
        }
    }
    found
}

/// A list of numbers with these between them; `to` and dashes stand for everything between, too.
fn list(mut text: &str, separators: &[&str], found: &mut BTreeSet<FactId>) {
    let mut from: Option<FactId> = None;
    while let Some((id, rest)) = FactId::parse(text) {
        if let Some(FactId(series, first, _)) =
            from.filter(|from| from.0 == id.0 && id.1.saturating_sub(from.1) <= RANGE)
        {
            found.extend((first..id.1).map(|number| FactId(series, number, None)));
        }
        found.insert(id);
        let Some(separator) = separators.iter().find(|separator| rest.starts_with(**separator)) else { return };
        from = ["_to_", " to ", "–", "-"].contains(separator).then_some(id);
        text = &rest[separator.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(path: &str, text: &str) -> String {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        carried(&file).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_are_read_from_names_and_words() {
        let cases = [
            ("crates/vtl/src/a.rs", "    fn fact_69_and_70_lists_print() {", "69 70"),
            ("crates/vtl/src/a.rs", "fn fact_81a_nothing() {} // fact 12", "81a"),
            ("crates/vtl/tests/a.rs", "let x = facts_12_here;", ""),
            ("tests/journeys/a.yaml", "about: facts 4, 6 and 44–46, fact A3 (fact L13).", "4 6 44 45 46 A3 L13"),
            ("tests/journeys/test_a.py", "def test_fact_a15_missing(): # facts 1 to 3", "1 2 3 A15"),
            ("tests/a.py", "artifact 7. Fact D9: reserved", "7 D9"),
            ("docs/a.md", "fact 3", ""),
        ];
        for (path, text, expected) in cases {
            assert_eq!(ids(path, text), expected, "{text}");
        }
    }

    #[test]
    fn every_line_of_the_pages_that_states_a_fact_is_read() {
        let read = |line| fact(line).map(|(id, about)| format!("{id}: {about}"));
        assert_eq!(read("4. Missing `params` → 400").as_deref(), Some("4: Missing params → 400"));
        assert_eq!(read("* **L2.** First line").as_deref(), Some("L2: First line"));
        assert_eq!(read("81a. AWS's deviation").as_deref(), Some("81a: AWS's deviation"));
        assert_eq!(read("A line of text."), None);
        assert_eq!(read("## 4.1 Errors"), None);
    }

    #[test]
    fn a_fact_needs_a_test_or_a_reason() {
        let id = |text| FactId::parse(text).map(|(id, _)| id).unwrap();
        let about = [id("1"), id("2"), id("130")].map(|id| (id, "about".to_owned())).into();
        let mut facts = Facts { about, tests: BTreeMap::new(), reasons: BTreeMap::new() };
        assert_eq!(facts.check().len(), 2);
        facts.tests.insert(id("1"), ["tests/a.py".to_owned()].into());
        facts.reasons.insert("2".to_owned(), "because".to_owned());
        assert_eq!(facts.check(), []);
        assert_eq!(facts.lines(), ["| 1 | about | `tests/a.py` |", "| 2 | about | none: because |"]);
        facts.reasons.insert("1".to_owned(), "because".to_owned());
        facts.reasons.insert("999".to_owned(), "because".to_owned());
        assert_eq!(facts.check().len(), 2);
    }
}
