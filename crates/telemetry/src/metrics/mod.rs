//! Metrics: for each series and each minute a distribution, in files of one hour each.
//!
//! A [`MetricStore`] holds as many minutes and as many bytes as its limits say, and forgets the oldest hour to take in more. A minute is
//! one frame with a checksum, written at once and synced: a crash loses the minute that was not yet written, and what is torn at the
//! end of a file is cut off when it is written on. Minutes that were written in parts, as by a restart, are put together when they are
//! read.

mod bytes;
mod distribution;
mod segment;
mod series;
mod store;

pub use distribution::Distribution;
pub use segment::{Minute, decode as decode_segment};
pub use series::Series;
pub use store::{Limits, MetricStore};
