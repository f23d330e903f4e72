//! A stage: a cheap overlay that binds variables, logging and a deployment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use stagegate_mapping::{Format, RequestSource};

use crate::authorizer::AuthorizerId;
use crate::aws::ServiceTarget;
use crate::cache::StageCache;
use crate::canary::{CanaryPlan, Release};
use crate::deployment::DeploymentPlan;
use crate::envelope::Envelope;
use crate::execution_log::ExecutionLogPlan;
use crate::lambda::FunctionTarget;
use crate::log_stream::LogStream;
use crate::meter::{Meter, RouteMeter, StageMeter};
use crate::rate::StageRates;
use crate::snapshot::{ApiFacts, ROOT_STAGE};
use crate::token::TokenAuthorizerPlan;
use crate::tree::RouteId;

/// A compiled stage.
#[derive(Debug)]
pub struct StagePlan {
    /// The API that the stage belongs to.
    pub api: Arc<ApiFacts>,
    /// The stage's name.
    pub name: Box<str>,
    /// The id of the deployment it points to.
    pub deployment_id: Box<str>,
    /// The compiled deployment.
    pub deployment: Arc<DeploymentPlan>,
    /// Stage variables.
    pub variables: BTreeMap<Box<str>, Box<str>>,
    /// The bound back end of each route, by route id; `None` for routes without one.
    pub endpoints: Box<[Option<Result<Endpoint, Unbound>>]>,
    /// The bound function of each route, by route id; `None` for routes without one, empty where no route has one.
    pub functions: Box<[Option<Result<FunctionTarget, Unbound>>]>,
    /// The bound service of each route, by route id; `None` for routes without one, empty where no route has one.
    pub services: Box<[Option<Result<ServiceTarget, Unbound>>]>,
    /// The bound function of each authorizer, by authorizer id; `None` for those that ask none.
    pub authorizers: Box<[Option<Result<FunctionTarget, Unbound>>]>,
    /// The authorizers whose user pools depend on the stage, bound, by authorizer id; empty where there are none.
    pub pools: Box<[Option<Result<TokenAuthorizerPlan, Unbound>>]>,
    /// `tracingEnabled`: requests are sampled (fact L21), and refusals of authorizers name the trace (fact A2).
    pub is_traced: bool,
    /// Another number whenever what the stage's authorizers decided so far is to count no more.
    pub authorizer_flush: u64,
    /// Its response cache, where it has one.
    pub cache: Option<StageCache>,
    /// Where access-log lines go, when they are on.
    pub access_log: Option<AccessLogPlan>,
    /// What execution logs say, when a route has one.
    pub execution_log: Option<ExecutionLogPlan>,
    /// What limits its requests; a canary's buckets are the stage's.
    pub rates: Arc<StageRates>,
    /// Counters of this stage, carried over from plan to plan. A canary counts into the stage's.
    pub meter: Arc<StageMeter>,
    /// Counters of the routes that are counted one by one, by route id; empty where none is. A canary's are the stage's.
    pub route_meters: Box<[Option<Arc<RouteMeter>>]>,
    /// Counters of a canary alone, besides the stage's (fact N4); only the canary's own plan has them.
    pub canary_meter: Option<Arc<StageMeter>>,
    /// Which release of the stage this is.
    pub release: Release,
    /// Plans of one stage with the same scope share what its cache holds (fact C10): the deployment, and for a canary that does not
    /// use the stage's cache, its own.
    pub cache_scope: Box<str>,
    /// The canary, which some of the stage's requests get instead of this plan.
    pub canary: Option<CanaryPlan>,
}

impl StagePlan {
    /// Whether it is at the root of its API: no path has its name (fact 102).
    pub fn is_root(&self) -> bool {
        *self.name == *ROOT_STAGE
    }

    /// The bound back end of a route.
    pub fn endpoint(&self, route: RouteId) -> Option<&Result<Endpoint, Unbound>> {
        self.endpoints.get(route.0 as usize)?.as_ref()
    }

