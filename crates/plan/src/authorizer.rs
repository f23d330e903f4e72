//! Compiled authorizers that ask a function.

use regex::Regex;
use stagegate_mapping::RequestSource;

use crate::lambda::FunctionTarget;

/// A `TOKEN` or `REQUEST` authorizer with stage variables bound.
#[derive(Debug, Clone)]
pub struct LambdaAuthorizerPlan {
    /// Its id.
    pub id: Box<str>,
    /// What the function is told.
    pub kind: LambdaAuthorizerKind,
    /// The function.
    pub target: FunctionTarget,
}

/// The two kinds of authorizers that ask a function.
#[derive(Debug, Clone)]
pub enum LambdaAuthorizerKind {
    /// `TOKEN`: one header's value.
    Token {
        /// The header.
        header: Box<str>,
        /// What the value must match whole before the function is asked; anchored already.
        expression: Option<Regex>,
    },
    /// `REQUEST`: the request but for its body.
    Request {
        /// What must be there, and not empty, before the function is asked.
        sources: Box<[IdentitySource]>,
    },
}

/// One identity source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySource {
    /// As it was written, such as `method.request.header.Authorization`.
    pub written: Box<str>,
    /// The same, parsed.
    pub source: RequestSource,
}
