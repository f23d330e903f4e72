//! The spine of a control call: authenticate, match the row, decode, permit, run, encode.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use stagegate_model::domain::Scope;
use stagegate_store::{BoxFuture, Store};
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use crate::authenticate::{Caller, Service, Terms, authenticate, is_claimed};
use crate::authorize::{Authorization, Origin, check_alone};
use crate::call::{Call, Reply, World};
use crate::cloudwatch;
use crate::config::{ControlConfig, Ports};
use crate::environment::{epoch_seconds, new_extended_request_id, new_request_id};
use crate::fault::{Fault, FaultKind};
use crate::http::http_operations;
use crate::iam::AccessKeyUses;
use crate::lambda::{self, lambda_operations};
use crate::logs;
use crate::operations::operations;
use crate::query;
use crate::rates::Rates;
use crate::route;
use crate::transaction::{Outcome, Transaction};
use crate::turns::Turns;

/// How often an operation runs before a lost compare-and-set becomes `ConflictException`.
pub const ATTEMPTS: usize = 8;

/// Bodies over this many bytes are worked on a few at a time: a definition of 6 MB takes twenty times as much memory
/// while it is imported.
const LARGE_BODY_BYTES: usize = 256 * 1024;
/// How many calls with a large body run at once; the others wait.
const LARGE_BODIES: usize = 4;

/// The work of one operation: reads and writes in one transaction, and may be run again.
pub(crate) type Run = for<'c> fn(&'c Call, &'c mut Transaction) -> BoxFuture<'c, Result<Reply, Fault>>;

/// The control plane. It owns no socket: the server hands it requests.
pub struct ControlPlane {
    config: ControlConfig,
    ports: Ports,
    store: Arc<dyn Store>,
    world: Arc<World>,
    rates: Rates,
    turns: Turns,
    large_bodies: Semaphore,
}

impl ControlPlane {
    /// A control plane over a store.
    pub fn new(config: ControlConfig, store: Arc<dyn Store>, ports: Ports) -> Self {
        let world = Arc::new(World {
            clock: Arc::clone(&ports.clock),
            random: Arc::clone(&ports.random),
            quotas: config.quotas.clone(),
            api_url: config.api_url.clone(),
            discovery: Arc::clone(&ports.discovery),
            rehearsal: Arc::clone(&ports.rehearsal),
            functions: Arc::clone(&ports.functions),
            log_events: Arc::clone(&ports.log_events),
            metrics: Arc::clone(&ports.metrics),
            truststores: Arc::clone(&ports.truststores),
            function_url: config.function_url.clone(),
            usage: Arc::clone(&ports.usage),
            sealer: Arc::clone(&ports.sealer),
            keyring: Arc::clone(&ports.keyring),
            data_plane: Arc::clone(&ports.data_plane),
            last_used: Arc::default(),
        });
        let (rates, turns, large_bodies) = (Rates::default(), Turns::default(), Semaphore::new(LARGE_BODIES));
        Self { config, ports, store, world, rates, turns, large_bodies }
    }

