//! The compiler driven from documents to plans.

mod deployment;
mod documents;
mod integrations;
mod stage;
