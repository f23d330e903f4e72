//! Immutable compiled plans: everything the data plane obeys, decided before a request arrives.
//!
//! A [`Snapshot`] is a tree of `Arc`s: a change replaces the touched API's branch and shares the rest.
//! A [`DeploymentPlan`] depends only on the frozen documents; a [`StagePlan`] is a cheap overlay that binds stage variables.

mod api_key;
mod authorizer;
mod aws;
mod binary;
mod cache;
mod canary;
mod cors;
mod deployment;
mod domain;
mod edits;
mod envelope;
mod execution_log;
mod function_url;
mod gateway_response;
pub mod identity;
mod index;
mod integration;
mod lambda;
mod log_stream;
mod meter;
mod paths;
mod pattern;
mod rate;
mod response;
mod snapshot;
mod stage;
mod subtype;
mod templates;
mod tls;
mod token;
mod trace;
mod tree;
mod usage_plan;
mod validation;
mod verb;

pub use api_key::{DIGEST_BYTES, KeyDigest, KeyPlan, KeyUse, Membership, key_digest_context};
pub use authorizer::{
    AuthorizerId, AuthorizerPlan, DecisionForm, EmptyIdentity, IdentitySource, LambdaAuthorizerKind,
    LambdaAuthorizerPlan,
};
pub use aws::{JsonAction, MappedFunctionPlan, ServicePlan, ServiceProtocol, ServiceTarget};
pub use binary::{BinaryTypes, ContentHandling};
pub use cache::{
    CacheKeyPlan, CacheLife, CacheParameter, CacheSettings, Invalidation, RouteCache, StageCache, Unpermitted,
};
pub use canary::{CanaryPlan, Release, Split, StickyBy};
pub use cors::CorsPlan;
pub use deployment::{ApiKeySource, AuthorizationPlan, CompressionPlan, DeploymentPlan, PrivatePlan, RoutePlan};
pub use domain::{DomainPlan, MappingPlan, MatchedBase, PrivateDomain};
pub use edits::{Edits, read_body};
pub use envelope::{Envelope, Unrouted};
pub use execution_log::{ExecutionLogPlan, LogLevel, RouteLogging};
pub use function_url::{FunctionUrlAuth, FunctionUrlPlan};
pub use gateway_response::{GatewayResponsePlan, GatewayResponseType, GatewayResponses};
pub use integration::{
    Forwarding, HttpKind, HttpPlan, IntegrationPlan, Listener, MappedHttp, MockPlan, PrivateConnection,
    ResponseTransferMode, VerbChoice,
};
pub use lambda::{FunctionArn, FunctionTarget, InvokeCredentials, LambdaPlan, PayloadFormat};
pub use log_stream::LogStream;
pub use meter::{
    ApiDimension, CacheOutcome, Distribution, Measure, Meter, Observation, Reading, RouteMeter, Series, SeriesRow,
    StageMeter, Tally, Unit,
};
pub use paths::Paths;
pub use pattern::{GaveUp, JavaPattern, NoPattern};
pub use rate::{MethodLimit, RateLimit, StageRates};
pub use response::{MessageTable, ResponsePlan, ResponseTable};
pub use snapshot::{ApiFacts, ApiPlan, Snapshot};
pub use stage::{AccessLogPlan, ClientIdentity, Endpoint, EndpointPart, Scheme, StagePlan, Unbound, Way};
pub use subtype::{ParameterForm, SubtypeParameter, SubtypePlan, SubtypeWire};
pub use templates::{BodyTemplate, Passthrough, Program, Selected, StatusTemplate, Template, Templates};
pub use tls::{ApiTls, DomainTls};
pub use token::{
    AudienceClaims, ClaimForm, ClaimRule, Reasons, TokenAuthorizerPlan, TokenIssuer, TokenRules, TokenSource, UserPool,
    VariablePools,
};
pub use trace::{SpanId, TraceId, TraceParent, TraceState, XrayHeader};
pub use tree::{Captures, Matched, MethodKey, RouteId, RouteTree, TreeBuilder, TreeError};
pub use usage_plan::{MethodRate, PlanNumber, PlanStage, UsagePlan};
pub use validation::{BodyModels, RequiredParameter, ValidationPlan};
pub use verb::Verb;
