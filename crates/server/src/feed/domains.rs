//! Custom domain names: their documents become plans and reports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stagegate_compile::{DomainFinding, PrivateUse, TlsSources, UploadedCertificate, compile_domain};
use stagegate_model::domain::Scope;
use stagegate_model::keys::{DomainScope, Key};
use stagegate_model::rest::DomainCertificateRow;
use stagegate_plan::{DomainPlan, Snapshot};
use stagegate_seal::Sealer;
use stagegate_store::{Store, StoreError};

use super::domain_report::DomainReport;
use super::load::{self, DomainDocuments};
use super::private_keys;
use super::report::Reports;

/// Which accounts and regions have a domain name, by its id: AWS serves each region by itself, and a request here says no
/// region. The first of them is served.
#[derive(Debug)]
pub(super) struct Domains {
    claims: BTreeMap<String, BTreeSet<Scope>>,
    /// Opens the private keys of certificates.
    sealer: Arc<Sealer>,
}

impl Domains {
    /// Nobody's, before they are read.
    pub(super) fn new(sealer: Arc<Sealer>) -> Self {
        Self { claims: BTreeMap::new(), sealer }
    }

    /// Reads every domain name into a new snapshot, which has every API.
    pub(super) async fn load(
        &mut self,
        store: &dyn Store,
        tls: Option<&dyn TlsSources>,
        next: &mut Snapshot,
        reports: &Reports,
    ) -> Result<(), StoreError> {
        let mut by_id: BTreeMap<String, Vec<DomainDocuments>> = BTreeMap::new();
        for documents in load::domains(store).await? {
            by_id.entry(documents.scope.id.clone()).or_default().push(documents);
        }
        self.claims.clear();
        let mut known = Vec::new();
        for (id, documents) in by_id {
            let (plan, found) = self.settle(&documents, tls);
            if let Some(plan) = plan {
                next.put_domain(plan);
            }
            known.extend(found);
            self.claims.insert(id, documents.into_iter().map(|documents| documents.scope.scope).collect());
        }
        reports.replace_domains(known, next);
        Ok(())
    }

    /// Every domain name that somebody has.
    pub(super) fn all(&self) -> BTreeSet<DomainScope> {
        let first = |(id, scopes): (&String, &BTreeSet<Scope>)| {
            scopes.first().map(|scope| DomainScope { scope: scope.clone(), id: id.clone() })
        };
        self.claims.iter().filter_map(first).collect()
    }

    /// Brings domain names that a commit touched up to date.
    pub(super) async fn apply(
        &mut self,
        touched: BTreeSet<DomainScope>,
        store: &dyn Store,
        tls: Option<&dyn TlsSources>,
        next: &mut Snapshot,
        reports: &Reports,
    ) -> Result<(), StoreError> {
        for domain in touched {
            let mut scopes = self.claims.remove(&domain.id).unwrap_or_default();
            scopes.insert(domain.scope.clone());
            let mut there = Vec::new();
            for scope in scopes {
                let claim = DomainScope { scope, id: domain.id.clone() };
                match load::domain(store, &claim).await? {
                    Some(documents) => there.push(documents),
                    None => reports.remove_domain(&claim),
                }
            }
            let (plan, found) = self.settle(&there, tls);
            match plan {
                Some(plan) => next.put_domain(plan),
                None => match domain.private_id() {
                    Some(id) => next.remove_private_domain(domain.name(), id),
                    None => next.remove_domain(domain.name()),
                },
            }
            for report in found {
                reports.put_domain(report, next);
            }
            if !there.is_empty() {
                self.claims.insert(domain.id, there.into_iter().map(|documents| documents.scope.scope).collect());
            }
        }
        Ok(())
    }

    /// What becomes of all who have a domain name, the first of whom is served.
    fn settle(
        &self,
        documents: &[DomainDocuments],
        tls: Option<&dyn TlsSources>,
    ) -> (Option<DomainPlan>, Vec<DomainReport>) {
        let Some((first, others)) = documents.split_first() else { return (None, Vec::new()) };
        // Without its key it is refused like any other that has none.
        let key =
            |row: &DomainCertificateRow| private_keys::open(&row.private_key, &first.scope.certificate(), &self.sealer);
        let opened = first.certificate.as_ref().map(|row| (row, key(row).unwrap_or_default()));
        let uploaded = opened.as_ref().map(|(row, private_key_pem)| UploadedCertificate {
            name: &row.name,
            certificate_pem: &row.certificate_pem,
            private_key_pem,
        });
        let vpc_endpoint_ids = &first.vpc_endpoint_ids;
        let private = first.scope.is_private().then(|| PrivateUse { owner: &first.scope.scope, vpc_endpoint_ids });
        let (plan, findings) = compile_domain(&first.domain, private, &first.mappings, uploaded, tls);
        let mut reports = vec![report(first, findings)];
        for other in others {
            let Scope { account, region } = first.scope.scope.clone();
            reports.push(report(other, vec![DomainFinding::Taken { account, region }]));
        }
        (Some(plan), reports)
    }
}

/// The domain names that a commit touched: themselves, by a mapping, or by an association.
pub(super) fn touched(keys: &[String]) -> BTreeSet<DomainScope> {
    keys.iter().filter_map(|key| Key::parse(key)?.domain()).collect()
}

fn report(documents: &DomainDocuments, findings: Vec<DomainFinding>) -> DomainReport {
    DomainReport { domain: documents.scope.clone(), mappings: documents.mappings.clone(), findings }
}
