//! What is done with every member of every noun, by a table for each service, which must name all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use stagegate_model::shape::Shape;

use super::tables::parse;
use crate::problem::Problem;

/// The table of the nouns of REST APIs.
pub(super) const FILE: &str = "crates/xtask/src/parity/fields.toml";

/// The members of one structure.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Members {
    /// Kept and told.
    told: Vec<String>,
    /// The control plane acts on it.
    control: Vec<String>,
    /// The data plane acts on it.
    data: Vec<String>,
    /// It has no effect at run time on AWS either, and why.
    inert: BTreeMap<String, String>,
    /// Nothing acts on it yet.
    missing: BTreeMap<String, String>,
}

/// The table.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Fields {
    /// Members of calls that are members of no noun, and what is missing.
    pub(super) inputs: BTreeMap<String, String>,
    #[serde(flatten)]
    structures: BTreeMap<String, Members>,
}

impl Fields {
    /// Reads the table below the root.
    pub(super) fn read(root: &Path, file: &str) -> Result<Self, Problem> {
        parse(root, file)
    }

    /// Members that the table lacks, has twice or that there are none of.
    pub(super) fn check(&self, nouns: &[Shape], file: &str) -> Vec<Problem> {
        let structures = structures(nouns);
        let mut problems = Vec::new();
        for (name, members) in &structures {
            let listed = self.structures.get(*name).map(listed).unwrap_or_default();
            for member in members {
                match listed.iter().filter(|listed| listed.as_str() == *member).count() {
                    0 => problems.push(Problem::in_file(file, format!("lacks {name}.{member}"))),
                    1 => {}
                    _ => problems.push(Problem::in_file(file, format!("has {name}.{member} twice"))),
                }
            }
            let unknown = listed.iter().filter(|listed| !members.contains(&listed.as_str()));
            problems.extend(unknown.map(|listed| Problem::in_file(file, format!("there is no {name}.{listed}"))));
        }
        let unknown = self.structures.keys().filter(|name| !structures.contains_key(name.as_str()));
        problems.extend(unknown.map(|name| Problem::in_file(file, format!("there is no {name}"))));
        problems
    }

    /// The members of a structure that nothing acts on, with what is missing.
    pub(super) fn missing(&self, structure: &str) -> BTreeMap<&str, &str> {
        let members = self.structures.get(structure).map(|members| &members.missing);
        members.into_iter().flatten().map(|(member, what)| (member.as_str(), what.as_str())).collect()
    }

    /// Every member that has no effect on AWS either: structure, member, why.
    pub(super) fn all_inert(&self) -> Vec<(&str, &str, &str)> {
        let mut all = Vec::new();
        for (name, members) in &self.structures {
            all.extend(members.inert.iter().map(|(member, why)| (name.as_str(), member.as_str(), why.as_str())));
        }
        all
    }

    /// Every member that nothing acts on: structure, member, what is missing.
    pub(super) fn all_missing(&self) -> Vec<(&str, &str, &str)> {
        let names = self.structures.keys();
        names
            .flat_map(|name| self.missing(name).into_iter().map(|(member, what)| (name.as_str(), member, what)))
            .collect()
    }
}

fn listed(members: &Members) -> Vec<String> {
    let Members { told, control, data, inert, missing } = members;
    told.iter().chain(control).chain(data).chain(inert.keys()).chain(missing.keys()).cloned().collect()
}

/// Every structure that the nouns reach, by name, with its members' names.
fn structures(nouns: &[Shape]) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    fn visit(shape: &Shape, found: &mut BTreeMap<&'static str, BTreeSet<&'static str>>) {
        match shape {
            Shape::Structure { name, members } => {
                found.insert(name, members.iter().map(|(member, _)| *member).collect());
                for (_, member) in members {
                    visit(member, found);
                }
            }
            Shape::List(item) | Shape::Map(_, item) => visit(item, found),
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    for noun in nouns {
        visit(noun, &mut found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(table: &str) -> Vec<String> {
        let fields: Fields = toml::from_str(table).unwrap();
        let pet = Shape::Structure { name: "Pet", members: vec![("name", Shape::Text), ("owner", Shape::Text)] };
        fields.check(&[Shape::List(Box::new(pet))], FILE).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn a_table_has_every_member_once() {
        assert_eq!(problems("[inputs]\n[Pet]\ntold = [\"name\"]\nmissing.owner = \"x\""), [""; 0]);
        assert_eq!(problems("[inputs]\n[Pet]\ntold = [\"name\"]"), ["lacks Pet.owner"]);
        assert_eq!(
            problems("[inputs]\n[Pet]\ntold = [\"name\", \"owner\"]\ndata = [\"name\"]"),
            ["has Pet.name twice"]
        );
        assert_eq!(
            problems("[inputs]\n[Pet]\ntold = [\"name\", \"owner\", \"age\"]\n[Cow]"),
            ["there is no Pet.age", "there is no Cow"]
        );
    }
}
