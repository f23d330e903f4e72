//! A parsed policy document, its limits and its kinds.

use crate::error::{Fault, ParseError};
use crate::statement::Statement;

/// Sizes that a document may have. AWS's quotas differ by kind of policy, so the caller gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole text.
    pub document_bytes: usize,
    /// Statements in one document.
    pub statements: usize,
    /// Values in one list: actions, resources, principals, values of one condition key.
    pub values_per_list: usize,
}

/// The version of the policy language; without the element it is the older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`: policy variables are text.
    V2008,
    /// `2012-10-17`: policy variables are replaced.
    V2012,
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// What a policy is attached to, which decides how it takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Attached to a user, group or role, or returned by a Lambda authorizer.
    Identity,
    /// Attached to what is called.
    Resource,
    /// The most that identity policies can grant.
    Boundary,
    /// Passed when a session was made; again a most.
    Session,
}

/// A policy document that was parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The language's version.
    pub version: Version,
    /// The document's Id.
    pub id: Option<String>,
    pub(crate) statements: Vec<Statement>,
    keys: Vec<Box<str>>,
}

impl Policy {
    /// Parses a document, whatever its kind.
    ///
    /// # Errors
    /// Text that is no JSON, an unknown, missing, doubled or misshapen element, or more than the limits allow; with the
    /// JSON path, and what is allowed there.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, ParseError> {
        crate::parse::policy(text, limits)
    }

    pub(crate) fn new(version: Version, id: Option<String>, statements: Vec<Statement>) -> Self {
        let mut keys: Vec<Box<str>> = statements.iter().flat_map(Statement::keys).map(Into::into).collect();
        keys.sort_unstable();
        keys.dedup();
        Self { version, id, statements, keys }
    }

    /// The context keys that conditions and policy variables read, with their case folded, in order: what a context needs
    /// to have for this policy, and no more.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &**key)
    }

    /// How many statements there are.
    pub fn statement_count(&self) -> usize {
        self.statements.len()
    }

    /// Checks what a kind of policy must and must not have: a resource policy names principals; the others name none,
    /// but resources. A document that was not checked is evaluated to the safe side: where such a statement lacks an
    /// element, its Allow applies never and its Deny always.
    ///
    /// # Errors
    /// The first element that is missing or misplaced.
    pub fn require(&self, kind: PolicyKind) -> Result<(), ParseError> {
        for (index, statement) in self.statements.iter().enumerate() {
            let fault = match (kind, &statement.principals, &statement.resources) {
                (PolicyKind::Resource, None, _) => Fault::Missing("Principal or NotPrincipal"),
                (PolicyKind::Resource, Some(_), _) | (_, None, Some(_)) => continue,
                (_, Some(_), _) => Fault::Misplaced("Principal"),
                (_, None, None) => Fault::Missing("Resource or NotResource"),
            };
            return Err(ParseError { path: format!("Statement[{index}]"), fault });
        }
        Ok(())
    }
}
