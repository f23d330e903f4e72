//! JavaScript: one file that browsers and Node load as it is.

use crate::SourceFile;
use crate::client::{API_KEY_HEADER, Client, Operation};
use crate::template::{double_quoted, explain, fill, list};

const CLIENT: &str = include_str!("templates/apigClient.js");
const README: &str = include_str!("templates/javascript.md");
const PACKAGE: &str = include_str!("templates/package.json");

/// The folder's name is AWS's.
pub(crate) fn files(client: &Client) -> Vec<SourceFile> {
    let target = &client.target;
    let operations: Vec<_> = client.operations.iter().map(row).collect();
    let values = [
        ("title", target.title.as_str()),
        ("stage", target.stage.as_str()),
        ("endpoint", &double_quoted(&target.endpoint)),
        ("region", &double_quoted(&target.region)),
        ("api_key_header", &double_quoted(API_KEY_HEADER)),
        ("operations", &operations.join(",\n")),
        ("methods", &explain(&client.operations, |operation| operation.name.clone())),
    ];
    [("apigClient.js", CLIENT), ("README.md", README), ("package.json", PACKAGE)]
        .map(|(name, template)| SourceFile::new(format!("apiGateway-js-sdk/{name}"), fill(template, &values)))
        .into()
}

fn row(operation: &Operation) -> String {
    let texts = |names: &[String]| list(names, double_quoted);
    format!(
        "    {}: [{}, {}, [{}], [{}], [{}]]",
        operation.name,
        double_quoted(operation.verb),
        double_quoted(&operation.path),
        texts(&operation.query_parameters),
        texts(&operation.headers),
        texts(&operation.required),
    )
}
