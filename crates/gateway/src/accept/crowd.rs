//! The crowd before a core's door: clients that a budget refuses, and that may come back at once.
//!
//! A core answers some thousand refusals a second without a thought. Beyond that, refusing would crowd out serving, so the
//! listener pauses for each refusal until the crowd has thinned; meanwhile clients wait in the kernel's queue.

use std::cell::Cell;
use std::time::Duration;

/// Refusals between two ticks, a tenth of a second, that cost no pause: 2,000 a second.
const AT_ONCE: u32 = 200;
/// The pause for each refusal by a crowded core, and for many at once.
const PAUSE: Duration = Duration::from_millis(2);
const PAUSES: u32 = 10;
/// Refusals between two ticks from which on a core that pauses stays crowded: most of what its pauses let through.
const STILL_CROWDED: u32 = 8;

/// What a core knows of its crowd.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    is_crowded: Cell<bool>,
    /// Refusals since the last tick.
    recent: Cell<u32>,
    /// Refusals that no pause was made for.
    unpaid: Cell<u32>,
}

impl Crowd {
    /// Takes note of a refusal by a budget.
    pub(crate) fn refused(&self) {
        self.recent.update(|recent| recent.saturating_add(1));
        self.unpaid.update(|unpaid| unpaid.saturating_add(1));
    }

    /// Judges the last tenth of a second.
    pub(crate) fn tick(&self) {
        let bound = if self.is_crowded.get() { STILL_CROWDED } else { AT_ONCE };
        self.is_crowded.set(self.recent.take() > bound);
    }

    /// How long the listener waits before it accepts the next connection.
    pub(crate) fn pause(&self) -> Option<Duration> {
        let unpaid = self.unpaid.take().min(PAUSES);
        (unpaid > 0 && self.is_crowded.get()).then(|| PAUSE * unpaid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_begin_with_a_crowd_and_end_when_it_has_thinned() {
        let crowd = Crowd::default();
        let tick = |refusals: u32| {
            (0..refusals).for_each(|_| crowd.refused());
            crowd.tick();
            crowd.pause()
        };
        assert_eq!(tick(AT_ONCE), None);
        assert_eq!(tick(AT_ONCE + 1), Some(PAUSE * PAUSES));
        assert_eq!(crowd.pause(), None);
        assert_eq!(tick(STILL_CROWDED + 1), Some(PAUSE * (STILL_CROWDED + 1)));
        assert_eq!(tick(STILL_CROWDED), None);
        assert_eq!(tick(AT_ONCE), None);
    }
}
