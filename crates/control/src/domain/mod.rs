//! Custom domain names with their mappings and associations, which REST and HTTP APIs share.

pub(crate) mod access_association;
pub(crate) mod base_path;
pub(crate) mod domain_name;
pub(crate) mod domain_name_patch;
pub(crate) mod exposure;
pub(crate) mod mapping;
mod owner;
pub(crate) mod sharing;
mod truststore;
mod upload;

pub use truststore::{NoTruststores, Truststores};
