//! Looks at the files of certificates every second.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Certificates;
use super::files::Files;

/// Between two looks. A look is one system call for each file.
const PERIOD: Duration = Duration::from_secs(1);

/// Watches until nobody has the certificates any more.
pub(super) fn start(certificates: &Arc<Certificates>, files: Files) {
    let certificates = Arc::downgrade(certificates);
    tokio::spawn(watch(certificates, files));
}

async fn watch(certificates: Weak<Certificates>, mut files: Files) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let Some(certificates) = certificates.upgrade() else { return };
        let looked = tokio::task::spawn_blocking(move || {
            if files.have_changed() {
                certificates.refresh(&mut files);
            }
            files
        });
        match looked.await {
            Ok(same) => files = same,
            Err(error) => return tracing::error!(%error, "certificates are no longer watched"),
        }
    }
}
