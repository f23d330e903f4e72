//! Patch pointers: what AWS documents, what is served, what the tests try.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use stagegate_control::patch_rules;

use super::tables::{PatchTest, Tables, parse};
use crate::problem::Problem;

const DOCUMENTED: &str = "docs/facts/patch-operations.toml";
const TESTS: &str = "tests/operations/patch";

/// Operations by noun and pointer.
type Pointers = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// AWS's page, and what goes beyond it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Documented {
    documented: Pointers,
    /// Why a pointer or some of its operations are served that the page does not name.
    beyond: BTreeMap<String, BTreeMap<String, String>>,
}

impl Documented {
    /// Reads the table below the root.
    pub(super) fn read(root: &Path) -> Result<Self, Problem> {
        parse(root, DOCUMENTED)
    }

    /// Why a pointer is served that the page does not name.
    fn beyond(&self, noun: &str, pointer: &str) -> Option<&str> {
        self.beyond.get(noun)?.get(pointer).map(String::as_str)
    }

    fn operations(&self, noun: &str, pointer: &str) -> &[String] {
        self.documented.get(noun).and_then(|pointers| pointers.get(pointer)).map_or(&[], Vec::as_slice)
    }
}

/// A pointer that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) noun: &'static str,
    pub(super) path: String,
    pub(super) ops: Vec<&'static str>,
}

/// Every pointer that is served, in the order of the code.
pub(super) fn served() -> Vec<Pointer> {
    let mut pointers: Vec<Pointer> = Vec::new();
    for rules in patch_rules() {
        for row in rules.rows {
            let (noun, path) = (rules.noun, row.pattern.replace("+}", "}"));
            let ops = row.ops.iter().map(|op| op.as_str());
            match pointers.iter_mut().find(|have| have.noun == noun && have.path == path) {
                Some(have) => have.ops.extend(ops),
                None => pointers.push(Pointer { noun, path, ops: ops.collect() }),
            }
        }
    }
    pointers
}

/// Differences between what AWS documents, what is served and what the tests try.
pub(super) fn check(served: &[Pointer], documented: &Documented, tables: &Tables) -> Vec<Problem> {
    let mut problems = Vec::new();
    for pointer in served {
        problems.extend(undocumented(pointer, documented));
        problems.extend(untested(pointer, test_of(pointer, tables)));
    }
    let is_served = |noun: &str, path: &str| served.iter().any(|have| have.noun == noun && have.path == path);
    for (file, noun, pointer) in named(documented, tables) {
        if !is_served(noun, pointer) {
            problems.push(Problem::in_file(file, format!("{noun} {pointer} is not served")));
        }
    }
    problems
}

fn undocumented(served: &Pointer, documented: &Documented) -> Option<Problem> {
    let Pointer { noun, path, ops } = served;
    let known = documented.operations(noun, path);
    if let Some(lacking) = known.iter().find(|op| !ops.contains(&op.as_str())) {
        return Some(Problem::in_file(DOCUMENTED, format!("{noun} {path} lacks `{lacking}`")));
    }
    let surplus = ops.iter().find(|op| !known.iter().any(|known| known == *op));
    let surplus = surplus.filter(|_| documented.beyond(noun, path).is_none())?;
    Some(Problem::in_file(DOCUMENTED, format!("does not name `{surplus}` of {noun} {path}")))
}

fn untested(served: &Pointer, test: Option<&PatchTest>) -> Option<Problem> {
    let Pointer { noun, path, ops } = served;
    let Some(test) = test else {
        return Some(Problem::in_file(TESTS, format!("{noun} {path} is not tried")));
    };
    let sorted = |mut ops: Vec<&str>| {
        ops.sort_unstable();
        ops.join(", ")
    };
    let (have, tried) = (sorted(ops.clone()), sorted(test.ops.iter().map(String::as_str).collect()));
    (have != tried).then(|| Problem::in_file(TESTS, format!("{noun} {path}: {tried} instead of {have}")))
}

/// Every pointer that the two tables name.
fn named<'t>(documented: &'t Documented, tables: &'t Tables) -> Vec<(&'static str, &'t str, &'t str)> {
    let page =
        documented.documented.iter().flat_map(|(noun, rows)| rows.keys().map(move |row| (DOCUMENTED, noun, row)));
    let beyond = documented.beyond.iter().flat_map(|(noun, rows)| rows.keys().map(move |row| (DOCUMENTED, noun, row)));
    let tests = tables.patches.iter().flat_map(|(noun, rows)| rows.keys().map(move |row| (TESTS, noun, row)));
    page.chain(beyond).chain(tests).map(|(file, noun, row)| (file, noun.as_str(), row.as_str())).collect()
}

fn test_of<'t>(pointer: &Pointer, tables: &'t Tables) -> Option<&'t PatchTest> {
    tables.patches.get(pointer.noun)?.get(&pointer.path)
}

/// The lines of the page.
pub(super) fn lines(served: &[Pointer], documented: &Documented, tables: &Tables) -> Vec<String> {
    let line = |pointer: &Pointer| {
        let Pointer { noun, path, ops } = pointer;
        let source = documented.beyond(noun, path).unwrap_or("AWS's page");
        let test = test_of(pointer, tables);
        let wrong = test.map_or(0, |test| test.bad.len() + usize::from(test.wrong_path.is_some()));
        let (allowed, refused) = (ops.len(), 6 - ops.len() + wrong);
        format!("| {noun} | `{path}` | {} | {source} | {allowed} allowed, {refused} refused |", ops.join(", "))
    };
    served.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, tests: &str) -> Vec<String> {
        let documented: Documented = toml::from_str(page).unwrap();
        let patches = toml::from_str(tests).unwrap();
        let served = [Pointer { noun: "Pet", path: "/name".to_owned(), ops: vec!["replace"] }];
        let tables = Tables { patches, ..Tables::default() };
        check(&served, &documented, &tables).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn page_code_and_tests_must_agree() {
        let page = |documented: &str, beyond: &str| format!("[documented.Pet]\n{documented}\n[beyond.Pet]\n{beyond}");
        let tests = "[Pet]\n\"/name\" = { ops = [\"replace\"] }";
        assert_eq!(found(&page("\"/name\" = [\"replace\"]", ""), tests), [""; 0]);
        assert_eq!(found(&page("", "\"/name\" = \"why\""), tests), [""; 0]);
        assert_eq!(found(&page("", ""), tests), ["does not name `replace` of Pet /name"]);
        let lacks = found(&page("\"/name\" = [\"replace\", \"add\"]\n\"/age\" = [\"add\"]", ""), tests);
        assert_eq!(lacks, ["Pet /name lacks `add`", "Pet /age is not served"]);
        assert_eq!(found(&page("\"/name\" = [\"replace\"]", ""), ""), ["Pet /name is not tried"]);
        let wrong = "[Pet]\n\"/name\" = { ops = [\"add\"] }";
        assert_eq!(found(&page("\"/name\" = [\"replace\"]", ""), wrong), ["Pet /name: add instead of replace"]);
    }
}