    /// Answers one request. Never fails: a fault is an answer too.
    ///
    /// # Panics
    /// Never: ids are made of characters that a header takes.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let request_id = new_request_id(self.world.random.as_ref());
        let response = match self.answer(&request, &request_id).await {
            Ok(response) => response,
            Err(fault) => {
                tracing::debug!(request_id, verb = %request.method(), path = request.uri().path(), %fault, "refused");
                match query::wire_of(&request) {
                    _ if logs::is_called(&request) => logs::fault_response(&fault),
                    _ if cloudwatch::is_called(&request) => cloudwatch::fault_response(&request, &fault, &request_id),
                    Some(wire) => fault.query_response(wire, &request_id),
                    None => fault.response(),
                }
            }
        };
        self.identify(response, request_id)
    }

    /// Whether a request claims a key that may sign. One that does not is refused whatever its body, so that a server
    /// need not keep the body of a stranger.
    pub fn knows(&self, head: &Parts) -> bool {
        is_claimed(head, self.ports.keyring.as_ref(), epoch_seconds(self.world.clock.as_ref()))
    }

    /// Who writes the last uses of access keys, of which no call writes its own.
    pub fn access_key_uses(&self) -> AccessKeyUses {
        AccessKeyUses { last_used: Arc::clone(&self.world.last_used), store: Arc::clone(&self.store) }
    }

    /// Gives the ids that every answer carries to one that was refused before it came here.
    ///
    /// # Panics
    /// Never: ids are made of characters that a header takes.
    pub fn identified<B>(&self, response: Response<B>) -> Response<B> {
        self.identify(response, new_request_id(self.world.random.as_ref()))
    }

    fn identify<B>(&self, mut response: Response<B>, request_id: String) -> Response<B> {
        let extended = new_extended_request_id(self.world.random.as_ref());
        for (name, value) in [("x-amzn-requestid", request_id), ("x-amz-apigw-id", extended)] {
            let value = HeaderValue::try_from(value).expect("ids are letters, digits, - and =");
            response.headers_mut().insert(name, value);
        }
        response
    }

    /// The answer to a request for an action that is not AWS's, if it is not signed as it should be or its signer may not do
    /// this; `None` if the signer may.
    pub fn refuses(&self, request: &Request<Bytes>, action: &str, resource: &str) -> Option<Response<Bytes>> {
        let judged = self.authenticate(request).and_then(|caller| {
            let scope = scope(&caller)?;
            let origin = Origin::of(request, caller.principal);
            check_alone(self.ports.permit.as_ref(), &origin, (self.world.clock.as_ref(), &scope), (action, resource))
        });
        judged.err().map(|fault| self.identified(fault.response()))
    }

    async fn answer(&self, request: &Request<Bytes>, request_id: &str) -> Result<Response<Bytes>, Fault> {
        let caller = self.authenticate(request)?;
        self.world.last_used.note(&caller, epoch_seconds(self.world.clock.as_ref()));
        let (call, run) = self.decode(request, &caller)?;
        if call.service == Service::ApiGateway {
            self.rates.admit(&call)?;
        }
        let origin = Origin::of(request, caller.principal);
        let is_large = call.body.len() > LARGE_BODY_BYTES && !lambda::invokes(&call);
        let turn = if is_large { self.large_bodies.acquire().await.ok() } else { None };
        let reply = self.run(&call, &origin, run).await?;
        drop(turn);
        if call.service == Service::Lambda
            && let Some(function) = lambda::touched(&call)
        {
            self.world.functions.changed(&call.scope, &function).await;
        }
        Ok(match query::wire(call.service) {
            Some(wire) => query::encode(call.operation.name, reply, wire, request_id),
            None if call.service == Service::Logs => logs::encode(reply),
            None if call.service == Service::Monitoring => cloudwatch::encode(&call, reply, request_id),
            None => encode(call.operation.status, reply),
        })
    }

    fn authenticate(&self, request: &Request<Bytes>) -> Result<Caller, Fault> {
        let terms = Terms {
            keyring: self.ports.keyring.as_ref(),
            regions: self.config.regions.as_ref(),
            skew: self.config.skew,
            now: OffsetDateTime::from(self.world.clock.now()),
        };
        authenticate(request, &terms)
    }

    fn decode(&self, request: &Request<Bytes>, caller: &Caller) -> Result<(Call, Run), Fault> {
        let path = request.uri().path();
        if query::wire(caller.service).is_some() {
            return query::decode(request, caller, &self.world);
        }
        if caller.service == Service::Logs {
            return logs::decode(request, caller, &self.world);
        }
        if caller.service == Service::Monitoring {
            return cloudwatch::decode(request, caller, &self.world);
        }
        let query = route::decode_query(request.uri().query().unwrap_or_default());
        let table = match caller.service {
            Service::ApiGateway if path == "/v2" || path.starts_with("/v2/") => http_operations(),
            Service::ApiGateway => operations(),
            Service::Lambda if self.world.functions.is_served() => lambda_operations(),
            _ => return Err(unserved("API of Lambda")),
        };
        let matched = route::find_in(table, request.method(), path, &query).ok_or_else(|| match caller.service {
            Service::ApiGateway => Fault::new(FaultKind::MissingAuthenticationToken, "Missing Authentication Token"),
            _ => unserved(&format!("operation {} {path} of Lambda", request.method())),
        })?;
        let operation = matched.operation;
        let run = operation.run.ok_or_else(|| unserved(&format!("operation {}", operation.name)))?;
        let scope = scope(caller)?;
        let call = Call {
            service: caller.service,
            caller: Arc::clone(&caller.principal),
            scope,
            operation,
            parameters: matched.parameters,
            query,
            accept: accept(request),
            headers: request.headers().clone(),
            body: request.body().clone(),
            world: Arc::clone(&self.world),
        };
        Ok((call, run))
    }

    /// Runs the operation, if it is allowed, until its transaction commits. From the second try on, the calls on one
    /// API wait for each other, so that a burst of writers does not starve the slowest.
    async fn run(&self, call: &Call, origin: &Origin, run: Run) -> Result<Reply, Fault> {
        let permit = self.ports.permit.as_ref();
        let authorization = Authorization::of(permit, call, origin).await;
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let mut transaction = Transaction::new(Arc::clone(&self.store));
            if let Some(authorization) = &authorization {
                authorization.check(permit, &mut transaction).await?;
            }
            let reply = run(call, &mut transaction).await?;
            if transaction.finish().await? == Outcome::Done {
                return Ok(reply);
            }
            if turn.is_none() {
                turn = Some(self.turns.wait_for(call.api_id()).await);
            }
        }
        Err(Fault::concurrent_modification())
    }
}

pub(crate) fn scope(caller: &Caller) -> Result<Scope, Fault> {
    Scope::new(&caller.principal.account, &caller.region)
        .ok_or_else(|| Fault::internal("the account id is not twelve digits"))
}

fn unserved(what: &str) -> Fault {
    Fault::new(FaultKind::UnknownOperation, format!("The {what} is not served by this version of Stagegate"))
}

fn accept(request: &Request<Bytes>) -> Option<String> {
    Some(request.headers().get(header::ACCEPT)?.to_str().ok()?.to_owned())
}

/// An answer with headers of its own. A value that a header cannot hold is left out.
fn answer(status: u16, headers: Vec<(&'static str, String)>, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("the statuses of answers are valid");
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn encode(status: u16, reply: Reply) -> Response<Bytes> {
    let mut response = match reply {
        // Protocols that have results and members write them themselves.
        Reply::Empty | Reply::Result(_) | Reply::Members(_) => Response::new(Bytes::new()),
        Reply::Document(document) => {
            let mut response = Response::new(Bytes::from(document.to_string()));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Reply::Answer { status, headers, body } => return answer(status, headers, body),
        Reply::Streamed { status, headers, body } => {
            let mut response = answer(status, headers, Bytes::new());
            response.extensions_mut().insert(body);
            return response;
        }
        Reply::File { content_type, disposition, body } => {
            let mut response = Response::new(body);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            if let Ok(disposition) = HeaderValue::try_from(disposition) {
                headers.insert(header::CONTENT_DISPOSITION, disposition);
            }
            response
        }
    };
    *response.status_mut() = StatusCode::from_u16(status).expect("the table's statuses are valid");
    response
}
