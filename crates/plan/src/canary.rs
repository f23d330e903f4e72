//! A canary: a second overlay of a stage, and which requests are for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::stage::StagePlan;

/// Which of a stage's releases a plan is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Release {
    /// The only one: the stage has no canary.
    #[default]
    Sole,
    /// The production release of a stage with a canary.
    Production,
    /// The canary.
    Canary,
}

impl Release {
    /// `$context.isCanaryRequest`, which only stages with a canary have (facts 60 and 117).
    pub fn is_canary_request(self) -> Option<bool> {
        match self {
            Self::Sole => None,
            Self::Production => Some(false),
            Self::Canary => Some(true),
        }
    }
}

/// The canary of a stage.
#[derive(Debug)]
pub struct CanaryPlan {
    /// The overlay that its requests get.
    pub stage: Arc<StagePlan>,
    /// Which requests are for it.
    pub split: Split,
}

/// What keeps a client on the side it came to first. AWS has nothing like it: its choice is random for each request (fact N1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StickyBy {
    /// The first value of this header, whose name is in lower case.
    Header(Box<str>),
    /// The value of this cookie.
    Cookie(Box<str>),
    /// The client's address; of IPv6, the network of 64 bits, within which one client changes addresses.
    SourceAddress,
}

/// Turns of a block, of which the canary gets its share to within one: a power of two.
const BLOCK_TURNS: u64 = 1 << BLOCK_BITS;
const BLOCK_BITS: u32 = 10;
/// Where on the way from 0 to 1 a request stands has so many bits.
const POINT_BITS: u32 = 32;

/// A part of all requests. It is held to, not only met on average: of every 1,024 requests in a row the canary gets its share to
/// within one, in an order that nobody can tell in advance. Nodes need not agree on anything for that.
#[derive(Debug)]
pub struct Split {
    /// Points below it are the canary's.
    below: u64,
    /// What keeps a client on its side, where anything does.
    pub sticky: Option<StickyBy>,
    /// What makes the same client stand elsewhere in another stage.
    salt: u64,
    /// The order of the turns.
    seed: u64,
    turns: AtomicU64,
}

impl Split {
    /// A split that gives `percent` of the requests, 0 to 100, to the canary of this stage. `seed` is random.
    pub fn new(percent: f64, sticky: Option<StickyBy>, (api, stage): (&str, &str), seed: u64) -> Self {
        let salt = hash(hash(OFFSET, api.as_bytes()) ^ 1, stage.as_bytes());
        Self { below: below(percent), sticky, salt, seed, turns: AtomicU64::new(0) }
    }

    /// Whether the next request without a client that is known is the canary's.
    pub fn takes_next(&self) -> bool {
        let turn = self.turns.fetch_add(1, Relaxed);
        u64::from(point(self.seed, turn)) < self.below
    }

    /// Whether a client is the canary's: always the same answer, on every node, and a greater share takes nobody out of it.
    pub fn takes_client(&self, identity: &[u8]) -> bool {
        mix(hash(self.salt, identity)) >> (64 - POINT_BITS) < self.below
    }
}

/// The number of points that are the canary's.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2^32, whatever `percent` is")]
fn below(percent: f64) -> u64 {
    (percent.clamp(0.0, 100.0) / 100.0 * f64::from(POINT_BITS).exp2()).round() as u64
}

/// Where a turn stands: those of one block stand in different parts of equal length, each at a random place within its part.
fn point(seed: u64, turn: u64) -> u32 {
    let block = mix(seed ^ (turn / BLOCK_TURNS).wrapping_mul(GOLDEN));
    let part = shuffled(turn % BLOCK_TURNS, block);
    let within = mix(block ^ turn) & ((1 << (POINT_BITS - BLOCK_BITS)) - 1);
    u32::try_from(part << (POINT_BITS - BLOCK_BITS) | within).unwrap_or(u32::MAX)
}

