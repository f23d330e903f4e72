//! Discovery documents of issuers, for authorizers that are created or updated.

use std::time::Duration;

use bytes::Bytes;
use stagegate_control::{Discovery, Undiscovered};
use stagegate_store::BoxFuture;

use crate::jwks::Fetcher;

/// Fetches discovery documents.
#[derive(Debug)]
pub(crate) struct OutboundDiscovery {
    fetcher: Fetcher,
    timeout: Duration,
}

impl OutboundDiscovery {
    /// With a limit in time for each document.
    pub(crate) fn new(fetcher: Fetcher, timeout: Duration) -> Self {
        Self { fetcher, timeout }
    }
}

impl Discovery for OutboundDiscovery {
    fn document<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Bytes, Undiscovered>> {
        Box::pin(async move { self.fetcher.fetch(url, self.timeout).await.map_err(Undiscovered) })
    }
}
