//! The operations of version 2, `apigatewayv2`: those that are served, one line each, and those that are not, by name.

use std::path::Path;

use super::fields::Fields;
use super::operations::{self, Row};
use super::tables::Tables;
use crate::drift::http_nouns;
use crate::problem::Problem;

/// The calls of the end-to-end tests.
const CALLS: &str = "tests/operations/http/table";
/// What is done with every member.
const FIELDS: &str = "crates/xtask/src/parity/http_fields.toml";

/// Everything that the page's part is made of.
pub(super) struct Http {
    rows: Vec<Row<'static>>,
    fields: Fields,
    tables: Tables,
}

impl Http {
    pub(super) fn read(root: &Path) -> Result<Self, Problem> {
        let rows = operations::rows(stagegate_control::http_operations());
        Ok(Self { rows, fields: Fields::read(root, FIELDS)?, tables: Tables::of_calls(root, CALLS)? })
    }

    /// What the tables lack.
    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = self.fields.check(&http_nouns(), FIELDS);
        problems.extend(operations::check(&self.rows, &self.tables, CALLS));
        problems
    }

    /// How many operations are served, and how many there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.served().count(), self.rows.len())
    }

    /// The lines of the operations that are served.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |row: &Row<'_>| {
            let fields = operations::without_effect(*row, &self.fields);
            let tests = operations::tests_of(*row, &self.tables);
            format!("| {} | `{} {}` | {fields} | {tests} |", row.name, row.verb, row.path)
        };
        self.served().map(line).collect()
    }

    fn served(&self) -> impl Iterator<Item = &Row<'static>> {
        self.rows.iter().filter(|row| row.served)
    }

    /// The names of those that are not.
    pub(super) fn unserved(&self) -> Vec<&'static str> {
        self.rows.iter().filter(|row| !row.served).map(|row| row.name).collect()
    }

    /// Members that nothing acts on, or none acts on at AWS either, and why.
    pub(super) fn members(&self) -> Vec<String> {
        let line =
            |(noun, member, why): (&str, &str, &str), when: &str| format!("| {noun}.{member} | {when} | {why} |");
        let missing = self.fields.all_missing().into_iter().map(|member| line(member, "not yet"));
        missing.chain(self.fields.all_inert().into_iter().map(|member| line(member, "as on AWS"))).collect()
    }

    /// The errors that never happen, and why.
    pub(super) fn never(&self) -> Vec<String> {
        let never =
            self.tables.never.iter().flat_map(|(error, rows)| rows.iter().map(move |(name, why)| (error, name, why)));
        never.map(|(error, name, why)| format!("| {error} | {name} | {why} |")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_served_or_named() {
        let http = Http::read(&crate::repository::root().unwrap()).unwrap();
        let (served, all) = http.counts();
        assert_eq!(served + http.unserved().len(), all);
        assert!(http.unserved().contains(&"CreateRoutingRule"), "{:?}", http.unserved());
        assert_eq!(http.check(), []);
    }
}
