//! Quotas: never more than the limit in a period, across threads, days, changes of the settings and deaths of the process.

use std::sync::Arc;
use std::time::Duration;

use crate::{Counter, Day, DayUse, ManualClock, Period, Quota, Quotas, Take, take};

/// Opens the engine on the same data, again after it was dropped. Dropping it without [`Quotas::stop`] is a kill.
pub type Engine<'e> = &'e dyn Fn(&Arc<ManualClock>) -> Arc<dyn Quotas>;

/// 2026-11-18, a Wednesday, at noon.
const WEDNESDAY: u64 = 20_775 * 86_400 + 43_200;
const PATIENCE: Duration = Duration::from_secs(10);
const NAME: &str = "000000000000/us-east-1/plan01/key0000001";

fn quota(limit: u32, period: Period) -> Quota {
    Quota { limit, period, offset: 0, since: None, version: 0 }
}

async fn drain(quotas: &dyn Quotas, counter: &Counter, quota: &Quota, most: u32) -> u32 {
    for taken in 0..most {
        let took = take(quotas, counter, quota, PATIENCE).await;
        assert_ne!(took, Take::Wait, "no lease within {PATIENCE:?}");
        if took == Take::Exhausted {
            return taken;
        }
    }
    most
}

/// Many tasks take what there is, and not one more; what is given back can be taken once more.
///
/// # Panics
/// The engine admits too much or too little.
pub async fn never_more(open: Engine<'_>) {
    let clock = Arc::new(ManualClock::at(WEDNESDAY));
    let quotas = open(&clock);
    for limit in [0, 1, 7, 99, 100, 250, 5_000] {
        let quota = quota(limit, Period::Day);
        let name = format!("{NAME}-{limit}");
        let counter = quotas.counter(&name);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (quotas, counter) = (Arc::clone(&quotas), Arc::clone(&counter));
            tasks.spawn(async move { drain(quotas.as_ref(), &counter, &quota, limit + 10).await });
        }
        let taken: u32 = tasks.join_all().await.iter().sum();
        assert_eq!(taken, limit);
        let day = Day::of(WEDNESDAY);
        assert_eq!(quotas.usage(&name, &quota).on(day, &quota), DayUse { used: limit, left: 0 });
        if limit > 0 {
            quotas.give_back(&counter, &quota);
            assert_eq!(quotas.left(&counter, &quota), 1);
            assert_eq!(drain(quotas.as_ref(), &counter, &quota, 10).await, 1);
        }
    }
    quotas.stop();
}

/// A killed process loses one lease at most, and a stopped one nothing.
///
/// # Panics
/// The engine admits too much, or loses more.
pub async fn kills(open: Engine<'_>) {
    let clock = Arc::new(ManualClock::at(WEDNESDAY));
    for (limit, name) in [(5, "a"), (150, "b"), (1_000, "c"), (10_000, "d")] {
        let quota = quota(limit, Period::Month);
        let (mut taken, mut kills) = (0, 0);
        for step in [3, 40, 77, 500, 1_001] {
            let quotas = open(&clock);
            let counter = quotas.counter(name);
            taken += drain(quotas.as_ref(), &counter, &quota, step).await;
            kills += 1;
        }
        let quotas = open(&clock);
        taken += drain(quotas.as_ref(), &quotas.counter(name), &quota, limit + 1).await;
        assert!(taken <= limit, "{taken} of {limit}");
        assert!(taken + kills * quota.lease() >= limit, "{taken} of {limit} after {kills} kills");
        quotas.stop();
    }
    let quota = quota(1_000, Period::Week);
    for step in [10, 20, 30] {
        let quotas = open(&clock);
        assert_eq!(drain(quotas.as_ref(), &quotas.counter("stopped"), &quota, step).await, step);
        quotas.stop();
    }
    let quotas = open(&clock);
    assert_eq!(drain(quotas.as_ref(), &quotas.counter("stopped"), &quota, 2_000).await, 940);
    quotas.stop();
}