    /// The counters of a route, where it has its own.
    pub fn route_meter(&self, route: RouteId) -> Option<&Meter> {
        self.route_meters.get(route.0 as usize)?.as_ref().map(|route| &route.meter)
    }

    /// The bound function of a route.
    pub fn function(&self, route: RouteId) -> Option<&Result<FunctionTarget, Unbound>> {
        self.functions.get(route.0 as usize)?.as_ref()
    }

    /// The stage's own ARN (AWS, "API Gateway Amazon Resource Name (ARN) reference").
    pub fn arn(&self) -> String {
        let kind = match self.api.envelope {
            Envelope::Amzn => "restapis",
            Envelope::Apigw => "apis",
        };
        format!("arn:aws:apigateway:{}::/{kind}/{}/stages/{}", self.api.region, self.api.id, self.name)
    }

    /// The bound function of an authorizer.
    pub fn authorizer_target(&self, id: AuthorizerId) -> Option<&Result<FunctionTarget, Unbound>> {
        self.authorizers.get(usize::from(id.0))?.as_ref()
    }

    /// An authorizer whose user pools depend on the stage, bound.
    pub fn bound_pools(&self, id: AuthorizerId) -> Option<&Result<TokenAuthorizerPlan, Unbound>> {
        self.pools.get(usize::from(id.0))?.as_ref()
    }

    /// The bound service of a route.
    pub fn service(&self, route: RouteId) -> Option<&Result<ServiceTarget, Unbound>> {
        self.services.get(route.0 as usize)?.as_ref()
    }
}

/// Why a route's URI has no back end on this stage; the route answers `API_CONFIGURATION_ERROR`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unbound {
    /// The reason, for the log and the findings.
    pub why: Box<str>,
}

/// The scheme of a back end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`, verified against Mozilla's roots
    Https,
}

/// A back end with stage variables bound and its URI taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The scheme.
    pub scheme: Scheme,
    /// The host without port and brackets, for look-up and TLS.
    pub host: Box<str>,
    /// The port.
    pub port: u16,
    /// The Host header: the authority as written.
    pub authority: Box<str>,
    /// `scheme://authority`, the key of the connection pool.
    pub origin: Arc<str>,
    /// The path, starting with a literal `/`.
    pub path: Box<[EndpointPart]>,
    /// The URI's own query, without `?`.
    pub query: Option<Box<[EndpointPart]>>,
    /// What is special about connections to it.
    pub way: Way,
}

/// What is special about connections to a back end. Two back ends that differ in it never share a connection: it is part of the
/// origin, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// `insecureSkipVerification`: any issuer of the back end's certificate will do; its name and its dates are checked.
    pub accepts_any_issuer: bool,
    /// The certificate that is shown to the back end when it asks for one.
    pub identity: Option<Arc<ClientIdentity>>,
    /// The private targets that take the place of the host's addresses, by their name in the settings.
    pub private: Option<Arc<str>>,
    /// Requests keep their path, stage included, and their host: the back end is a listener, and has neither of its own (fact 103).
    pub keeps_target: bool,
}

/// A client certificate with its key.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate's id.
    pub id: Box<str>,
    /// The certificate in PEM.
    pub certificate_pem: Box<str>,
    /// The private key in PEM.
    pub private_key_pem: Box<str>,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ClientIdentity").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A piece of an endpoint's path or query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointPart {
    /// Text that is copied.
    Literal(Box<str>),
    /// A value looked up for each request, unless a template overrides it by the placeholder's name.
    Placeholder(Box<str>, RequestSource),
}

/// Access logging of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogPlan {
    /// The destination's ARN, as configured.
    pub destination_arn: Arc<str>,
    /// Where each line is written a second time: the canary's own log (fact N2).
    pub copy_arn: Option<Arc<str>>,
    /// The stream of the group.
    pub stream: LogStream,
    /// The compiled line format.
    pub format: Format,
}
