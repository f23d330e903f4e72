//! Why an import failed, for people.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceOffset, SourceSpan};
use stagegate_openapi::ImportError;
use thiserror::Error;

use crate::client::CallError;

/// Why an import failed.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum ImportFailure {
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// The file is too large.
    #[error("{} is larger than {limit_bytes} bytes", path.display())]
    #[diagnostic(help("the quota rest_openapi_import_bytes sets the limit"))]
    TooLarge { path: PathBuf, limit_bytes: usize },
    /// The definition is refused; printed with file, line and column.
    #[error("{message}")]
    Definition {
        message: String,
        #[source_code]
        file: Arc<NamedSource<String>>,
        #[label("{place}")]
        at: SourceSpan,
        /// Where in the document, as a JSON path.
        place: String,
        #[help]
        help: Option<String>,
    },
    /// The control plane refused, or cannot be reached.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Call(#[from] CallError),
    /// The control plane made an API and did not say which.
    #[error("the control plane answered without an API id")]
    NoId,
}

impl ImportFailure {
    /// A refusal of the definition, with its place in the file.
    pub(super) fn definition(path: &Path, content: &[u8], error: &ImportError) -> Self {
        let text = String::from_utf8_lossy(content).into_owned();
        let (line, column) = (error.line.max(1) as usize, error.column.max(1) as usize);
        let at = SourceOffset::from_location(&text, line, column);
        Self::Definition {
            message: error.message.clone(),
            file: Arc::new(NamedSource::new(path.display().to_string(), text)),
            at: SourceSpan::new(at, 0),
            place: error.path.clone(),
            help: Some(error.expected.clone()).filter(|text| !text.is_empty()).map(|text| format!("expected {text}")),
        }
    }
}
