//! Swift: a package for Apple's systems without dependencies.

use crate::SourceFile;
use crate::client::{API_KEY_HEADER, Client, Operation};
use crate::error::SdkError;
use crate::objectivec::prefixed;
use crate::settings::Settings;
use crate::template::{explain, fill, list, swift_quoted};

const CLIENT: &str = include_str!("templates/Client.swift");
const PACKAGE: &str = include_str!("templates/Package.swift");
const README: &str = include_str!("templates/swift.md");

/// Developer guide, "Use generated iOS SDK (Swift) to call API": the folder `generated-src`, and the class's name of
/// prefix and API.
pub(crate) fn files(client: &Client, settings: &Settings) -> Result<Vec<SourceFile>, SdkError> {
    let module = prefixed(client, settings)?;
    let class = format!("{module}Client");
    let target = &client.target;
    let operations: Vec<_> = client.operations.iter().map(method).collect();
    let values = [
        ("title", target.title.as_str()),
        ("stage", target.stage.as_str()),
        ("endpoint", &swift_quoted(&target.endpoint)),
        ("region", &swift_quoted(&target.region)),
        ("api_key_header", &swift_quoted(API_KEY_HEADER)),
        ("operations", &operations.join("\n\n")),
        ("methods", &explain(&client.operations, |operation| operation.name.clone())),
        ("module", &module),
        ("class", &class),
    ];
    let source = format!("generated-src/{class}.swift");
    let files = [(source.as_str(), CLIENT), ("Package.swift", PACKAGE), ("README.md", README)];
    let file = |(path, template)| SourceFile::new(format!("aws-apigateway-ios-swift/{path}"), fill(template, &values));
    Ok(files.into_iter().map(file).collect())
}

fn method(operation: &Operation) -> String {
    let texts = |names: &[String]| format!("[{}]", list(names, swift_quoted));
    format!(
        "    /// {verb} {path}
    @discardableResult
    public func {name}(
        _ params: [String: Any] = [:], body: Any? = nil, headers: [String: String] = [:]
    ) async throws -> Response {{
        let operation = Operation(
            verb: {}, path: {}, query: {}, headers: {}, required: {})
        return try await call(operation, params, body, headers)
    }}",
        swift_quoted(operation.verb),
        swift_quoted(&operation.path),
        texts(&operation.query_parameters),
        texts(&operation.headers),
        texts(&operation.required),
        verb = operation.verb,
        path = operation.path,
        name = operation.name,
    )
}
