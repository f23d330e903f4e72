//! The nouns of HTTP APIs (service `apigatewayv2`, version 2018-11-29), one per file.
//!
//! A member that identifies its noun is required; every other member is optional and left out when absent, as AWS does.

mod api;
mod authorizer;
mod beyond;
mod date_time;
mod deployment;
pub mod frozen;
mod integration;
mod route;
mod route_key;
mod stage;
mod subtype;
mod vpc_link;

pub use api::{Api, Cors, ProtocolType};
pub use authorizer::{Authorizer, AuthorizerType, JwtConfiguration};
pub use beyond::{
    ApiBeyond, AuthorizerBeyond, IntegrationBeyond, RequestValidation, ResponseCache, RouteBeyond, TokenAlgorithm,
    TokenIssuer, some as some_beyond,
};
pub use date_time::DateTime;
pub use deployment::{Deployment, DeploymentRow, DeploymentStatus};
pub use integration::{Integration, PassthroughBehavior, TlsConfig};
pub use route::{AuthorizationType, ParameterConstraints, Route};
pub use route_key::{RouteKey, RouteKeyError};
pub use stage::{RouteSettings, Stage};
pub use subtype::{Subtype, SubtypeForm, SubtypeParameter, SubtypeWire};
pub use vpc_link::{VpcLink, VpcLinkStatus, VpcLinkVersion};
