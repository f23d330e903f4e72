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
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) log: Arc<FunctionLog>,
}

/// The program and the arguments of a function. AWS's own runtime clients are used where the package contains them.
pub(crate) fn prepare(
    spec: &FunctionSpec,
    task_root: &Path,
    interpreters: &Interpreters,
    clients: &Clients,
    cache: &Path,
) -> Result<(PathBuf, Vec<OsString>), SpecError> {
    let missing = |program: &str| SpecError::NoInterpreter {
        function: spec.id.name.to_string(),
        program: program.to_owned(),
        search_path: interpreters.search_path(),
    };
    let handler = OsString::from(&spec.handler);
    match spec.runtime {
        Runtime::Python { minor } => {
            let program = interpreters.python(minor).ok_or_else(|| missing("python3"))?;
            // Compiled code goes into the host's folder: packages stay as they are.
            let arguments = if task_root.join("awslambdaric").is_dir() {
                vec!["-X".into(), prefixed("pycache_prefix=", cache), "-m".into(), "awslambdaric".into(), handler]
            } else {
                vec![clients.python().into(), cache.into()]
            };
            Ok((program, arguments))
        }
        Runtime::Node { .. } => {
            let program = interpreters.node().ok_or_else(|| missing("node"))?;
            let heap = spec.memory_mb * NODE_HEAP_PERCENT / 100;
            let mut arguments = vec![format!("--max-old-space-size={heap}").into()];
            let theirs = task_root.join("node_modules/aws-lambda-ric/bin/index.mjs");
            if theirs.is_file() {
                arguments.extend([theirs.into(), handler]);
            } else {
                arguments.push(clients.node().into());
            }
            Ok((program, arguments))
        }
        Runtime::Provided { .. } => Ok((task_root.join("bootstrap"), Vec::new())),
    }
}

fn prefixed(prefix: &str, path: &Path) -> OsString {
    let mut text = OsString::from(prefix);
    text.push(path);
    text
}

impl Prepared {
    /// Whether there is something to start: a `bootstrap` may be missing.
    pub(crate) fn has_entrypoint(&self) -> bool {
        is_executable(&self.program)
    }
}
