//! Ruby: a gem without dependencies.

use crate::SourceFile;
use crate::client::{API_KEY_HEADER, Client, Operation};
use crate::error::SdkError;
use crate::name::{snake, upper_first};
use crate::settings::{Settings, is_artifact, is_identifier};
use crate::template::{explain, fill, list, single_quoted};

const CLIENT: &str = include_str!("templates/client.rb");
const README: &str = include_str!("templates/ruby.md");
const GEMSPEC: &str = include_str!("templates/gemspec.rb");

/// The gem.
pub(crate) fn files(client: &Client, settings: &Settings) -> Result<Vec<SourceFile>, SdkError> {
    let service = settings.required("service.name", is_identifier)?;
    let default_gem = snake(service);
    let gem = settings.optional("ruby.gem-name", &default_gem, is_artifact)?;
    let version = settings.optional("ruby.gem-version", "1.0.0", is_artifact)?;
    let target = &client.target;
    let operations: Vec<_> = client.operations.iter().map(method).collect();
    let values = [
        ("title", target.title.as_str()),
        ("stage", target.stage.as_str()),
        ("endpoint", &single_quoted(&target.endpoint)),
        ("region", &single_quoted(&target.region)),
        ("api_key_header", &single_quoted(API_KEY_HEADER)),
        ("operations", &operations.join("\n\n")),
        ("methods", &explain(&client.operations, |operation| snake(&operation.name))),
        ("module", &upper_first(service)),
        ("gem", gem),
        ("version", version),
    ];
    let source = format!("lib/{gem}.rb");
    let specification = format!("{gem}.gemspec");
    let files = [(source.as_str(), CLIENT), ("README.md", README), (specification.as_str(), GEMSPEC)];
    let file = |(path, template)| SourceFile::new(format!("{gem}/{path}"), fill(template, &values));
    Ok(files.into_iter().map(file).collect())
}

fn method(operation: &Operation) -> String {
    let texts = |names: &[String]| format!("[{}]", list(names, single_quoted));
    format!(
        "    # {verb} {path}
    def {name}(params = {{}}, body = nil, headers: {{}}, query: {{}})
      operation = [{}, {}, {}, {}, {}]
      @caller.call(operation, params, body, headers, query)
    end",
        single_quoted(operation.verb),
        single_quoted(&operation.path),
        texts(&operation.query_parameters),
        texts(&operation.headers),
        texts(&operation.required),
        verb = operation.verb,
        path = operation.path,
        name = snake(&operation.name),
    )
}
