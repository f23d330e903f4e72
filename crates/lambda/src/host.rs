//! The host: its functions, its threads, its front door.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime as Threads;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::admission::Admission;
use crate::clients::Clients;
use crate::config::HostConfig;
use crate::error::{InvokeError, StartError};
use crate::function::{CodeSource, FunctionId, FunctionSpec, SpecError};
use crate::identifiers;
use crate::interpreter::Interpreters;
use crate::invocation::{Invocation, Invoked, InvokedStream, PayloadStream};
use crate::logs::{FunctionLog, LogLine};
use crate::package::{PackageError, PackageStore};
use crate::pool::Pool;
use crate::run::{Job, Reply, ReplyPayload, run, runtime_headers};
use crate::sandbox::{Prepared, prepare};
use crate::{specification, watch};

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
    slots: Arc<Semaphore>,
    admission: Arc<Admission>,
    interpreters: Interpreters,
    packages: PackageStore,
    pools: RwLock<HashMap<FunctionId, Arc<Pool>>>,
    is_stopped: AtomicBool,
}

/// The local function host. Dropping it kills every process.
pub struct FunctionHost {
    resources: Arc<Resources>,
    threads: Option<Threads>,
}

impl FunctionHost {
    /// Starts a host without functions.
    ///
    /// # Errors
    /// Its folder cannot be prepared, or its threads do not start.
    pub fn start(config: HostConfig) -> Result<Arc<Self>, StartError> {
        let directory = |name: &str| emptied(config.directory.join(name));
        let (packages, clients) = (directory("packages")?, directory("runtime")?);
        directory("cache")?;
        let clients = Clients::write(&clients)
            .map_err(|reason| StartError::Directory { path: config.directory.join("runtime"), reason })?;
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(config.worker_threads.max(1))
            .thread_name("lambda-host")
            .enable_all()
            .build()
            .map_err(StartError::Threads)?;
        let limits = &config.limits;
        let resources = Arc::new(Resources {
            clients,
            starting: Semaphore::new(limits.starting_max.max(1) as usize),
            slots: Arc::new(Semaphore::new(limits.processes_max.max(1) as usize)),
            admission: Arc::new(Admission::new(limits.concurrency_total)),
            interpreters: Interpreters::new(config.search_path.clone()),
            packages: PackageStore::new(packages, limits.package.clone()),
            pools: RwLock::default(),
            is_stopped: AtomicBool::new(false),
            config,
        });
        threads.spawn(sweep(Arc::downgrade(&resources)));
        Ok(Arc::new(Self { resources, threads: Some(threads) }))
    }

    /// Adds a function or replaces it. Invocations that run end on the old one; the next ones meet the new one. If the new
    /// one is refused, the old one stays.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn put(&self, spec: FunctionSpec) -> Result<(), SpecError> {
        self.put_pool(spec).await.map(drop)
    }

    async fn put_pool(&self, spec: FunctionSpec) -> Result<Arc<Pool>, SpecError> {
        let resources = Arc::clone(&self.resources);
        let threads = self.threads.as_ref().ok_or(SpecError::Stopped)?;
        // Unpacking and looking for interpreters block.
        threads.spawn_blocking(move || resources.put(spec)).await.unwrap_or(Err(SpecError::Stopped))
    }

    /// Removes a function; `false` if it is not there. Invocations that run end as they would have.
    pub fn remove(&self, id: &FunctionId) -> bool {
        let removed = self.resources.write().remove(id);
        if !self.resources.read().keys().any(|other| other.name == id.name) {
            let _ = self.resources.admission.reserve(&id.name, None);
        }
        removed.inspect(|pool| pool.retire()).is_some()
    }

    /// The functions that are there.
    pub fn functions(&self) -> Vec<FunctionId> {
        self.resources.read().keys().cloned().collect()
    }

    /// The log lines of a function that are still in memory, oldest first.
    pub fn log_lines(&self, id: &FunctionId) -> Vec<LogLine> {
        self.resources.pool(id).map(|pool| pool.function.log.lines()).unwrap_or_default()
    }

    /// Idle processes of a function.
    pub fn idle_processes(&self, id: &FunctionId) -> usize {
        self.resources.pool(id).map_or(0, |pool| pool.idle())
    }

    /// Puts a function whose code is a folder, and puts it again whenever a file in it changes, until it is removed.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub async fn put_and_watch(&self, spec: FunctionSpec) -> Result<(), SpecError> {
        let pool = self.put_pool(spec.clone()).await?;
        let CodeSource::Dir(folder) = spec.code.clone() else { return Ok(()) };
        let threads = self.threads.as_ref().ok_or(SpecError::Stopped)?;
        threads.spawn(watch::follow(Arc::downgrade(&self.resources), spec, folder, pool));
        Ok(())
    }

    /// Invokes a function and waits for its whole answer. Dropping the future does not stop the function, as on AWS.
    ///
    /// # Errors
    /// The function was not reached. What the function did wrong is in the answer.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Invoked, InvokeError> {
        let executed_version = invocation.function.version.to_string();
        let (request_id, reply) = self.call(invocation, false).await?;
        let ReplyPayload::Whole(payload) = reply.payload else {
            return Err(InvokeError::Service { reason: "a whole answer came in pieces".to_owned() });
        };
        Ok(Invoked {
            payload,
            content_type: reply.content_type,
            function_error: reply.function_error,
            log_tail: reply.log_tail,
            executed_version,
            request_id,
        })
    }

    /// Invokes a function and returns once its answer begins. A function that does not stream answers in one piece.
    ///
    /// # Errors
    /// The function was not reached. What the function did wrong is in the answer.
    pub async fn invoke_stream(&self, invocation: Invocation) -> Result<InvokedStream, InvokeError> {
        let executed_version = invocation.function.version.to_string();
        let (request_id, reply) = self.call(invocation, true).await?;
        let payload = match reply.payload {
            ReplyPayload::Whole(payload) => PayloadStream { first: Some(payload), rest: None },
            ReplyPayload::Pieces(rest) => PayloadStream { first: None, rest: Some(rest) },
        };
        let (content_type, function_error) = (reply.content_type, reply.function_error);
        Ok(InvokedStream { payload, content_type, function_error, executed_version, request_id })
    }

    async fn call(&self, invocation: Invocation, is_streaming: bool) -> Result<(String, Reply), InvokeError> {
        let stopping = || InvokeError::Service { reason: "the function host is stopping".to_owned() };
        let threads = self.threads.as_ref().filter(|_| !self.resources.is_stopped.load(Ordering::Relaxed));
        let threads = threads.ok_or_else(stopping)?;
        let (reply, answer) = oneshot::channel();
        let (pool, job) = self.resources.admit(invocation, is_streaming, reply)?;
        let request_id = job.request_id.to_string();
        threads.spawn(run(job, pool, Arc::clone(&self.resources)));
        Ok((request_id, answer.await.map_err(|_| stopping())??))
    }

    /// Takes no more invocations, and waits up to `grace` for those that run.
    pub async fn stop(&self, grace: Duration) {
        self.resources.is_stopped.store(true, Ordering::Relaxed);
        let pools: Vec<Arc<Pool>> = self.resources.write().drain().map(|(_, pool)| pool).collect();
        retire(&pools);
        let resources = Arc::clone(&self.resources);
        let Some(threads) = &self.threads else { return };
        // On the host's threads, which have a timer for certain.
        let _ = threads
            .spawn(async move {
                let all = resources.config.limits.processes_max.max(1);
                let _ = tokio::time::timeout(grace, resources.slots.acquire_many(all)).await;
            })
            .await;
    }
}

