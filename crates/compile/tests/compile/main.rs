//! The compiler driven from documents to plans.

mod aws;
mod deployment;
mod documents;
mod guards;
mod integrations;
mod lambda;
mod stage;
