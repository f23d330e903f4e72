//! Which of AWS's quotas hold here, and at what value.

use std::collections::BTreeMap;

use stagegate_model::limits;

use crate::fault::{Fault, FaultKind};

/// Quotas by the names of `stagegate_model::limits`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Values that the operator set.
    pub set: BTreeMap<String, u64>,
    /// Whether counts that are only reported by default are enforced at AWS's value (`aws_quotas = true`).
    pub aws: bool,
}

impl Quotas {
    /// The value that is enforced, if any: what was set, else AWS's where AWS's is in force.
    pub fn enforced(&self, name: &str) -> Option<u64> {
        self.chosen(name)
            .or_else(|| limits::find(name).filter(|limit| limit.enforced_by_default).map(|limit| limit.default))
    }

    /// The value that is enforced only because the operator asked for it.
    pub fn chosen(&self, name: &str) -> Option<u64> {
        let of_aws = || limits::find(name).filter(|_| self.aws).map(|limit| limit.default);
        self.set.get(name).copied().or_else(of_aws)
    }

    /// The value that is reported, enforced or not.
    pub fn reported(&self, name: &str) -> u64 {
        let default = || limits::find(name).map_or(0, |limit| limit.default);
        self.set.get(name).copied().unwrap_or_else(default)
    }

    /// Refuses a new item where `have` items already use up the quota.
    pub(crate) fn admit(&self, name: &str, have: usize, message: &str) -> Result<(), Fault> {
        if self.is_used_up(name, have) { Err(Fault::limit_exceeded(message)) } else { Ok(()) }
    }

    /// The same for a noun of version 2, whose service model has one exception for every limit: `TooManyRequestsException`.
    pub(crate) fn admit_or_throttle(&self, name: &str, have: usize, message: &str) -> Result<(), Fault> {
        if self.is_used_up(name, have) { Err(Fault::new(FaultKind::TooManyRequests, message)) } else { Ok(()) }
    }

    fn is_used_up(&self, name: &str, have: usize) -> bool {
        self.enforced(name).is_some_and(|limit| u64::try_from(have).unwrap_or(u64::MAX) >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_hold_only_when_asked_for_and_request_limits_always() {
        let by_default = Quotas::default();
        assert_eq!(by_default.enforced("rest_stages_per_api_count"), None);
        assert_eq!(by_default.reported("rest_stages_per_api_count"), 10);
        assert_eq!(by_default.enforced("rest_openapi_import_bytes"), Some(6_291_456));
        let as_aws = Quotas { aws: true, ..Quotas::default() };
        assert_eq!(as_aws.enforced("rest_stages_per_api_count"), Some(10));
        assert!(as_aws.admit("rest_stages_per_api_count", 9, "full").is_ok());
        assert!(as_aws.admit("rest_stages_per_api_count", 10, "full").is_err());
        let set = Quotas { set: [("rest_stages_per_api_count".to_owned(), 3)].into(), aws: true };
        assert_eq!(set.enforced("rest_stages_per_api_count"), Some(3));
    }
}
