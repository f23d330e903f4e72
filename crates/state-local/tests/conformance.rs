//! The engine in process against the suite, and its own properties.

use std::sync::Arc;

use proptest::prelude::*;
use stagegate_state::conformance::{self, Admissions, Engine};
use stagegate_state::{
    Bucket, BucketName, Clock, Limiter, ManualClock, Quotas, Rate, ResponseCaches as _, SystemClock, Word,
};
use stagegate_state_local::{LocalCaches, LocalLimiter, LocalQuotas};

fn limiter() -> (LocalLimiter, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    (LocalLimiter::new(Arc::<ManualClock>::clone(&clock)), clock)
}

#[test]
fn saturating_demand_gets_what_is_due_and_no_more() {
    let (limiter, clock) = limiter();
    conformance::saturation(&limiter, &clock);
}

#[test]
fn nothing_is_nothing_and_huge_does_not_overflow() {
    conformance::extremes(&limiter().0);
}

#[test]
fn a_refused_request_costs_no_bucket_anything() {
    let (limiter, clock) = limiter();
    conformance::many_buckets(&limiter, &clock);
}

#[test]
fn threads_share_a_bucket_exactly() {
    conformance::threads(&LocalLimiter::new(Arc::new(SystemClock::default())));
}

fn caches(bytes_max: u64) -> (LocalCaches, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    (LocalCaches::new(Arc::<ManualClock>::clone(&clock), bytes_max), clock)
}

#[test]
fn answers_are_found_in_their_time() {
    let (caches, clock) = caches(1 << 30);
    conformance::entries(&caches, &clock);
}

#[test]
fn answers_stay_within_their_bytes() {
    conformance::bounds(&caches(1 << 30).0);
}

#[test]
fn threads_find_whole_answers() {
    conformance::cache_threads(&caches(1 << 30).0);
}

#[test]
fn all_stores_together_stay_within_the_process_s_bytes() {
    let (caches, _clock) = caches(100_000);
    let (full, late) = (caches.open(1 << 30), caches.open(1 << 30));
    let put = |store: &dyn stagegate_state::ResponseCache, number: u8| {
        store.put([number; 32], vec![number; 1_000].into(), std::time::Duration::from_secs(1))
    };
    for number in 0..200 {
        assert!(put(&*full, number));
        assert!(caches.used_bytes() <= 100_000);
    }
    assert!(put(&*late, 1), "the fullest store makes room for others");
    assert!(late.get(&[1; 32]).is_some() && caches.used_bytes() <= 100_000);
    drop((full, late));
    assert_eq!(caches.used_bytes(), 0, "stores that nobody holds take nothing");
}

/// Opens the engine in a directory of its own.
async fn with_engine(run: impl AsyncFnOnce(Engine<'_>)) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("quotas.journal");
    let open = |clock: &Arc<ManualClock>| -> Arc<dyn Quotas> {
        let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
        Arc::new(LocalQuotas::open(&path, clock).expect("opened"))
    };
    run(&open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quotas_are_never_exceeded() {
    with_engine(async |open| conformance::never_more(open).await).await;
}

#[tokio::test]
async fn a_kill_loses_one_lease_at_most() {
    with_engine(async |open| conformance::kills(open).await).await;
}

#[tokio::test]
async fn days_and_periods_are_told_apart() {
    with_engine(async |open| conformance::days(open).await).await;
}

#[tokio::test]
async fn settings_hold_at_once() {
    with_engine(async |open| conformance::settings_change(open).await).await;
}

proptest! {
    #[test]
    fn no_window_has_more_than_the_rate_and_the_burst(
        per_second in prop_oneof![0.1..10.0_f64, 10.0..1e4_f64, 1e4..1e8_f64],
        burst in 0_u32..50,
        gaps_ns in prop::collection::vec(prop_oneof![Just(0_u64), 0..1_000_u64, 0..10_000_000_u64, 0..3_000_000_000_u64], 1..400),
    ) {
        let (limiter, clock) = limiter();
        let (word, rate) = (Word::default(), Rate::new(per_second, burst));
        let bucket = Bucket { name: BucketName::Account { account: "a", region: "r" }, word: &word, rate: &rate };
        let mut admissions = Admissions::default();
        for gap_ns in gaps_ns {
            clock.advance_ns(gap_ns);
            let now_ns = limiter.now_ns();
            let standing = limiter.standing(&bucket, now_ns);
            let admitted = limiter.take(&bucket, now_ns).is_ok();
            prop_assert_eq!(admitted, standing.tokens > 0);
            prop_assert_eq!(admitted, standing.next_ns == 0);
            if admitted {
                admissions.at_ns.push(now_ns);
            } else if standing.next_ns < u64::MAX {
                // What a refused caller is told is true to the nanosecond.
                prop_assert_eq!(limiter.standing(&bucket, now_ns + standing.next_ns - 1).tokens, 0);
                prop_assert_eq!(limiter.standing(&bucket, now_ns + standing.next_ns).tokens, 1);
            }
        }
        prop_assert!(admissions.excess(per_second, burst) <= 0.0);
    }
}
