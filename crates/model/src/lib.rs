//! API Gateway's resources as serde types in wire form, the layout of their keys, and AWS's quotas.
//!
//! Nothing here validates across members or knows a store: a type says what a document looks like, `stagegate-control`
//! says which documents are allowed.

mod closed;
pub mod domain;
pub mod http;
pub mod iam;
pub mod keys;
pub mod lambda;
pub mod limits;
pub mod rest;
mod segment;
pub mod shape;

pub use closed::UnknownValue;
