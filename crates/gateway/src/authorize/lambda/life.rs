//! The lives of what authorizers decided: which decisions nobody can ask for any more.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use stagegate_plan::{Snapshot, StagePlan};

/// A stage's decisions between two deployments or flushes, as a hash: two lives that hash alike only outlive each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Life(pub(super) u64);

impl Life {
    /// The life that decisions for a stage's requests belong to now.
    pub(super) fn of(stage: &StagePlan) -> Self {
        let mut hasher = DefaultHasher::new();
        (&stage.api.id, &stage.name, &stage.deployment_id, stage.authorizer_flush).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Every life that goes on.
    pub(super) fn all(snapshot: &Snapshot) -> HashSet<Self> {
        let stages = snapshot.apis().flat_map(|api| api.stages.values());
        stages
            .flat_map(|stage| [Some(stage), stage.canary.as_ref().map(|canary| &canary.stage)])
            .flatten()
            .map(|stage| Self::of(stage))
            .collect()
    }
}
