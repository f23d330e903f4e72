//! Configuration: one table of rows, from which flags, environment variables, TOML keys, help and defaults all derive.
//!
//! A flag wins over an environment variable, which wins over the file, which wins over the default. Every value is
//! checked where it comes from, so that a refusal can name the flag, the variable or the line of the file.

mod accounts;
mod aws;
mod caches;
mod cognito;
mod error;
mod file;
mod functions;
mod lambda;
mod load;
mod log_destinations;
mod nearest;
mod quotas;
mod reference;
mod row;
mod rows;
mod settings;
mod sticky_canaries;
mod tls;
mod users;
mod vpc_endpoints;
mod vpc_links;

pub(crate) use caches::CacheSettings;
pub(crate) use error::ConfigError;
#[cfg(test)]
pub(crate) use load::defaults;
pub(crate) use load::{Sources, load};
pub(crate) use quotas::Quotas;
pub(crate) use reference::markdown;
pub(crate) use row::{Audience, Row, Shape};
pub(crate) use rows::all;
pub(crate) use settings::{LogFormat, Settings};
