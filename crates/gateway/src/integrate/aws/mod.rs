//! `AWS`: a service's API, or a Lambda function with templates both ways.

mod function;
mod request;
mod service;

pub(crate) use function::invoke as invoke_function;
pub(crate) use service::invoke as invoke_service;
