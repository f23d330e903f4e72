//! What every engine must pass, as functions that its tests call. They panic where it does not.

#![expect(clippy::panic, reason = "a suite of checks: a failed one is a panic")]

mod rates;
mod usage;

pub use rates::{Admissions, extremes, many_buckets, saturation, threads};
pub use usage::{Engine, days, kills, never_more, settings_change};
