//! The part of CloudWatch Logs that a gateway's user touches: groups, streams and events, over AWS JSON 1.1, signed for `logs`.
//!
//! Log events are not configuration: they are in no row of the store, but behind the port [`LogEvents`].

mod authorize;
mod call;
mod event;
mod fault;
mod filter;
mod group;
mod operations;
mod pattern;
mod port;
mod put;
mod retention;
mod stream;
mod tags;
mod token;
mod wire;

pub(crate) use authorize::{asked, fill_request, fill_stored};
pub(crate) use wire::{decode, encode, fault_response, is_called};

pub use fault::LogsFault;
pub use operations::logs_operations;
pub use pattern::{Pattern, PatternError};
pub use port::{LogEvents, NoLogEvents, Work};