/// A permutation of the numbers below [`BLOCK_TURNS`], another one for each key: four rounds of Feistel's.
fn shuffled(number: u64, key: u64) -> u64 {
    const HALF_BITS: u32 = BLOCK_BITS / 2;
    const HALF: u64 = (1 << HALF_BITS) - 1;
    let (mut left, mut right) = (number >> HALF_BITS, number & HALF);
    for round in 0..4 {
        (left, right) = (right, left ^ (mix(key ^ (round << 8) ^ right) & HALF));
    }
    left << HALF_BITS | right
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Spreads a number over all bits: the finalizer of `SplitMix64`.
fn mix(mut number: u64) -> u64 {
    number = number.wrapping_add(GOLDEN);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// FNV-1a, which is the same on every node and in every version: the side of a client must not depend on either.
fn hash(basis: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(basis, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(percent: f64, seed: u64) -> Split {
        Split::new(percent, None, ("api", "s"), seed)
    }

    /// How many of so many requests are the canary's.
    fn taken(split: &Split, requests: u32) -> u32 {
        (0..requests).map(|_| u32::from(split.takes_next())).sum()
    }

    #[test]
    fn fact_n1_the_split_is_exact_to_half_a_point_over_100_000_requests() {
        for percent in [0.0, 0.01, 0.5, 1.0, 5.0, 12.5, 33.33, 50.0, 75.0, 99.99, 100.0] {
            for seed in [0, 1, 7, u64::MAX] {
                let share = f64::from(taken(&split(percent, seed), 100_000)) / 1000.0;
                assert!((share - percent).abs() < 0.1, "{percent} percent became {share}");
            }
        }
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(taken(&split(0.0, 3), 100_000), 0);
        assert_eq!(taken(&split(100.0, 3), 100_000), 100_000);
        let one_in_ten_thousand: u32 = (0..10).map(|seed| taken(&split(0.01, seed), 100_000)).sum();
        assert!((60..=140).contains(&one_in_ten_thousand), "{one_in_ten_thousand} of 1,000,000");
    }

    #[test]
    fn every_block_has_its_share_in_another_order() {
        let halves = split(50.0, 9);
        let blocks: Vec<Vec<bool>> = (0..50).map(|_| (0..1024).map(|_| halves.takes_next()).collect()).collect();
        for block in &blocks {
            assert_eq!(block.iter().filter(|taken| **taken).count(), 512);
            // No rhythm: a client whose requests come every second, third or fourth turn meets both sides.
            for step in [2, 3, 4, 8, 32] {
                let met = block.iter().step_by(step).filter(|taken| **taken).count() * step;
                assert!((256..=768).contains(&met), "every {step}th: {met}");
            }
        }
        assert!(blocks.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn clients_stay_where_they_are_on_every_node() {
        let (one, other) = (split(20.0, 1), split(20.0, 2));
        let clients: Vec<String> = (0..20_000).map(|client| format!("user-{client}")).collect();
        let count = clients.iter().filter(|client| one.takes_client(client.as_bytes())).count();
        assert!((3_800..=4_200).contains(&count), "{count} of 20,000");
        let elsewhere = Split::new(20.0, None, ("api", "t"), 1);
        let mut moved = 0;
        for client in &clients {
            assert_eq!(one.takes_client(client.as_bytes()), other.takes_client(client.as_bytes()));
            moved += u32::from(one.takes_client(client.as_bytes()) != elsewhere.takes_client(client.as_bytes()));
        }
        assert!(moved > 5_000, "another stage has another choice of clients");
    }

    proptest! {
        #[test]
        fn a_greater_share_takes_nobody_out(percent in 0.0_f64..100.0, more in 0.0_f64..100.0, client in ".{0,40}") {
            let (less, more) = (split(percent.min(more), 1), split(percent.max(more), 1));
            prop_assert!(!less.takes_client(client.as_bytes()) || more.takes_client(client.as_bytes()));
        }

        #[test]
        fn a_block_is_shuffled_and_nothing_is_lost(key: u64) {
            let mut numbers: Vec<u64> = (0..BLOCK_TURNS).map(|number| shuffled(number, key)).collect();
            numbers.sort_unstable();
            prop_assert!(numbers.into_iter().eq(0..BLOCK_TURNS));
        }
    }
}
