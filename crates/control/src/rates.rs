//! AWS's rates of control-plane calls, where they are enforced: per operation and in total, per account and region.
//!
//! Developer guide, "Quotas for creating, deploying and managing an API". Each rate is a generic cell rate algorithm: one
//! number, the time at which the bucket is full again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use stagegate_model::domain::Scope;

use crate::call::Call;
use crate::fault::Fault;

/// The most buckets at once; one that is full again is forgotten when room is needed.
const MOST_BUCKETS: usize = 4_096;

const MICROS_PER_SECOND: u64 = 1_000_000;

/// The rate of one operation.
struct Row {
    operation: &'static str,
    /// The quota with the time between two calls, in milliseconds.
    quota: &'static str,
    /// How many calls may come at once: AWS's "5 requests per second" are five.
    burst: u64,
    /// Which calls of the operation.
    of: Of,
}

/// Which calls a row counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    All,
    /// Those about edge-optimized APIs, the default.
    Edge,
    /// Those about regional and private APIs.
    Regional,
}

const fn row(operation: &'static str, quota: &'static str, burst: u64) -> Row {
    Row { operation, quota, burst, of: Of::All }
}

const fn of(operation: &'static str, quota: &'static str, of: Of) -> Row {
    Row { operation, quota, burst: 1, of }
}

const ROWS: &[Row] = &[
    row("CreateApiKey", "create_api_key_interval_ms", 5),
    row("CreateDeployment", "create_deployment_interval_ms", 1),
    row("CreateDocumentationVersion", "create_documentation_version_interval_ms", 1),
    row("CreateDomainName", "create_domain_name_interval_ms", 1),
    row("CreateResource", "create_resource_interval_ms", 5),
    of("CreateRestApi", "create_edge_api_interval_ms", Of::Edge),
    of("CreateRestApi", "create_rest_api_interval_ms", Of::Regional),
    row("DeleteApiKey", "delete_api_key_interval_ms", 5),
    row("DeleteDomainName", "delete_domain_name_interval_ms", 1),
    row("DeleteResource", "delete_resource_interval_ms", 5),
    row("DeleteRestApi", "delete_rest_api_interval_ms", 1),
    row("GetResources", "get_resources_interval_ms", 5),
    row("ImportDocumentationParts", "import_documentation_parts_interval_ms", 1),
    of("ImportRestApi", "import_edge_api_interval_ms", Of::Edge),
    of("ImportRestApi", "import_rest_api_interval_ms", Of::Regional),
    row("PutRestApi", "put_rest_api_interval_ms", 1),
    row("UpdateAccount", "update_account_interval_ms", 1),
    row("UpdateDomainName", "update_domain_name_interval_ms", 1),
    row("UpdateUsagePlan", "update_usage_plan_interval_ms", 1),
];

/// One rate that a call is held to.
struct Rate {
    name: &'static str,
    /// The time that one call takes out of the bucket; none where no call is allowed at all.
    interval_us: Option<u64>,
    burst: u64,
}

/// The buckets of every account and region.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    /// When each is full again, in microseconds since 1970. What is not here is full.
    full_at_us: Mutex<HashMap<(Scope, &'static str), u64>>,
}

impl Rates {
    /// Counts a call, or refuses it with the seconds to wait. A call that is refused takes nothing from any bucket.
    pub(crate) fn admit(&self, call: &Call) -> Result<(), Fault> {
        let rates = rates_of(call);
        if rates.is_empty() {
            return Ok(());
        }
        let now_us = micros(call.world.clock.now());
        // A panic while the lock is held leaves whole numbers behind.
        let mut buckets = self.full_at_us.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() + rates.len() > MOST_BUCKETS {
            buckets.retain(|_, full_at_us| *full_at_us > now_us);
        }
        if buckets.len() + rates.len() > MOST_BUCKETS {
            return Err(Fault::too_many_requests(1));
        }
        let mut taken = Vec::with_capacity(rates.len());
        for rate in rates {
            let key = (call.scope.clone(), rate.name);
            let full_at_us = rate.take(buckets.get(&key).copied().unwrap_or_default(), now_us)?;
            taken.push((key, full_at_us));
        }
        buckets.extend(taken);
        Ok(())
    }
}

