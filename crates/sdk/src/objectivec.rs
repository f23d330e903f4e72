//! Objective-C: one class for Apple's systems, on Foundation and `CommonCrypto`.

use crate::SourceFile;
use crate::client::{API_KEY_HEADER, Client, Operation};
use crate::error::SdkError;
use crate::name::{camel, upper_first};
use crate::settings::{Settings, is_identifier};
use crate::template::{explain, fill, list, objc_quoted};

const HEADER: &str = include_str!("templates/Client.h");
const CLIENT: &str = include_str!("templates/Client.m");
const README: &str = include_str!("templates/objectivec.md");

/// Developer guide, "Use generated iOS SDK (Objective-C) to call API": the folder `generated-src`, and the class's name
/// of prefix and API.
pub(crate) fn files(client: &Client, settings: &Settings) -> Result<Vec<SourceFile>, SdkError> {
    let class = format!("{}Client", prefixed(client, settings)?);
    let target = &client.target;
    let signatures = client.operations.iter().map(|operation| (operation, signature(operation, &class)));
    let signatures: Vec<_> = signatures.collect();
    let declarations: Vec<_> = signatures.iter().map(|(operation, signature)| declare(operation, signature)).collect();
    let definitions: Vec<_> = signatures.iter().map(|(operation, signature)| define(operation, signature)).collect();
    let values = [
        ("title", target.title.as_str()),
        ("stage", target.stage.as_str()),
        ("endpoint", &objc_quoted(&target.endpoint)),
        ("region", &objc_quoted(&target.region)),
        ("api_key_header", &objc_quoted(API_KEY_HEADER)),
        ("declarations", &declarations.join("\n\n")),
        ("operations", &definitions.join("\n\n")),
        ("methods", &explain(&client.operations, |operation| operation.name.clone())),
        ("class", &class),
    ];
    let (header, source) = (format!("generated-src/{class}.h"), format!("generated-src/{class}.m"));
    let files = [(header.as_str(), HEADER), (source.as_str(), CLIENT), ("README.md", README)];
    let file = |(path, template)| SourceFile::new(format!("aws-apigateway-ios/{path}"), fill(template, &values));
    Ok(files.into_iter().map(file).collect())
}

/// What the names of an iOS client begin with: `classPrefix`, and the API's name.
pub(crate) fn prefixed(client: &Client, settings: &Settings) -> Result<String, SdkError> {
    let prefix = settings.required("classPrefix", is_identifier)?;
    Ok(format!("{prefix}{}", upper_first(&camel(&client.target.title))))
}

fn signature(operation: &Operation, class: &str) -> String {
    format!(
        "- (nullable NSURLSessionDataTask *){}:(nullable NSDictionary<NSString *, id> *)params
    body:(nullable id)body
    headers:(nullable NSDictionary<NSString *, NSString *> *)headers
    completion:({class}Completion)completion",
        operation.name
    )
}

/// The attribute is for names that begin with `init`, `new` or `copy`, which would tell ARC something.
fn declare(operation: &Operation, signature: &str) -> String {
    let path = operation.path.replace("*/", "* /");
    format!("/** {} {path} */\n{signature}\n    __attribute__((objc_method_family(none)));", operation.verb)
}

fn define(operation: &Operation, signature: &str) -> String {
    let texts = |names: &[String]| format!("@[{}]", list(names, objc_quoted));
    format!(
        "{} {{
    NSArray *operation = @[{}, {}, {}, {}, {}];
    return [self call:operation params:params body:body headers:headers completion:completion];
}}",
        signature.replace("nullable ", ""),
        objc_quoted(operation.verb),
        objc_quoted(&operation.path),
        texts(&operation.query_parameters),
        texts(&operation.headers),
        texts(&operation.required),
    )
}