impl Drop for FunctionHost {
    fn drop(&mut self) {
        self.resources.is_stopped.store(true, Ordering::Relaxed);
        let pools: Vec<Arc<Pool>> = self.resources.write().drain().map(|(_, pool)| pool).collect();
        retire(&pools);
        // Invocations that run are dropped with the threads, and their processes with them.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

impl Resources {
    fn put(&self, spec: FunctionSpec) -> Result<Arc<Pool>, SpecError> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(SpecError::Stopped);
        }
        specification::check(&spec)?;
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
        let (task_root, unpacked) = match &spec.code {
            CodeSource::Zip(archive) => {
                let unpacked = self.packages.unpack(archive).map_err(refuse)?;
                (unpacked.path().to_owned(), Some(unpacked))
            }
            CodeSource::Dir(folder) => {
                let root = folder.canonicalize().ok().filter(|path| path.is_dir());
                (root.ok_or_else(|| refuse(PackageError::NotAFolder(folder.clone())))?, None)
            }
        };
        // The archive is on disk now.
        spec.code = CodeSource::Dir(task_root.clone());
        let cache = self.config.directory.join("cache");
        let (program, arguments) = prepare(&spec, &task_root, &self.interpreters, &self.clients, &cache)?;
        let log = if let Some(old) = self.pool(&spec.id) {
            Arc::clone(&old.function.log)
        } else {
            let (clock, sink) = (self.config.clock.clone(), self.config.log_sink.clone());
            Arc::new(FunctionLog::new(spec.id.clone(), clock, sink, self.config.limits.log_ring_bytes))
        };
        let arn = spec.arn.clone().unwrap_or_else(|| self.arn(&spec.id));
        Ok(Prepared { arn, task_root, _unpacked: unpacked, program, arguments, log, spec })
    }

    fn arn(&self, id: &FunctionId) -> String {
        let arn = format!("arn:aws:lambda:{}:{}:function:{}", self.config.region, self.config.account_id, id.name);
        if &*id.version == "$LATEST" { arn } else { format!("{arn}:{}", id.version) }
    }

    /// Checks an invocation, and lets it in if there is room.
    fn admit(
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

    fn pool(&self, id: &FunctionId) -> Option<Arc<Pool>> {
        self.read().get(id).cloned()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<FunctionId, Arc<Pool>>> {
        self.pools.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<FunctionId, Arc<Pool>>> {
        self.pools.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn retire(pools: &[Arc<Pool>]) {
    for pool in pools {
        pool.retire();
    }
}

fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Makes a folder, and empties it of what an earlier host left.
fn emptied(path: PathBuf) -> Result<PathBuf, StartError> {
    let made = match std::fs::remove_dir_all(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => std::fs::create_dir_all(&path),
    };
    match made.and_then(|()| path.canonicalize()) {
        Ok(path) => Ok(path),
        Err(reason) => Err(StartError::Directory { path, reason }),
    }
}

/// Stops processes that have been idle for too long, until the host is gone.
async fn sweep(resources: std::sync::Weak<Resources>) {
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
