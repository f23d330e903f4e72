//! What one evaluation may cost, and the meter that counts it.

use crate::error::Stop;

/// The bounds of one evaluation. Each is an error when it is passed, never a cut result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Nodes visited, copied or compared, filters included.
    pub max_steps: u64,
    /// Values found, those of filters' own paths included.
    pub max_results: u64,
    /// Levels of the document and of the path together. A level takes about 2 KiB of stack at most.
    pub max_depth: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { max_steps: 1_000_000, max_results: 100_000, max_depth: 256 }
    }
}

/// What is left of a budget.
pub(crate) struct Meter {
    budget: Budget,
    steps: u64,
    results: u64,
    depth: u32,
}

impl Meter {
    pub(crate) fn new(budget: &Budget) -> Self {
        Self { budget: *budget, steps: 0, results: 0, depth: 0 }
    }

    /// The steps that are left.
    pub(crate) fn steps_left(&self) -> u64 {
        self.budget.max_steps.saturating_sub(self.steps)
    }

    /// Counts `steps` more nodes.
    pub(crate) fn charge(&mut self, steps: usize) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(steps as u64);
        if self.steps > self.budget.max_steps { Err(Stop::Steps(self.budget.max_steps)) } else { Ok(()) }
    }

    /// Counts the reading of `bytes` of text.
    pub(crate) fn charge_text(&mut self, bytes: usize) -> Result<(), Stop> {
        self.charge(1 + bytes / 16)
    }

    /// Counts one more value found.
    pub(crate) fn found(&mut self) -> Result<(), Stop> {
        self.results += 1;
        if self.results > self.budget.max_results { Err(Stop::Results(self.budget.max_results)) } else { Ok(()) }
    }

    /// Does something one level down.
    pub(crate) fn nested<T>(&mut self, below: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        self.charge(1)?;
        if self.depth >= self.budget.max_depth {
            return Err(Stop::Depth(self.budget.max_depth));
        }
        self.depth += 1;
        let done = below(self);
        self.depth -= 1;
        done
    }
}
