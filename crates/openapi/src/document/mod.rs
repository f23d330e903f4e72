//! The document layer: bytes become a tree in which every node knows its line and column.

mod builder;
mod cursor;
mod json;
mod scalar;
mod yaml;

use indexmap::IndexMap;

pub(crate) use cursor::{Cursor, excerpt};

use crate::{
    error::{ImportError, ImportErrorKind},
    options::{AwsVariables, ImportLimits},
};

/// A place in the source: line and column, both counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

/// The index of a node in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

/// What a node is.
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    /// A number as it was written: `1.0` stays `1.0` where a string is wanted.
    Number(Box<str>),
    Text(Box<str>),
    Sequence(Vec<NodeId>),
    /// Members in the order of the source; every key is text, whatever YAML would make of it.
    Mapping(IndexMap<Box<str>, NodeId>),
}

/// A node, where it stands, and what it costs to repeat it.
#[derive(Debug)]
struct Node {
    value: Value,
    position: Position,
    /// The container in which the node was written, and its place there.
    parent: Option<(NodeId, u32)>,
    weight: Weight,
    /// Levels of nesting below and including this node.
    height: u32,
}

/// What a node and everything below it amounts to, aliases counted as often as they occur.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub(crate) nodes: u32,
    pub(crate) text_bytes: u32,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            text_bytes: self.text_bytes.saturating_add(other.text_bytes),
        }
    }

    /// Adds `other` unless the sum exceeds the limits; the error names the limit that was hit.
    pub(crate) fn charged(self, other: Self, limits: &ImportLimits) -> Result<Self, String> {
        let sum = self.plus(other);
        if sum.nodes > limits.nodes {
            return Err(format!("the document expands to more than {} nodes", limits.nodes));
        }
        if sum.text_bytes > limits.text_bytes {
            return Err(format!("the document expands to more than {} bytes of text", limits.text_bytes));
        }
        Ok(sum)
    }
}

/// A parsed document.
#[derive(Debug)]
pub(crate) struct Document {
    nodes: Vec<Node>,
    root: NodeId,
}

impl Document {
    /// Parses JSON (a source that opens with `{"` or `{}`, or with `[`) or YAML (anything else).
    pub(crate) fn parse(source: &[u8], limits: &ImportLimits) -> Result<Self, ImportError> {
        if source.len() > limits.source_bytes {
            return Err(ImportError::at(
                ImportErrorKind::Limit,
                Position::START,
                format!("the definition has {} bytes", source.len()),
            )
            .expecting(format!("at most {} bytes", limits.source_bytes)));
        }
        let text = utf8(source)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if is_json(text) { json::parse(text, limits) } else { yaml::parse(text, limits) }
    }

    /// Resolves the variables of AWS in every text but keys. A text does not grow by more than a variable's value.
    pub(crate) fn resolve(&mut self, variables: &AwsVariables) {
        for node in &mut self.nodes {
            if let Value::Text(text) = &mut node.value
                && text.contains(AwsVariables::PREFIX)
            {
                *text = variables.resolve(text).into();
            }
        }
    }

    pub(crate) fn root(&self) -> Cursor<'_> {
        Cursor::new(self, self.root)
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

/// Whether the source is to be read by JSON's rules: a flow mapping with plain keys, `{a: b}`, is YAML only.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('[')
        || text.strip_prefix('{').is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.is_empty() || rest.starts_with(['"', '}'])
        })
}

fn utf8(source: &[u8]) -> Result<&str, ImportError> {
    std::str::from_utf8(source).map_err(|error| {
        let valid = String::from_utf8_lossy(&source[..error.valid_up_to()]);
        let line_start = valid.rfind('\n').map_or(0, |at| at + 1);
        let position = Position {
            line: narrow(valid.matches('\n').count() + 1),
            column: narrow(valid[line_start..].chars().count() + 1),
        };
        ImportError::at(ImportErrorKind::Syntax, position, "the definition is not UTF-8")
            .expecting("JSON or YAML in UTF-8")
    })
}

/// Narrows a count that the source's size bounds.
pub(crate) fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
