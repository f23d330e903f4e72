//! Quotas of an account in a region.

use super::{Limit, reported};

const PAGE: &str = "developer guide: limits, account-level quotas (fact section 1.16)";

/// Throttling across all APIs of an account in a region; small regions have 2,500 and 1,250.
pub const ACCOUNT: &[Limit] =
    &[reported("account_rate_per_second", 10_000, PAGE), reported("account_burst_count", 5_000, PAGE)];
