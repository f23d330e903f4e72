//! What every engine must pass, as functions that its tests call. They panic where it does not.

mod rates;
mod usage;

pub use rates::{Admissions, extremes, many_buckets, saturation, threads};
pub use usage::{Engine, days, kills, never_more, settings_change};
