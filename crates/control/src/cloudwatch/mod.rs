//! The part of CloudWatch that a gateway's user touches: metrics, read by time and listed, signed for `monitoring`.
//!
//! Calls come in three forms of the wire (fact M4): Smithy RPC v2 over CBOR, AWS JSON 1.0, and Query. All three become one tree of
//! members ([`value`]), and one tree of members becomes the answer in the form of the call. The numbers are behind the port [`Metrics`].

mod cbor;
mod fault;
mod form;
mod input;
mod json;
mod list_metrics;
mod metric_data;
mod metric_statistics;
mod operations;
mod page;
mod port;
mod span;
mod statistic;
mod value;
mod wire;
mod xml;

pub(crate) use operations::asked;
pub(crate) use value::Value;
pub(crate) use wire::{decode, encode, fault_response, is_called};

pub use cbor::{NotCbor, check as check_cbor};
pub use fault::CloudWatchFault;
pub use operations::cloudwatch_operations;
pub use port::{Metrics, NoMetrics};

/// The one namespace that has metrics here.
const NAMESPACE: &str = "AWS/ApiGateway";
