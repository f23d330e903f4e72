//! The quotas that were set, over AWS's defaults in `stagegate_model::limits`.

use std::collections::BTreeMap;

use stagegate_model::limits::{self, Limit};

/// Quotas that were set, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Quotas {
    set: BTreeMap<&'static str, u64>,
}

impl Quotas {
    /// Sets a quota; `None` if there is no such quota.
    pub(crate) fn set(&mut self, name: &str, value: u64) -> Option<()> {
        let limit = limits::find(name)?;
        self.set.insert(limit.name, value);
        Some(())
    }

    /// The quotas that were set.
    pub(crate) fn set_ones(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.set.iter().map(|(name, value)| (*name, *value))
    }

    /// The value of a quota: what was set, or AWS's default.
    pub(crate) fn value(&self, limit: &Limit) -> u64 {
        self.set.get(limit.name).copied().unwrap_or(limit.default)
    }

    /// The value of a quota by name.
    pub(crate) fn value_of(&self, name: &str) -> Option<u64> {
        limits::find(name).map(|limit| self.value(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_has_awss_default_until_it_is_set() {
        let mut quotas = Quotas::default();
        assert_eq!(quotas.value_of("rest_payload_bytes"), Some(10_485_760));
        quotas.set("rest_payload_bytes", 7).expect("a quota");
        assert_eq!(quotas.value_of("rest_payload_bytes"), Some(7));
        assert_eq!(quotas.set("rest_paiload_bytes", 7), None);
    }
}
