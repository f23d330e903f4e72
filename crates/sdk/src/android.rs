//! Android: the class of Java, over the connections that every version of Android has.

use crate::SourceFile;
use crate::client::Client;
use crate::error::SdkError;
use crate::java::{self, Project};
use crate::name::camel;
use crate::settings::{Settings, is_artifact, is_identifier, is_package};

const TRANSMIT: &str = include_str!("templates/transmit_android.txt");

/// The project for Android.
pub(crate) fn files(client: &Client, settings: &Settings) -> Result<Vec<SourceFile>, SdkError> {
    let title = camel(&client.target.title);
    let project = Project {
        class: java::class(if is_identifier(&title) { &title } else { "api" }),
        group: settings.required("groupId", is_artifact)?,
        artifact: settings.required("artifactId", is_artifact)?,
        version: settings.required("artifactVersion", is_artifact)?,
        package: settings.required("invokerPackage", is_package)?,
        java: "1.8",
        gradle: false,
        transmit: TRANSMIT,
    };
    Ok(java::write(client, &project))
}
