//! A distribution of whole numbers in buckets whose width grows with the numbers: log-linear, with a bounded relative error.
//!
//! Numbers below 32 have a bucket each. From there on every power of two is cut into 32 buckets of equal width, so that the middle of a
//! bucket is at most 1/64 (1.6 %) off any number in it. Sum, least and greatest are exact.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Buckets of one power of two, and the numbers that have a bucket of their own.
const PARTS: usize = 1 << PART_BITS;
const PART_BITS: u32 = 5;
/// Powers of two that are told apart: numbers up to 2^36, which is 19 hours in microseconds and 64 GiB in bytes. What is greater is
/// counted in the last bucket.
const OCTAVES: usize = 32;

/// The buckets of one power of two, made when a number first falls into them.
type Octave = Box<[AtomicU32; PARTS]>;

/// The counts of one core. Its buckets count up and wrap around; [`Histogram::read`] gives them as they are.
#[derive(Debug)]
pub(super) struct Histogram {
    octaves: [OnceLock<Octave>; OCTAVES],
    sum: AtomicU64,
    least: AtomicU64,
    greatest: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            octaves: std::array::from_fn(|_| OnceLock::new()),
            sum: AtomicU64::new(0),
            least: AtomicU64::new(u64::MAX),
            greatest: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts a number.
    pub(super) fn observe(&self, number: u64) {
        let (octave, part) = place(number);
        let buckets = self.octaves[octave].get_or_init(Box::default);
        buckets[part].fetch_add(1, Relaxed);
        self.sum.fetch_add(number, Relaxed);
        if number < self.least.load(Relaxed) {
            self.least.fetch_min(number, Relaxed);
        }
        if number > self.greatest.load(Relaxed) {
            self.greatest.fetch_max(number, Relaxed);
        }
    }

    /// Adds what is counted to a reading. The least and the greatest number are those since they were last read.
    pub(super) fn read(&self, spread: &mut Spread) {
        spread.sum = spread.sum.wrapping_add(self.sum.load(Relaxed));
        spread.least = spread.least.min(self.least.swap(u64::MAX, Relaxed));
        spread.greatest = spread.greatest.max(self.greatest.swap(0, Relaxed));
        for (octave, buckets) in self.octaves.iter().enumerate() {
            for (part, bucket) in buckets.get().iter().flat_map(|buckets| buckets.iter().enumerate()) {
                let count = bucket.load(Relaxed);
                if count > 0 {
                    spread.add(u16::try_from(octave * PARTS + part).expect("there are 1,024 buckets"), count);
                }
            }
        }
    }
}

/// The bucket of a number: which power of two, which part of it.
fn place(number: u64) -> (usize, usize) {
    let Some(shift) = number.max(1).ilog2().checked_sub(PART_BITS) else {
        return (0, usize::try_from(number).expect("it is below 32"));
    };
    let octave = shift as usize + 1;
    if octave >= OCTAVES {
        return (OCTAVES - 1, PARTS - 1);
    }
    (octave, usize::try_from((number >> shift) & (PARTS as u64 - 1)).expect("it is below 32"))
}

/// The number that stands for all of a bucket: its middle.
fn middle(bucket: u16) -> u64 {
    let part = u64::from(bucket) % PARTS as u64;
    let Some(shift) = (bucket >> PART_BITS).checked_sub(1) else { return part };
    ((PARTS as u64 + part) << shift) + ((1 << shift) - 1) / 2
}

/// What the histograms of all cores say together, since the process started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spread {
    sum: u64,
    least: u64,
    greatest: u64,
    /// Buckets with their counts, which wrap around, in the order of the buckets.
    buckets: Vec<(u16, u32)>,
}

impl Default for Spread {
    fn default() -> Self {
        Self { sum: 0, least: u64::MAX, greatest: 0, buckets: Vec::new() }
    }
}

