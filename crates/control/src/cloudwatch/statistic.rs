//! Statistics of a distribution: the five simple ones, and percentiles.

use stagegate_telemetry::metrics::Distribution;

use super::fault::invalid;
use super::input::shown;
use crate::fault::Fault;

/// Statistics that CloudWatch has besides, by what they begin with in any letter case; none of them is served (user guide, "CloudWatch
/// statistics definitions").
const UNSERVED: [(&str, &str); 6] = [
    ("tm", "trimmed means"),
    ("wm", "winsorized means"),
    ("tc", "trimmed counts"),
    ("ts", "trimmed sums"),
    ("pr", "percentile ranks"),
    ("iqm", "interquartile means"),
];
/// The most digits behind the point of a percentile.
const DECIMALS_MAX: usize = 10;

/// A statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// 0 to 100.
    Percentile(f64),
}

impl Statistic {
    /// One of the five.
    pub(super) fn simple(name: &str) -> Option<Self> {
        Some(match name {
            "SampleCount" => Self::SampleCount,
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => return None,
        })
    }

    /// A percentile such as `p99.9`.
    pub(super) fn percentile(name: &str) -> Option<Self> {
        let digits = name.strip_prefix('p')?;
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS_MAX {
            return None;
        }
        digits.parse().ok().filter(|percent| (0.0..=100.0).contains(percent)).map(Self::Percentile)
    }

    /// Any statistic by its name.
    pub(super) fn of(name: &str, member: &str) -> Result<Self, Fault> {
        Self::simple(name).or_else(|| Self::percentile(name)).ok_or_else(|| refused(name, member))
    }

    /// Its value, in the unit of which so many parts make one.
    #[expect(clippy::cast_precision_loss, reason = "CloudWatch's numbers are floating")]
    pub(super) fn value(self, numbers: &Distribution, parts_of_unit: u32) -> f64 {
        let in_units = |parts: u64| parts as f64 / f64::from(parts_of_unit);
        match self {
            Self::SampleCount => numbers.count as f64,
            Self::Average => in_units(numbers.sum) / numbers.count.max(1) as f64,
            Self::Sum => in_units(numbers.sum),
            Self::Minimum => in_units(numbers.least),
            Self::Maximum => in_units(numbers.greatest),
            Self::Percentile(percent) => in_units(percentile(numbers, percent)),
        }
    }
}

/// Says why a name is no statistic here.
pub(super) fn refused(name: &str, member: &str) -> Fault {
    let begins = |begin: &str| {
        let (have, rest) = name.split_at_checked(begin.len()).unwrap_or_default();
        have.eq_ignore_ascii_case(begin) && rest.starts_with(|next: char| next == '(' || next.is_ascii_digit())
            || name.eq_ignore_ascii_case(begin)
    };
    let unserved = UNSERVED.iter().find(|(begin, _)| begins(begin)).map(|(_, what)| format!("{what} are not served; "));
    // The simple ones and percentiles are members of their own in GetMetricStatistics.
    let rule = match member {
        "Statistics" => "it must be SampleCount, Average, Sum, Minimum or Maximum",
        "ExtendedStatistics" => "it must be a percentile from p0 to p100 such as p99.9",
        _ => "it must be SampleCount, Average, Sum, Minimum, Maximum, or a percentile from p0 to p100 such as p99.9",
    };
    let unserved = unserved.unwrap_or_default();
    invalid(format!("The value {} for parameter {member} is invalid: {unserved}{rule}.", shown(name)))
}

/// The least number that so many percent of all do not exceed, as near as the distribution has it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks are positive, and counts far below 2^53"
)]
fn percentile(numbers: &Distribution, percent: f64) -> u64 {
    // What floating numbers are off must not be a rank of its own.
    let rank = ((percent * numbers.count as f64 / 100.0 - 1e-9).ceil() as u64).max(1);
    // The ends are known exactly.
    if rank >= numbers.count {
        return numbers.greatest;
    }
    if rank == 1 {
        return numbers.least;
    }
    let mut seen = 0;
    let found = numbers.values.iter().find(|(_, count)| {
        seen += count;
        seen >= rank
    });
    found.map_or(numbers.greatest, |(value, _)| (*value).clamp(numbers.least, numbers.greatest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies() -> Distribution {
        let mut all = Distribution::default();
        (1..=1000).for_each(|number| all.add(&Distribution::of(number * 1000, 1)));
        all
    }

    #[test]
    fn statistics_are_in_their_unit() {
        let all = latencies();
        for (name, expected) in [
            ("SampleCount", 1000.0),
            ("Average", 500.5),
            ("Sum", 500_500.0),
            ("Minimum", 1.0),
            ("Maximum", 1000.0),
            ("p0", 1.0),
            ("p50", 500.0),
            ("p99", 990.0),
            ("p99.9", 999.0),
            ("p99.95", 1000.0),
            ("p100", 1000.0),
        ] {
            let value = Statistic::of(name, "Stat").expect("a statistic").value(&all, 1000);
            assert!((value - expected).abs() < 1e-9, "{name}: {value}");
        }
    }

    #[test]
    fn statistics_that_are_not_served_are_refused_by_what_they_are() {
        for (name, what) in [
            ("tm90", "trimmed means"),
            ("TM(10%:90%)", "trimmed means"),
            ("wm98", "winsorized means"),
            ("tc90", "trimmed counts"),
            ("TS(80%:)", "trimmed sums"),
            ("ts99.9", "trimmed sums"),
            ("PR(:300)", "percentile ranks"),
            ("IQM", "interquartile means"),
        ] {
            let message = Statistic::of(name, "Stat").expect_err("refused").message;
            assert!(message.contains(&format!("{what} are not served")) && message.contains(name), "{message}");
        }
        for name in ["Median", "t", "p", "prime", "pŕ1"] {
            let message = Statistic::of(name, "Stat").expect_err("refused").message;
            assert!(!message.contains("not served") && message.contains("SampleCount"), "{message}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "p",
            "p101",
            "p-1",
            "p1e1",
            "p99.",
            "p.5",
            "p99.12345678901",
            "average",
            "P99",
            "tm90",
            "TM(10%:90%)",
            "IQM",
        ] {
            assert!(Statistic::of(name, "Stat").is_err(), "{name}");
        }
    }
}
