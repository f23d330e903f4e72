//! The control plane's operation table against the service model.

use std::collections::BTreeMap;

use super::service_model::ServiceModel;
use crate::problem::Problem;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<'o> {
    /// The operation's name.
    pub(crate) name: &'o str,
    /// The verb.
    pub(crate) verb: &'o str,
    /// The path template.
    pub(crate) path: &'o str,
    /// The status of success.
    pub(crate) status: u16,
}

impl<'o> Row<'o> {
    /// The row of one operation.
    pub(crate) fn of(operation: &'o stagegate_control::Operation) -> Self {
        Self { name: operation.name, verb: operation.verb.as_str(), path: operation.path, status: operation.status }
    }
}

/// Every row must be an operation of the model, every operation a row, once, and alike.
pub(crate) fn check(rows: &[Row<'_>], model: &ServiceModel) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut by_name: BTreeMap<&str, &Row<'_>> = BTreeMap::new();
    for row in rows {
        if by_name.insert(row.name, row).is_some() {
            problems.push(Problem::everywhere(format!("operation {} has two rows", row.name)));
        }
        if !model.operations.contains_key(row.name) {
            problems.push(Problem::everywhere(format!("operation {} is unknown to AWS", row.name)));
        }
    }
    for (name, operation) in &model.operations {
        let Some(row) = by_name.get(name.as_str()) else {
            problems.push(Problem::everywhere(format!("operation {name} has no row")));
            continue;
        };
        let (ours, theirs) = ((row.verb, row.path, row.status), &operation.http);
        let theirs = (theirs.method.as_str(), theirs.request_uri.as_str(), theirs.response_code);
        if ours != theirs {
            let what = format!(
                "operation {name} is {} {} {} here, {} {} {} on AWS",
                ours.0, ours.1, ours.2, theirs.0, theirs.1, theirs.2
            );
            problems.push(Problem::everywhere(what));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"{"shapes": {}, "operations": {
        "GetPet": {"http": {"method": "GET", "requestUri": "/pets/{id}"}},
        "DeletePet": {"http": {"method": "DELETE", "requestUri": "/pets/{id}", "responseCode": 202}}
    }}"#;
    const GET: Row<'_> = Row { name: "GetPet", verb: "GET", path: "/pets/{id}", status: 200 };
    const DELETE: Row<'_> = Row { name: "DeletePet", verb: "DELETE", path: "/pets/{id}", status: 202 };

    #[test]
    fn every_difference_is_found() {
        let model = ServiceModel::parse(MODEL.as_bytes()).unwrap();
        let cases: &[(&[Row<'_>], &[&str])] = &[
            (&[GET, DELETE], &[]),
            (&[GET], &["operation DeletePet has no row"]),
            (&[GET, DELETE, DELETE], &["operation DeletePet has two rows"]),
            (&[GET, DELETE, Row { name: "FeedPet", ..GET }], &["operation FeedPet is unknown to AWS"]),
            (
                &[GET, Row { status: 204, ..DELETE }],
                &["operation DeletePet is DELETE /pets/{id} 204 here, DELETE /pets/{id} 202 on AWS"],
            ),
            (
                &[Row { verb: "PUT", ..GET }, DELETE],
                &["operation GetPet is PUT /pets/{id} 200 here, GET /pets/{id} 200 on AWS"],
            ),
            (
                &[Row { path: "/pets", ..GET }, DELETE],
                &["operation GetPet is GET /pets 200 here, GET /pets/{id} 200 on AWS"],
            ),
        ];
        for (rows, expected) in cases {
            let found: Vec<String> = check(rows, &model).iter().map(ToString::to_string).collect();
            assert_eq!(found, *expected);
        }
    }
}
