//! Stores of answers: whole entries under their keys, in their time, within their bytes.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use crate::{CacheKey, ManualClock, ResponseCache, ResponseCaches};

const S: u64 = 1_000_000_000;
const MINUTE: Duration = Duration::from_mins(1);

/// The key of a number; all bytes differ, as those of a hash do.
fn key(number: u64) -> CacheKey {
    let mut key = [0; 32];
    for (index, byte) in (0_u64..).zip(&mut key) {
        let mixed =
            (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(u32::try_from(index * 7 % 64).unwrap_or(0));
        *byte = mixed.to_le_bytes()[3];
    }
    key[..8].copy_from_slice(&number.to_le_bytes());
    key
}

fn entry(number: u64, bytes: usize) -> Arc<[u8]> {
    let mut entry = vec![0x5a; bytes.max(8)];
    entry[..8].copy_from_slice(&number.to_le_bytes());
    entry.into()
}

fn put(store: &dyn ResponseCache, number: u64, bytes: usize) -> bool {
    store.put(key(number), entry(number, bytes), MINUTE)
}

/// What is stored is found under its key and no other until its time is over, it is replaced or removed.
///
/// # Panics
/// It is not.
pub fn entries(caches: &dyn ResponseCaches, clock: &ManualClock) {
    let store = caches.open(1 << 20);
    assert!(store.get(&key(1)).is_none(), "a new store is empty");
    assert!(put(&*store, 1, 100) && put(&*store, 2, 0));
    assert_eq!(store.get(&key(1)), Some(entry(1, 100)));
    assert_eq!(store.get(&key(2)), Some(entry(2, 0)));
    assert!(store.get(&key(3)).is_none() && store.usage().entries == 2);
    assert!(store.put(key(1), entry(7, 50), MINUTE));
    assert_eq!((store.get(&key(1)), store.usage().entries), (Some(entry(7, 50)), 2));
    store.remove(&key(1));
    store.remove(&key(99));
    assert!(store.get(&key(1)).is_none() && store.usage().entries == 1);
    clock.advance_ns(60 * S - 1);
    assert!(store.get(&key(2)).is_some(), "its last moment");
    clock.advance_ns(1);
    assert!(store.get(&key(2)).is_none(), "its time is over");
    let other = caches.open(1 << 20);
    assert!(put(&*store, 5, 10) && other.get(&key(5)).is_none(), "stores have nothing in common");
}

/// A store never holds more bytes than it may, and what is used stays where there is no room for all.
///
/// # Panics
/// It holds more, or forgets what is used before what is not.
pub fn bounds(caches: &dyn ResponseCaches) {
    const BYTES: u64 = 1 << 20;
    let store = caches.open(BYTES);
    for number in 0..10 {
        assert!(put(&*store, number, 1_000), "there is room");
    }
    for number in 10..20_000 {
        for used in 0..10 {
            assert!(store.get(&key(used)).is_some(), "{used} is in use when {number} comes");
        }
        assert!(put(&*store, number, 1_000 + usize::try_from(number % 700).unwrap_or(0)));
        assert!(store.usage().bytes <= BYTES, "{number}");
    }
    assert!(store.usage().bytes > BYTES / 2, "room is used");
    assert!(!put(&*store, 1, 2 << 20), "what does not fit is not stored");
    assert!(store.get(&key(1)).is_none(), "nor is what it was to replace still there");
    assert!(!put(&*caches.open(0), 1, 1), "a store without room stores nothing");
}

/// Threads that write, read and remove the same keys find whole entries of these keys, or nothing.
///
/// # Panics
/// One finds something else.
pub fn threads(caches: &dyn ResponseCaches) {
    let store = caches.open(300_000);
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (store, barrier) = (&store, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for round in 0..20_000_u64 {
                    let number = (round * 7 + thread * 13) % 400;
                    match round % 5 {
                        0 => _ = put(&**store, number, 500),
                        1 if round % 35 == 1 => store.remove(&key(number)),
                        _ => assert!(store.get(&key(number)).is_none_or(|found| found == entry(number, 500))),
                    }
                }
            });
        }
    });
    assert!(store.usage().bytes <= 300_000);
}
