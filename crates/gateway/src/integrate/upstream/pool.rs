//! Unused connections of one core, by origin.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

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
    idle: RefCell<HashMap<Arc<str>, Vec<Connection>>>,
}

impl Pool {
    /// An empty pool.
    pub(crate) fn new(connector: Connector, limits: UpstreamLimits) -> Self {
        Self { connector, limits, idle: RefCell::new(HashMap::new()) }
    }

    /// The connection that was used last, if one is still good.
    pub(crate) fn reuse(&self, endpoint: &Endpoint) -> Option<Connection> {
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
    pub(crate) async fn connect(&self, endpoint: &Endpoint, deadline: Instant) -> Result<Connection, Fault> {
        let connect_by = deadline.min(Instant::now() + self.limits.connect);
        let transport = self.connector.connect(endpoint, connect_by).await?;
        Ok(Connection::new(transport, Arc::clone(&endpoint.origin)))
    }

    /// Takes a connection back after a complete exchange.
    pub(crate) fn keep(&self, mut connection: Connection) {
        // Bytes behind the answer would become the answer to somebody else's request.
        if !connection.input.is_empty() {
            return;
        }
        connection.is_reused = true;
        connection.idle_since = Instant::now();
        let mut idle = self.idle.borrow_mut();
        if let Some(kept) = idle.get_mut(&connection.origin) {
            if kept.len() < self.limits.idle_per_origin {
                kept.push(connection);
            }
        } else {
            idle.insert(Arc::clone(&connection.origin), vec![connection]);
        }
    }

    /// Closes what was unused for too long; called about once a second.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        let is_fresh = |since: Instant, limit: Duration| now.duration_since(since) < limit;
        let mut idle = self.idle.borrow_mut();
        for kept in idle.values_mut() {
            kept.retain(|connection| {
                is_fresh(connection.idle_since, self.limits.idle) && !connection.transport.is_disturbed()
            });
        }
        idle.retain(|_, kept| !kept.is_empty());
    }
}
