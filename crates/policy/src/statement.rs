//! One statement, and whether it applies to a request.

use std::borrow::Cow;

use crate::arn::ArnPattern;
use crate::condition::Condition;
use crate::document::{Effect, PolicyKind};
use crate::evaluate::Request;
use crate::pattern::Pattern;
use crate::principal::{Grant, Principals};

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Listed<Pattern>,
    pub(crate) resources: Option<Listed<ArnPattern>>,
    pub(crate) conditions: Vec<Condition>,
}

/// A list, or with `Not…` all but a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed<T> {
    pub(crate) negated: bool,
    pub(crate) patterns: Vec<T>,
}

impl<T> Listed<T> {
    /// Whether the element is about what `matches` tests. A pattern whose variable has no value (`None`) is no match,
    /// and takes a negated element out of force: a statement with it is invalid (IAM User Guide, "Variables and tags").
    fn contains(&self, matches: impl Fn(&T) -> Option<bool>) -> bool {
        let mut answers = self.patterns.iter().map(matches);
        if self.negated {
            answers.all(|answer| answer == Some(false))
        } else {
            answers.any(|answer| answer == Some(true))
        }
    }
}

/// The first element by which a statement is not about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch<'a> {
    /// Principal or `NotPrincipal`, or the lack of it.
    Principal,
    /// Action or `NotAction`.
    Action,
    /// Resource or `NotResource`, or the lack of it.
    Resource,
    /// A condition that is not met.
    Condition {
        /// The operator as written.
        operator: &'a str,
        /// The condition key as written.
        key: &'a str,
    },
}

impl Statement {
    /// The context keys that it reads, with their case folded.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.iter().flat_map(|listed| &listed.patterns).flat_map(ArnPattern::keys);
        resources.chain(self.conditions.iter().flat_map(Condition::keys))
    }

    /// Whether the statement applies, and how directly it names the caller; else the first element that does not match.
    pub(crate) fn judge(&self, kind: PolicyKind, request: &Request<'_>) -> Result<Grant, Mismatch<'_>> {
        let grant = self.grant(kind, request).ok_or(Mismatch::Principal)?;
        let action = lower_case(request.action);
        if !self.actions.contains(|pattern| pattern.matches(&action, request.context)) {
            return Err(Mismatch::Action);
        }
        if !self.covers_resource(kind, request) {
            return Err(Mismatch::Resource);
        }
        match self.conditions.iter().find(|condition| !condition.holds(request.context)) {
            Some(condition) => {
                Err(Mismatch::Condition { operator: &condition.operator_name, key: &condition.key_name })
            }
            None => Ok(grant),
        }
    }

    fn grant(&self, kind: PolicyKind, request: &Request<'_>) -> Option<Grant> {
        match &self.principals {
            Some(principals) => principals.grant(self.effect, &request.principal),
            None => (kind != PolicyKind::Resource || self.effect == Effect::Deny).then_some(Grant::Direct),
        }
    }

    fn covers_resource(&self, kind: PolicyKind, request: &Request<'_>) -> bool {
        match &self.resources {
            Some(resources) => resources.contains(|pattern| pattern.matches(request.resource, request.context)),
            // A resource policy without the element is about the resource that it is attached to.
            None => kind == PolicyKind::Resource || self.effect == Effect::Deny,
        }
    }
}

/// Actions are matched in lower case; one that is in it already is not copied.
fn lower_case(action: &str) -> Cow<'_, str> {
    if action.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(action.to_ascii_lowercase())
    } else {
        Cow::Borrowed(action)
    }
}
