//! HTTP APIs: their frozen documents become the same plans as those of REST APIs, with other variants.

mod authorizer;
mod beyond;
mod deployment;
mod edits;
mod integration;
mod route;
mod stage;
mod subtype;

pub use deployment::compile_http_deployment;
pub use stage::compile_http_stage;
pub(crate) use subtype::subtype_service;
