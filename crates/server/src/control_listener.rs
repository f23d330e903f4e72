//! The control port: guards the name and the origin, bounds the body, and hands the request to the control plane.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use stagegate_control::{ControlPlane, SourceIp};

use crate::answer::refusal;
use crate::feed::Follower;
use crate::guard::{Guard, Turned};
use crate::listener::Answer;
use crate::port_body::PortBody;
use crate::served::Served;

/// The longest time for a request's body to arrive whole.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes of a call that carries a function's code: fifty megabytes in base64 (AWS, "Lambda quotas").
const CODE_BODY_BYTES: usize = 70_167_211;
/// What such calls' paths begin with.
const FUNCTIONS: &str = "/2015-03-31/functions";

/// How much of a body that is too large is read and dropped.
const DROPPED_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// The control port.
pub(crate) struct ControlPort {
    pub(crate) plane: ControlPlane,
    pub(crate) guard: Guard,
    pub(crate) served: Arc<Served>,
    pub(crate) follower: Follower,
    /// The most bytes of a request's body.
    pub(crate) body_limit_bytes: usize,
}

impl Answer for ControlPort {
    async fn answer(&self, request: Request<Incoming>, local: SocketAddr, peer: SocketAddr) -> Response<PortBody> {
        if let Err(turned) = self.guard.check(request.uri(), request.headers(), local) {
            return self.plane.identified(turned_away(&turned)).map(PortBody::from);
        }
        let (head, body) = request.into_parts();
        // Nothing of a stranger is kept: whatever the body is, the answer is a refusal.
        let is_known = self.plane.knows(&head);
        let allowed_bytes = self.body_limit_bytes_of(head.uri.path());
        let body = match self.whole(body, if is_known { allowed_bytes } else { 0 }).await {
            Ok(body) => body,
            Err(refused) if is_known => return self.plane.identified(refused).map(PortBody::from),
            Err(_) => Bytes::new(),
        };
        let mut request = Request::from_parts(head, body);
        request.extensions_mut().insert(SourceIp(peer.ip()));
        if request.uri().path().starts_with(crate::served::PREFIX) {
            return self.served.answer(&self.plane, &request).map(PortBody::from);
        }
        let is_change = request.method() != Method::GET;
        let response = self.plane.handle(request).await;
        if is_change && response.status().is_success() {
            self.follower.caught_up().await;
        }
        PortBody::of(response)
    }
}

impl ControlPort {
    fn body_limit_bytes_of(&self, path: &str) -> usize {
        if path.starts_with(FUNCTIONS) { CODE_BODY_BYTES.max(self.body_limit_bytes) } else { self.body_limit_bytes }
    }

    async fn whole(&self, body: Incoming, limit_bytes: usize) -> Result<Bytes, Response<Full<Bytes>>> {
        let (status, error_type, message) = match tokio::time::timeout(BODY_TIMEOUT, collect(body, limit_bytes)).await {
            Ok(Ok(Some(body))) => return Ok(body),
            Ok(Ok(None)) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLargeException",
                format!("The request's body is larger than {limit_bytes} bytes"),
            ),
            Ok(Err(_)) => {
                let message = "The request's body is not complete".to_owned();
                (StatusCode::BAD_REQUEST, "BadRequestException", message)
            }
            Err(_) => {
                let message = "The request's body did not arrive in time".to_owned();
                (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", message)
            }
        };
        let mut response = refusal(status, error_type, &message);
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        Err(response)
    }
}

/// Reads a body; `None` if it is larger than the limit.
///
/// What comes over the limit is read and dropped, within bounds: a client that is still sending when its connection
/// closes never sees the answer. A body that says it is out of all bounds is not waited for.
async fn collect(mut body: Incoming, limit_bytes: usize) -> Result<Option<Bytes>, hyper::Error> {
    let most_bytes = u64::try_from(limit_bytes.saturating_add(DROPPED_LIMIT_BYTES)).unwrap_or(u64::MAX);
    if body.size_hint().lower() > most_bytes {
        return Ok(None);
    }
    let (mut whole, mut dropped_bytes) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if dropped_bytes == 0 && whole.len() + data.len() <= limit_bytes {
            whole.extend_from_slice(&data);
            continue;
        }
        whole = Vec::new();
        dropped_bytes += data.len();
        if dropped_bytes > DROPPED_LIMIT_BYTES {
            break;
        }
    }
    Ok((dropped_bytes == 0).then(|| Bytes::from(whole)))
}

fn turned_away(turned: &Turned) -> Response<Full<Bytes>> {
    let status = match turned {
        Turned::NoHost => StatusCode::BAD_REQUEST,
        Turned::Host(_) | Turned::CrossOrigin => StatusCode::FORBIDDEN,
    };
    refusal(status, "AccessDeniedException", &turned.to_string())
}
