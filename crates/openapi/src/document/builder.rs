//! Builds a document node by node and holds it to its limits while it grows.

use indexmap::IndexMap;

use super::{Document, Node, NodeId, Position, Value, Weight, narrow};
use crate::{
    error::{ImportError, ImportErrorKind},
    options::ImportLimits,
};

/// Deepest nesting that may be configured: readers recurse once per level.
const DEPTH_CEILING: u32 = 500;

/// A document in the making.
pub(super) struct Builder<'l> {
    limits: &'l ImportLimits,
    nodes: Vec<Node>,
    spent: Weight,
}

impl<'l> Builder<'l> {
    pub(super) fn new(limits: &'l ImportLimits) -> Self {
        Self { limits, nodes: Vec::new(), spent: Weight::default() }
    }

    pub(super) fn finish(self, root: NodeId) -> Document {
        Document { nodes: self.nodes, root }
    }

    /// Checks the nesting at which a container opens; `depth` is 1 for the root.
    pub(super) fn enter(&self, depth: u32, position: Position) -> Result<(), ImportError> {
        let limit = self.limits.depth.min(DEPTH_CEILING);
        if depth <= limit {
            return Ok(());
        }
        let message = format!("the document is nested more than {limit} levels deep");
        Err(ImportError::at(ImportErrorKind::Limit, position, message))
    }

    pub(super) fn scalar(&mut self, value: Value, position: Position) -> Result<NodeId, ImportError> {
        let text_bytes = match &value {
            Value::Text(text) | Value::Number(text) => narrow(text.len()),
            _ => 0,
        };
        let own = Weight { nodes: 1, text_bytes };
        self.charge(own, position)?;
        Ok(self.push(value, position, own, 1))
    }

    pub(super) fn sequence(&mut self, items: Vec<NodeId>, position: Position) -> Result<NodeId, ImportError> {
        let own = Weight { nodes: 1, text_bytes: 0 };
        self.charge(own, position)?;
        let (weight, height) = self.sum(own, items.iter().copied());
        let id = self.push(Value::Sequence(items.clone()), position, weight, height);
        self.adopt(id, items.into_iter());
        Ok(id)
    }

    pub(super) fn mapping(
        &mut self,
        members: IndexMap<Box<str>, NodeId>,
        position: Position,
    ) -> Result<NodeId, ImportError> {
        let keys = members.keys().map(|key| key.len()).sum();
        let own = Weight { nodes: 1, text_bytes: narrow(keys) };
        self.charge(own, position)?;
        let children: Vec<NodeId> = members.values().copied().collect();
        let (weight, height) = self.sum(own, children.iter().copied());
        let id = self.push(Value::Mapping(members), position, weight, height);
        self.adopt(id, children.into_iter());
        Ok(id)
    }

    /// Accounts for one more occurrence of `target`, which stands `depth` levels deep there.
    pub(super) fn alias(&mut self, target: NodeId, depth: u32, position: Position) -> Result<(), ImportError> {
        let node = &self.nodes[target.0 as usize];
        let (weight, height) = (node.weight, node.height);
        self.enter(depth.saturating_add(height), position)?;
        self.charge(weight, position)
    }

    /// The members of a finished mapping, for a merge key.
    pub(super) fn members(&self, id: NodeId) -> Option<&IndexMap<Box<str>, NodeId>> {
        match &self.nodes[id.0 as usize].value {
            Value::Mapping(members) => Some(members),
            _ => None,
        }
    }

    /// The items of a finished sequence, for a merge key.
    pub(super) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match &self.nodes[id.0 as usize].value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn position(&self, id: NodeId) -> Position {
        self.nodes[id.0 as usize].position
    }

    fn charge(&mut self, weight: Weight, position: Position) -> Result<(), ImportError> {
        self.spent = self
            .spent
            .charged(weight, self.limits)
            .map_err(|message| ImportError::at(ImportErrorKind::Limit, position, message))?;
        Ok(())
    }

    fn sum(&self, own: Weight, children: impl Iterator<Item = NodeId>) -> (Weight, u32) {
        children.fold((own, 1), |(weight, height), id| {
            let child = &self.nodes[id.0 as usize];
            (weight.plus(child.weight), height.max(child.height.saturating_add(1)))
        })
    }

    fn push(&mut self, value: Value, position: Position, weight: Weight, height: u32) -> NodeId {
        let id = NodeId(narrow(self.nodes.len()));
        self.nodes.push(Node { value, position, parent: None, weight, height });
        id
    }

    /// A node belongs to the container in which it was written; an alias leaves that as it is.
    fn adopt(&mut self, parent: NodeId, children: impl Iterator<Item = NodeId>) {
        for (index, child) in children.enumerate() {
            let slot = &mut self.nodes[child.0 as usize].parent;
            if slot.is_none() {
                *slot = Some((parent, narrow(index)));
            }
        }
    }
}
