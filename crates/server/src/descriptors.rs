//! File descriptors: as many as the system grants, and budgets that fit into them.
//!
//! A process that runs out of descriptors cannot even answer its status port, so connections are bounded below that.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for everything that is no client connection or its back end: files, the control and status ports.
const RESERVED: u64 = 256;

/// Raises the soft limit of open files to the hard one, and returns what is then granted; `None` for no limit.
pub(crate) fn raise_limit() -> Option<u64> {
    let granted = getrlimit(Resource::Nofile);
    if granted.current != granted.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: granted.maximum, ..granted })
    {
        tracing::warn!(%error, "the limit of open files cannot be raised");
        return granted.current;
    }
    granted.maximum
}

/// The connections that fit: each client's may need one to a back end, too. `others` are those of our other ports.
pub(crate) fn fitting(connections_max: u64, others: u64, granted: Option<u64>) -> u64 {
    let Some(granted) = granted else { return connections_max };
    // Where descriptors are scarce, our other ports get a quarter of them.
    let kept = RESERVED + others.min(granted / 4);
    let fitting = (granted.saturating_sub(kept) / 2).max(1);
    if fitting < connections_max {
        tracing::warn!(connections_max, fitting, granted, "connections are bounded by the limit of open files");
    }
    connections_max.min(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_back_ends_and_our_other_ports() {
        for (wanted, others, granted, fits) in [
            (16_384, 1024, None, 16_384),
            (16_384, 1024, Some(1_048_576), 16_384),
            (16_384, 1024, Some(20_000), 9_360),
            (16_384, 1024, Some(1_024), 256),
            (16_384, 1024, Some(64), 1),
            (100, 100, Some(1_024), 100),
        ] {
            assert_eq!(fitting(wanted, others, granted), fits, "{granted:?}");
        }
    }

    #[test]
    fn the_limit_is_raised_to_what_is_granted() {
        let granted = raise_limit();
        assert_eq!(getrlimit(Resource::Nofile).current, granted);
    }
}
