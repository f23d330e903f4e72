//! What every engine must pass, as functions that its tests call. They panic where it does not.

mod cache;
mod rates;
mod usage;

pub use cache::{bounds, entries, threads as cache_threads};
pub use rates::{Admissions, extremes, many_buckets, saturation, threads};
pub use usage::{Engine, days, kills, never_more, settings_change};
