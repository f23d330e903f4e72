//! A rate with its burst, compiled to whole nanoseconds.

/// How many settings of one rate are remembered: a bucket that was last used under one of them keeps its tokens.
const REMEMBERED: usize = 16;
/// The longest time between two tokens, and for an empty bucket to be full: eighteen years. A slower rate admits nothing.
const MOST_NS: u64 = 1 << 59;
const NS_PER_S: u128 = 1_000_000_000;

/// A rate and a burst, as a token bucket has them: `burst` tokens at most, `per_second` new ones.
///
/// The time between two tokens is rounded up to a whole nanosecond, so that a bucket never gives more than the rate, and at
/// least 99 % of it up to ten million in a second. A rate of 0 admits nothing, and neither does a burst of 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    per_second: f64,
    /// Which of the remembered settings this is.
    version: u8,
    settings: [Setting; REMEMBERED],
}

/// One setting of a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Setting {
    /// Between two tokens; 0 where nothing is admitted.
    interval_ns: u64,
    burst: u32,
    /// When it took effect, by the limiter's clock.
    since_ns: u64,
}

impl Setting {
    fn depth_ns(self) -> u64 {
        self.interval_ns.saturating_mul(u64::from(self.burst)).min(MOST_NS)
    }
}

impl Rate {
    /// A rate in tokens for each second. What is negative, or no number, counts as 0.
    pub fn new(per_second: f64, burst: u32) -> Self {
        let mut settings = [Setting::default(); REMEMBERED];
        settings[0] = Setting { interval_ns: interval_ns(per_second).unwrap_or(0), burst, since_ns: 0 };
        Self { per_second, version: 0, settings }
    }

    /// The same rate as the successor of another one from a moment of the limiter's clock on: a bucket that was used under
    /// that one keeps the tokens that it has at the moment.
    #[must_use]
    pub fn following(self, before: &Self, now_ns: u64) -> Self {
        let Self { mut version, mut settings, .. } = *before;
        let setting = Setting { since_ns: before.setting().since_ns, ..self.setting() };
        if setting != before.setting() {
            version = (version + 1) % 16;
            settings[usize::from(version)] = Setting { since_ns: now_ns, ..setting };
        }
        Self { version, settings, ..self }
    }

    /// Tokens for each second, as configured.
    pub fn per_second(&self) -> f64 {
        self.per_second
    }

    /// The most tokens there are at once.
    pub fn burst(&self) -> u32 {
        self.setting().burst
    }

    /// Nanoseconds between two tokens, rounded up; 0 where nothing is admitted.
    pub fn interval_ns(&self) -> u64 {
        self.setting().interval_ns
    }

    /// Which of the last sixteen settings of the rate this is.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Nanoseconds that an empty bucket takes to be full, at most eighteen years.
    pub fn depth_ns(&self) -> u64 {
        self.setting().depth_ns()
    }

    fn setting(&self) -> Setting {
        self.settings[usize::from(self.version)]
    }

    /// When a bucket will be full, by this rate, that was to be full at a time by a former setting: what is missing came at
    /// each setting's pace while it was in force. What one setting's size has no room for is not missing from then on.
    pub fn full_at_ns(&self, mut full_at_ns: u64, version: u8) -> u64 {
        let mut version = version % 16;
        let mut pace_ns = self.settings[usize::from(version)].interval_ns;
        while version != self.version {
            version = (version + 1) % 16;
            let setting = self.settings[usize::from(version)];
            // A rate of nothing has no pace: the bucket stands still until the next one.
            if setting.interval_ns == 0 {
                continue;
            }
            let missing_ns = u128::from(full_at_ns.saturating_sub(setting.since_ns));
            if missing_ns > 0 && pace_ns > 0 {
                let scaled = (missing_ns * u128::from(setting.interval_ns)).div_ceil(u128::from(pace_ns));
                let missing_ns = u64::try_from(scaled).unwrap_or(u64::MAX).min(setting.depth_ns());
                full_at_ns = setting.since_ns.saturating_add(missing_ns);
            }
            pace_ns = setting.interval_ns;
        }
        full_at_ns
    }
}

/// ⌈10⁹ / rate⌉, exactly: a floating-point number is an integer times a power of two.
fn interval_ns(per_second: f64) -> Option<u64> {
    if !per_second.is_finite() || per_second <= 0.0 {
        return None;
    }
    // Beyond these, the integers below would not hold the fraction.
    if per_second >= 1e9 {
        return Some(1);
    }
    if per_second < 1e-9 {
        return None;
    }
    let bits = per_second.to_bits();
    let mantissa = u128::from(bits & ((1 << 52) - 1) | (1 << 52));
    let exponent = i32::try_from((bits >> 52) & 0x7ff).ok()? - 1_075;
    let interval = if exponent >= 0 {
        NS_PER_S.div_ceil(mantissa << exponent.unsigned_abs())
    } else {
        (NS_PER_S << exponent.unsigned_abs()).div_ceil(mantissa)
    };
    u64::try_from(interval).ok().filter(|interval| *interval <= MOST_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_rounded_up_and_never_down() {
        for (per_second, interval) in [
            (1.0, 1_000_000_000),
            (0.5, 2_000_000_000),
            (3.0, 333_333_334),
            (1e6, 1_000),
            (3e8, 4),
            (1e9, 1),
            (1e300, 1),
            (0.0, 0),
            (-1.0, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 0),
            (1e-300, 0),
        ] {
            assert_eq!(Rate::new(per_second, 1).interval_ns(), interval, "{per_second}");
        }
    }

    #[test]
    fn a_new_setting_remembers_those_before() {
        let first = Rate::new(1.0, 5);
        let second = Rate::new(10.0, 5).following(&first, 1_000);
        assert_eq!((second.version(), second.interval_ns()), (1, 100_000_000));
        // Half of what was missing had come by then, and the rest comes ten times as fast.
        assert_eq!(second.full_at_ns(2_000, 0), 1_100);
        assert_eq!((second.full_at_ns(900, 0), second.full_at_ns(2_000, 1)), (900, 2_000));
        let burst_only = Rate::new(10.0, 7).following(&second, 2_000);
        assert_eq!((burst_only.version(), burst_only.burst()), (2, 7));
        let third = Rate::new(1.0, 7).following(&burst_only, 1_050);
        assert_eq!(third.full_at_ns(2_000, 0), 1_550);
        let mut many = third;
        for number in 0..40 {
            many = Rate::new(f64::from(number), 1).following(&many, 3_000);
        }
        assert_eq!(many.per_second().to_bits(), 39.0_f64.to_bits());
        assert!(many.version() < 16);
    }
}
