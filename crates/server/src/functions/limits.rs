//! The limits of the function hosts that the settings change; all others are the host's own.

use stagegate_lambda::Limits;

/// Limits of every region's functions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FunctionLimits {
    /// Invocations at a time.
    pub(crate) concurrency_max: u32,
    /// Processes at a time, idle ones included.
    pub(crate) processes_max: u32,
    /// An idle process is stopped after this time.
    pub(crate) idle_timeout_ms: u64,
}

impl FunctionLimits {
    /// A host's limits with these in them.
    pub(super) fn applied(self, limits: Limits) -> Limits {
        Limits {
            concurrency_total: self.concurrency_max,
            processes_max: self.processes_max,
            idle_timeout_ms: self.idle_timeout_ms,
            ..limits
        }
    }
}
