//! YAML 1.2 from parser events, without recursion: anchors, aliases and merge keys within the limits, one document.

use std::collections::HashMap;

use indexmap::IndexMap;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::{
    Document, NodeId, Position, Value, builder::Builder, cursor::excerpt, json::duplicate_key, narrow, scalar,
};
use crate::{
    error::{ImportError, ImportErrorKind},
    options::ImportLimits,
};

/// Parses one YAML document.
pub(super) fn parse(text: &str, limits: &ImportLimits) -> Result<Document, ImportError> {
    let mut parser = Parser::new_from_str(text);
    let mut tree = Tree { builder: Builder::new(limits), open: Vec::new(), anchors: HashMap::new(), root: None };
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| scan_error(&error))?;
        tree.take(event, position(&span.start))?;
    }
    match tree.root {
        Some(root) => Ok(tree.builder.finish(root)),
        None => Err(syntax(Position::START, "the definition is empty").expecting("an OpenAPI or Swagger document")),
    }
}

fn scan_error(error: &ScanError) -> ImportError {
    syntax(position(error.marker()), format!("the YAML cannot be read: {}", error.info()))
}

fn position(marker: &Marker) -> Position {
    Position { line: narrow(marker.line().max(1)), column: narrow(marker.col() + 1) }
}

fn syntax(position: Position, message: impl Into<String>) -> ImportError {
    ImportError::at(ImportErrorKind::Syntax, position, message)
}

/// A container whose end has not come yet.
enum Open {
    Sequence { items: Vec<NodeId>, anchor: usize, position: Position },
    Mapping(OpenMapping),
}

struct OpenMapping {
    members: IndexMap<Box<str>, NodeId>,
    /// Where each member's key stands, in the order of `members`.
    key_positions: Vec<Position>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// Values of merge keys, which yield to the mapping's own members.
    merged: Vec<NodeId>,
    anchor: usize,
    position: Position,
}

enum Key {
    Member(Box<str>, Position),
    /// An unquoted `<<`.
    Merge,
}

struct Tree<'l> {
    builder: Builder<'l>,
    open: Vec<Open>,
    /// Finished nodes by the parser's number for their anchor.
    anchors: HashMap<usize, NodeId>,
    root: Option<NodeId>,
}

