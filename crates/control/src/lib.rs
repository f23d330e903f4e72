//! The control plane: AWS API Gateway's API (`apigateway`, 2015-07-09) on the wire, over a store of documents.
//!
//! A call goes down one spine (`service.rs`): authenticate, match the row, decode, permit, run, encode. What there is to
//! call is one table (`operations.rs`); a noun's file under `rest/` holds its key, its patch rows and its invariants.
//! Methods refer to authorizers, validators and models that their API has, and a deployment freezes those with them; what the
//! data plane does not know to obey compiles to a route that refuses, never to one that passes.

mod account_verbs;
mod authenticate;
mod authorize;
mod call;
mod cloudwatch;
mod config;
mod data_plane;
mod definition;
mod discovery;
mod domain;
mod environment;
mod fault;
mod http;
pub mod iam;
mod input;
pub mod lambda;
pub mod logs;
mod operations;
pub mod paging;
mod patch;
mod permit;
mod private_key;
mod query;
mod quotas;
mod rates;
mod rehearsal;
mod rest;
mod route;
mod service;
pub mod sts;
mod transaction;
mod turns;
mod users;
mod verbs;

pub use self::http::http_operations;
pub use authenticate::Keyring;
pub use authorize::SourceIp;
pub use cloudwatch::{CloudWatchFault, Metrics, NoMetrics, NotCbor, check_cbor, cloudwatch_operations};
pub use config::{ControlConfig, Ports};
pub use data_plane::{DataPlane, Immediate};
pub use discovery::{Discovery, NoDiscovery, Undiscovered, discovery_url, key_set};
pub use domain::{NoTruststores, Truststores};
pub use environment::{Clock, Randomness, SystemClock, SystemRandomness};
pub use fault::{Fault, FaultKind};
pub use operations::{Operation, operations};
pub use patch::{NounRules, Op, RuleRow, patch_rules};
pub use permit::{OwnPolicies, Permit, Question, Ruling};
pub use private_key::{open_private_key, seal_private_key};
pub use query::{Member, MemberKind, QueryFault, TextRule};
pub use quotas::Quotas;
pub use rehearsal::{
    AuthorizerRehearsal, AuthorizerRehearsed, MethodRehearsal, NoRehearsal, Rehearsal, RehearsalError, Rehearsed,
    SimulatedRequest,
};
pub use rest::api_key::seal_api_key;
pub use service::{ATTEMPTS, ControlPlane};
pub use users::{Root, User};
