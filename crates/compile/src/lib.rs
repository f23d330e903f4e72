//! Compiles API Gateway's documents into plans, with a finding for everything that is not served.
//!
//! The rule of this crate: a part that cannot be served exactly compiles to a route that answers
//! `API_CONFIGURATION_ERROR`. Nothing here fails as a whole, and nothing passes because it was not understood.

mod authorization;
mod authorizer;
mod aws;
mod aws_services;
mod binding;
mod cache;
mod canary;
mod cors;
mod deployment;
mod domain;
mod endpoint;
mod execution_log;
mod finding;
mod function_url;
mod gateway_responses;
mod http;
mod http_api;
mod lambda;
mod literal;
mod method_settings;
mod metrics;
mod mock;
mod parameters;
mod rate;
mod responses;
mod route;
mod selection;
mod stage;
mod surroundings;
mod template;
mod tls;
mod token;
mod usage_plan;
mod validation;

pub use authorizer::compile_authorizer;
pub use cache::CacheSurroundings;
pub use canary::{CanarySurroundings, compile_canary};
pub use deployment::compile_deployment;
pub use domain::{DomainFinding, PrivateUse, compile_domain};
pub use finding::{Effect, Finding, Subject};
pub use function_url::compile_function_urls;
pub use http_api::{compile_http_deployment, compile_http_stage};
pub use rate::{RateSurroundings, account_limit};
pub use stage::compile_stage;
pub use surroundings::Surroundings;
pub use tls::{TlsSources, UploadedCertificate, compile_api_tls};
pub use token::compile_token_authorizer;
pub use usage_plan::compile_usage_plan;

/// The version of this compiler: a cached plan is valid for the frozen documents' hash and this number together.
pub const COMPILER_VERSION: u32 = 1;
