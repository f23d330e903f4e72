//! The control plane as a client sees it: signed requests in, AWS's answers out, over the in-memory store.

mod accounts_and_tags;
mod authentication;
mod base_path_mappings;
mod client_certificates;
mod contention;
mod deployments;
mod documentation;
mod domain_names;
mod faults;
mod imports;
mod integrations;
mod methods;
mod patching;
mod patching_account;
mod plane;
mod resources;
mod rest_apis;
mod sdk_types_and_flushes;
mod stages;
mod table;
mod vpc_links;
