//! Every noun of `model/src/rest`, with a check that none is left out.

use std::collections::BTreeSet;
use std::path::Path;

use stagegate_model::shape::{Shape, shape_of};
use stagegate_model::{http, rest};

use crate::problem::Problem;

/// Where the nouns live.
const FOLDER: &str = "crates/model/src/rest";
/// Types there that are ours alone: scalars, their errors and the documents of the store.
const OURS_ALONE: &[&str] = &[
    "ApiKeyRow",
    "ClientCertificateRow",
    "DeploymentRow",
    "DomainCertificateRow",
    "DocumentationVersionRow",
    "FrozenApi",
    "FrozenMethod",
    "FrozenNouns",
    "InvalidStatusCode",
    "StatusCode",
    "StoredPrivateKey",
    "Timestamp",
    "UsagePlanRow",
];

/// The nouns; those nested in them are checked with them.
pub(crate) fn nouns() -> Vec<Shape> {
    vec![
        shape_of::<rest::RestApi>(),
        shape_of::<rest::Resource>(),
        shape_of::<rest::Method>(),
        shape_of::<rest::Deployment>(),
        shape_of::<rest::Stage>(),
        shape_of::<rest::Account>(),
        shape_of::<rest::RequestValidator>(),
        shape_of::<rest::Model>(),
        shape_of::<rest::GatewayResponse>(),
        shape_of::<rest::Authorizer>(),
        shape_of::<rest::ApiKey>(),
        shape_of::<rest::UsagePlan>(),
        shape_of::<rest::UsagePlanKey>(),
        shape_of::<rest::DocumentationPart>(),
        shape_of::<rest::DocumentationVersion>(),
        shape_of::<rest::DomainName>(),
        shape_of::<rest::BasePathMapping>(),
        shape_of::<rest::DomainNameAccessAssociation>(),
        shape_of::<rest::VpcLink>(),
        shape_of::<rest::ClientCertificate>(),
    ]
}

/// The nouns of HTTP APIs, without the one member that is ours: what they have beyond AWS, which no answer shows.
pub(crate) fn http_nouns() -> Vec<Shape> {
    let mut nouns = vec![
        shape_of::<http::Api>(),
        shape_of::<http::Route>(),
        shape_of::<http::Integration>(),
        shape_of::<http::Authorizer>(),
        shape_of::<http::Stage>(),
        shape_of::<http::Deployment>(),
        shape_of::<http::VpcLink>(),
    ];
    for noun in &mut nouns {
        if let Shape::Structure { members, .. } = noun {
            members.retain(|(name, _)| *name != "beyond");
        }
    }
    nouns
}

/// Structures of the model that no noun reaches, so that nothing checks them.
pub(crate) fn unlisted(root: &Path, nouns: &[Shape]) -> Result<Vec<Problem>, Problem> {
    let mut reached = BTreeSet::new();
    for noun in nouns {
        reach(noun, &mut reached);
    }
    let entries = std::fs::read_dir(root.join(FOLDER)).map_err(|error| Problem::in_file(FOLDER, error.to_string()))?;
    let mut problems = Vec::new();
    for entry in entries.flatten() {
        let name = format!("{FOLDER}/{}", entry.file_name().to_string_lossy());
        let source = crate::repository::read(root, &name)?;
        problems.extend(unreached(&name, &source, &reached));
    }
    Ok(problems)
}

fn unreached(file: &str, source: &str, reached: &BTreeSet<&str>) -> Vec<Problem> {
    let structures = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub struct ")?.split(|c: char| !c.is_ascii_alphanumeric()).next());
    let unknown = structures.filter(|name| !reached.contains(name) && !OURS_ALONE.contains(name));
    unknown.map(|name| Problem::in_file(file, format!("`{name}` is not checked against AWS's service model"))).collect()
}

fn reach(shape: &Shape, reached: &mut BTreeSet<&'static str>) {
    match shape {
        Shape::Structure { name, members } => {
            reached.insert(name);
            for (_, member) in members {
                reach(member, reached);
            }
        }
        Shape::List(item) | Shape::Map(_, item) => reach(item, reached),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_structure_of_the_model_is_reached() {
        let root = crate::repository::root().unwrap();
        assert_eq!(unlisted(&root, &nouns()).unwrap(), []);
    }

    #[test]
    fn a_structure_that_nothing_reaches_is_found() {
        let mut reached = BTreeSet::new();
        for noun in &nouns() {
            reach(noun, &mut reached);
        }
        for (source, problems) in
            [("pub struct Stage {", 0), ("pub struct StatusCode(u16);", 0), ("pub struct Portal {", 1)]
        {
            assert_eq!(unreached("x.rs", source, &reached).len(), problems, "{source}");
        }
    }
}
