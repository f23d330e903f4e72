//! Numbers as Java's `BigDecimal` holds them: compared exactly, printed with their scale.

use std::cmp::Ordering;

use serde_json::Number;

/// The largest exponent that is told apart from more.
const MAX_SCALE: i64 = 1_000_000;

/// `digits` × 10^-`scale`, negative or not. `digits` has no leading zero, and is empty for zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    scale: i64,
}

impl Decimal {
    /// Reads `-12.50e3`; `None` for what `BigDecimal` refuses.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) || exponent.abs() > MAX_SCALE {
            return None;
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let scale = i64::try_from(fraction.len()).ok()? - exponent;
        Some(Self {
            negative: mantissa.starts_with('-') && zeros < digits.len(),
            digits: digits[zeros..].to_vec(),
            scale,
        })
    }

    /// A number of a document, as Java reads and prints it.
    pub(crate) fn of(number: &Number) -> Self {
        let text = match number.as_f64() {
            Some(float) if number.is_f64() => java_double(float),
            _ => number.to_string(),
        };
        Self::parse(&text).unwrap_or(Self { negative: false, digits: Vec::new(), scale: 0 })
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The power of ten just above the first digit.
    fn magnitude(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX) - self.scale
    }

    fn compare_absolute(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        self.magnitude().cmp(&other.magnitude()).then_with(|| {
            let length = self.digits.len().max(other.digits.len());
            let padded = |digits: &'_ [u8]| {
                digits.iter().copied().chain(std::iter::repeat(b'0')).take(length).collect::<Vec<_>>()
            };
            padded(&self.digits).cmp(&padded(&other.digits))
        })
    }

    /// By value: 1.0 is 1.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_absolute(other),
            (true, true) => other.compare_absolute(self),
        }
    }

    /// Java's `intValue`, saturated.
    pub(crate) fn to_integer(&self) -> i64 {
        let whole = usize::try_from(self.magnitude()).unwrap_or(0).min(19);
        let digits = self.digits.iter().copied().chain(std::iter::repeat(b'0')).take(whole);
        let value = digits.fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
        if self.negative { -value } else { value }
    }

    /// `BigDecimal.toString`.
    pub(crate) fn print(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let digits = if self.is_zero() { "0" } else { std::str::from_utf8(&self.digits).unwrap_or("0") };
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let adjusted = count - 1 - self.scale;
        if self.scale == 0 {
            return format!("{sign}{digits}");
        }
        if self.scale > 0 && adjusted >= -6 {
            let places = usize::try_from(self.scale).unwrap_or(0);
            let padded = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = padded.split_at(padded.len() - places);
            return format!("{sign}{whole}.{fraction}");
        }
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        if adjusted == 0 {
            format!("{sign}{first}{point}{rest}")
        } else {
            format!("{sign}{first}{point}{rest}E{adjusted:+}")
        }
    }
}

/// `Double.toString`, with the shortest digits that read back the same.
pub(crate) fn java_double(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        Some((mantissa, exponent)) => format!("{mantissa}E{exponent}"),
        None => text,
    }
}
