//! Token buckets: never more than the rate and the burst in any window, and hardly less under saturating demand.

use std::sync::Barrier;

use crate::{Bucket, BucketName, Limiter, ManualClock, Rate, Word};

const S: u64 = 1_000_000_000;

/// When requests were admitted, in the order they were.
#[derive(Debug, Default)]
pub struct Admissions {
    /// Nanoseconds, in order.
    pub at_ns: Vec<u64>,
}

impl Admissions {
    /// The window with the most requests over ⌊rate × t⌋ + burst: more than 0 where the limiter failed.
    ///
    /// # Panics
    /// Never: what was admitted is far below 2⁵² requests.
    pub fn excess(&self, per_second: f64, burst: u32) -> f64 {
        let number = |count: usize| f64::from(u32::try_from(count).expect("a test admits less"));
        // Over all i ≤ j: j − i + 1 − rate × (tⱼ − tᵢ) − burst. Counts are whole, so that the floor does not matter.
        let (mut least, mut excess) = (f64::INFINITY, f64::NEG_INFINITY);
        let first = self.at_ns.first().copied().unwrap_or_default();
        for (index, at_ns) in self.at_ns.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "tests last minutes, which 53 bits hold")]
            let filled = per_second * ((at_ns - first) as f64) / 1e9;
            least = least.min(number(index) - filled);
            excess = excess.max(number(index) + 1.0 - filled - least - f64::from(burst));
        }
        // A rounding of sums of up to 10⁹ is far smaller.
        if excess > 1e-3 { excess } else { 0.0 }
    }
}

fn bucket<'b>(word: &'b Word, rate: &'b Rate) -> Bucket<'b> {
    Bucket { name: BucketName::Key { plan: "plan", key: "key" }, word, rate }
}

/// Saturating demand for 12 seconds at many rates: exact from above, and at least 99 % from below.
///
/// # Panics
/// The limiter admits too much or too little.
pub fn saturation(limiter: &dyn Limiter, clock: &ManualClock) {
    for (per_second, burst) in
        [(0.5, 1), (1.0, 1), (3.0, 7), (33.3, 10), (100.0, 100), (1_234.5, 20), (10_000.0, 5_000), (200_000.0, 1_000)]
    {
        let (word, rate) = (Word::default(), Rate::new(per_second, burst));
        let mut admissions = Admissions::default();
        let start = limiter.now_ns();
        while limiter.now_ns() < start + 12 * S {
            let now = limiter.now_ns();
            while limiter.take(&bucket(&word, &rate), now).is_ok() {
                admissions.at_ns.push(now);
            }
            clock.advance_ns(77_773);
        }
        let admitted = u32::try_from(admissions.at_ns.len()).map_or(f64::INFINITY, f64::from);
        assert!(admissions.excess(per_second, burst) <= 0.0, "{per_second}/s, burst {burst}: too many");
        let due = (per_second * 12.0).floor() + f64::from(burst);
        assert!(admitted >= due * 0.99 - 1.0, "{per_second}/s, burst {burst}: {admitted} of {due}");
    }
}

/// Rates and bursts of nothing admit nothing, and huge ones do not overflow.
///
/// # Panics
/// The limiter admits what it must not, or refuses what it must admit.
pub fn extremes(limiter: &dyn Limiter) {
    let now = limiter.now_ns();
    for (per_second, burst, admits) in [
        (0.0, 5, false),
        (5.0, 0, false),
        (-1.0, 5, false),
        (f64::NAN, 5, false),
        (1e-3, 1, true),
        (1e-3, u32::MAX, true),
        (1e300, u32::MAX, true),
    ] {
        let (word, rate) = (Word::default(), Rate::new(per_second, burst));
        let admitted = limiter.take(&bucket(&word, &rate), now).is_ok();
        assert_eq!(admitted, admits, "{per_second}/s, burst {burst}");
    }
}

/// A request that one of several buckets refuses costs the others nothing.
///
/// # Panics
/// It did.
pub fn many_buckets(limiter: &dyn Limiter, clock: &ManualClock) {
    let (words, rates) = ([Word::default(), Word::default()], [Rate::new(10.0, 10), Rate::new(1.0, 1)]);
    let both = [bucket(&words[0], &rates[0]), bucket(&words[1], &rates[1])];
    let mut admitted = 0;
    for _ in 0..1_000 {
        match limiter.admit(&both, limiter.now_ns()) {
            Ok(()) => admitted += 1,
            Err(over) => assert_eq!(over.index, 1),
        }
    }
    assert_eq!(admitted, 1);
    assert_eq!(limiter.standing(&both[0], limiter.now_ns()).tokens, 9, "the wide bucket paid for refusals");
    clock.advance_ns(S);
    assert_eq!(limiter.admit(&both, limiter.now_ns()), Ok(()), "one second later");
}

/// Threads on one bucket with a real clock: the windows are kept by the times that the limiter was asked with.
///
/// # Panics
/// The limiter admits too much.
pub fn threads(limiter: &dyn Limiter) {
    let (per_second, burst) = (50_000.0, 500);
    let (word, rate) = (Word::default(), Rate::new(per_second, burst));
    let barrier = Barrier::new(4);
    let mut admissions = Admissions::default();
    std::thread::scope(|scope| {
        let run = || {
            barrier.wait();
            let (start, mut mine) = (limiter.now_ns(), Vec::new());
            loop {
                let now = limiter.now_ns();
                if now > start + S / 4 {
                    return mine;
                }
                if limiter.take(&bucket(&word, &rate), now).is_ok() {
                    mine.push(now);
                }
            }
        };
        let running: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        for thread in running {
            admissions.at_ns.extend(thread.join().expect("a thread that only asks"));
        }
    });
    admissions.at_ns.sort_unstable();
    assert!(admissions.excess(per_second, burst) <= 0.0, "threads got too many");
    assert!(admissions.at_ns.len() > usize::try_from(burst).unwrap_or(0) + 1_000, "threads got next to nothing");
}
