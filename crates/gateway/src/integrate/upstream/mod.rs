//! Connections to back ends: guarded when they are made, pooled per core, read as strictly as clients are.

mod body;
mod connection;
mod connector;
mod guard;
mod pool;
mod private;
mod transport;
mod trust;

pub(crate) use body::{Deadlines, UpstreamBody};
pub(crate) use connection::{Connection, read_head};
pub(crate) use connector::Connector;
pub(crate) use pool::{Pool, SWEEP};
pub use private::{PrivateLink, PrivateLinks, PrivateTarget};

/// Why a back end gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It cannot be right: its name has no address, the address is guarded, or TLS failed.
    Unreachable,
    /// It takes no connection.
    NotConnected,
    /// The deadline passed.
    Timeout,
    /// The connection broke before any byte of the request was taken.
    NothingSent,
    /// The connection closed before any byte of an answer came.
    ClosedUnanswered,
    /// The connection broke in the middle of the answer.
    Broken,
    /// The answer breaks HTTP.
    Malformed,
    /// The answer is longer than the payload limit.
    TooLarge,
    /// The answer cannot be held: the budget of held bytes is used up.
    OverBudget,
}
