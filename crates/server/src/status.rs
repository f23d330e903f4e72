//! The status port: `/healthz`, `/readyz` and `/metrics`, which stay reachable whatever the gateway is busy with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use stagegate_plan::Snapshot;

use crate::answer::{json, refusal, with_type};
use crate::listener::Answer;
use crate::metrics::{self, Collector, ProcessMetrics};
use crate::port_body::PortBody;

/// Whether the process takes traffic: set once everything listens, unset when it drains.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says whether the process takes traffic.
    pub(crate) fn set(&self, is_ready: bool) {
        self.0.store(is_ready, Ordering::Release);
    }

    fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The status port.
pub(crate) struct Status {
    pub(crate) readiness: Readiness,
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(crate) collector: Arc<Collector>,
    pub(crate) process: ProcessMetrics,
}

impl Answer for Status {
    async fn answer(
        &self,
        request: Request<hyper::body::Incoming>,
        _local: SocketAddr,
        _peer: SocketAddr,
    ) -> Response<PortBody> {
        self.page(request.method(), request.uri().path()).map(PortBody::from)
    }
}

impl Status {
    fn page(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "The status port answers GET and HEAD");
        }
        let is_ready = self.readiness.is_ready();
        match path {
            "/healthz" => json(StatusCode::OK, &serde_json::json!({ "status": "alive" })),
            "/readyz" if is_ready => json(StatusCode::OK, &serde_json::json!({ "status": "ready" })),
            "/readyz" => json(StatusCode::SERVICE_UNAVAILABLE, &serde_json::json!({ "status": "not ready" })),
            "/metrics" => {
                let page = metrics::page(&self.collector, &self.process, self.snapshot.load().revision);
                with_type(StatusCode::OK, metrics::CONTENT_TYPE, page)
            }
            _ => refusal(StatusCode::NOT_FOUND, "NotFound", "There are /healthz, /readyz and /metrics here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_answer_by_path_method_and_readiness() {
        let collector = Arc::new(Collector::new(Arc::default(), None, 1));
        let process = ProcessMetrics::default();
        let status = Status { readiness: Readiness::default(), snapshot: Arc::default(), collector, process };
        for (is_ready, method, path, code) in [
            (false, Method::GET, "/healthz", 200),
            (false, Method::GET, "/readyz", 503),
            (true, Method::GET, "/readyz", 200),
            (true, Method::HEAD, "/readyz", 200),
            (true, Method::GET, "/metrics", 200),
            (true, Method::GET, "/", 404),
            (true, Method::POST, "/readyz", 405),
        ] {
            status.readiness.set(is_ready);
            assert_eq!(status.page(&method, path).status().as_u16(), code, "{method} {path}");
        }
    }
}
