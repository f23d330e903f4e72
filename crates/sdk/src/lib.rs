//! Client libraries for deployed APIs: what a deployment froze, as source files of a client, in an archive.
//!
//! Pure: no input or output, no clock. Equal APIs and settings give equal bytes.

mod archive;
mod client;
mod error;
mod javascript;
mod language;
mod name;
mod template;

pub use archive::archive;
pub use client::{Client, Operation, Target};
pub use error::SdkError;
pub use language::Language;

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

/// The files of a client.
pub fn generate(client: &Client, language: Language) -> Vec<SourceFile> {
    match language {
        Language::Javascript => javascript::files(client),
    }
}
