//! Refused configuration: where it stands, and what is allowed there.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// Why the configuration was refused.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum ConfigError {
    /// Something in the file; printed with file, line and column.
    #[error("{message}")]
    InFile {
        message: String,
        #[source_code]
        file: Arc<NamedSource<String>>,
        #[label("here")]
        at: SourceSpan,
        #[help]
        help: String,
    },
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// A flag or an environment variable.
    #[error("{origin} may not be `{value}`")]
    Value {
        /// `--gateway` or `STAGEGATE_GATEWAY`.
        origin: String,
        value: String,
        #[help]
        allowed: String,
    },
    /// An environment variable that looks like a setting and is none.
    #[error("there is no setting for the environment variable {name}")]
    Stranger {
        name: String,
        #[help]
        help: String,
    },
    /// Settings that do not fit together.
    #[error("{message}")]
    Together {
        message: String,
        #[help]
        help: String,
    },
}
