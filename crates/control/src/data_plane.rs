//! What the control plane asks of the data plane: how far it has followed the store.

/// Whoever serves what is committed.
pub trait DataPlane: Send + Sync + 'static {
    /// Whether everything is served that was committed up to this revision of the store.
    fn serves(&self, revision: u64) -> bool;
}

/// A data plane that serves everything as soon as it is committed, for control planes without one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Immediate;

impl DataPlane for Immediate {
    fn serves(&self, _revision: u64) -> bool {
        true
    }
}