impl Rate {
    /// When the bucket is full again once a call was taken out of it.
    fn take(&self, full_at_us: u64, now_us: u64) -> Result<u64, Fault> {
        let interval_us = self.interval_us.ok_or_else(|| Fault::too_many_requests(1))?;
        let whole_us = interval_us.saturating_mul(self.burst);
        // Never later than an empty bucket is: the clock may have been set back.
        let full_at_us = full_at_us.clamp(now_us, now_us.saturating_add(whole_us));
        let after_us = full_at_us.saturating_add(interval_us);
        let wait_us = after_us.saturating_sub(now_us.saturating_add(whole_us));
        if wait_us > 0 {
            return Err(Fault::too_many_requests(wait_us.div_ceil(MICROS_PER_SECOND)));
        }
        Ok(after_us)
    }
}

/// The rates that are enforced for a call.
fn rates_of(call: &Call) -> Vec<Rate> {
    let quotas = &call.world.quotas;
    let (rate, burst) = ("control_plane_rate_per_second", "control_plane_burst_count");
    let mut rates = Vec::new();
    if quotas.chosen(rate).is_some() || quotas.chosen(burst).is_some() {
        let interval_us = MICROS_PER_SECOND.checked_div(quotas.reported(rate));
        rates.push(Rate { name: rate, interval_us, burst: quotas.reported(burst).max(1) });
    }
    let rows = ROWS.iter().filter(|row| row.operation == call.operation.name);
    for row in rows.filter(|row| quotas.chosen(row.quota).is_some() && (row.of == Of::All || row.of == kind_of(call))) {
        let interval_us = quotas.reported(row.quota).saturating_mul(1_000);
        rates.push(Rate { name: row.quota, interval_us: Some(interval_us), burst: row.burst });
    }
    rates
}

/// What a call says of the API it makes. What a definition says is not looked for: it would have to be read first.
fn kind_of(call: &Call) -> Of {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let given = call.query("endpointConfigurationTypes").or(body["endpointConfiguration"]["types"][0].as_str());
    if matches!(given, Some("REGIONAL" | "PRIVATE")) { Of::Regional } else { Of::Edge }
}

fn micros(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::operations::operations;

    #[test]
    fn every_row_has_its_operation_and_its_quota() {
        for row in ROWS {
            assert!(operations().iter().any(|operation| operation.name == row.operation), "{}", row.operation);
            assert!(stagegate_model::limits::find(row.quota).is_some(), "{}", row.quota);
        }
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let rate = Rate { name: "r", interval_us: Some(1_000_000), burst: 2 };
        let full_at_us = rate.take(0, 1_000_000_000).expect("full");
        let later = rate.take(full_at_us, 10).expect_err("as if the bucket were empty");
        assert_eq!(later.retry_after_seconds, Some(1));
        rate.take(full_at_us, 1_000_000_000).expect("one is left");
    }

    proptest! {
        /// Never more than the burst and what the time brought.
        #[test]
        fn no_window_has_more_than_its_share(
            interval_us in 1_u64..1_000_000,
            burst in 1_u64..50,
            steps in proptest::collection::vec(0_u64..500_000, 1..200),
        ) {
            let rate = Rate { name: "r", interval_us: Some(interval_us), burst };
            let (mut now_us, mut full_at_us, mut taken) = (5_000_000_000, 0, Vec::new());
            for step in steps {
                now_us += step;
                if let Ok(after) = rate.take(full_at_us, now_us) {
                    full_at_us = after;
                    taken.push(now_us);
                }
            }
            for (first, from) in taken.iter().enumerate() {
                for (last, until) in taken.iter().enumerate().skip(first) {
                    let count = u64::try_from(last - first + 1).expect("few");
                    prop_assert!(count <= burst + (until - from) / interval_us, "{count} in {} us", until - from);
                }
            }
        }
    }
}
