//! The gateway as the server sees it: settings in, a running data plane and its metrics out.

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use miette::Report;
use stagegate_plan::Snapshot;

use crate::config::Settings;
use crate::metrics::ProcessMetrics;

pub(crate) struct GatewayPort(SocketAddr);
impl GatewayPort {
    pub(crate) fn start(
        s: &Settings,
        _snapshot: Arc<ArcSwap<Snapshot>>,
        _guarded: &[SocketAddr],
    ) -> Result<Self, Report> {
        Ok(Self(s.gateway))
    }
    pub(crate) fn address(&self) -> SocketAddr {
        self.0
    }
    pub(crate) fn metrics(&self) -> ProcessMetrics {
        Vec::new()
    }
    pub(crate) async fn drain(self) -> bool {
        true
    }
}
