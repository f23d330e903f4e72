//! Days and the periods of quotas, in UTC (fact T5).

/// Seconds of a day.
const DAY_S: u64 = 86_400;

/// A day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

/// After what time a quota starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// `DAY`: a calendar day.
    Day,
    /// `WEEK`: from Sunday on (decision 7).
    Week,
    /// `MONTH`: a calendar month.
    Month,
}

impl Day {
    /// The day of a time.
    pub fn of(unix_s: u64) -> Self {
        Self(u32::try_from(unix_s / DAY_S).unwrap_or(u32::MAX))
    }

    /// When it begins, in seconds since 1970.
    pub fn start_s(self) -> u64 {
        u64::from(self.0) * DAY_S
    }

    /// The days that begin so many days later.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Year, month from 1 and day from 1 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
    pub fn civil(self) -> (u32, u32, u32) {
        let shifted = u64::from(self.0) + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        (small(year), small(month), small(day))
    }
}

impl Period {
    /// The period that AWS names like this.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "DAY" => Some(Self::Day),
            "WEEK" => Some(Self::Week),
            "MONTH" => Some(Self::Month),
            _ => None,
        }
    }

    /// The first day of the period that a day is in.
    pub fn start(self, day: Day) -> Day {
        match self {
            Self::Day => day,
            // 1970-01-01 was a Thursday.
            Self::Week => Day(day.0.saturating_sub((day.0.wrapping_add(4)) % 7)),
            Self::Month => Day(day.0 - (day.civil().2 - 1)),
        }
    }

    /// The first day of the next period.
    pub fn next(self, day: Day) -> Day {
        let start = self.start(day);
        match self {
            Self::Day => start.plus(1),
            Self::Week => start.plus(if start.0 == 0 { 3 } else { 7 }),
            // No month is longer than 31 days, and two are never shorter than 32.
            Self::Month => self.start(start.plus(31 + u32::from(self.start(start.plus(31)) == start))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        for (day, date) in [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (19_782, (2024, 2, 29)),
            (20_779, (2026, 11, 22)),
        ] {
            assert_eq!(Day(day).civil(), date);
        }
        assert_eq!(Day::of(20_779 * 86_400 + 86_399), Day(20_779));
        assert_eq!(Day(20_779).start_s(), 20_779 * 86_400);
    }

    #[test]
    fn periods_follow_each_other_without_a_gap() {
        for period in [Period::Day, Period::Week, Period::Month] {
            let mut day = Day(0);
            while day < Day(60_000) {
                let next = period.next(day);
                assert!(next > day, "{period:?} {day:?}");
                for within in day.0..next.0 {
                    assert_eq!(period.start(Day(within)), day, "{period:?} {within}");
                    assert_eq!(period.next(Day(within)), next, "{period:?} {within}");
                }
                day = next;
            }
        }
        // 2026-11-22 is a Sunday.
        assert_eq!(Period::Week.start(Day(20_779)), Day(20_779));
        assert_eq!(Period::Week.start(Day(20_778)), Day(20_772));
        assert_eq!(Period::Month.start(Day(20_779)).civil(), (2026, 11, 1));
    }
}
