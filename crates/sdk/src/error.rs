//! Why no client is generated.

/// Why no client is generated. All of them are the caller's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdkError {
    /// No such language.
    #[error("Invalid SDK type specified: {0}")]
    UnknownLanguage(String),
    /// A setting that the language requires.
    #[error("Missing required parameter: {0}")]
    Missing(&'static str),
    /// A setting that cannot be written into the client.
    #[error("Invalid value specified for parameter {name}: {value}")]
    Invalid {
        /// The setting's name.
        name: &'static str,
        /// What was given.
        value: String,
    },
}
