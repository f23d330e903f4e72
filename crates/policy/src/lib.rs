//! IAM policy documents: parsed strictly, evaluated as the IAM User Guide defines it, and explained.
//!
//! Pure: no input or output and no clock. The time of a request is a value of its [`Context`], as `aws:CurrentTime`.

mod arn;
mod condition;
mod context;
mod cursor;
mod document;
mod error;
mod evaluate;
mod explain;
mod json;
mod network;
mod parse;
mod pattern;
mod principal;
mod statement;

pub use context::Context;
pub use document::{Effect, Limits, Policy, PolicyKind, Version};
pub use error::{Fault, ParseError};
pub use evaluate::{Decision, PolicySet, Request, StatementRef, Verdict, evaluate, evaluate_alone};
pub use explain::{Explanation, StatementReport, explain};
pub use network::Network;
pub use principal::Principal;
pub use statement::Mismatch;
