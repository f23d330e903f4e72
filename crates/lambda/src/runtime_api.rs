//! The Lambda Runtime API (2018-06-01) of one process, on an address of its own (AWS, "Using the Lambda runtime API").

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::exchange::{Answer, Exchange, InitError, Misfit};
use crate::invocation::BrokenStream;

/// Where all paths begin.
const ROOT: &str = "/2018-06-01/runtime/";
/// Tells that a response comes in pieces, with the value `streaming`.
const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";
/// The type of an error: a header of errors, and a trailer of streams that break off.
pub(crate) const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
/// The error itself, in base64: a trailer of streams that break off.
const ERROR_BODY: &str = "lambda-runtime-function-error-body";
/// The type of an error that tells none.
const UNKNOWN: &str = "Function.Unknown";
/// Pieces of a stream that wait for a slow reader.
const PIECES: usize = 8;
/// A body that is too large is read for up to this many times its limit.
const DROPPED_LIMITS: usize = 8;

/// What the Runtime API of a process needs.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) response_bytes: usize,
    pub(crate) streamed_response_bytes: u64,
    pub(crate) connections: usize,
}

/// Serves until the task is ended.
pub(crate) async fn serve(api: Arc<RuntimeApi>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(api.connections));
    let mut connections = tokio::task::JoinSet::new();
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: the process's time runs on, others may end.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let api = Arc::clone(&api);
        let service = service_fn(move |request| {
            let api = Arc::clone(&api);
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        });
        connections.spawn(async move {
            let _place = place;
            // A connection that breaks is the runtime's business: its process is watched, and its time runs.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

impl RuntimeApi {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.strip_prefix(ROOT).unwrap_or_default().split('/').collect();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => self.response(id, request).await,
            (&Method::POST, ["invocation", id, "error"]) => self.error(id, request).await,
            (&Method::POST, ["init", "error"]) => self.init_error(request).await,
            _ => refusal(StatusCode::NOT_FOUND, "NotFound", "there is no such call of the Runtime API"),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let event = match self.exchange.next() {
            Ok(event) => event.await,
            Err(misfit) => return refuse(misfit),
        };
        // Without an event the process is being stopped.
        let Ok(event) = event else { return refusal(StatusCode::GONE, "Gone", "this process is being stopped") };
        let mut response = Response::new(Full::new(event.payload));
        *response.headers_mut() = event.headers;
        response
    }

    /// Begins the answer to an invocation. The body of a call that does not fit is read to its end, so that the runtime gets to
    /// read its refusal.
    async fn begin_answer(&self, id: &str, request: Request<Incoming>) -> Result<Told, Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        match self.exchange.begin_answer(id) {
            Ok(answer) => Ok(Told { head, body, answer }),
            Err(misfit) => {
                collect(body, self.response_bytes).await;
                Err(refuse(misfit))
            }
        }
    }

    async fn response(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let Told { head, body, answer } = match self.begin_answer(id, request).await {
            Ok(told) => told,
            Err(refused) => return refused,
        };
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let content_type = text(CONTENT_TYPE.as_str());
        let response = if text(RESPONSE_MODE).is_some_and(|mode| mode.eq_ignore_ascii_case("streaming")) {
            self.stream(content_type, body, answer).await
        } else {
            self.whole(content_type, body, answer).await
        };
        self.exchange.end_answer();
        response
    }

    async fn whole(
        &self,
        content_type: Option<String>,
        body: Incoming,
        answer: oneshot::Sender<Answer>,
    ) -> Response<Full<Bytes>> {
        // Whoever waited for the answer may be gone: the process need not know.
        match collect(body, self.response_bytes).await {
            Collected::Whole(payload) => {
                let _ = answer.send(Answer::Whole { content_type, payload });
                accepted()
            }
            Collected::TooLarge => {
                let _ = answer.send(Answer::TooLarge);
                too_large(self.response_bytes as u64)
            }
            Collected::Broken => broken(),
        }
    }

    /// Hands pieces on as they come. A reader that went away does not stop the function, as on AWS.
    async fn stream(
        &self,
        content_type: Option<String>,
        mut body: Incoming,
        answer: oneshot::Sender<Answer>,
    ) -> Response<Full<Bytes>> {
        let (sender, pieces) = mpsc::channel(PIECES);
        let _ = answer.send(Answer::Stream { content_type, pieces });
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                let _ = sender.send(Err(error_of("Runtime.TruncatedResponse", "the runtime's connection broke"))).await;
                return broken();
            };
            match frame.into_data() {
                Ok(piece) => {
                    bytes += piece.len() as u64;
                    if bytes > self.streamed_response_bytes {
                        let message = crate::verdict::too_large_message(self.streamed_response_bytes);
                        let _ = sender.send(Err(error_of(crate::verdict::TOO_LARGE, &message))).await;
                        return too_large(self.streamed_response_bytes);
                    }
                    let _ = sender.send(Ok(piece)).await;
                }
                Err(frame) => {
                    if let Some(error) = frame.trailers_ref().and_then(broken_off) {
                        let _ = sender.send(Err(error)).await;
                    }
                }
            }
        }
        accepted()
    }

    async fn error(&self, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let Told { head, body, answer } = match self.begin_answer(id, request).await {
            Ok(told) => told,
            Err(refused) => return refused,
        };
        let response = match collect(body, self.response_bytes).await {
            Collected::Whole(payload) => {
                let error_type = error_type(&head.headers, &payload);
                let _ = answer.send(Answer::Error { error_type, payload });
                accepted()
            }
            Collected::TooLarge => {
                let _ = answer.send(Answer::TooLarge);
                too_large(self.response_bytes as u64)
            }
            Collected::Broken => broken(),
        };
        self.exchange.end_answer();
        response
    }

    async fn init_error(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let payload = match collect(body, self.response_bytes).await {
            Collected::Whole(payload) => payload,
            Collected::TooLarge => return too_large(self.response_bytes as u64),
            Collected::Broken => return broken(),
        };
        let error_type = error_type(&head.headers, &payload);
        match self.exchange.init_error(InitError { error_type, payload }) {
            Ok(()) => accepted(),
            Err(misfit) => refuse(misfit),
        }
    }
}

