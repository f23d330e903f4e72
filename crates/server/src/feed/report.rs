//! What is served, in words: for the log and for `stagegate apis`.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A served API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiReport {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) stages: Vec<StageReport>,
}

/// A served stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StageReport {
    pub(crate) name: String,
    pub(crate) deployment_id: String,
    /// Parts that are not served, one sentence each.
    pub(crate) findings: Vec<String>,
}

/// The reports of all APIs, by id; written by the feed, read by anybody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reports(Arc<RwLock<BTreeMap<String, ApiReport>>>);

impl Reports {
    /// Every report, by API id.
    pub(crate) fn all(&self) -> Vec<ApiReport> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Replaces the report of an API, and logs the findings that are new.
    pub(super) fn put(&self, report: ApiReport) {
        let mut reports = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = reports.get(&report.id);
        for stage in &report.stages {
            let known = before.and_then(|api| api.stages.iter().find(|known| known.name == stage.name));
            if known.is_some_and(|known| known.findings == stage.findings) {
                continue;
            }
            for finding in &stage.findings {
                tracing::warn!(stage = stage.name, "{finding}");
            }
        }
        reports.insert(report.id.clone(), report);
    }

    /// Drops the report of an API.
    pub(super) fn remove(&self, api_id: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(api_id);
    }

    /// Drops the reports of APIs that are no more.
    pub(super) fn retain(&self, mut is_there: impl FnMut(&str) -> bool) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|id, _| is_there(id));
    }
}
