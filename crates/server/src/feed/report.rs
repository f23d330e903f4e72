//! What is served, in words: for the log and for `stagegate apis`.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use stagegate_model::keys::DomainScope;

use super::domain_report::DomainReport;

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

/// The reports of all APIs, by id, and of all custom domain names; written by the feed, read by anybody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reports {
    apis: Arc<RwLock<BTreeMap<String, ApiReport>>>,
    pub(super) domains: Arc<RwLock<BTreeMap<DomainScope, DomainReport>>>,
}

impl Reports {
    /// Every report of an API, by id.
    pub(crate) fn all(&self) -> Vec<ApiReport> {
        self.apis.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Replaces the report of an API, and logs the findings that are new.
    pub(super) fn put(&self, report: ApiReport) {
        let mut reports = self.apis.write().unwrap_or_else(PoisonError::into_inner);
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
        self.apis.write().unwrap_or_else(PoisonError::into_inner).remove(api_id);
    }

    /// Drops the reports of APIs that are no more.
    pub(super) fn retain(&self, mut is_there: impl FnMut(&str) -> bool) {
        self.apis.write().unwrap_or_else(PoisonError::into_inner).retain(|id, _| is_there(id));
    }
}
