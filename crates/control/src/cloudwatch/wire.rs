//! The three forms of calls and answers (fact M4): where the operation's name is, what the members are, how a fault looks.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::json;

use super::fault::{CloudWatchFault, fault};
use super::input::shown;
use super::operations::cloudwatch_operations;
use super::value::Value;
use super::{cbor, form, json as aws_json, xml};
use crate::authenticate::{Caller, Service, claimed_service};
use crate::call::{Call, Reply, World};
use crate::fault::{Fault, FaultKind};
use crate::query::{self, Wire, Xml};
use crate::service::{Run, scope};

/// The most bytes of a call: five hundred queries with all their dimensions are less.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The most fields of a form: five hundred queries with a few dimensions each.
const FIELDS_MAX: usize = 16_384;
/// The header that says CBOR, and what it says.
const PROTOCOL: &str = "smithy-protocol";
const RPC_V2_CBOR: &str = "rpc-v2-cbor";
/// The header that names the operation in JSON, and what it begins with.
const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "GraniteServiceVersion20100801.";
/// Where SDKs that spoke Query before look for the code of a fault.
const QUERY_ERROR: &str = "x-amzn-query-error";
/// CloudWatch in the Query protocol.
static WIRE: Wire = Wire { version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/" };

/// A form of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Cbor,
    Json,
    Query,
}

impl Form {
    fn of(headers: &HeaderMap) -> Self {
        let has = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        match (has(PROTOCOL), has(TARGET)) {
            (Some(_), _) => Self::Cbor,
            (None, Some(_)) => Self::Json,
            (None, None) => Self::Query,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Cbor => "application/cbor",
            Self::Json => "application/x-amz-json-1.0",
            Self::Query => "text/xml",
        }
    }
}

/// Whether a request is of this service, before anything of it is verified.
pub(crate) fn is_called<B>(request: &Request<B>) -> bool {
    match claimed_service(request.headers(), request.uri()) {
        Some(service) => service == Service::Monitoring,
        None => request.headers().contains_key(PROTOCOL) || target(request.headers()).is_some(),
    }
}

fn target(headers: &HeaderMap) -> Option<&str> {
    headers.get(TARGET)?.to_str().ok()?.strip_prefix(TARGET_PREFIX)
}

/// The call of a request.
pub(crate) fn decode(request: &Request<Bytes>, caller: &Caller, world: &Arc<World>) -> Result<(Call, Run), Fault> {
    if request.body().len() > BODY_BYTES_MAX {
        let message = format!("A call of CloudWatch has at most {BODY_BYTES_MAX} bytes");
        return Err(fault(CloudWatchFault::Serialization, message));
    }
    let form = Form::of(request.headers());
    let fields = match form {
        Form::Query => query::fields(request, FIELDS_MAX)?,
        Form::Cbor | Form::Json => Vec::new(),
    };
    let name = operation_name(form, request, &fields)?;
    let operation = cloudwatch_operations().iter().find(|operation| operation.name == name).ok_or_else(|| {
        let message = format!("The operation {} of CloudWatch is not served by this version of Stagegate", shown(name));
        fault(CloudWatchFault::InvalidAction, message)
    })?;
    let run = operation.run.ok_or_else(|| Fault::internal("an operation of CloudWatch has no work"))?;
    let call = Call {
        service: caller.service,
        caller: Arc::clone(&caller.principal),
        scope: scope(caller)?,
        operation,
        parameters: Vec::new(),
        query: fields,
        accept: None,
        headers: request.headers().clone(),
        body: request.body().clone(),
        world: Arc::clone(world),
    };
    Ok((call, run))
}

fn operation_name<'r>(
    form: Form,
    request: &'r Request<Bytes>,
    fields: &'r [(String, String)],
) -> Result<&'r str, Fault> {
    let path = request.uri().path();
    let is_post = *request.method() == Method::POST;
    let named = match form {
        // Smithy RPC v2, "Requests": POST /service/{name}/operation/{operation}.
        Form::Cbor => {
            let is_known =
                request.headers().get(PROTOCOL).is_some_and(|given| given.as_bytes() == RPC_V2_CBOR.as_bytes());
            let below = path.strip_prefix("/service/").and_then(|rest| rest.split_once("/operation/"));
            below.map(|(_, name)| name).filter(|_| is_post && is_known)
        }
        Form::Json => target(request.headers()).filter(|_| is_post && path == "/"),
        Form::Query => {
            let field = |name: &str| fields.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str());
            field("Action").filter(|_| field("Version").is_none_or(|version| version == WIRE.version))
        }
    };
    named.ok_or_else(|| {
        let message = "A call of CloudWatch is Smithy RPC v2 CBOR, AWS JSON 1.0 with the header X-Amz-Target, or a form with \
                       Action and Version 2010-08-01";
        fault(CloudWatchFault::InvalidAction, message)
    })
}

/// The members of a call.
pub(super) fn members(call: &Call) -> Result<Value, Fault> {
    let refused = |why: String| fault(CloudWatchFault::Serialization, format!("The members cannot be read: {why}"));
    let members = match Form::of(&call.headers) {
        Form::Cbor => cbor::decode(&call.body).map_err(|error| refused(error.to_string()))?,
        Form::Json => aws_json::decode(&call.body).map_err(|error| refused(error.to_string()))?,
        Form::Query => form::members(&call.query).map_err(refused)?,
    };
    if matches!(members, Value::Map(_)) { Ok(members) } else { Err(refused("they are no structure".to_owned())) }
}

/// The answer of an operation, in the form of its call.
pub(crate) fn encode(call: &Call, reply: Reply, request_id: &str) -> Response<Bytes> {
    let members = match reply {
        Reply::Members(members) => members,
        _ => Value::Map(Vec::new()),
    };
    let form = Form::of(&call.headers);
    let body = match form {
        Form::Cbor => cbor::encode(&members),
        Form::Json => aws_json::encode(&members).to_string().into_bytes(),
        Form::Query => {
            let mut result = Xml::default();
            xml::members(&members, &mut result);
            return query::encode(call.operation.name, Reply::Result(result), &WIRE, request_id);
        }
    };
    typed(form, body)
}

/// The answer that says no, in the form of its call.
pub(crate) fn fault_response<B>(request: &Request<B>, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let form = Form::of(request.headers());
    let (code, status) = query::shown(fault.kind);
    let shape = match fault.kind {
        FaultKind::CloudWatch(kind) => kind.shape(),
        kind => kind.code(),
    };
    let body = match form {
        Form::Cbor => {
            cbor::encode(&Value::of([("__type", Value::text(shape)), ("message", Value::text(&fault.message))]))
        }
        Form::Json => json!({"__type": shape, "message": fault.message}).to_string().into_bytes(),
        Form::Query => return fault.query_response(&WIRE, request_id),
    };
    let mut response = typed(form, body);
    *response.status_mut() = StatusCode::from_u16(status).expect("the statuses of faults are valid");
    let side = if status < 500 { "Sender" } else { "Receiver" };
    if let Ok(value) = HeaderValue::try_from(format!("{code};{side}")) {
        response.headers_mut().insert(QUERY_ERROR, value);
    }
    response
}

fn typed(form: Form, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    if form == Form::Cbor {
        response.headers_mut().insert(PROTOCOL, HeaderValue::from_static(RPC_V2_CBOR));
    }
    response
}
