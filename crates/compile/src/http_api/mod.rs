//! HTTP APIs: their frozen documents become the same plans as those of REST APIs, with other variants.

mod authorization;
mod deployment;
mod integration;
mod route;
mod stage;

pub use deployment::compile_http_deployment;
pub use stage::compile_http_stage;
