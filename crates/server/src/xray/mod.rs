//! X-Ray's daemon: segments go to it by UDP, and it knows the sampling rules of the account.

mod address;
mod rules;
mod segment;
mod udp;

pub(crate) use address::{ALLOWED as DAEMON_ALLOWED, DaemonAddress};
pub(crate) use rules::{Intervals, RuleKeeper};
pub(crate) use segment::document;
pub(crate) use udp::SegmentSocket;
