//! Decimal numbers of any length, compared exactly.

use std::cmp::Ordering;

/// A decimal number: sign, digits before the point without leading zeros, digits behind it without trailing ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Number {
    /// Parses `-12.50`; no exponent, no space.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let decimal = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !decimal(whole) || !decimal(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Self { negative, whole, fraction })
    }

    fn cmp_size(&self, other: &Self) -> Ordering {
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.cmp_size(other),
            (true, true) => other.cmp_size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_exactly() {
        let rising = [
            "-10",
            "-9.5",
            "-9.05",
            "-0.1",
            "0",
            "0.05",
            "0.5",
            "1",
            "9",
            "10.0",
            "9007199254740992",
            "9007199254740993",
        ];
        for pair in rising.windows(2) {
            assert!(Number::parse(pair[0]) < Number::parse(pair[1]), "{pair:?}");
        }
        for (one, other) in [("-0", "0.0"), ("+1", "01.00"), ("0.10", "0.1")] {
            assert_eq!(Number::parse(one).unwrap(), Number::parse(other).unwrap());
        }
        for text in ["", "-", ".5", "1.", "1e3", " 1", "1,0", "NaN", "--1", "0x1", "1.2.3"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
