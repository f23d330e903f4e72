//! `JSONPath` in Jayway's dialect (`com.jayway.jsonpath`), as API Gateway's `$input.path` and parameter mappings use it.
//!
//! A [`Path`] is compiled once and evaluated over [`serde_json::Value`]s within a [`Budget`]. Jayway's default options
//! hold: a definite path that meets nothing is missing, and an indefinite one lists what it meets, perhaps nothing.

mod budget;
mod decimal;
mod error;
mod evaluate;
mod parse;
mod path;

pub use budget::Budget;
pub use error::{EvalError, ParseError};
pub use path::{Found, Path};
