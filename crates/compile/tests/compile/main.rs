//! The compiler driven from documents to plans.

mod aws;
mod cache;
mod canaries;
mod deployment;
mod documents;
mod guards;
mod http_api;
mod integrations;
mod lambda;
mod stage;
