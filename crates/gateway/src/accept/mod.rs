//! Room 1: connections, heads, limits, and the two protocols under one head.

mod arrival;
mod budget;
mod crowd;
mod exchange;
mod h1;
mod h1_exchange;
mod h2;
mod listener;
mod payload;
mod peer;
mod presence;
mod registry;
mod stream;
mod tls;
mod watchdog;

pub(crate) use arrival::{Arrival, Protocol};
pub(crate) use budget::{Budgets, Permit, UNCOUNTED_BYTES};
pub(crate) use crowd::Crowd;
pub(crate) use exchange::{BodyStop, ClientGone, Exchange};
pub(crate) use listener::{Way, accept, bind};
pub(crate) use payload::{Payload, Want, gather, stopped};
pub(crate) use presence::Presence;
pub(crate) use registry::ConnectionRegistry;
pub(crate) use watchdog::{Limit, Watchdog};
