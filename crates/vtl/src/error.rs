//! Why a text is no template, and why a rendering stopped.

/// Where and why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// What was expected, or what is wrong.
    pub message: String,
}

/// Where and why a rendering stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct RenderError {
    /// Line, from 1, of the innermost reference or directive; 0 when there was none.
    pub line: u32,
    /// Column in bytes, from 1; 0 when there was none.
    pub column: u32,
    /// What went wrong.
    pub fault: Fault,
}

/// What can go wrong in a rendering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More iterations of one `#foreach` than allowed.
    #[error("#foreach exceeds {0} iterations")]
    Iterations(u32),
    /// More bytes in the output, or in one string, than allowed.
    #[error("the output or a string exceeds {0} bytes")]
    Output(usize),
    /// Blocks, calls and values nested deeper than allowed.
    #[error("nesting exceeds {0} levels")]
    Nesting(u32),
    /// Macros calling macros deeper than allowed.
    #[error("macro calls exceed {0} levels")]
    MacroDepth(u32),
    /// More work than allowed.
    #[error("the template exceeds {0} steps")]
    Steps(u64),
    /// A method failed as Java's would throw.
    #[error("{0}")]
    Method(String),
    /// The text given to `#evaluate` is not a template.
    #[error("#evaluate: {0}")]
    Evaluate(ParseError),
}

/// What a step of a rendering answers. A fault is boxed, so that an answer without one is small.
pub(crate) type Outcome<T> = Result<T, Box<Fault>>;

impl Fault {
    /// A method's failure.
    pub fn method(message: impl Into<String>) -> Self {
        Self::Method(message.into())
    }
}