/// Periods begin anew, days are told apart, and a clock that is set back gives nothing twice.
///
/// # Panics
/// The engine counts something else.
pub async fn days(open: Engine<'_>) {
    let clock = Arc::new(ManualClock::at(WEDNESDAY));
    let quotas = open(&clock);
    let quota = Quota { offset: 3, since: Some(Day::of(WEDNESDAY)), ..quota(10, Period::Week) };
    let counter = quotas.counter(NAME);
    let today = |days: u64| Day::of(WEDNESDAY + days * 86_400);
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 4).await, 4);
    clock.set_unix_s(WEDNESDAY + 86_400);
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 20).await, 3, "fact T6");
    clock.set_unix_s(WEDNESDAY);
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 20).await, 0, "set back by a day");
    // Sunday.
    clock.set_unix_s(WEDNESDAY + 4 * 86_400);
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 2).await, 2);
    clock.set_unix_s(WEDNESDAY);
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 20).await, 0, "set back by a period");
    clock.set_unix_s(WEDNESDAY + 4_000 * 86_400);
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 1).await, 1, "years ahead");
    clock.set_unix_s(WEDNESDAY);
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 20).await, 0, "and back");
    clock.set_unix_s(WEDNESDAY + 4 * 86_400);
    let usage = quotas.usage(NAME, &quota);
    // The first day was last left when all was used.
    for (day, used, left) in [(0, 4, 0), (1, 3, 0), (2, 0, 0), (4, 2, 8), (5, 0, 8), (11, 0, 10)] {
        assert_eq!(usage.on(today(day), &quota), DayUse { used, left }, "day {day}");
    }
    assert_eq!(drain(quotas.as_ref(), &counter, &quota, 20).await, 8);
    drop(quotas);
    let quotas = open(&clock);
    assert_eq!(quotas.usage(NAME, &quota).on(today(1), &quota), DayUse { used: 3, left: 0 }, "after a restart");
    assert_eq!(drain(quotas.as_ref(), &quotas.counter(NAME), &quota, 20).await, 0);
    quotas.stop();
}

/// A changed limit holds at once, what is set as left is what is left, and what is forgotten is gone.
///
/// # Panics
/// The engine admits something else.
pub async fn settings_change(open: Engine<'_>) {
    let clock = Arc::new(ManualClock::at(WEDNESDAY));
    let quotas = open(&clock);
    let wide = quota(1_000, Period::Day);
    let counter = quotas.counter(NAME);
    assert_eq!(drain(quotas.as_ref(), &counter, &wide, 100).await, 100);
    let narrow = Quota { limit: 103, ..wide }.following(&wide);
    assert_eq!(drain(quotas.as_ref(), &counter, &narrow, 50).await, 3, "the lease of before is void");
    let set = quotas.set_left(NAME, &narrow, 5).await.expect("recorded");
    assert_eq!(set.on(Day::of(WEDNESDAY), &narrow), DayUse { used: 103, left: 5 });
    assert_eq!(drain(quotas.as_ref(), &counter, &narrow, 50).await, 5);
    quotas.set_left(NAME, &narrow, 60).await.expect("recorded");
    drop(quotas);
    let quotas = open(&clock);
    let counter = quotas.counter(NAME);
    assert_eq!(drain(quotas.as_ref(), &counter, &narrow, 20).await, 20, "an extension outlives a kill");
    quotas.set_left(NAME, &narrow, 0).await.expect("recorded");
    assert_eq!(drain(quotas.as_ref(), &counter, &narrow, 20).await, 0);
    quotas.forget(NAME);
    assert_eq!(quotas.try_take(&counter, &narrow), Take::Exhausted, "a forgotten counter gives nothing");
    let again = quotas.counter(NAME);
    assert_eq!(drain(quotas.as_ref(), &again, &narrow, 200).await, 103);
    quotas.counter("other");
    quotas.retain(&mut |name| name == "other");
    assert_eq!(quotas.usage(NAME, &narrow).days.len(), 0);
    quotas.stop();
}
