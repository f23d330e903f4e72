//! What all functions share: the registry, places for processes, packages, interpreters.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::admission::Admission;
use crate::clients::Clients;
use crate::config::HostConfig;
use crate::error::InvokeError;
use crate::function::{CodeSource, FunctionId, FunctionSpec, SpecError};
use crate::identifiers;
use crate::interpreter::Interpreters;
use crate::invocation::Invocation;
use crate::logs::FunctionLog;
use crate::package::{PackageError, PackageStore};
use crate::pool::Pool;
use crate::run::{Job, Reply, runtime_headers};
use crate::sandbox::{Prepared, arguments, missing};

/// How often idle processes are looked at.
const SWEEP: Duration = Duration::from_secs(1);
/// How often an idle process is looked for when there is no place for another.
const EVICTION: Duration = Duration::from_millis(20);

/// What all functions share.
pub(crate) struct Resources {
    pub(crate) config: HostConfig,
    pub(crate) clients: Clients,
    /// Turns to start a process.
    pub(crate) starting: Semaphore,
    pub(super) slots: Arc<Semaphore>,
    pub(super) admission: Arc<Admission>,
    pub(crate) interpreters: Arc<Interpreters>,
    pub(super) packages: PackageStore,
    pub(super) pools: RwLock<HashMap<FunctionId, Arc<Pool>>>,
    pub(super) is_stopped: AtomicBool,
}

