//! AWS JSON 1.1: the operation in a header, members in a JSON object, faults with their type in the body (fact M5).

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::json;

use super::fault::{LogsFault, fault};
use super::operations::logs_operations;
use crate::authenticate::{Caller, Service, claimed_service};
use crate::call::{Call, Reply, World};
use crate::fault::{Fault, FaultKind};
use crate::service::{Run, scope};

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// The header that names the operation.
const TARGET: &str = "x-amz-target";
/// What it begins with.
const PREFIX: &str = "Logs_20140328.";

/// Whether a request is of this service, before anything of it is verified.
pub(crate) fn is_called<B>(request: &Request<B>) -> bool {
    match claimed_service(request.headers(), request.uri()) {
        Some(service) => service == Service::Logs,
        None => target(request).is_some(),
    }
}

fn target<B>(request: &Request<B>) -> Option<&str> {
    request.headers().get(TARGET)?.to_str().ok()?.strip_prefix(PREFIX)
}

/// The call of a request.
pub(crate) fn decode(request: &Request<Bytes>, caller: &Caller, world: &Arc<World>) -> Result<(Call, Run), Fault> {
    let name = target(request).filter(|_| request.uri().path() == "/" && *request.method() == Method::POST);
    let Some(name) = name else {
        let message = format!("A call of CloudWatch Logs is a POST to / with the header X-Amz-Target: {PREFIX}…");
        return Err(fault(LogsFault::UnknownOperation, message));
    };
    let operation = logs_operations().iter().find(|operation| operation.name == name).ok_or_else(|| {
        let shown: String = name.chars().take(128).collect();
        let message = format!("The operation {shown} of CloudWatch Logs is not served by this version of Stagegate");
        Fault::new(FaultKind::UnknownOperation, message)
    })?;
    let run = operation.run.ok_or_else(|| Fault::internal("an operation of CloudWatch Logs has no work"))?;
    let call = Call {
        service: caller.service,
        caller: Arc::clone(&caller.principal),
        scope: scope(caller)?,
        operation,
        parameters: Vec::new(),
        query: Vec::new(),
        accept: None,
        headers: request.headers().clone(),
        body: request.body().clone(),
        world: Arc::clone(world),
    };
    Ok((call, run))
}

/// The answer of an operation.
pub(crate) fn encode(reply: Reply) -> Response<Bytes> {
    let body = match reply {
        Reply::Document(document) => Bytes::from(document.to_string()),
        _ => Bytes::new(),
    };
    typed(body)
}

/// The answer that says no.
pub(crate) fn fault_response(fault: &Fault) -> Response<Bytes> {
    // The protocol has no member for the type but this one, and answers 400 to what a caller did wrong.
    let body = json!({"__type": fault.kind.code(), "message": fault.message});
    let mut response = typed(Bytes::from(body.to_string()));
    *response.status_mut() = match fault.kind {
        FaultKind::Logs(kind) => StatusCode::from_u16(kind.status()).expect("the statuses of faults are valid"),
        kind if kind.status().is_client_error() => StatusCode::BAD_REQUEST,
        kind => kind.status(),
    };
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(fault.kind.code()));
    response
}

fn typed(body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}
