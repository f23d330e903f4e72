//! Why a request was decided as it was: every statement, and what kept it from applying.

use std::fmt;

use crate::document::{Effect, PolicyKind};
use crate::evaluate::{Decision, PolicySet, Request, StatementRef, Verdict, evaluate};
use crate::statement::Mismatch;

/// A decision with an account of every statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The decision, as [`evaluate`] makes it.
    pub decision: Decision<'a>,
    /// Every statement, in the order of policies and statements.
    pub statements: Vec<StatementReport<'a>>,
}

/// What became of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementReport<'a> {
    /// The statement.
    pub at: StatementRef<'a>,
    /// Its effect.
    pub effect: Effect,
    /// The first element that does not match; none if the statement applies.
    pub mismatch: Option<Mismatch<'a>>,
}

/// Decides a request and says why.
pub fn explain<'a>(policies: &PolicySet<'a>, request: &Request<'_>) -> Explanation<'a> {
    let mut statements = Vec::new();
    for (kind, policy, document) in policies.policies() {
        for (index, statement) in document.statements.iter().enumerate() {
            statements.push(StatementReport {
                at: StatementRef { kind, policy, statement: index, sid: statement.sid.as_deref() },
                effect: statement.effect,
                mismatch: statement.judge(kind, request).err(),
            });
        }
    }
    Explanation { decision: evaluate(policies, request), statements }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
        })
    }
}

impl fmt::Display for StatementRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}, statement {}", self.kind, self.policy, self.statement)?;
        self.sid.map_or(Ok(()), |sid| write!(formatter, " ({sid})"))
    }
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal => formatter.write_str("it is not about this principal"),
            Self::Action => formatter.write_str("it is not about this action"),
            Self::Resource => formatter.write_str("it is not about this resource"),
            Self::Condition { operator, key } => write!(formatter, "the condition {operator} on {key} is not met"),
        }
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.verdict, self.by, self.silent) {
            (Verdict::Allow, Some(by), _) => write!(formatter, "allowed by {by}"),
            (Verdict::Allow, None, _) => formatter.write_str("allowed: the account's root user"),
            (Verdict::ExplicitDeny, by, _) => {
                write!(formatter, "denied by {}", by.map(|by| by.to_string()).unwrap_or_default())
            }
            (Verdict::ImplicitDeny, _, silent) => {
                write!(formatter, "denied: no {} allows it", silent.unwrap_or(PolicyKind::Identity))
            }
        }
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.decision)?;
        for report in &self.statements {
            let effect = if report.effect == Effect::Allow { "Allow" } else { "Deny" };
            match report.mismatch {
                None => writeln!(formatter, "{}: {effect} applies", report.at)?,
                Some(mismatch) => writeln!(formatter, "{}: {effect} does not apply: {mismatch}", report.at)?,
            }
        }
        Ok(())
    }
}
