//! The tree that paths make: the grammar of a part, and one variable child per parent (fact 33).

use std::collections::HashMap;

use crate::{
    document::{Cursor, excerpt},
    error::ImportError,
    options::ImportLimits,
};

/// The parts seen so far, as a trie.
pub(super) struct Tree {
    children: HashMap<(usize, String), usize>,
    /// The variable child of each node, once it has one.
    variables: Vec<Option<String>>,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self { children: HashMap::new(), variables: vec![None] }
    }

    /// Checks the path and adds it; `place` is where it was declared.
    pub(super) fn add(
        &mut self,
        parts: &[String],
        place: Cursor<'_>,
        limits: &ImportLimits,
    ) -> Result<(), ImportError> {
        let bytes: usize = parts.iter().map(|part| part.len() + 1).sum();
        if parts.len() > limits.path_parts {
            return Err(place.over_limit(format!(
                "the path has {} parts, more than {}",
                parts.len(),
                limits.path_parts
            )));
        }
        if bytes > limits.path_bytes {
            return Err(place.over_limit(format!("the path has {bytes} bytes, more than {}", limits.path_bytes)));
        }
        self.grow(parts, place).map_err(ImportError::of_entity)
    }

    fn grow(&mut self, parts: &[String], place: Cursor<'_>) -> Result<(), ImportError> {
        let mut node = 0;
        for (index, part) in parts.iter().enumerate() {
            let refuse = |message: String, expected: &str| {
                let path = format!("/{}", parts[..=index].join("/"));
                place.error(format!("Unable to create resource at path '{}': {message}", excerpt(&path)), expected)
            };
            if let Some(greedy) = index.checked_sub(1).map(|parent| &parts[parent]).filter(|part| part.ends_with("+}"))
            {
                let message = format!("Cannot create a child of a resource with a greedy path variable: {greedy}");
                return Err(refuse(message, "a greedy variable as the last part only"));
            }
            if !is_part(part) {
                return Err(refuse(PART_RULE.to_owned(), "a static part, {name}, or {name+} as the last part"));
            }
            if let Some(sibling) = self.sibling(node, part) {
                let message = format!(
                    "A sibling ({sibling}) of this resource already has a variable path part -- only one is allowed"
                );
                return Err(refuse(message, "one variable name at this place of the path"));
            }
            node = self.child(node, part);
        }
        Ok(())
    }

    /// The other variable that already stands where `part`, a variable, would.
    fn sibling(&self, node: usize, part: &str) -> Option<&str> {
        let variable = self.variables[node].as_deref()?;
        (part.starts_with('{') && part != variable).then_some(variable)
    }

    fn child(&mut self, node: usize, part: &str) -> usize {
        if let Some(&child) = self.children.get(&(node, part.to_owned())) {
            return child;
        }
        let child = self.variables.len();
        self.variables.push(None);
        self.children.insert((node, part.to_owned()), child);
        if part.starts_with('{') {
            self.variables[node] = Some(part.to_owned());
        }
        child
    }
}

const PART_RULE: &str = "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at \
                         the beginning and the end.";

/// Whether this is a static part, `{name}` or `{name+}`. The comma is AWS's "important notes for REST APIs".
fn is_part(part: &str) -> bool {
    let braced = part.strip_prefix('{').map(|rest| rest.strip_suffix('}'));
    let name = match braced {
        None => part,
        Some(None) => return false,
        Some(Some(name)) => name.strip_suffix('+').unwrap_or(name),
    };
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:,".contains(&byte))
}
