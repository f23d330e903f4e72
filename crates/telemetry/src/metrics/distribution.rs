//! What is known of the numbers of a minute: how many, their sum, least and greatest, and how often about which one came.

use std::cmp::Ordering;

use super::bytes::{Reader, write_number};

/// The most different values of a distribution that is read.
const VALUES_MAX: u64 = 4096;

/// A distribution of whole numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    /// How many numbers.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
    /// The least one.
    pub least: u64,
    /// The greatest one.
    pub greatest: u64,
    /// Values in ascending order, with how often they came.
    pub values: Vec<(u64, u64)>,
}

impl Distribution {
    /// A distribution of one value that came so often.
    pub fn of(value: u64, count: u64) -> Self {
        Self::of_two((value, count), (value, 0))
    }

    /// A distribution of two values, the lesser first, that came so often.
    pub fn of_two(first: (u64, u64), second: (u64, u64)) -> Self {
        let values: Vec<(u64, u64)> = [first, second].into_iter().filter(|(_, count)| *count > 0).collect();
        let (least, greatest) = (values.first().map_or(0, |it| it.0), values.last().map_or(0, |it| it.0));
        let sum = values.iter().map(|(value, count)| value.saturating_mul(*count)).sum();
        Self { count: first.1 + second.1, sum, least, greatest, values }
    }

    /// Adds the numbers of another one.
    pub fn add(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.least = if self.count == 0 { other.least } else { self.least.min(other.least) };
        self.greatest = self.greatest.max(other.greatest);
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.values = merged(&self.values, &other.values);
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for number in [self.count, self.sum, self.least, self.greatest, self.values.len() as u64] {
            write_number(number, out);
        }
        let mut before = 0;
        for (value, count) in &self.values {
            write_number(value.saturating_sub(before), out);
            write_number(*count, out);
            before = *value;
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (count, sum) = (reader.number()?, reader.number()?);
        let (least, greatest) = (reader.number()?, reader.number()?);
        let length = reader.number().filter(|length| *length <= VALUES_MAX)?;
        let mut values = Vec::with_capacity(usize::try_from(length).ok()?);
        let mut value = 0_u64;
        for index in 0..length {
            let step = reader.number().filter(|step| *step > 0 || index == 0)?;
            value = value.checked_add(step)?;
            values.push((value, reader.number()?));
        }
        Some(Self { count, sum, least, greatest, values })
    }
}

/// Both lists in one, in order; what is in both is added up.
fn merged(mut ours: &[(u64, u64)], mut theirs: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut merged = Vec::with_capacity(ours.len().max(theirs.len()));
    while let (Some((one, our_rest)), Some((two, their_rest))) = (ours.split_first(), theirs.split_first()) {
        let count = match one.0.cmp(&two.0) {
            Ordering::Less => one.1,
            Ordering::Equal => one.1.saturating_add(two.1),
            Ordering::Greater => two.1,
        };
        merged.push((one.0.min(two.0), count));
        if one.0 <= two.0 {
            ours = our_rest;
        }
        if two.0 <= one.0 {
            theirs = their_rest;
        }
    }
    merged.extend_from_slice(ours);
    merged.extend_from_slice(theirs);
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(numbers: &[u64]) -> Distribution {
        numbers.iter().fold(Distribution::default(), |mut all, number| {
            all.add(&Distribution::of(*number, 1));
            all
        })
    }

    proptest! {
        #[test]
        fn adding_is_counting_on(one in proptest::collection::vec(0_u64..1000, 0..40), two in proptest::collection::vec(0_u64..1000, 0..40)) {
            let mut sum = of(&one);
            sum.add(&of(&two));
            prop_assert_eq!(sum, of(&[one, two].concat()));
        }

        #[test]
        fn what_is_written_is_read(numbers in proptest::collection::vec(0_u64..1 << 50, 0..40)) {
            let (written, mut bytes) = (of(&numbers), Vec::new());
            written.write(&mut bytes);
            let mut reader = Reader(&bytes);
            prop_assert_eq!(Distribution::read(&mut reader), Some(written));
            prop_assert!(reader.0.is_empty());
        }
    }

    #[test]
    fn a_value_that_never_came_is_none() {
        assert_eq!(Distribution::of_two((0, 3), (1, 0)), of(&[0, 0, 0]));
        assert_eq!(Distribution::of_two((0, 1), (1, 2)), of(&[1, 0, 1]));
        assert_eq!(Distribution::of(1, 0), Distribution::default());
    }
}
