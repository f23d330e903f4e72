//! What `#evaluate` adds to a template: kept to the rendering's end, so that calls and blocks can point into it.

use crate::ast::Block;
use crate::parse::Macros;
use std::cell::OnceCell;

/// A text that was evaluated.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) body: Block,
    pub(super) macros: Macros,
    next: Parts,
}

/// A list that only grows: what it holds stays where it is.
#[derive(Debug, Default)]
pub(super) struct Parts(OnceCell<Box<Part>>);

impl Parts {
    /// Adds a part at the end, which this must be; answers it and the new end.
    pub(super) fn add(&self, body: Block, macros: Macros) -> (&Part, &Self) {
        let part = self.0.get_or_init(|| Box::new(Part { body, macros, next: Self::default() }));
        (part, &part.next)
    }
}

impl Drop for Parts {
    /// One after the other: a long list must not fill the stack.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut part) = next {
            next = part.next.0.take();
        }
    }
}
