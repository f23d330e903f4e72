//! The operations: whether they are served, which members of their nouns have no effect, what the tests try.

use std::collections::BTreeSet;

use super::fields::Fields;
use super::patches::Pointer;
use super::tables::Tables;
use crate::problem::Problem;

/// One operation and whether it is served.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'o> {
    pub(super) name: &'o str,
    pub(super) verb: &'o str,
    pub(super) path: &'o str,
    pub(super) served: bool,
}

/// Every operation of a service by name.
pub(super) fn rows(operations: &'static [stagegate_control::Operation]) -> Vec<Row<'static>> {
    let row = |operation: &'static stagegate_control::Operation| Row {
        name: operation.name,
        verb: operation.verb.as_str(),
        path: operation.path,
        served: operation.served(),
    };
    let mut rows: Vec<Row<'_>> = operations.iter().map(row).collect();
    rows.sort_by_key(|row| row.name);
    rows
}

/// Operations that are served and not tried, or tried and not served.
pub(super) fn check(rows: &[Row<'_>], tables: &Tables, tests: &str) -> Vec<Problem> {
    let served: BTreeSet<&str> = rows.iter().filter(|row| row.served).map(|row| row.name).collect();
    let tried: BTreeSet<&str> = tables.calls.keys().map(String::as_str).collect();
    let untried = served.difference(&tried).map(|name| format!("{name} is served and not tried"));
    let unserved = tried.difference(&served).map(|name| format!("{name} is tried and not served"));
    untried.chain(unserved).map(|what| Problem::in_file(tests, what)).collect()
}

/// The noun that an operation writes: what its name says after the verb.
fn noun_of<'o>(name: &'o str, fields: &Fields) -> Option<&'o str> {
    let verbs = ["Create", "Put", "Update", "Generate"];
    let noun = verbs.iter().find_map(|verb| name.strip_prefix(verb))?;
    (!fields.missing(noun).is_empty()).then_some(noun)
}

/// The members that have no effect where an operation sets them.
pub(super) fn without_effect(row: Row<'_>, fields: &Fields) -> String {
    let noun = noun_of(row.name, fields);
    let of_noun = noun.into_iter().flat_map(|noun| fields.missing(noun).into_keys().map(str::to_owned));
    let of_call = fields.inputs.keys().filter_map(|input| {
        let rest = input.strip_prefix(row.name)?;
        if rest.is_empty() { Some("its effect".to_owned()) } else { rest.strip_prefix('.').map(str::to_owned) }
    });
    let imports = ["ImportRestApi", "PutRestApi", "ImportApi", "ReimportApi"].contains(&row.name);
    let of_import = imports.then(|| "as of each noun".to_owned());
    let named: Vec<String> = if imports { of_import.into_iter().collect() } else { of_noun.chain(of_call).collect() };
    if named.is_empty() { "–".to_owned() } else { named.join(", ") }
}

/// What is tried of an operation.
pub(super) fn tests_of(row: Row<'_>, tables: &Tables) -> String {
    let Some(call) = tables.calls.get(row.name) else { return "–".to_owned() };
    let refused = call.refused.keys().map(|error| error.trim_end_matches("Exception"));
    let success = call.unreachable.as_deref().unwrap_or("success");
    std::iter::once(success).chain(refused).collect::<Vec<_>>().join(", ")
}

/// The lines of the page.
pub(super) fn lines(rows: &[Row<'_>], fields: &Fields, pointers: &[Pointer], tables: &Tables) -> Vec<String> {
    let line = |row: &Row<'_>| {
        let state = if row.served { "served" } else { "not yet" };
        let noun = row.name.strip_prefix("Update").unwrap_or_default();
        let patches = match pointers.iter().filter(|pointer| pointer.noun == noun).count() {
            0 => "–".to_owned(),
            count => count.to_string(),
        };
        let (request, fields, tests) =
            (format!("{} {}", row.verb, row.path), without_effect(*row, fields), tests_of(*row, tables));
        format!("| {} | `{request}` | {state} | {fields} | {patches} | {tests} |", row.name)
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tables::CALLS;
    use super::*;

    const SERVED: Row<'_> = Row { name: "UpdatePet", verb: "PATCH", path: "/pets/{id}", served: true };
    const NOT_YET: Row<'_> = Row { name: "FeedPet", verb: "POST", path: "/pets/{id}/feed", served: false };

    #[test]
    fn the_lines_say_the_state_of_every_operation() {
        let fields = toml::from_str("[inputs]\n[Pet]\nmissing.collar = \"x\"").unwrap();
        let calls = toml::from_str("[UpdatePet]\nrefused.NotFoundException = {}").unwrap();
        let pointers = [Pointer { noun: "Pet", path: "/name".to_owned(), ops: vec!["replace"] }];
        let tables = Tables { calls, ..Tables::default() };
        assert_eq!(
            lines(&[NOT_YET, SERVED], &fields, &pointers, &tables),
            [
                "| FeedPet | `POST /pets/{id}/feed` | not yet | – | – | – |",
                "| UpdatePet | `PATCH /pets/{id}` | served | collar | 1 | success, NotFound |",
            ]
        );
        assert_eq!(check(&[NOT_YET, SERVED], &tables, CALLS), []);
        assert_eq!(check(&[SERVED], &Tables::default(), CALLS).len(), 1);
    }

    #[test]
    fn the_table_has_every_operation_of_the_service() {
        assert_eq!(rows(stagegate_control::operations()).len(), 124);
    }
}
