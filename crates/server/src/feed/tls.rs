//! What the feed knows of certificates, and when they were read anew.

use std::sync::Arc;

use stagegate_compile::TlsSources;
use stagegate_tls::DefaultTls;
use tokio::sync::watch::Receiver;

use crate::tls::Certificates;

/// Certificates, and what tells of changes.
pub(super) struct Tls {
    certificates: Arc<Certificates>,
    changes: Receiver<u64>,
}

impl Tls {
    pub(super) fn new(certificates: Arc<Certificates>) -> Self {
        let changes = certificates.changes();
        Self { certificates, changes }
    }

    /// What names of certificates and truststores mean.
    pub(super) fn sources(&self) -> &dyn TlsSources {
        &*self.certificates
    }

    /// What hosts show that have no certificate of their own.
    pub(super) fn default(&self) -> Arc<DefaultTls> {
        self.certificates.default_tls()
    }
}

/// Waits until certificates were read anew; for ever where there are none.
pub(super) async fn changed(tls: &mut Option<Tls>) {
    if let Some(tls) = tls
        && tls.changes.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
