//! The host: its functions, its threads, its front door.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::runtime::Runtime as Threads;
use tokio::sync::{Semaphore, oneshot};

use crate::admission::Admission;
use crate::clients::Clients;
use crate::config::HostConfig;
use crate::error::{InvokeError, StartError};
use crate::function::{CodeSource, FunctionId, FunctionSpec, SpecError};
use crate::interpreter::Interpreters;
use crate::invocation::{Invocation, Invoked, InvokedStream, PayloadStream};
use crate::package::PackageStore;
use crate::pool::Pool;
use crate::resources::{Resources, sweep};
use crate::run::{Reply, ReplyPayload, run};
use crate::watch;

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
    pub fn start(mut config: HostConfig) -> Result<Arc<Self>, StartError> {
        // Functions have working directories of their own: a relative path would lead into those.
        config.directory = made(config.directory)?;
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
            interpreters: Arc::new(Interpreters::new(config.search_path.clone())),
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

    /// Whether the interpreter of a function's runtime is there now. [`Self::put`] takes a function without one: its invocations
    /// fail until it is.
    ///
    /// # Errors
    /// [`SpecError::NoInterpreter`]
    pub async fn check_interpreter(&self, spec: &FunctionSpec) -> Result<(), SpecError> {
        let (resources, spec) = (Arc::clone(&self.resources), spec.clone());
        let threads = self.threads.as_ref().ok_or(SpecError::Stopped)?;
        threads.spawn_blocking(move || resources.check_interpreter(&spec)).await.unwrap_or(Err(SpecError::Stopped))
    }

    /// Removes a function; `false` if it is not there. Invocations that run end as they would have.
    pub fn remove(&self, id: &FunctionId) -> bool {
        let removed = self.resources.write().remove(id);
        if !self.resources.read().keys().any(|other| other.name == id.name) {
            let _ = self.resources.admission.reserve(&id.name, None);
        }
        removed.inspect(|pool| pool.retire()).is_some()
    }

    /// Whether a function is there.
    pub fn has(&self, id: &FunctionId) -> bool {
        self.resources.read().contains_key(id)
    }

    /// The functions that are there.
    pub fn functions(&self) -> Vec<FunctionId> {
        self.resources.read().keys().cloned().collect()
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

fn retire(pools: &[Arc<Pool>]) {
    for pool in pools {
        pool.retire();
    }
}

/// Makes a folder, and empties it of what an earlier host left.
fn emptied(path: PathBuf) -> Result<PathBuf, StartError> {
    match std::fs::remove_dir_all(&path) {
        Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => Err(StartError::Directory { path, reason }),
        _ => made(path),
    }
}

/// Makes a folder, and returns where it really is.
fn made(path: PathBuf) -> Result<PathBuf, StartError> {
    match std::fs::create_dir_all(&path).and_then(|()| path.canonicalize()) {
        Ok(path) => Ok(path),
        Err(reason) => Err(StartError::Directory { path, reason }),
    }
}
