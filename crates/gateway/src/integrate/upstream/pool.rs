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
use super::private::{Lease, PrivateLink, PrivateLinks};
use crate::config::UpstreamLimits;

/// The pool of a core.
#[derive(Debug)]
pub(crate) struct Pool {
    connector: Connector,
    limits: UpstreamLimits,
    links: PrivateLinks,
    #[expect(clippy::vec_box, reason = "a connection moves between pool and requests as a pointer, not as 500 bytes")]
    idle: RefCell<HashMap<Arc<str>, Vec<Box<Connection>>, RandomState>>,
    sweeps: Cell<u64>,
}

/// How often unused connections are looked at.
pub(crate) const SWEEP: Duration = Duration::from_secs(1);

impl Pool {
    /// An empty pool.
    pub(crate) fn new(connector: Connector, limits: UpstreamLimits, links: PrivateLinks) -> Self {
        Self { connector, limits, links, idle: RefCell::default(), sweeps: Cell::new(0) }
    }

    /// The connection that was used last, if one is still good.
    pub(crate) fn reuse(&self, endpoint: &Endpoint) -> Option<Box<Connection>> {
        let Some(name) = &endpoint.way.private else { return self.take(&endpoint.origin) };
        let lease = self.links.find(name)?.pick(&[])?;
        let mut connection = self.take(&origin_at(endpoint, &lease))?;
        connection.lease = Some(lease);
        Some(connection)
    }

    fn take(&self, origin: &str) -> Option<Box<Connection>> {
        let mut idle = self.idle.borrow_mut();
        let kept = idle.get_mut(origin)?;
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
        if let Some(name) = &endpoint.way.private {
            let link = self.links.find(name).ok_or(Fault::Unreachable)?;
            return self.connect_privately(link, endpoint, connect_by).await;
        }
        let transport = self.connector.connect(endpoint, connect_by).await?;
        Ok(Box::new(Connection::new(transport, Arc::clone(&endpoint.origin))))
    }

    /// A fresh connection to one of a link's targets; another one is tried where one takes none.
    async fn connect_privately(
        &self,
        link: &Arc<PrivateLink>,
        endpoint: &Endpoint,
        deadline: Instant,
    ) -> Result<Box<Connection>, Fault> {
        let (mut fault, mut tried) = (Fault::Unreachable, Vec::new());
        while let Some(lease) = link.pick(&tried) {
            match self.connector.connect_to(endpoint, Some(&lease.target), deadline).await {
                Ok(transport) => {
                    let mut connection = Connection::new(transport, origin_at(endpoint, &lease));
                    connection.lease = Some(lease);
                    return Ok(Box::new(connection));
                }
                Err(found) => {
                    lease.failed();
                    tried.push(lease);
                    fault = found;
                }
            }
        }
        Err(fault)
    }

    /// Takes a connection back after a complete exchange.
    pub(crate) fn keep(&self, mut connection: Box<Connection>) {
        // Bytes behind the answer would become the answer to somebody else's request.
        if !connection.input.is_empty() {
            return;
        }
        connection.is_reused = true;
        connection.lease = None;
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

/// The key of connections to one of a link's targets.
fn origin_at(endpoint: &Endpoint, lease: &Lease) -> Arc<str> {
    format!("{} at={}:{}", endpoint.origin, lease.target.host, lease.target.port).into()
}
