//! What one core has to itself: everything a request needs without a lock.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Cache};
use stagegate_http1::{ChunkLimits, HeadLimits};
use stagegate_plan::Snapshot;
use tokio::sync::mpsc;

use crate::accept::{Budgets, ConnectionRegistry, Crowd};
use crate::authorize::{Decisions, Places, TokenCache};
use crate::cache::CacheRoom;
use crate::config::GatewayConfig;
use crate::integrate::Pool;
use crate::observe::{AccessLog, Counters, DateTexts, IdSource, Trace};

/// One core's state. Lives on its thread; nothing here is shared but what is behind an `Arc`.
pub(crate) struct Core {
    /// Which core, from 0; it has counters of its own.
    pub(crate) number: usize,
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) port: u16,
    /// The port of the TLS listener; 0 without one.
    pub(crate) tls_port: u16,
    pub(crate) ids: IdSource,
    pub(crate) dates: DateTexts,
    pub(crate) buffers: Buffers,
    pub(crate) pool: Pool,
    pub(crate) budgets: Arc<Budgets>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) access_log: AccessLog,
    pub(crate) connections: ConnectionRegistry,
    pub(crate) draining: Cell<bool>,
    pub(crate) crowd: Crowd,
    pub(crate) tokens: TokenCache,
    pub(crate) decisions: Arc<Decisions>,
    pub(crate) places: Arc<Places>,
    pub(crate) cache: CacheRoom,
    /// Where traces are handed over, if any are made.
    pub(crate) traces: Option<mpsc::Sender<Box<Trace>>>,
    snapshot: RefCell<Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>>,
}

/// The parts a [`Core`] is made of.
pub(crate) struct CoreParts {
    pub(crate) number: usize,
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) port: u16,
    /// The port of the TLS listener; 0 without one.
    pub(crate) tls_port: u16,
    pub(crate) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(crate) budgets: Arc<Budgets>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) access_log: AccessLog,
    pub(crate) pool: Pool,
    pub(crate) decisions: Arc<Decisions>,
    pub(crate) places: Arc<Places>,
    pub(crate) cache: CacheRoom,
}

impl Core {
    /// Puts a core together.
    pub(crate) fn new(parts: CoreParts) -> Self {
        let traces = parts.config.traces.as_ref().map(|config| config.sink.open());
        let tokens = TokenCache::new(parts.config.tokens.cache_entries, parts.config.tokens.cache_bytes);
        Self {
            number: parts.number,
            config: parts.config,
            port: parts.port,
            tls_port: parts.tls_port,
            ids: IdSource::new(),
            dates: DateTexts::default(),
            buffers: Buffers::default(),
            pool: parts.pool,
            budgets: parts.budgets,
            counters: parts.counters,
            access_log: parts.access_log,
            connections: ConnectionRegistry::default(),
            draining: Cell::new(false),
            crowd: Crowd::default(),
            tokens,
            decisions: parts.decisions,
            places: parts.places,
            cache: parts.cache,
            traces,
            snapshot: RefCell::new(Cache::new(parts.snapshot)),
        }
    }

    /// Uses the newest snapshot, briefly.
    pub(crate) fn with_snapshot<T>(&self, used: impl FnOnce(&Snapshot) -> T) -> T {
        used(self.snapshot.borrow_mut().load())
    }

    /// The newest snapshot, to be kept for a while.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(self.snapshot.borrow_mut().load())
    }

    /// Limits of a request's head.
    pub(crate) fn head_limits(&self) -> HeadLimits {
        HeadLimits { head_bytes: self.config.limits.head_bytes, fields: self.config.limits.header_fields }
    }

    /// Limits of a request's content.
    pub(crate) fn body_limits(&self) -> ChunkLimits {
        ChunkLimits { body_bytes: self.config.limits.payload_bytes, ..ChunkLimits::default() }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Core").field("port", &self.port).finish_non_exhaustive()
    }
}

/// Buffers between uses, so that a request in steady state allocates none.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: RefCell<Vec<Vec<u8>>>,
}

/// Buffers kept for reuse on each core.
const BUFFERS_KEPT: usize = 256;
/// A buffer that has grown beyond this is not kept.
const BUFFER_KEPT_BYTES: usize = 128 * 1024;

impl Buffers {
    /// An empty buffer.
    pub(crate) fn take(&self) -> Vec<u8> {
        self.free.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    pub(crate) fn give(&self, mut buffer: Vec<u8>) {
        let mut free = self.free.borrow_mut();
        if buffer.capacity() > 0 && buffer.capacity() <= BUFFER_KEPT_BYTES && free.len() < BUFFERS_KEPT {
            buffer.clear();
            free.push(buffer);
        }
    }
}
