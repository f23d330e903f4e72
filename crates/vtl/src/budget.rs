//! What one rendering may use, and the meter that counts it.

use crate::Value;
use crate::error::{Fault, Outcome};
use smallvec::SmallVec;

/// Bytes of text whose handling counts as one step.
pub(crate) const BYTES_PER_STEP: usize = 64;

/// What one rendering may use; more is an error that says which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Iterations of one `#foreach` (fact 80: AWS allows 1,000).
    pub foreach_iterations: u32,
    /// Bytes of the output, and of any one string on the way to it.
    pub output_bytes: usize,
    /// Levels of blocks, expressions and values inside each other.
    pub nesting: u32,
    /// Levels of macros calling macros (Velocity's `velocimacro.max.depth`: 20).
    pub macro_depth: u32,
    /// Units of work: one per directive, reference or element, and one per 64 bytes of text handled.
    pub steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { foreach_iterations: 1_000, output_bytes: 10 << 20, nesting: 200, macro_depth: 20, steps: 1_000_000 }
    }
}

/// Counts what a rendering uses.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) budget: Budget,
    steps: u64,
    nesting: u32,
    /// What was used and counts once: by address.
    used: SmallVec<[usize; 4]>,
    /// Room for strings under construction: as many as were needed at once.
    buffers: Vec<String>,
}

impl Meter {
    pub(crate) fn new(budget: Budget) -> Self {
        Self::building_in(Vec::new(), budget)
    }

    /// With room for strings, all empty.
    pub(crate) fn building_in(buffers: Vec<String>, budget: Budget) -> Self {
        Self { budget, steps: 0, nesting: 0, used: SmallVec::new(), buffers }
    }

    /// The room for strings, all empty.
    pub(crate) fn into_buffers(self) -> Vec<String> {
        self.buffers
    }

    /// Counts `count` units of work.
    #[inline]
    pub(crate) fn work(&mut self, count: usize) -> Outcome<()> {
        self.steps = self.steps.saturating_add(count as u64);
        if self.steps > self.budget.steps { Err(self.spent().into()) } else { Ok(()) }
    }

    /// Counts work that is done anyhow; what it uses up ends the rendering at the next statement.
    #[inline]
    pub(crate) const fn charge(&mut self, count: usize) {
        self.steps = self.steps.saturating_add(count as u64);
    }

    #[cold]
    const fn spent(&self) -> Fault {
        Fault::Steps(self.budget.steps)
    }

    /// Whether what lies at this address is used for the first time.
    pub(crate) fn first_use(&mut self, address: usize) -> bool {
        let first = !self.used.contains(&address);
        if first {
            self.used.push(address);
        }
        first
    }

    /// An empty string to build in.
    pub(crate) fn buffer(&mut self) -> String {
        self.buffers.pop().unwrap_or_default()
    }

    /// Takes a string from [`Meter::buffer`] back.
    pub(crate) fn give_back(&mut self, mut buffer: String) {
        buffer.clear();
        self.buffers.push(buffer);
    }

    /// The value that a string from [`Meter::buffer`] became.
    pub(crate) fn finish(&mut self, buffer: String) -> Value {
        let value = Value::text(buffer.as_str());
        self.give_back(buffer);
        value
    }

    /// Counts the handling of `bytes` of text.
    #[inline]
    pub(crate) fn text(&mut self, bytes: usize) -> Outcome<()> {
        self.work(1 + bytes / BYTES_PER_STEP)
    }

    /// Appends to a text under construction.
    #[inline]
    pub(crate) fn push(&mut self, output: &mut String, text: &str) -> Outcome<()> {
        self.room(output.len().saturating_add(text.len()))?;
        if text.len() >= BYTES_PER_STEP {
            self.work(text.len() / BYTES_PER_STEP)?;
        }
        output.push_str(text);
        Ok(())
    }

    /// Whether a text may be `bytes` long.
    #[inline]
    pub(crate) fn room(&self, bytes: usize) -> Outcome<()> {
        if bytes > self.budget.output_bytes { Err(Fault::Output(self.budget.output_bytes).into()) } else { Ok(()) }
    }

    /// One level deeper; every call that succeeds is paired with [`Meter::leave`].
    pub(crate) fn enter(&mut self) -> Outcome<()> {
        if self.nesting >= self.budget.nesting {
            return Err(Fault::Nesting(self.budget.nesting).into());
        }
        self.nesting += 1;
        Ok(())
    }

    pub(crate) const fn leave(&mut self) {
        self.nesting -= 1;
    }
}
