//! The tables of the end-to-end tests: which calls, errors and patch pointers they try.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::repository::read;

/// The calls of REST APIs.
pub(super) const CALLS: &str = "tests/operations/table";
const PATCHES: &str = "tests/operations/patch";
const NEVER: &str = "never.toml";
/// What is listed, and not what is called.
const LISTS: &str = "lists.toml";

/// One operation's row.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CallRow {
    /// The errors it is refused with.
    #[serde(default)]
    pub(super) refused: BTreeMap<String, toml::Value>,
    /// Why it never succeeds.
    pub(super) unreachable: Option<String>,
}

/// One patch pointer's row.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PatchTest {
    /// The operations that are tried with success; every other one is tried in vain.
    pub(super) ops: Vec<String>,
    /// Values that are refused.
    #[serde(default)]
    pub(super) bad: Vec<String>,
    /// A path that is refused.
    pub(super) wrong_path: Option<String>,
}

/// What the tests try.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    /// Rows by operation.
    pub(super) calls: BTreeMap<String, CallRow>,
    /// Rows by noun and pointer.
    pub(super) patches: BTreeMap<String, BTreeMap<String, PatchTest>>,
    /// Why an error never happens, by error and operation; `every` stands for all.
    pub(super) never: BTreeMap<String, BTreeMap<String, String>>,
}

impl Tables {
    /// Reads the tables of calls in a folder.
    pub(super) fn of_calls(root: &Path, folder: &str) -> Result<Self, Problem> {
        let mut tables = Self::default();
        for file in files(root, folder)? {
            if file.ends_with(NEVER) {
                tables.never = parse(root, &file)?;
            } else if !file.ends_with(LISTS) {
                tables.calls.extend(parse::<BTreeMap<String, CallRow>>(root, &file)?);
            }
        }
        Ok(tables)
    }

    /// Reads every table below the root.
    pub(super) fn read(root: &Path) -> Result<Self, Problem> {
        let mut tables = Self::of_calls(root, CALLS)?;
        for file in files(root, PATCHES)? {
            for (noun, rows) in parse::<BTreeMap<String, BTreeMap<String, toml::Value>>>(root, &file)? {
                let rows = rows.into_iter().filter(|(pointer, _)| pointer.starts_with('/'));
                let read = |(pointer, row): (String, toml::Value)| match row.try_into() {
                    Ok(row) => Ok((pointer, row)),
                    Err(error) => Err(Problem::in_file(&file, format!("{noun} {pointer}: {error}"))),
                };
                tables.patches.insert(noun.clone(), rows.map(read).collect::<Result<_, _>>()?);
            }
        }
        Ok(tables)
    }
}

fn files(root: &Path, folder: &str) -> Result<Vec<String>, Problem> {
    let entries = std::fs::read_dir(root.join(folder)).map_err(|error| Problem::in_file(folder, error.to_string()))?;
    let names = entries.flatten().map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()));
    let mut names: Vec<String> =
        names.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "toml")).collect();
    names.sort();
    Ok(names)
}

/// Reads a TOML file below the root.
pub(super) fn parse<T: DeserializeOwned>(root: &Path, file: &str) -> Result<T, Problem> {
    toml::from_str(&read(root, file)?).map_err(|error| Problem::in_file(file, error.to_string()))
}
