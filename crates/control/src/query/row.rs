//! What the form of an operation may hold.

use crate::iam::About;

/// Which texts a member takes.
#[derive(Debug, Clone, Copy)]
pub struct TextRule {
    /// The fewest characters.
    pub min_length: usize,
    /// The most characters.
    pub max_length: usize,
    /// The service model's pattern, shown to who breaks it; empty where there is none.
    pub pattern: &'static str,
    /// Whether a character may stand in it; the whole of a text where the pattern has parts.
    pub(crate) fits: fn(&str) -> bool,
}

/// What a member holds.
#[derive(Debug, Clone, Copy)]
pub enum MemberKind {
    /// A text.
    Text(&'static TextRule),
    /// A whole number in a range.
    Integer(i64, i64),
    /// `true` or `false`.
    Boolean,
    /// One of these texts.
    Closed(&'static [&'static str]),
    /// Tags: at most 50 keys with values.
    Tags,
    /// Texts, at most so many.
    Texts(&'static TextRule, usize),
    /// Managed policies by ARN, `PolicyArns.member.N.arn`.
    PolicyArns(&'static TextRule),
    /// AWS takes it; here it is refused when it is given.
    Unserved,
}

/// A member of an operation's input.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The name on the wire.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub kind: MemberKind,
}

/// A member that must be there.
pub(crate) const fn req(name: &'static str, kind: MemberKind) -> Member {
    Member { name, required: true, kind }
}

/// A member that may be there.
pub(crate) const fn opt(name: &'static str, kind: MemberKind) -> Member {
    Member { name, required: false, kind }
}

/// What an operation of a Query API has besides its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryRow {
    /// What its form may hold.
    pub(crate) members: &'static [Member],
    /// What it is about, for the permission check.
    pub(crate) about: About,
}

/// A Query API: its version, and the namespace of its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wire {
    /// The version that calls name.
    pub(crate) version: &'static str,
    /// The namespace of the XML.
    pub(crate) namespace: &'static str,
}
