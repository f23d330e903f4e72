//! Compiled authorizers: who is asked whether a caller may call, and with what.

use regex::Regex;
use stagegate_mapping::RequestSource;

use crate::lambda::LambdaPlan;
use crate::token::{TokenAuthorizerPlan, VariablePools};

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
    /// `COGNITO_USER_POOLS` whose pools depend on the stage.
    Pools(VariablePools),
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
    /// The function as configured, and the form of what it is told.
    pub invoke: LambdaPlan,
    /// What the function answers with.
    pub answer: DecisionForm,
}

/// The form in which an authorizer's function decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecisionForm {
    /// A policy, and a context whose values become texts (facts A14 and A16).
    #[default]
    Policy,
    /// The same, but an `errorMessage` of `Unauthorized` counts whether the function failed or not (fact H46).
    TextPolicy,
    /// A policy, and a context whose values keep their types (fact H44).
    TypedPolicy,
    /// `isAuthorized`, and a context whose values keep their types (facts 95 and H46).
    Simple,
}

/// What an identity source without a value is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyIdentity {
    /// It is missing: the function is not asked (fact 82).
    #[default]
    Missing,
    /// It is an identity (fact H46).
    Counts,
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
        /// What must be there before the function is asked.
        sources: Box<[IdentitySource]>,
        /// Whether it may be empty.
        empty: EmptyIdentity,
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