impl Tree<'_> {
    fn take(&mut self, event: Event<'_>, position: Position) -> Result<(), ImportError> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(syntax(position, "a second YAML document begins here").expecting("one document"))
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), position),
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", position)?;
                let position = self.container_position(position);
                self.open(Open::Sequence { items: Vec::new(), anchor, position }, position)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", position)?;
                let position = self.container_position(position);
                self.open(Open::Mapping(OpenMapping::new(anchor, position)), position)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, position),
            _ => Ok(()),
        }
    }

    /// Whether the next node is a mapping's key.
    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Mapping(mapping)) if mapping.key.is_none())
    }

    /// Where a container stands for its reader: at its key, if it begins on a later line than the key.
    fn container_position(&self, start: Position) -> Position {
        match self.open.last() {
            Some(Open::Mapping(OpenMapping { key: Some(Key::Member(_, key)), .. })) if key.line < start.line => *key,
            _ => start,
        }
    }

    fn depth(&self) -> u32 {
        narrow(self.open.len())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        position: Position,
    ) -> Result<(), ImportError> {
        if self.awaits_key() && anchor == 0 {
            return self.key(text, style, position);
        }
        let value = resolve(text, style, tag, position)?;
        let is_key = self.awaits_key();
        let id = self.builder.scalar(value, position)?;
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        if is_key { self.key(text, style, position) } else { self.place(id, position) }
    }

    fn key(&mut self, text: &str, style: ScalarStyle, position: Position) -> Result<(), ImportError> {
        let Some(Open::Mapping(mapping)) = self.open.last_mut() else {
            return Ok(());
        };
        if style == ScalarStyle::Plain && text == "<<" {
            mapping.key = Some(Key::Merge);
            return Ok(());
        }
        if let Some((index, key, _)) = mapping.members.get_full(text) {
            return Err(duplicate_key(key, mapping.key_positions[index], position));
        }
        mapping.key = Some(Key::Member(text.into(), position));
        Ok(())
    }

    fn open(&mut self, container: Open, position: Position) -> Result<(), ImportError> {
        if self.awaits_key() {
            return Err(syntax(position, "a mapping's key is itself a collection").expecting("a scalar as key"));
        }
        self.builder.enter(self.depth() + 1, position)?;
        self.open.push(container);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ImportError> {
        let (id, anchor, position) = match self.open.pop() {
            Some(Open::Sequence { items, anchor, position }) => {
                (self.builder.sequence(items, position)?, anchor, position)
            }
            Some(Open::Mapping(mapping)) => {
                let (anchor, position) = (mapping.anchor, mapping.position);
                (self.close_mapping(mapping)?, anchor, position)
            }
            None => return Ok(()),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.place(id, position)
    }

    fn close_mapping(&mut self, mapping: OpenMapping) -> Result<NodeId, ImportError> {
        let mut members = mapping.members;
        for source in mapping.merged {
            let inherited: Vec<_> = match self.builder.members(source) {
                Some(found) => found.iter().map(|(key, id)| (key.clone(), *id)).collect(),
                None => return Err(merge_error(self.builder.position(source))),
            };
            for (key, id) in inherited {
                members.entry(key).or_insert(id);
            }
        }
        self.builder.mapping(members, mapping.position)
    }

    fn alias(&mut self, anchor: usize, position: Position) -> Result<(), ImportError> {
        let Some(&target) = self.anchors.get(&anchor) else {
            return Err(syntax(position, "an alias stands inside the node that it repeats"));
        };
        self.builder.alias(target, self.depth(), position)?;
        if self.awaits_key() {
            return Err(syntax(position, "a mapping's key is an alias").expecting("a scalar as key"));
        }
        self.place(target, position)
    }

    /// Puts a finished node where it belongs: into the innermost open container, or at the root.
    fn place(&mut self, id: NodeId, position: Position) -> Result<(), ImportError> {
        match self.open.last_mut() {
            None => self.root = Some(id),
            Some(Open::Sequence { items, .. }) => items.push(id),
            Some(Open::Mapping(mapping)) => match mapping.key.take() {
                None => return Err(syntax(position, "a value has no key")),
                Some(Key::Merge) => {
                    let many = self.builder.items(id).map(<[NodeId]>::to_vec);
                    mapping.merged.extend(many.unwrap_or_else(|| vec![id]));
                }
                Some(Key::Member(key, key_position)) => {
                    mapping.members.insert(key, id);
                    mapping.key_positions.push(key_position);
                }
            },
        }
        Ok(())
    }
}

impl OpenMapping {
    fn new(anchor: usize, position: Position) -> Self {
        Self { members: IndexMap::new(), key_positions: Vec::new(), key: None, merged: Vec::new(), anchor, position }
    }
}

fn merge_error(position: Position) -> ImportError {
    syntax(position, "a merge key `<<` has a value that is no mapping").expecting("a mapping or a list of mappings")
}

fn check_tag(tag: Option<&Tag>, own: &str, position: Position) -> Result<(), ImportError> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == own) => Err(unknown_tag(tag, position)),
        _ => Ok(()),
    }
}

fn unknown_tag(tag: &Tag, position: Position) -> ImportError {
    let message = format!("the tag {} has no meaning here", excerpt(&tag.to_string()));
    syntax(position, message)
        .expecting("plain YAML: CloudFormation's intrinsic functions must be resolved before an import")
}

fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>, position: Position) -> Result<Value, ImportError> {
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { scalar::plain(text) } else { Value::Text(text.into()) });
    };
    let suffix = if tag.is_yaml_core_schema() { tag.suffix.as_str() } else { "" };
    let value = match (suffix, scalar::plain(text)) {
        ("str", _) => Value::Text(text.into()),
        ("int" | "float", value @ Value::Number(_))
        | ("bool", value @ Value::Boolean(_))
        | ("null", value @ Value::Null) => value,
        _ => return Err(unknown_tag(tag, position)),
    };
    Ok(value)
}
