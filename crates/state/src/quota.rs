//! The settings of a quota, and what was used of it.

use std::collections::BTreeMap;

use crate::{Day, Period};

/// One lease is at most this part of the limit.
const LEASES_PER_LIMIT: u32 = 100;

/// How many requests there may be in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests for each period.
    pub limit: u32,
    /// The period.
    pub period: Period,
    /// Requests taken off the limit in the first period (fact T6).
    pub offset: u32,
    /// A day of the first period, where it is known.
    pub since: Option<Day>,
    /// Counts the changes of these settings, so that an engine notices one: leases of before do not outlive it.
    pub version: u8,
}

impl Quota {
    /// The settings as AWS writes them; numbers below 0 count as 0.
    pub fn new(limit: i32, offset: i32, period: Period, since: Option<Day>) -> Self {
        let number = |number: i32| u32::try_from(number).unwrap_or(0);
        Self { limit: number(limit), period, offset: number(offset), since, version: 0 }
    }

    /// These settings as the successors of others.
    #[must_use]
    pub fn following(self, before: &Self) -> Self {
        let same = Self { version: before.version, ..self };
        if same == *before { same } else { Self { version: (before.version + 1) % 128, ..self } }
    }

    /// Requests that are leased at once: 1 % of the limit, at least one.
    pub fn lease(&self) -> u32 {
        (self.limit / LEASES_PER_LIMIT).max(1)
    }

    /// The limit of the period that begins on a day.
    pub fn limit_of(&self, start: Day) -> u32 {
        match self.since {
            Some(since) if self.period.start(since) == start => self.limit.saturating_sub(self.offset),
            _ => self.limit,
        }
    }
}

/// What was used on a day, and what the period had left after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayUse {
    /// Requests.
    pub used: u32,
    /// Requests left.
    pub left: u32,
}

/// What a counter has counted: days with requests, or with a change of what was left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// By day.
    pub days: BTreeMap<Day, DayUse>,
}

impl Usage {
    /// A day: what was counted on it, or else what its period had left before.
    pub fn on(&self, day: Day, quota: &Quota) -> DayUse {
        let start = quota.period.start(day);
        match self.days.range(start..=day).next_back() {
            Some((known, there)) if *known == day => *there,
            Some((_, before)) => DayUse { used: 0, left: before.left },
            None => DayUse { used: 0, left: quota.limit_of(start) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(period: Period) -> Quota {
        Quota { limit: 10, period, offset: 0, since: None, version: 0 }
    }

    #[test]
    fn what_is_left_lasts_to_the_end_of_the_period() {
        // 2026-11-18, a Wednesday.
        let recorded = Day(20_775);
        let usage = Usage { days: [(recorded, DayUse { used: 3, left: 5 })].into() };
        for (period, day, used, left) in [
            (Period::Day, 20_776, 0, 10),
            (Period::Day, 20_775, 3, 5),
            (Period::Week, 20_774, 0, 10),
            (Period::Week, 20_778, 0, 5),
            (Period::Week, 20_779, 0, 10),
            (Period::Month, 20_787, 0, 5),
            (Period::Month, 20_788, 0, 10),
        ] {
            assert_eq!(usage.on(Day(day), &quota(period)), DayUse { used, left }, "{period:?} {day}");
        }
    }

    #[test]
    fn fact_t6_an_offset_counts_in_the_first_period_only() {
        let quota = Quota { offset: 4, since: Some(Day(20_775)), ..quota(Period::Week) };
        assert_eq!((quota.limit_of(Day(20_772)), quota.limit_of(Day(20_779))), (6, 10));
    }

    #[test]
    fn a_change_is_a_new_version_and_no_change_is_none() {
        let first = quota(Period::Day);
        assert_eq!(first.following(&first).version, 0);
        let more = Quota { limit: 20, ..first }.following(&first);
        assert_eq!((more.version, more.lease()), (1, 1));
        assert_eq!(Quota { limit: 1_000_000, ..first }.lease(), 10_000);
    }
}
