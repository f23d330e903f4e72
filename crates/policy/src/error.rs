//! Why a text is no policy document, and where.

use thiserror::Error;

/// A refused document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{fault}", place(.path))]
pub struct ParseError {
    /// The JSON path of the refused element, such as `Statement[1].Condition.StringEquals`; empty for the whole document.
    pub path: String,
    /// What is wrong there.
    pub fault: Fault,
}

fn place(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

/// What is wrong with an element.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The text is not JSON.
    #[error("the document is not JSON: {0}")]
    NotJson(String),
    /// A limit of the caller is passed.
    #[error("has {found} {unit}; at most {limit} are allowed")]
    TooMany {
        /// What is counted.
        unit: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A member, or a Sid, appears twice.
    #[error("`{0}` appears twice")]
    Duplicate(String),
    /// A member that the language does not have.
    #[error("`{name}` is unknown; allowed: {allowed}")]
    Unknown {
        /// The name found.
        name: String,
        /// The names that may stand here.
        allowed: &'static str,
    },
    /// A member that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Two members exclude each other.
    #[error("{0} and {1} exclude each other")]
    Both(&'static str, &'static str),
    /// A member that this kind of policy may not have.
    #[error("{0} is not allowed in this kind of policy")]
    Misplaced(&'static str),
    /// A value of the wrong form.
    #[error("found {found}; allowed: {allowed}")]
    Wrong {
        /// The value found, or its JSON type.
        found: String,
        /// What may stand here.
        allowed: &'static str,
    },
}
