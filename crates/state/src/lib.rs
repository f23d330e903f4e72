//! State that is not configuration: what the data plane counts, behind small traits, and the suite that every engine passes.
//!
//! A bucket and a counter are one word each, which the plans carry from one snapshot to the next; what the words mean is the
//! engine's affair. Names come along, so that an engine that shares its state with other nodes can lease from it.
//!
//! What every engine promises, and [`conformance`] checks:
//! - a [`Limiter`] admits in no window of t seconds more than ⌊rate × t⌋ + burst, by the times it was asked with, and under
//!   saturating demand at least 99 % of that in windows of 10 s or more;
//! - [`Quotas`] never admit more than the limit in a period, whatever happens to the process; a process that is killed loses
//!   at most one lease of each counter ([`Quota::lease`], at most 1 % of the limit, or one request);
//! - a [`ResponseCache`] gives back what was stored under a key, whole and within its time, or nothing, and never holds more
//!   bytes than it was opened with.

mod cache;
mod calendar;
mod clock;
pub mod conformance;
mod digest;
mod limiter;
mod quota;
mod quotas;
mod rate;

use std::future::Future;
use std::pin::Pin;

pub use cache::{CacheKey, CacheUsage, ResponseCache, ResponseCaches};
pub use calendar::{Day, Period};
pub use clock::{Clock, ManualClock, SystemClock};
pub use digest::{ByDigest, DigestHasher};
pub use limiter::{Bucket, BucketName, Limiter, Over, Standing, Taken, Word};
pub use quota::{DayUse, Quota, Usage};
pub use quotas::{Counter, NoQuotas, Quotas, QuotasError, Take, take};
pub use rate::Rate;

/// A boxed future, so that [`Quotas`] stays usable as `dyn Quotas`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
