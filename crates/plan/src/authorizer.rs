//! Compiled authorizers: who is asked whether a caller may call, and with what.

use regex::Regex;
use stagegate_mapping::RequestSource;

use crate::lambda::LambdaPlan;
use crate::token::TokenAuthorizerPlan;

/// The index of an authorizer in its deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuthorizerId(pub u16);

/// An authorizer of a deployment.
#[derive(Debug)]
pub enum AuthorizerPlan {
    /// `TOKEN` and `REQUEST`: a function decides.
    Lambda(LambdaAuthorizerPlan),
    /// `COGNITO_USER_POOLS` and `JWT`: a token decides.
    Token(TokenAuthorizerPlan),
    /// It cannot be used as it is configured: its routes answer `AUTHORIZER_CONFIGURATION_ERROR`.
    Unusable {
        /// The reason, for the log and the findings.
        why: Box<str>,
    },
}

/// A `TOKEN` or `REQUEST` authorizer. Its function is bound by the stage: see [`crate::StagePlan::authorizer_target`].
#[derive(Debug)]
pub struct LambdaAuthorizerPlan {
    /// Its id.
    pub id: Box<str>,
    /// What the function is told.
    pub kind: LambdaAuthorizerKind,
    /// How long a decision is kept, in seconds; 0 where none is (AWS: 0 to 3,600, by default 300).
    pub ttl_s: u32,
    /// The function, as configured.
    pub invoke: LambdaPlan,
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