/// An answer that a runtime has begun to tell.
struct Told {
    head: Parts,
    body: Incoming,
    answer: oneshot::Sender<Answer>,
}

/// A body as a whole.
enum Collected {
    Whole(Bytes),
    TooLarge,
    Broken,
}

/// Collects a body. What is over the limit is read and dropped, so that the runtime gets to read its refusal.
async fn collect(mut body: Incoming, limit_bytes: usize) -> Collected {
    let mut pieces = Vec::new();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Collected::Broken };
        let Ok(piece) = frame.into_data() else { continue };
        bytes += piece.len();
        if bytes <= limit_bytes {
            pieces.push(piece);
        } else if bytes > limit_bytes.saturating_mul(DROPPED_LIMITS) {
            return Collected::TooLarge;
        } else {
            pieces.clear();
        }
    }
    match pieces.len() {
        _ if bytes > limit_bytes => Collected::TooLarge,
        0 => Collected::Whole(Bytes::new()),
        1 => Collected::Whole(pieces.swap_remove(0)),
        _ => Collected::Whole(pieces.concat().into()),
    }
}

/// The type of an error, from its header or else (awslambdaric sends none) from its body: short and printable, since it
/// becomes part of answers and logs.
fn error_type(headers: &HeaderMap, body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(rename = "errorType")]
        error_type: String,
    }
    let is_fine = |text: &String| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let given = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let named = || serde_json::from_slice::<Named>(body).ok().map(|named| named.error_type);
    given.filter(is_fine).or_else(|| named().filter(is_fine)).unwrap_or_else(|| UNKNOWN.to_owned())
}

/// The error in the trailers of a stream.
fn broken_off(trailers: &HeaderMap) -> Option<BrokenStream> {
    trailers.get(ERROR_TYPE)?;
    let body = trailers.get(ERROR_BODY).map(HeaderValue::as_bytes).unwrap_or_default();
    let body = base64(body).unwrap_or_else(|| body.to_vec());
    Some(BrokenStream { error_type: error_type(trailers, &body), body: body.into() })
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

fn error_of(error_type: &str, message: &str) -> BrokenStream {
    let body = json!({"errorMessage": message, "errorType": error_type}).to_string();
    BrokenStream { error_type: error_type.to_owned(), body: body.into() }
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn accepted() -> Response<Full<Bytes>> {
    answer(StatusCode::ACCEPTED, &json!({"status": "OK"}))
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    answer(status, &json!({"errorMessage": message, "errorType": error_type}))
}

fn refuse(misfit: Misfit) -> Response<Full<Bytes>> {
    match misfit {
        Misfit::State => {
            refusal(StatusCode::FORBIDDEN, "InvalidStateTransition", "the process is not in a state for this call")
        }
        Misfit::RequestId => refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
    }
}

fn too_large(limit_bytes: u64) -> Response<Full<Bytes>> {
    let message = format!("Exceeded maximum allowed payload size ({limit_bytes} bytes).");
    refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

fn broken() -> Response<Full<Bytes>> {
    refusal(StatusCode::BAD_REQUEST, "Runtime.TruncatedResponse", "the body broke off")
}
