//! `AWS`: a service's API, one of its operations by name, or a Lambda function with templates both ways.

mod function;
mod request;
mod service;
mod subtype;

pub(crate) use function::invoke as invoke_function;
pub(crate) use service::invoke as invoke_service;
pub(crate) use subtype::invoke as invoke_subtype;
