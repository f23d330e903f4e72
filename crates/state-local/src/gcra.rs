//! The generic cell rate algorithm on one word (ITU-T I.371, annex A.1; a token bucket, told by the time when it is full).
//!
//! The word holds the time at which the bucket will be full, in nanoseconds of the clock, above the number of the rate that
//! it was written under. A token moves that time one interval on, if it then is no more than `burst` intervals away. So n
//! tokens taken between two moments s and s + t, in the order of their exchanges, move it from s at the earliest to
//! s + t + burst × interval at the latest: n ≤ t / interval + burst, in every window, whatever threads do.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use stagegate_state::{Bucket, Clock, Limiter, Rate, Standing, Taken};

/// Bits of the rate's number.
const VERSION_BITS: u32 = 4;
const VERSION_MASK: u64 = (1 << VERSION_BITS) - 1;

/// Token buckets of one process.
pub struct LocalLimiter {
    clock: Arc<dyn Clock>,
}

impl LocalLimiter {
    /// Buckets that go by a clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl fmt::Debug for LocalLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalLimiter").finish_non_exhaustive()
    }
}

/// A bucket at a moment, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fill {
    /// Until it is full.
    deficit: u64,
    /// The deficit of an empty bucket.
    depth: u64,
    /// What one token adds to the deficit; 0 where nothing is admitted.
    interval: u64,
}

impl Fill {
    fn of(word: u64, rate: &Rate, now_ns: u64) -> Self {
        let interval = rate.interval_ns();
        let depth = rate.depth_ns();
        // A thread that asks with a time of before finds more missing than there can be.
        let (full_at_ns, version) = (word >> VERSION_BITS, version_of(word));
        let full_at_ns = if version == rate.version() { full_at_ns } else { rate.full_at_ns(full_at_ns, version) };
        let deficit = full_at_ns.saturating_sub(now_ns);
        Self { deficit: deficit.min(depth), depth, interval }
    }

    fn admits(self) -> bool {
        self.interval > 0 && self.deficit + self.interval <= self.depth
    }

    fn standing(self) -> Standing {
        if self.interval == 0 || self.depth < self.interval {
            return Standing { tokens: 0, next_ns: u64::MAX, full_ns: 0 };
        }
        let next_ns = (self.deficit + self.interval).saturating_sub(self.depth);
        let tokens = (self.depth - self.deficit) / self.interval;
        Standing { tokens, next_ns, full_ns: self.deficit }
    }
}

fn version_of(word: u64) -> u8 {
    (word & VERSION_MASK) as u8
}

impl Limiter for LocalLimiter {
    fn now_ns(&self) -> u64 {
        self.clock.monotonic_ns()
    }

    fn standing(&self, bucket: &Bucket<'_>, now_ns: u64) -> Standing {
        Fill::of(bucket.word.0.load(Relaxed), bucket.rate, now_ns).standing()
    }

    fn take(&self, bucket: &Bucket<'_>, now_ns: u64) -> Result<Taken, Standing> {
        let word = &bucket.word.0;
        let mut before = word.load(Relaxed);
        loop {
            let fill = Fill::of(before, bucket.rate, now_ns);
            if !fill.admits() {
                return Err(fill.standing());
            }
            let full_at_ns = now_ns + fill.deficit + fill.interval;
            let after = (full_at_ns << VERSION_BITS) | u64::from(bucket.rate.version());
            match word.compare_exchange_weak(before, after, Relaxed, Relaxed) {
                Ok(_) => return Ok(Taken { before, after }),
                Err(now) => before = now,
            }
        }
    }

    fn put_back(&self, bucket: &Bucket<'_>, taken: Taken) {
        // Somebody else's token makes this one stay spent.
        let _ = bucket.word.0.compare_exchange(taken.after, taken.before, Relaxed, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use stagegate_state::{BucketName, ManualClock, Word};

    use super::*;

    fn bucket<'b>(word: &'b Word, rate: &'b Rate) -> Bucket<'b> {
        Bucket { name: BucketName::Key { plan: "p", key: "k" }, word, rate }
    }

    fn drain(limiter: &LocalLimiter, word: &Word, rate: &Rate, now_ns: u64) -> usize {
        (0..100_000).take_while(|_| limiter.take(&bucket(word, rate), now_ns).is_ok()).count()
    }

    #[test]
    fn tokens_outlive_a_change_of_the_rate() {
        let limiter = LocalLimiter::new(Arc::new(ManualClock::default()));
        let word = Word::default();
        let slow = Rate::new(1.0, 10);
        assert_eq!(drain(&limiter, &word, &slow, 0), 10);
        // Empty stays empty, at ten times and at a tenth of the rate.
        let fast = Rate::new(10.0, 10).following(&slow, 0);
        assert_eq!(drain(&limiter, &word, &fast, 0), 0);
        assert_eq!(drain(&limiter, &word, &fast, 500_000_000), 5);
        let slower = Rate::new(0.1, 10).following(&fast, 500_000_000);
        assert_eq!(drain(&limiter, &word, &slower, 500_000_000), 0);
        assert_eq!(drain(&limiter, &word, &slower, 20_500_000_000), 2);
        // A smaller bucket has no debts beyond its size, and a bigger one is bigger at once.
        let small = Rate::new(0.1, 1).following(&slower, 30_500_000_000);
        assert_eq!(drain(&limiter, &word, &small, 30_500_000_000), 0);
        assert_eq!(drain(&limiter, &word, &small, 40_500_000_000), 1);
        let big = Rate::new(0.1, 1_000).following(&small, 40_500_000_000);
        assert_eq!(drain(&limiter, &word, &big, 40_500_000_000), 999);
    }

    #[test]
    fn extremes_neither_overflow_nor_admit_too_much() {
        let limiter = LocalLimiter::new(Arc::new(ManualClock::default()));
        for (per_second, burst, admitted) in [
            (0.0, 10, 0),
            (10.0, 0, 0),
            (0.5, 1, 1),
            (1e-9, 5, 0),
            (1e-8, u32::MAX, 5),
            (1e300, 7, 7),
            (1.0, u32::MAX, 100_000),
            (1e12, u32::MAX, 100_000),
        ] {
            let (word, rate) = (Word::default(), Rate::new(per_second, burst));
            // After a hundred years the clock is farther than any bucket.
            for now_ns in [0, 1, 1 << 61] {
                assert!(drain(&limiter, &word, &rate, now_ns.min(1 << 59)) <= 100_000, "{per_second} {burst}");
            }
            assert_eq!(drain(&limiter, &Word::default(), &rate, 0), admitted, "{per_second} {burst}");
        }
    }

    #[test]
    fn what_is_put_back_is_there_again_and_what_was_passed_on_is_not() {
        let limiter = LocalLimiter::new(Arc::new(ManualClock::default()));
        let (word, rate) = (Word::default(), Rate::new(1.0, 2));
        let first = limiter.take(&bucket(&word, &rate), 5).expect("a token");
        limiter.put_back(&bucket(&word, &rate), first);
        assert_eq!(limiter.standing(&bucket(&word, &rate), 5), Standing { tokens: 2, next_ns: 0, full_ns: 0 });
        let second = limiter.take(&bucket(&word, &rate), 5).expect("a token");
        limiter.take(&bucket(&word, &rate), 5).expect("a token");
        limiter.put_back(&bucket(&word, &rate), second);
        let empty = Standing { tokens: 0, next_ns: 1_000_000_000, full_ns: 2_000_000_000 };
        assert_eq!(limiter.take(&bucket(&word, &rate), 5), Err(empty));
    }
}