impl Spread {
    fn add(&mut self, bucket: u16, count: u32) {
        match self.buckets.binary_search_by_key(&bucket, |(have, _)| *have) {
            Ok(at) => self.buckets[at].1 = self.buckets[at].1.wrapping_add(count),
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }

    /// What came since an earlier reading.
    pub(super) fn since(&self, earlier: &Self) -> Distribution {
        let mut before = earlier.buckets.iter().peekable();
        let mut distribution = Distribution::default();
        for (bucket, count) in &self.buckets {
            while before.next_if(|(have, _)| have < bucket).is_some() {}
            let counted = before.next_if(|(have, _)| have == bucket).map_or(0, |(_, counted)| *counted);
            let more = u64::from(count.wrapping_sub(counted));
            if more > 0 {
                distribution.count += more;
                distribution.values.push((middle(*bucket), more));
            }
        }
        if let (Some((first, _)), Some((last, _))) = (distribution.values.first(), distribution.values.last()) {
            // A number that is being counted may be in its bucket before it is the least or the greatest one.
            distribution.least = if self.least == u64::MAX { *first } else { self.least };
            distribution.greatest = if self.greatest == 0 { *last } else { self.greatest };
            distribution.sum = self.sum.wrapping_sub(earlier.sum);
        }
        distribution
    }
}

/// A distribution of whole numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    /// How many there are.
    pub count: u64,
    /// Their exact sum.
    pub sum: u64,
    /// The least one, exact.
    pub least: u64,
    /// The greatest one, exact.
    pub greatest: u64,
    /// Numbers in ascending order, at most 1.6 % off, with how often they came.
    pub values: Vec<(u64, u64)>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(numbers: &[u64]) -> Distribution {
        let (histogram, mut spread) = (Histogram::default(), Spread::default());
        for number in numbers {
            histogram.observe(*number);
        }
        histogram.read(&mut spread);
        spread.since(&Spread::default())
    }

    #[test]
    fn small_numbers_have_a_bucket_each() {
        let numbers: Vec<u64> = (0..32).collect();
        assert_eq!(of(&numbers).values, numbers.iter().map(|number| (*number, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_too_great_is_counted_last() {
        let found = of(&[u64::MAX, 1 << 40, 1 << 36]);
        assert_eq!((found.count, found.values.len(), found.greatest), (3, 1, u64::MAX));
    }

    #[test]
    fn a_reading_has_what_came_since_the_one_before() {
        let histogram = Histogram::default();
        let read = || {
            let mut spread = Spread::default();
            histogram.read(&mut spread);
            spread
        };
        for number in [5, 700, 700] {
            histogram.observe(number);
        }
        let first = read();
        for number in [700, 9_000] {
            histogram.observe(number);
        }
        let second = read();
        let more = second.since(&first);
        assert_eq!((more.count, more.sum, more.least, more.greatest), (2, 9_700, 700, 9_000));
        assert_eq!(read().since(&second), Distribution::default());
    }

    proptest! {
        #[test]
        fn no_number_is_more_than_a_64th_off(number in 0_u64..1 << 36) {
            let (value, _) = of(&[number]).values[0];
            prop_assert!(value.abs_diff(number) * 64 <= number, "{number} became {value}");
        }

        #[test]
        fn nothing_is_lost_and_order_is_kept(numbers in proptest::collection::vec(0_u64..1 << 36, 1..200)) {
            let found = of(&numbers);
            prop_assert_eq!(found.count, numbers.len() as u64);
            prop_assert_eq!(found.sum, numbers.iter().sum::<u64>());
            prop_assert_eq!(Some(found.least), numbers.iter().min().copied());
            prop_assert_eq!(Some(found.greatest), numbers.iter().max().copied());
            prop_assert!(found.values.is_sorted_by(|one, other| one.0 < other.0));
        }

        #[test]
        fn percentiles_are_within_the_bound(mut numbers in proptest::collection::vec(0_u64..100_000_000, 1..300), percent in 1_usize..=100) {
            let found = of(&numbers);
            numbers.sort_unstable();
            let rank = (numbers.len() * percent).div_ceil(100);
            let mut seen = 0;
            let value = found.values.iter().find(|(_, count)| { seen += count; seen >= rank as u64 }).map(|(value, _)| *value);
            let (value, exact) = (value.expect("there are numbers"), numbers[rank - 1]);
            prop_assert!(value.abs_diff(exact) * 64 <= exact, "{exact} became {value}");
        }
    }
}
