//! Room that a thread's renderings use one after the other: emptied each time, and no larger than most need.

use super::frames::Variable;
use std::cell::Cell;

/// The most variables, and strings under construction, for which room is kept.
const KEPT_VARIABLES: usize = 256;
const KEPT_BUFFERS: usize = 4;
/// The longest string for which room is kept.
const KEPT_BUFFER_BYTES: usize = 1 << 12;

thread_local! {
    static KEPT: Cell<Workspace> = const { Cell::new(Workspace { variables: Vec::new(), buffers: Vec::new() }) };
}

/// What a rendering works in; all is empty at its start and at its end.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) variables: Vec<Variable>,
    pub(super) buffers: Vec<String>,
}

impl Workspace {
    /// The thread's room; a new one within a rendering that has it.
    pub(super) fn take() -> Self {
        KEPT.take()
    }

    /// Keeps the room for the thread's next rendering.
    pub(super) fn keep(mut self) {
        self.variables.clear();
        if self.variables.capacity() > KEPT_VARIABLES {
            self.variables = Vec::new();
        }
        self.buffers.truncate(KEPT_BUFFERS);
        self.buffers.retain(|buffer| buffer.capacity() <= KEPT_BUFFER_BYTES);
        KEPT.set(self);
    }
}
