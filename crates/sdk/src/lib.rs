//! Client libraries for deployed APIs: what a deployment froze, as source files of a client, in an archive.
//!
//! Pure: no input or output, no clock. Equal APIs and settings give equal bytes.

mod android;
mod archive;
mod client;
mod error;
mod java;
mod javascript;
mod language;
mod name;
mod objectivec;
mod ruby;
mod settings;
mod swift;
mod template;

pub use archive::archive;
pub use client::{Client, Operation, Target};
pub use error::SdkError;
pub use language::Language;
pub use settings::Settings;

/// A file of a generated client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it lies in the archive, with `/` between folders.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// The files of a client. Fails if a setting that the language requires is missing, or one says what cannot be a name.
pub fn generate(client: &Client, language: Language, settings: &Settings) -> Result<Vec<SourceFile>, SdkError> {
    match language {
        Language::Android => android::files(client, settings),
        Language::Java => java::files(client, settings),
        Language::Javascript => Ok(javascript::files(client)),
        Language::Objectivec => objectivec::files(client, settings),
        Language::Ruby => ruby::files(client, settings),
        Language::Swift => swift::files(client, settings),
    }
}
