//! The environment of a function's process: AWS's documented variables and its own, and nothing else
//! (AWS, "Defined runtime environment variables").

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use super::Prepared;
use crate::runtime::Runtime;

/// The search path of functions.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/opt/bin";
/// The system's libraries, before those of the package.
const SYSTEM_LIBRARIES: &str = "/lib64:/usr/lib64";

/// Makes the environment of one process.
pub(super) fn environment(
    function: &Prepared,
    region: &str,
    runtime_directory: &Path,
    runtime_api: SocketAddr,
    log_stream: &str,
) -> BTreeMap<OsString, OsString> {
    let mut all: BTreeMap<OsString, OsString> = BTreeMap::new();
    let mut set = |name: &str, value: OsString| drop(all.insert(name.into(), value));
    let spec = &function.spec;
    // Defaults that a function may replace.
    set("LANG", "en_US.UTF-8".into());
    set("TZ", ":UTC".into());
    set("PATH", PATH.into());
    set("LD_LIBRARY_PATH", libraries(&function.task_root));
    set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".into());
    match spec.runtime {
        Runtime::Python { .. } => set("PYTHONPATH", runtime_directory.into()),
        Runtime::Node { .. } => set("NODE_PATH", "/opt/nodejs/node_modules".into()),
        Runtime::Provided { .. } => {}
    }
    for (name, value) in &spec.environment {
        set(name, value.into());
    }
    set("_HANDLER", spec.handler.clone().into());
    set("AWS_REGION", region.into());
    set("AWS_DEFAULT_REGION", region.into());
    set("AWS_LAMBDA_FUNCTION_NAME", (&*spec.id.name).into());
    set("AWS_LAMBDA_FUNCTION_VERSION", (&*spec.id.version).into());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", spec.memory_mb.to_string().into());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
    set("AWS_LAMBDA_LOG_GROUP_NAME", (&**function.log.log_group()).into());
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream.into());
    set("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string().into());
    set("LAMBDA_TASK_ROOT", function.task_root.clone().into());
    set("LAMBDA_RUNTIME_DIR", runtime_directory.into());
    if !matches!(spec.runtime, Runtime::Provided { .. }) {
        set("AWS_EXECUTION_ENV", format!("AWS_Lambda_{}", spec.runtime).into());
    }
    if let Some(credentials) = &spec.credentials {
        set("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone().into());
        set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.clone().into());
        if let Some(token) = &credentials.session_token {
            set("AWS_SESSION_TOKEN", token.clone().into());
        }
    }
    all
}

fn libraries(task_root: &Path) -> OsString {
    let mut libraries = OsString::from(SYSTEM_LIBRARIES);
    for folder in [task_root.to_owned(), task_root.join("lib"), "/opt/lib".into()] {
        libraries.push(":");
        libraries.push(folder);
    }
    libraries
}
