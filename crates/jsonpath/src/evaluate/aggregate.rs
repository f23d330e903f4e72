//! The functions over numbers, in Java's doubles.

use serde_json::{Number, Value};

/// A function that makes one number of many.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aggregate {
    Min,
    Max,
    Average,
    Deviation,
    Sum,
}

impl Aggregate {
    /// The answer over `numbers`, which are not none.
    pub(super) fn over(self, numbers: &[f64]) -> Value {
        #[expect(clippy::cast_precision_loss, reason = "Jayway counts in a double")]
        let count = numbers.len() as f64;
        let sum: f64 = numbers.iter().fold(0.0, |sum, number| sum + number);
        let answer = match self {
            Self::Sum => sum,
            Self::Average => sum / count,
            Self::Min => numbers.iter().fold(f64::MAX, |least, number| if least > *number { *number } else { least }),
            // Jayway starts at Java's Double.MIN_VALUE, the least number above zero.
            Self::Max => numbers.iter().fold(5e-324, |most, number| if most < *number { *number } else { most }),
            Self::Deviation => {
                let squares: f64 = numbers.iter().fold(0.0, |squares, number| squares + number * number);
                (squares / count - sum * sum / count / count).sqrt()
            }
        };
        Number::from_f64(answer).map_or(Value::Null, Value::Number)
    }
}
