//! What the room counts with, and how it knows API keys.

use std::fmt;
use std::sync::Arc;

use stagegate_seal::Sealer;
use stagegate_state::{Limiter, Quotas};

/// What the room counts with, shared by all cores.
#[derive(Clone)]
pub struct Admission {
    /// Token buckets.
    pub limiter: Arc<dyn Limiter>,
    /// Quotas.
    pub quotas: Arc<dyn Quotas>,
    /// Hashes the values of API keys.
    pub sealer: Arc<Sealer>,
    /// Whether answers say how a caller's limits stand (`RateLimit-*`, `Retry-After`); AWS's do not (fact T2).
    pub shows_rates: bool,
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission").field("shows_rates", &self.shows_rates).finish_non_exhaustive()
    }
}
