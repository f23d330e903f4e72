//! A counter's word: the open day, the number of the settings, whether nothing is left, and what is leased.

use stagegate_state::{Day, Quota};

const VERSION_SHIFT: u32 = 33;
const EXHAUSTED: u64 = 1 << 32;
const DAY_SHIFT: u32 = 40;
const VERSION_MASK: u64 = 0x7f;
const LEFT_MASK: u64 = 0xffff_ffff;

/// A word, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The day that the lease is for.
    pub(crate) day: Day,
    /// The settings that it was made under.
    pub(crate) version: u8,
    /// Nothing is left in the period.
    pub(crate) is_exhausted: bool,
    /// Requests that may be taken.
    pub(crate) left: u32,
}

impl Lease {
    /// An empty lease.
    pub(crate) fn none(day: Day, quota: &Quota) -> Self {
        Self { day, version: quota.version, is_exhausted: false, left: 0 }
    }

    pub(crate) fn of(word: u64) -> Self {
        Self {
            day: Day((word >> DAY_SHIFT) as u32),
            version: ((word >> VERSION_SHIFT) & VERSION_MASK) as u8,
            is_exhausted: word & EXHAUSTED != 0,
            left: (word & LEFT_MASK) as u32,
        }
    }

    /// The word. Days have 24 bits, which last to the year 47,000.
    pub(crate) fn word(self) -> u64 {
        u64::from(self.day.0 & 0x00ff_ffff) << DAY_SHIFT
            | (u64::from(self.version) & VERSION_MASK) << VERSION_SHIFT
            | if self.is_exhausted { EXHAUSTED } else { 0 }
            | u64::from(self.left)
    }

    /// Whether it is for a day under these settings.
    pub(crate) fn is_of(self, day: Day, quota: &Quota) -> bool {
        self.day == day && self.version == quota.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_was_written() {
        for (day, version, is_exhausted, left) in
            [(0, 0, false, 0), (20_779, 127, true, 0), (0x00ff_ffff, 1, false, u32::MAX)]
        {
            let lease = Lease { day: Day(day), version, is_exhausted, left };
            assert_eq!(Lease::of(lease.word()), lease);
        }
    }
}
