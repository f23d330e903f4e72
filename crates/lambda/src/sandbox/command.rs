//! The command of a function's process, per runtime.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clients::Clients;
use crate::function::{FunctionSpec, SpecError};
use crate::interpreter::{Interpreters, is_executable};
use crate::logs::FunctionLog;
use crate::package::Unpacked;
use crate::runtime::Runtime;
use crate::sandbox::InitFailure;

/// The share of a function's memory that Node's heap may take; beyond that it collects harder, then gives up.
const NODE_HEAP_PERCENT: u64 = 90;

/// A function that is ready to start.
pub(crate) struct Prepared {
    pub(crate) spec: FunctionSpec,
    pub(crate) arn: String,
    /// `LAMBDA_TASK_ROOT`.
    pub(crate) task_root: PathBuf,
    /// Keeps an unpacked archive on disk.
    pub(crate) _unpacked: Option<Arc<Unpacked>>,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) log: Arc<FunctionLog>,
}

/// The arguments of a function's program. AWS's own runtime clients are used where the package contains them.
pub(crate) fn arguments(spec: &FunctionSpec, task_root: &Path, clients: &Clients, cache: &Path) -> Vec<OsString> {
    let handler = OsString::from(&spec.handler);
    match spec.runtime {
        Runtime::Python { .. } => {
            // Compiled code goes into the host's folder: packages stay as they are.
            if task_root.join("awslambdaric").is_dir() {
                vec!["-X".into(), prefixed("pycache_prefix=", cache), "-m".into(), "awslambdaric".into(), handler]
            } else {
                vec![clients.python().into(), cache.into()]
            }
        }
        Runtime::Node { .. } => {
            let heap = spec.memory_mb * NODE_HEAP_PERCENT / 100;
            let mut arguments = vec![format!("--max-old-space-size={heap}").into()];
            let theirs = task_root.join("node_modules/aws-lambda-ric/bin/index.mjs");
            if theirs.is_file() {
                arguments.extend([theirs.into(), handler]);
            } else {
                arguments.push(clients.node().into());
            }
            arguments
        }
        Runtime::Provided { .. } => Vec::new(),
    }
}

fn prefixed(prefix: &str, path: &Path) -> OsString {
    let mut text = OsString::from(prefix);
    text.push(path);
    text
}

impl Prepared {
    /// What is to be started: the interpreter as it is now, or the `bootstrap`.
    pub(crate) async fn program(&self, interpreters: &Arc<Interpreters>) -> Result<PathBuf, InitFailure> {
        let (runtime, looker) = (self.spec.runtime.clone(), Arc::clone(interpreters));
        let found = tokio::task::spawn_blocking(move || looker.of(&runtime)).await;
        match found.map_err(|error| InitFailure::Host(std::io::Error::other(error)))? {
            Ok(Some(program)) => Ok(program),
            Ok(None) => {
                let bootstrap = self.task_root.join("bootstrap");
                if is_executable(&bootstrap) { Ok(bootstrap) } else { Err(InitFailure::NoEntrypoint) }
            }
            Err(program) => Err(InitFailure::NoInterpreter(missing(&self.spec, program, interpreters))),
        }
    }
}

/// A runtime's interpreter that is not there.
pub(crate) fn missing(spec: &FunctionSpec, program: &str, interpreters: &Interpreters) -> SpecError {
    SpecError::NoInterpreter {
        function: spec.id.name.to_string(),
        program: program.to_owned(),
        search_path: interpreters.search_path(),
    }
}
