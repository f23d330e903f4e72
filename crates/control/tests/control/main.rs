//! The control plane as a client sees it: signed requests in, AWS's answers out, over the in-memory store.

mod accounts_and_tags;
mod authentication;
mod contention;
mod deployments;
mod documentation;
mod faults;
mod imports;
mod integrations;
mod methods;
mod patching;
mod plane;
mod resources;
mod rest_apis;
mod stages;
mod table;
