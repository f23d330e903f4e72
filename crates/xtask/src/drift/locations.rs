//! Where the members of calls travel: what the service model puts into the query, a header or the body is read by the
//! control plane, and the query is asked for nothing else.
//!
//! That each member is read by the operation that has it, required where it is and held to its type and values, is tried
//! through boto3 (`tests/operations/test_constraints.py`); here no name may be missing or misspelt.

use std::collections::BTreeSet;
use std::path::Path;

use super::service_model::ServiceModel;
use crate::problem::Problem;
use crate::repository::text_files;

/// Where calls are read.
const FOLDER: &str = "crates/control/src/";
/// The folders there with the calls of other service models.
const OTHERS: [(Calls, &str); 2] =
    [(Calls::Lambda, "crates/control/src/lambda/"), (Calls::Http, "crates/control/src/http/")];
/// Keys of the open map `parameters`, which travels in the query (API reference, `ImportRestApi` and `GetExport`).
const PARAMETERS: [&str; 4] = ["basepath", "endpointConfigurationTypes", "extensions", "ignore"];

/// Whose calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calls {
    ApiGateway,
    Http,
    Lambda,
}

/// Compares the names that the control plane's sources have with those of the service model.
pub(super) fn check(root: &Path, model: &ServiceModel, calls: Calls) -> Result<Vec<Problem>, Problem> {
    let owner = |path: &str| {
        let other = OTHERS.iter().find(|(_, folder)| path.starts_with(folder));
        other.map_or(Calls::ApiGateway, |(owner, _)| *owner)
    };
    let is_meant = |path: &str| path.starts_with(FOLDER) && owner(path) == calls;
    let files = text_files(root)?.into_iter().filter(|file| is_meant(&file.path));
    Ok(compare(&files.map(|file| file.text).collect::<String>(), model))
}

fn compare(source: &str, model: &ServiceModel) -> Vec<Problem> {
    let (mut problems, mut in_query) = (Vec::new(), BTreeSet::from(PARAMETERS));
    for (operation, member, location) in members(model) {
        if location == Some("querystring") {
            in_query.insert(member);
        }
        let is_header = location == Some("header");
        let known = source.contains(&format!("\"{member}\"")) || (is_header && source.contains(&constant(member)));
        if location != Some("uri") && !known {
            let place = location.unwrap_or("body");
            problems.push(Problem::everywhere(format!("{operation} never reads `{member}` of the {place}")));
        }
    }
    let asked = source.split("query(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let is_name = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphabetic());
    let unknown = asked.filter(is_name).filter(|name| !in_query.contains(name));
    problems.extend(unknown.map(|name| Problem::everywhere(format!("`{name}` is in the query of no operation"))));
    problems
}

/// A header's name as the crate `http` writes it.
fn constant(header: &str) -> String {
    format!("header::{}", header.to_ascii_uppercase().replace('-', "_"))
}

/// The members of every call by their names on the wire, with their locations; open maps have none.
fn members(model: &ServiceModel) -> Vec<(&str, &str, Option<&str>)> {
    let mut found = Vec::new();
    for (name, operation) in &model.operations {
        let shape = operation.input.as_ref().and_then(|input| model.shapes.get(&input.shape));
        let Some(shape) = shape else { continue };
        for (member, reference) in &shape.members {
            let target = model.shapes.get(&reference.shape);
            let is_open = reference.location.is_some() && target.is_some_and(|target| target.kind == "map");
            if is_open || shape.payload.as_ref() == Some(member) {
                continue;
            }
            let wire = reference.location_name.as_ref().unwrap_or(member);
            found.push((name.as_str(), wire.as_str(), reference.location.as_deref()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"{"operations": {"GetPets": {"http": {"method": "GET", "requestUri": "/{owner}/pets"},
        "input": {"shape": "Request"}}}, "shapes": {
        "Request": {"type": "structure", "payload": "photo", "members": {
            "owner": {"shape": "Text", "location": "uri"},
            "atMost": {"shape": "Text", "location": "querystring", "locationName": "limit"},
            "accepts": {"shape": "Text", "location": "header", "locationName": "Accept"},
            "extras": {"shape": "Map", "location": "querystring"},
            "photo": {"shape": "Text"}, "kind": {"shape": "Text"}}},
        "Text": {"type": "string"}, "Map": {"type": "map"}}}"#;

    fn found(source: &str) -> Vec<String> {
        let model = ServiceModel::parse(MODEL.as_bytes()).unwrap();
        compare(source, &model).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn every_member_is_read_where_it_travels() {
        let all = r#"call.query("limit") headers.get(header::ACCEPT) input.text("kind")"#;
        assert_eq!(found(all), [""; 0]);
        assert_eq!(found(&all.replace("kind", "sort")), ["GetPets never reads `kind` of the body"]);
        assert_eq!(found(&all.replace("ACCEPT", "HOST")), ["GetPets never reads `Accept` of the header"]);
        let misspelt = ["GetPets never reads `limit` of the querystring", "`limits` is in the query of no operation"];
        assert_eq!(found(&all.replace("limit", "limits")), misspelt);
    }
}
