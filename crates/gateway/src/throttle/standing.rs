//! How a caller's limits stand, in `RateLimit-*` and `Retry-After` (draft-ietf-httpapi-ratelimit-headers-05, RFC 9110 §10.2.3).

use stagegate_http1::encode;
use stagegate_state::{Bucket, BucketName, Counter, Day, Quota, Standing};

use super::Admission;
use crate::observe::Notes;
use crate::respond::ReplyHead;

const NS_PER_S: u64 = 1_000_000_000;

/// The limit of a request that is the closest to being reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateNote {
    /// Requests that the limit allows at once.
    limit: u64,
    /// Requests that are left.
    remaining: u64,
    /// Seconds until all of them are there again.
    reset_s: u64,
    /// Seconds until a refused request can be repeated, where that can be said.
    retry_after_s: Option<u64>,
}

impl RateNote {
    pub(super) fn of_bucket(bucket: &Bucket<'_>, standing: Standing) -> Self {
        let Standing { tokens, next_ns, full_ns } = standing;
        let retry_after_s = (tokens == 0 && next_ns < u64::MAX).then(|| next_ns.div_ceil(NS_PER_S).max(1));
        let limit = u64::from(bucket.rate.burst());
        Self { limit, remaining: tokens, reset_s: full_ns.div_ceil(NS_PER_S), retry_after_s }
    }

    pub(super) fn of_quota(quota: &Quota, left: u32, now_s: u64) -> Self {
        let day = Day::of(now_s);
        let reset_s = quota.period.next(day).start_s().saturating_sub(now_s);
        let limit = u64::from(quota.limit_of(quota.period.start(day)));
        Self { limit, remaining: u64::from(left), reset_s, retry_after_s: (left == 0).then_some(reset_s) }
    }
}

/// The limit that a request which was admitted is the closest to.
pub(super) fn tightest(
    admission: &Admission,
    buckets: &[Bucket<'_>],
    counted: Option<(&Counter, &Quota)>,
) -> Option<RateNote> {
    let now_ns = admission.limiter.now_ns();
    let of_buckets =
        buckets.iter().map(|bucket| RateNote::of_bucket(bucket, admission.limiter.standing(bucket, now_ns)));
    let of_quota = counted.map(|(counter, quota)| {
        RateNote::of_quota(quota, admission.quotas.left(counter, quota), admission.quotas.now_s())
    });
    of_buckets.chain(of_quota).min_by_key(|note| note.remaining)
}

/// Adds what there is to say, where the operator wants that.
pub(crate) fn show_rates(notes: &Notes, head: &mut ReplyHead) {
    let Some(note) = notes.rate.get() else { return };
    let mut number = |name: &[u8], number: u64| head.push_with(name, |out| encode::decimal(out, number));
    number(b"RateLimit-Limit", note.limit);
    number(b"RateLimit-Remaining", note.remaining);
    number(b"RateLimit-Reset", note.reset_s);
    if let Some(seconds) = note.retry_after_s.filter(|_| notes.refusal.get().is_some()) {
        number(b"Retry-After", seconds);
    }
}

/// A bucket, for whoever asks why it refused.
pub(super) fn in_words(name: &BucketName<'_>) -> String {
    match name {
        BucketName::Account { account, region } => format!("the bucket of account {account} in {region}"),
        BucketName::Stage { method, stage, .. } => format!("the bucket of {method} on stage {stage}"),
        BucketName::Key { plan, key } => format!("the bucket of API key {key} in usage plan {plan}"),
        BucketName::KeyMethod { plan, key, method } => {
            format!("the bucket of API key {key} in usage plan {plan} at {method}")
        }
    }
}

#[cfg(test)]
mod tests {
    use stagegate_state::{Period, Rate, Word};

    use super::*;

    #[test]
    fn seconds_are_rounded_up_so_that_nobody_comes_back_too_early() {
        let (word, rate) = (Word::default(), Rate::new(2.0, 10));
        let bucket = Bucket { name: BucketName::Key { plan: "p", key: "k" }, word: &word, rate: &rate };
        for (tokens, next_ns, full_ns, expected) in [
            (3, 0, 1, (3, 1, None)),
            (0, 1, 5_000_000_001, (0, 6, Some(1))),
            (0, 2_000_000_000, 2_000_000_000, (0, 2, Some(2))),
            (0, u64::MAX, 0, (0, 0, None)),
        ] {
            let note = RateNote::of_bucket(&bucket, Standing { tokens, next_ns, full_ns });
            assert_eq!((note.limit, (note.remaining, note.reset_s, note.retry_after_s)), (10, expected));
        }
        let quota = Quota { limit: 9, period: Period::Day, offset: 0, since: None, version: 0 };
        let note = RateNote::of_quota(&quota, 0, 86_400 + 60);
        assert_eq!((note.limit, note.reset_s, note.retry_after_s), (9, 86_340, Some(86_340)));
    }
}