impl Resources {
    pub(super) fn put(&self, spec: FunctionSpec) -> Result<Arc<Pool>, SpecError> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(SpecError::Stopped);
        }
        spec.check()?;
        let function = self.prepare(spec)?;
        let id = function.spec.id.clone();
        let asked = function.spec.reserved_concurrency;
        self.admission.reserve(&id.name, asked).map_err(|(left, total)| SpecError::Reservation {
            function: id.name.to_string(),
            asked: asked.unwrap_or_default(),
            left,
            total,
        })?;
        let pool = Arc::new(Pool::new(function));
        let old = self.write().insert(id, Arc::clone(&pool));
        if let Some(old) = old {
            old.retire();
        }
        Ok(pool)
    }

    fn prepare(&self, mut spec: FunctionSpec) -> Result<Prepared, SpecError> {
        let refuse = |reason| SpecError::Package { function: spec.id.name.to_string(), reason };
        let (task_root, cache, unpacked) = match &spec.code {
            CodeSource::Zip(archive) => {
                let unpacked = self.packages.unpack(archive).map_err(refuse)?;
                (unpacked.code(), unpacked.cache(), Some(unpacked))
            }
            CodeSource::Dir(folder) => {
                let root = folder.canonicalize().ok().filter(|path| path.is_dir());
                let root = root.ok_or_else(|| refuse(PackageError::NotAFolder(folder.clone())))?;
                let cache = self.config.directory.join("cache").join(&*spec.id.name);
                // Python takes compiled code for current if its source has the same size and second: none may be left.
                if let Err(error) = std::fs::remove_dir_all(&cache)
                    && error.kind() != std::io::ErrorKind::NotFound
                {
                    tracing::warn!(%error, function = %spec.id, "compiled code of before is left");
                }
                (root, cache, None)
            }
        };
        // The archive is on disk now.
        spec.code = CodeSource::Dir(task_root.clone());
        let arguments = arguments(&spec, &task_root, &self.clients, &cache);
        // It is looked for again with every start of a process.
        if let Err(missing) = self.check_interpreter(&spec) {
            tracing::warn!("{missing}; until it is there, invocations fail");
        }
        let log = if let Some(old) = self.pool(&spec.id) {
            Arc::clone(&old.function.log)
        } else {
            let (clock, sink) = (self.config.clock.clone(), self.config.log_sink.clone());
            Arc::new(FunctionLog::new(spec.id.clone(), clock, sink))
        };
        let arn = spec.arn.clone().unwrap_or_else(|| self.arn(&spec.id));
        Ok(Prepared { arn, task_root, _unpacked: unpacked, arguments, log, spec })
    }

    /// Whether the interpreter of a function's runtime is there now.
    pub(super) fn check_interpreter(&self, spec: &FunctionSpec) -> Result<(), SpecError> {
        let found = self.interpreters.of(&spec.runtime);
        found.map(drop).map_err(|program| missing(spec, program, &self.interpreters))
    }

    fn arn(&self, id: &FunctionId) -> String {
        let arn = format!("arn:aws:lambda:{}:{}:function:{}", self.config.region, self.config.account_id, id.name);
        if &*id.version == "$LATEST" { arn } else { format!("{arn}:{}", id.version) }
    }

    /// Checks an invocation, and lets it in if there is room.
    pub(super) fn admit(
        &self,
        invocation: Invocation,
        is_streaming: bool,
        reply: oneshot::Sender<Result<Reply, InvokeError>>,
    ) -> Result<(Arc<Pool>, Job), InvokeError> {
        let missing = || InvokeError::ResourceNotFound { arn: self.arn(&invocation.function) };
        let pool = self.pool(&invocation.function).ok_or_else(missing)?;
        let limit_bytes = self.config.limits.request_bytes;
        if invocation.payload.len() > limit_bytes {
            return Err(InvokeError::RequestTooLarge { limit_bytes });
        }
        if !invocation.payload.is_empty() {
            let json: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(&invocation.payload);
            json.map_err(|error| InvokeError::InvalidRequestContent { reason: error.to_string() })?;
        }
        let request_id: Arc<str> = match &invocation.request_id {
            Some(given) if is_request_id(given) => given.as_str().into(),
            Some(_) => {
                let reason = "a request id has 1 to 128 letters, digits and hyphens".to_owned();
                return Err(InvokeError::InvalidRequestContent { reason });
            }
            None => identifiers::request_id().into(),
        };
        let headers = runtime_headers(&invocation, &request_id, &pool.function.arn)?;
        let throttled = |reason| InvokeError::TooManyRequests { reason };
        let permit = self.admission.enter(&invocation.function.name).map_err(throttled)?;
        let payload = if invocation.payload.is_empty() { "{}".into() } else { invocation.payload };
        let log_tail = invocation.log_tail;
        Ok((pool, Job { request_id, headers, payload, log_tail, is_streaming, permit, reply }))
    }

    /// Puts a function again if `current` is still what runs it; `None` if it is not.
    pub(crate) fn put_again(&self, spec: &FunctionSpec, current: &Arc<Pool>) -> Result<Option<Arc<Pool>>, SpecError> {
        if !self.is_current(&spec.id, current) {
            return Ok(None);
        }
        self.put(spec.clone()).map(Some)
    }

    /// Whether `pool` is what runs a function now.
    pub(crate) fn is_current(&self, id: &FunctionId, pool: &Arc<Pool>) -> bool {
        self.pool(id).is_some_and(|current| Arc::ptr_eq(&current, pool))
    }

    /// A place for one more process. If there is none, the process that has been idle longest gives way.
    pub(crate) async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            return Some(slot);
        }
        let mut slot = Box::pin(Arc::clone(&self.slots).acquire_owned());
        loop {
            self.evict_one();
            // All may be busy; one of them will be idle soon.
            if let Ok(slot) = tokio::time::timeout(EVICTION, &mut slot).await {
                return slot.ok();
            }
        }
    }

    fn evict_one(&self) {
        let longest_idle = {
            let pools = self.read();
            let idle = pools.values().filter_map(|pool| Some((pool.longest_idle()?, pool)));
            idle.min_by_key(|(since, _)| *since).map(|(_, pool)| Arc::clone(pool))
        };
        if let Some(pool) = longest_idle {
            pool.evict();
        }
    }

    pub(super) fn pool(&self, id: &FunctionId) -> Option<Arc<Pool>> {
        self.read().get(id).cloned()
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, HashMap<FunctionId, Arc<Pool>>> {
        self.pools.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, HashMap<FunctionId, Arc<Pool>>> {
        self.pools.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Stops processes that have been idle for too long, until the host is gone.
pub(super) async fn sweep(resources: Weak<Resources>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(resources) = resources.upgrade() else { return };
        let idle = Duration::from_millis(resources.config.limits.idle_timeout_ms);
        let Some(before) = Instant::now().checked_sub(idle) else { continue };
        let pools: Vec<Arc<Pool>> = resources.read().values().cloned().collect();
        for pool in pools {
            pool.expire(before);
        }
    }
}
