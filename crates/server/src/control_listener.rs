//! The control port: guards the name and the origin, bounds the body, and hands the request to the control plane.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use stagegate_control::ControlPlane;

use crate::answer::refusal;
use crate::guard::{Guard, Turned};
use crate::listener::Answer;
use crate::served::Served;

/// The longest time for a request's body to arrive whole.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The control port.
pub(crate) struct ControlPort {
    pub(crate) plane: ControlPlane,
    pub(crate) guard: Guard,
    pub(crate) served: Arc<Served>,
    /// The most bytes of a request's body.
    pub(crate) body_limit_bytes: usize,
}

impl Answer for ControlPort {
    async fn answer(&self, request: Request<Incoming>, local: SocketAddr) -> Response<Full<Bytes>> {
        if let Err(turned) = self.guard.check(request.uri(), request.headers(), local) {
            return turned_away(&turned);
        }
        let (head, body) = request.into_parts();
        let body = match self.whole(body).await {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let request = Request::from_parts(head, body);
        if request.uri().path().starts_with(crate::served::PREFIX) {
            return self.served.answer(&request);
        }
        self.plane.handle(request).await.map(Full::new)
    }
}

impl ControlPort {
    async fn whole(&self, body: Incoming) -> Result<Bytes, Response<Full<Bytes>>> {
        let collected = Limited::new(body, self.body_limit_bytes).collect();
        match tokio::time::timeout(BODY_TIMEOUT, collected).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLargeException",
                &format!("The request's body is larger than {} bytes", self.body_limit_bytes),
            )),
            Ok(Err(_)) => {
                Err(refusal(StatusCode::BAD_REQUEST, "BadRequestException", "The request's body is not complete"))
            }
            Err(_) => {
                let message = "The request's body did not arrive in time";
                Err(refusal(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", message))
            }
        }
    }
}

fn turned_away(turned: &Turned) -> Response<Full<Bytes>> {
    let status = match turned {
        Turned::NoHost => StatusCode::BAD_REQUEST,
        Turned::Host(_) | Turned::CrossOrigin => StatusCode::FORBIDDEN,
    };
    refusal(status, "AccessDeniedException", &turned.to_string())
}
