//! Java: one class without dependencies, for the JDK or for Android, and a project to build it with.

use crate::SourceFile;
use crate::client::{API_KEY_HEADER, Client, Operation};
use crate::error::SdkError;
use crate::name::upper_first;
use crate::settings::{Settings, is_artifact, is_build_system, is_identifier, is_package};
use crate::template::{double_quoted, explain, fill, list};

const CLIENT: &str = include_str!("templates/Client.java");
const README: &str = include_str!("templates/java.md");
const MAVEN: &str = include_str!("templates/pom.xml");
const GRADLE: &str = include_str!("templates/build.gradle");
const TRANSMIT: &str = include_str!("templates/transmit_java.txt");

/// What differs between projects.
pub(crate) struct Project<'a> {
    pub(crate) class: String,
    pub(crate) package: &'a str,
    pub(crate) group: &'a str,
    pub(crate) artifact: &'a str,
    pub(crate) version: &'a str,
    pub(crate) java: &'a str,
    pub(crate) gradle: bool,
    pub(crate) transmit: &'a str,
}

/// The project for the JDK.
pub(crate) fn files(client: &Client, settings: &Settings) -> Result<Vec<SourceFile>, SdkError> {
    let service = settings.required("serviceName", is_identifier)?;
    let package = settings.required("javaPackageName", is_package)?;
    let project = Project {
        class: class(service),
        package,
        group: settings.optional("javaGroupId", package, is_artifact)?,
        artifact: settings.optional("javaArtifactId", service, is_artifact)?,
        version: settings.optional("javaArtifactVersion", "1.0-SNAPSHOT", is_artifact)?,
        java: "11",
        gradle: settings.optional("javaBuildSystem", "maven", is_build_system)? == "gradle",
        transmit: TRANSMIT,
    };
    Ok(write(client, &project))
}

/// A class whose name no class has that its code names.
pub(crate) fn class(service: &str) -> String {
    format!("{}Client", upper_first(service))
}

/// Every file of a project.
pub(crate) fn write(client: &Client, project: &Project<'_>) -> Vec<SourceFile> {
    let target = &client.target;
    let operations: Vec<_> = client.operations.iter().map(methods).collect();
    let values = [
        ("title", target.title.as_str()),
        ("stage", target.stage.as_str()),
        ("endpoint", &double_quoted(&target.endpoint)),
        ("region", &double_quoted(&target.region)),
        ("api_key_header", &double_quoted(API_KEY_HEADER)),
        ("operations", &operations.join("\n\n")),
        ("methods", &explain(&client.operations, |operation| operation.name.clone())),
        ("class", &project.class),
        ("package", project.package),
        ("group", project.group),
        ("artifact", project.artifact),
        ("version", project.version),
        ("java", project.java),
        ("transmit", project.transmit.trim_end()),
    ];
    let source = format!("src/main/java/{}/{}.java", project.package.replace('.', "/"), project.class);
    let (build, template) = if project.gradle { ("build.gradle", GRADLE) } else { ("pom.xml", MAVEN) };
    let mut files = vec![(source.as_str(), CLIENT), ("README.md", README), (build, template)];
    let settings = format!("rootProject.name = '{}'\n", project.artifact);
    if project.gradle {
        files.push(("settings.gradle", &settings));
    }
    let file = |(path, template): (&str, &str)| {
        SourceFile::new(format!("{}/{path}", project.artifact), fill(template, &values))
    };
    files.into_iter().map(file).collect()
}

fn methods(operation: &Operation) -> String {
    let name = &operation.name;
    let texts = |names: &[String]| format!("new String[] {{{}}}", list(names, double_quoted));
    format!(
        "    /** {verb} {path}. */
    public Response {name}(Map<String, ?> params) throws IOException {{
        return {name}(params, null, null);
    }}

    /** {verb} {path}. */
    public Response {name}(Map<String, ?> params, String body, Map<String, String> headers) throws IOException {{
        return call({}, {}, {}, {},
                {}, params, body, headers);
    }}",
        double_quoted(operation.verb),
        double_quoted(&operation.path),
        texts(&operation.query_parameters),
        texts(&operation.headers),
        texts(&operation.required),
        verb = operation.verb,
        path = operation.path.replace("*/", "* /").replace('\\', " "),
    )
}
