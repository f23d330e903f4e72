//! Unused connections of one core, by origin.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use stagegate_plan::Endpoint;
use tokio::time::Instant;

use super::Fault;
use super::connection::Connection;
use super::connector::Connector;
use crate::config::UpstreamLimits;

/// The pool of a core.
#[derive(Debug)]
pub(crate) struct Pool {
    connector: Connector,
    limits: UpstreamLimits,
    #[expect(clippy::vec_box, reason = "a connection moves between pool and requests as a pointer, not as 500 bytes")]
    idle: RefCell<HashMap<Arc<str>, Vec<Box<Connection>>, RandomState>>,
    sweeps: Cell<u64>,
}

/// How often unused connections are looked at.
pub(crate) const SWEEP: Duration = Duration::from_secs(1);

impl Pool {
    /// An empty pool.
    pub(crate) fn new(connector: Connector, limits: UpstreamLimits) -> Self {
        Self { connector, limits, idle: RefCell::default(), sweeps: Cell::new(0) }
    }

    /// The connection that was used last, if one is still good.
    pub(crate) fn reuse(&self, endpoint: &Endpoint) -> Option<Box<Connection>> {
        let mut idle = self.idle.borrow_mut();
        let kept = idle.get_mut(&endpoint.origin)?;
        while let Some(connection) = kept.pop() {
            if !connection.transport.is_disturbed() {
                return Some(connection);
            }
        }
        None
    }

    /// A fresh connection.
    pub(crate) async fn connect(&self, endpoint: &Endpoint, deadline: Instant) -> Result<Box<Connection>, Fault> {
        let connect_by = deadline.min(Instant::now() + self.limits.connect);
        let transport = self.connector.connect(endpoint, connect_by).await?;
        Ok(Box::new(Connection::new(transport, Arc::clone(&endpoint.origin))))
    }

    /// Takes a connection back after a complete exchange.
    pub(crate) fn keep(&self, mut connection: Box<Connection>) {
        // Bytes behind the answer would become the answer to somebody else's request.
        if !connection.input.is_empty() {
            return;
        }
        connection.is_reused = true;
        connection.idle_since = self.sweeps.get();
        let mut idle = self.idle.borrow_mut();
        if let Some(kept) = idle.get_mut(&connection.origin) {
            if kept.len() < self.limits.idle_per_origin {
                kept.push(connection);
            }
        } else {
            idle.insert(Arc::clone(&connection.origin), vec![connection]);
        }
    }

    /// Closes what was unused for too long; called every [`SWEEP`], which is the clock of the pool.
    pub(crate) fn sweep(&self) {
        let now = self.sweeps.get() + 1;
        self.sweeps.set(now);
        let sweeps = self.limits.idle.as_secs() / SWEEP.as_secs();
        let is_fresh = |since: u64| now - since <= sweeps;
        let mut idle = self.idle.borrow_mut();
        for kept in idle.values_mut() {
            kept.retain(|connection| is_fresh(connection.idle_since) && !connection.transport.is_disturbed());
        }
        idle.retain(|_, kept| !kept.is_empty());
    }
}
