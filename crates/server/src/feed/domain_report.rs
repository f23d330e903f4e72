//! What is served of custom domain names, in words.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use stagegate_compile::DomainFinding;
use stagegate_model::keys::DomainScope;
use stagegate_model::rest::BasePathMapping;
use stagegate_plan::Snapshot;

use super::report::Reports;

/// A custom domain name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DomainReport {
    pub(crate) domain: DomainScope,
    pub(crate) mappings: Vec<BasePathMapping>,
    /// Why it is not served as configured.
    pub(crate) findings: Vec<DomainFinding>,
}

impl DomainReport {
    /// Whether requests find it.
    pub(crate) fn is_served(&self) -> bool {
        !self.findings.iter().any(|finding| matches!(finding, DomainFinding::Taken { .. }))
    }

    /// Every finding, those of mappings to what is not served included; `serves` says whether an API, or one stage of it, is.
    pub(crate) fn all_findings(&self, serves: impl Fn(&str, Option<&str>) -> bool) -> Vec<DomainFinding> {
        let mut findings = self.findings.clone();
        let leads_nowhere =
            |finding: &DomainFinding| matches!(finding, DomainFinding::Taken { .. } | DomainFinding::RoutingRulesOnly);
        if !findings.iter().any(leads_nowhere) {
            findings.extend(self.mappings.iter().filter_map(|mapping| untargeted(mapping, &serves)));
        }
        findings
    }
}

fn untargeted(mapping: &BasePathMapping, serves: impl Fn(&str, Option<&str>) -> bool) -> Option<DomainFinding> {
    let (api, stage) = (mapping.rest_api_id.as_deref().unwrap_or_default(), mapping.stage.as_deref());
    if serves(api, stage) {
        return None;
    }
    let target = stage.map_or_else(|| format!("API {api}"), |stage| format!("stage {stage} of API {api}"));
    Some(DomainFinding::NoTarget { base_path: mapping.base_path.clone(), target })
}

fn serves(snapshot: &Snapshot, api: &str, stage: Option<&str>) -> bool {
    snapshot.api(api).is_some_and(|api| stage.is_none_or(|stage| api.stages.contains_key(stage)))
}

impl Reports {
    /// Every report of a custom domain name, by account, region and name.
    pub(crate) fn domains(&self) -> Vec<DomainReport> {
        self.domains.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Replaces the report of a domain name, and logs the findings that are new in a snapshot.
    pub(super) fn put_domain(&self, report: DomainReport, snapshot: &Snapshot) {
        let mut domains = self.domains.write().unwrap_or_else(PoisonError::into_inner);
        if domains.get(&report.domain) != Some(&report) {
            log(&report, snapshot);
        }
        domains.insert(report.domain.clone(), report);
    }

    /// Replaces the reports of all domain names.
    pub(super) fn replace_domains(&self, reports: Vec<DomainReport>, snapshot: &Snapshot) {
        let reports: BTreeMap<_, _> = reports.into_iter().map(|report| (report.domain.clone(), report)).collect();
        let mut domains = self.domains.write().unwrap_or_else(PoisonError::into_inner);
        for report in reports.values().filter(|report| domains.get(&report.domain) != Some(report)) {
            log(report, snapshot);
        }
        *domains = reports;
    }

    /// Drops the report of a domain name.
    pub(super) fn remove_domain(&self, domain: &DomainScope) {
        self.domains.write().unwrap_or_else(PoisonError::into_inner).remove(domain);
    }
}

fn log(report: &DomainReport, snapshot: &Snapshot) {
    for finding in report.all_findings(|api, stage| serves(snapshot, api, stage)) {
        tracing::warn!(domain = report.domain.name(), region = report.domain.scope.region, "{finding}");
    }
}
