//! `SdkType`: the languages that clients can be generated in, and what each wants to know.

use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::paging::Page;
use crate::transaction::Transaction;

/// One property of a generated client: name, friendly name, description, whether it is required.
type Property = (&'static str, &'static str, &'static str, bool);

struct SdkType {
    id: &'static str,
    friendly_name: &'static str,
    description: &'static str,
    properties: &'static [Property],
}

const CLASS_PREFIX: &[Property] = &[("classPrefix", "Prefix", "The prefix of every generated class.", true)];

/// API reference, `GetSdk`: the types and what they require. Ascending by id.
const TYPES: [SdkType; 6] = [
    SdkType {
        id: "android",
        friendly_name: "Android",
        description: "A client for Android, in Java",
        properties: &[
            ("groupId", "Group ID", "The group of the generated Maven artifact.", true),
            ("artifactId", "Artifact ID", "The generated Maven artifact.", true),
            ("artifactVersion", "Artifact version", "The version of the generated Maven artifact.", true),
            ("invokerPackage", "Invoker package", "The package of the generated classes.", true),
        ],
    },
    SdkType {
        id: "java",
        friendly_name: "Java SDK",
        description: "A client for Java",
        properties: &[
            ("serviceName", "Service Name", "What the name of the client class begins with.", true),
            ("javaPackageName", "Java Package Name", "The package of the generated classes.", true),
            ("javaBuildSystem", "Java Build System", "The build system of the project: maven or gradle.", false),
            ("javaGroupId", "Java Group Id", "The group of the generated artifact.", false),
            ("javaArtifactId", "Java Artifact Id", "The generated artifact.", false),
            ("javaArtifactVersion", "Java Artifact Version", "The version of the generated artifact.", false),
        ],
    },
    SdkType {
        id: "javascript",
        friendly_name: "JavaScript",
        description: "A client for JavaScript, in Node and in browsers",
        properties: &[],
    },
    SdkType {
        id: "objectivec",
        friendly_name: "iOS (Objective-C)",
        description: "A client for iOS, in Objective-C",
        properties: CLASS_PREFIX,
    },
    SdkType {
        id: "ruby",
        friendly_name: "Ruby",
        description: "A client for Ruby, as a gem",
        properties: &[
            ("service.name", "Service Name", "The name of the service module.", true),
            ("ruby.gem-name", "Ruby Gem Name", "The name of the generated gem.", false),
            ("ruby.gem-version", "Ruby Gem Version", "The version of the generated gem.", false),
        ],
    },
    SdkType {
        id: "swift",
        friendly_name: "iOS (Swift)",
        description: "A client for iOS, in Swift",
        properties: CLASS_PREFIX,
    },
];

impl SdkType {
    fn show(&self) -> Value {
        let property = |(name, friendly_name, description, required): &Property| json!({ "name": name, "friendlyName": friendly_name, "description": description, "required": required });
        json!({
            "id": self.id, "friendlyName": self.friendly_name, "description": self.description,
            "configurationProperties": self.properties.iter().map(property).collect::<Vec<_>>(),
        })
    }
}

/// `GetSdkTypes`.
pub(crate) async fn list(call: &Call, _transaction: &mut Transaction) -> Result<Reply, Fault> {
    let items = TYPES.iter().map(|kind| (kind.id.to_owned(), kind.show()));
    Ok(Reply::Document(Page::of(call)?.cut(items.collect())))
}

/// `GetSdkType`.
pub(crate) async fn get(call: &Call, _transaction: &mut Transaction) -> Result<Reply, Fault> {
    let wanted = call.parameter("sdktype_id");
    let found = TYPES.iter().find(|kind| kind.id == wanted);
    let found = found.ok_or_else(|| Fault::not_found("Invalid SdkType identifier specified"))?;
    Ok(Reply::Document(found.show()))
}
