//! From a signed form to a call, and from a result to XML.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};

use crate::authenticate::{Caller, Service, claimed_service};
use crate::call::{Call, Reply, World};
use crate::fault::{Fault, FaultKind};
use crate::iam;
use crate::operations::Operation;
use crate::query::xml::Xml;
use crate::query::{QueryFault, Wire, check, fault, form};
use crate::service::{Run, scope};
use crate::sts;

/// What AWS calls the version of a call that names none.
const NO_VERSION: &str = "NO_VERSION_SPECIFIED";

/// The wire form of a service; none if its protocol is not Query.
pub(crate) fn wire(service: Service) -> Option<&'static Wire> {
    match service {
        Service::Iam => Some(&iam::WIRE),
        Service::Sts => Some(&sts::WIRE),
        Service::ApiGateway | Service::Lambda | Service::Logs | Service::Monitoring => None,
    }
}

/// The wire form that a request asks for, before anything of it is verified: by the service it is signed for, and where it is
/// not signed, as a form is.
pub(crate) fn wire_of<B>(request: &Request<B>) -> Option<&'static Wire> {
    if let Some(service) = claimed_service(request.headers(), request.uri()) {
        return wire(service);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let names_action = request.uri().query().is_some_and(|query| query.contains("Action="));
    let is_form = kind.starts_with(b"application/x-www-form-urlencoded") || names_action;
    (request.uri().path() == "/" && is_form).then_some(&sts::WIRE)
}

/// The call of a form.
pub(crate) fn decode(request: &Request<Bytes>, caller: &Caller, world: &Arc<World>) -> Result<(Call, Run), Fault> {
    let fields = fields(request, form::FIELDS)?;
    let field = |name: &str| fields.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str());
    let action = field("Action").ok_or_else(|| {
        fault(QueryFault::MissingAction, "The request must contain the parameter Action with the name of an operation")
    })?;
    let operation = operation(caller.service, action, field("Version").unwrap_or(NO_VERSION))?;
    let run = operation.run.ok_or_else(|| Fault::internal("an operation of a Query API has no work"))?;
    refuse_sessions(caller, operation)?;
    let call = Call {
        service: caller.service,
        caller: Arc::clone(&caller.principal),
        scope: scope(caller)?,
        operation,
        parameters: Vec::new(),
        query: fields,
        accept: None,
        headers: request.headers().clone(),
        body: Bytes::new(),
        world: Arc::clone(world),
    };
    check(&call)?;
    Ok((call, run))
}

/// The fields of a form, at most so many.
pub(crate) fn fields(request: &Request<Bytes>, max: usize) -> Result<Vec<(String, String)>, Fault> {
    if request.uri().path() != "/" || !matches!(*request.method(), Method::GET | Method::POST) {
        let message = format!("No operation is at {} {}", request.method(), request.uri().path());
        return Err(fault(QueryFault::InvalidAction, message));
    }
    form::read(request.uri().query().unwrap_or_default(), request.body(), max)
}

fn operation(service: Service, action: &str, version: &str) -> Result<&'static Operation, Fault> {
    let (table, wire) = match service {
        Service::Iam => (iam::operations(), &iam::WIRE),
        _ => (sts::operations(), &sts::WIRE),
    };
    let found = table.iter().find(|operation| operation.name == action && version == wire.version);
    found.ok_or_else(|| {
        let shown: String = action.chars().take(128).collect();
        let version: String = version.chars().take(32).collect();
        fault(QueryFault::InvalidAction, format!("Could not find operation {shown} for version {version}"))
    })
}

/// What sessions without MFA may not call, whatever their policies say (IAM User Guide, "Compare AWS STS credentials").
fn refuse_sessions(caller: &Caller, operation: &Operation) -> Result<(), Fault> {
    use stagegate_plan::identity::PrincipalKind as Kind;
    let is_session = caller.principal.issued_at_s.is_some();
    let (is_role, is_federated) = match caller.principal.kind {
        Kind::RoleSession { .. } => (true, false),
        Kind::Federated { .. } => (false, true),
        Kind::Root | Kind::User { .. } => (false, false),
    };
    if !is_session {
        return Ok(());
    }
    match (caller.service, operation.name) {
        (Service::Iam, _) if !is_role => {
            let message = "The security token included in the request is invalid.";
            Err(Fault::new(FaultKind::Signature("UnrecognizedClientException"), message))
        }
        (Service::Sts, name @ ("GetSessionToken" | "GetFederationToken")) => {
            Err(fault(QueryFault::AccessDenied, format!("Cannot call {name} with session credentials")))
        }
        (Service::Sts, "AssumeRole") if is_federated => {
            Err(fault(QueryFault::AccessDenied, "Cannot call AssumeRole with federation credentials"))
        }
        _ => Ok(()),
    }
}

/// The answer of an operation.
pub(crate) fn encode(operation: &str, reply: Reply, wire: &Wire, request_id: &str) -> Response<Bytes> {
    let mut xml = Xml::default();
    if let Reply::Result(result) = reply {
        xml.nested(&format!("{operation}Result"), &result);
    }
    xml.node("ResponseMetadata", |metadata| metadata.leaf("RequestId", request_id));
    let document = xml.root(&format!("{operation}Response"), wire.namespace);
    let mut response = Response::new(Bytes::from(document));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}
