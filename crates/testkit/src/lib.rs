//! Pieces for tests: an echoing HTTP back end on a random port, and clients of the gateway and the control plane.

mod client;
mod echo;

pub use client::{SignedClient, send};
pub use echo::EchoBackend;
