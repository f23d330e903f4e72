//! What the documents of one rendering may cost together, and the memory that they hold.

use std::cell::Cell;

use serde_json::Value as Json;
use stagegate_mapping::{DOCUMENT_VALUE_BYTES, DocumentError, read_document};
use stagegate_vtl::Fault;

/// What the documents and paths of one rendering may cost together: nodes visited, values read and made, and pieces of text.
/// Without it, a loop over a long body would keep a core to itself for minutes.
const WORK: u64 = 10_000_000;
/// Bytes of text that count as one.
const BYTES_PER_UNIT: usize = 64;
/// What a value that is read or made counts for: memory is slower than a look at a node.
const UNITS_PER_VALUE: u64 = 2;

/// Counts what the documents of one rendering cost.
pub(super) struct Work {
    left: Cell<u64>,
    held_bytes: Cell<usize>,
    allows: Box<dyn Fn(usize) -> bool>,
    is_over_budget: Cell<bool>,
}

impl Work {
    /// The work of one rendering; `allows` tells whether its documents may hold so many bytes.
    pub(super) fn new(allows: impl Fn(usize) -> bool + 'static) -> Self {
        let (left, held_bytes) = (Cell::new(WORK), Cell::new(0));
        Self { left, held_bytes, allows: Box::new(allows), is_over_budget: Cell::new(false) }
    }

    /// Where memory is no matter.
    #[cfg(test)]
    pub(super) fn unlimited() -> Self {
        Self::new(|_| true)
    }

    /// What is left, in units.
    pub(super) fn left(&self) -> u64 {
        self.left.get()
    }

    /// Counts units.
    ///
    /// # Errors
    /// There are fewer left.
    pub(super) fn spend(&self, units: u64) -> Result<(), Fault> {
        let left = self.left.get().checked_sub(units);
        self.left.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or_else(|| Fault::method(format!("documents and paths cost more than {WORK} units")))
    }

    /// Counts the handling of a text.
    pub(super) fn text(&self, bytes: usize) -> Result<(), Fault> {
        self.spend((bytes / BYTES_PER_UNIT) as u64)
    }

    /// Counts values that were made and are kept to the rendering's end.
    ///
    /// # Errors
    /// There is no work left for them, or no memory.
    pub(super) fn values(&self, count: usize) -> Result<(), Fault> {
        self.spend(UNITS_PER_VALUE * count as u64)?;
        let bytes = self.held_bytes.get() + count * DOCUMENT_VALUE_BYTES;
        self.held_bytes.set(bytes);
        if self.holds(bytes) { Ok(()) } else { Err(Fault::method(DocumentError::Memory.to_string())) }
    }

    /// Reads a document, whose memory counts as held to the rendering's end.
    pub(super) fn read(&self, text: &str) -> Result<Json, DocumentError> {
        let (before, largest) = (self.held_bytes.get(), Cell::new(0));
        let document = read_document(text.as_bytes(), &|bytes| {
            largest.set(bytes);
            self.holds(before + bytes)
        });
        self.held_bytes.set(before + largest.get());
        let values = UNITS_PER_VALUE * (largest.get() / DOCUMENT_VALUE_BYTES) as u64;
        match self.spend(values) {
            Ok(()) => document,
            Err(_) => Err(DocumentError::Values),
        }
    }

    fn holds(&self, bytes: usize) -> bool {
        let allowed = (self.allows)(bytes);
        self.is_over_budget.set(self.is_over_budget.get() || !allowed);
        allowed
    }

    /// Whether the process had no memory left for a document.
    pub(super) fn is_over_budget(&self) -> bool {
        self.is_over_budget.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_share_their_memory_and_their_work() {
        let text = format!("[{}1]", "1,".repeat(100_000));
        let work = Work::new(|bytes| bytes < 40_000_000);
        assert!(work.read(&text).is_ok() && work.read(&text).is_ok() && !work.is_over_budget());
        assert_eq!(work.read(&text), Err(DocumentError::Memory));
        assert!(work.is_over_budget());
        let work = Work::unlimited();
        let read = (0..100).take_while(|_| work.read(&text).is_ok()).count();
        assert!((10..60).contains(&read), "{read}");
    }
}
