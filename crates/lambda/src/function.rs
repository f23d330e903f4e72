//! A function as it is given to the host, and what is refused about it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::package::PackageError;
use crate::runtime::Runtime;
use crate::specification;

/// A function and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId {
    /// The function's name.
    pub name: Arc<str>,
    /// `$LATEST` or the number of a published version. Aliases are resolved before the host is called.
    pub version: Arc<str>,
}

impl FunctionId {
    /// The version `$LATEST` of a function.
    pub fn latest(name: &str) -> Self {
        Self { name: name.into(), version: "$LATEST".into() }
    }

    /// A published version of a function.
    pub fn published(name: &str, version: u64) -> Self {
        Self { name: name.into(), version: version.to_string().into() }
    }
}

impl fmt::Display for FunctionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.name, self.version)
    }
}

/// A function.
#[derive(Clone)]
pub struct FunctionSpec {
    /// Its name and version.
    pub id: FunctionId,
    /// Its runtime.
    pub runtime: Runtime,
    /// Its handler, such as `app.handler`; a `bootstrap` finds it in `_HANDLER`.
    pub handler: String,
    /// Its code.
    pub code: CodeSource,
    /// Its own environment variables.
    pub environment: BTreeMap<String, String>,
    /// Time of one invocation, 1 ms to 900,000 ms; AWS's default is 3 s.
    pub timeout_ms: u64,
    /// Memory in MB, 128 to 10,240; AWS's default is 128.
    pub memory_mb: u64,
    /// Invocations at a time that are set aside for this function, and its limit; 0 stops it.
    pub reserved_concurrency: Option<u32>,
    /// Credentials in its environment; without them the function has none.
    pub credentials: Option<Credentials>,
    /// Its ARN; by default made from the host's region and account.
    pub arn: Option<String>,
}

impl FunctionSpec {
    /// Checks every member but the code, as [`crate::FunctionHost::put`] does.
    ///
    /// # Errors
    /// [`SpecError::Member`]: the first member that is outside what is allowed.
    pub fn check(&self) -> Result<(), SpecError> {
        specification::check(self)
    }

    /// A function with AWS's defaults: 3 s, 128 MB, no variables.
    pub fn new(id: FunctionId, runtime: Runtime, handler: &str, code: CodeSource) -> Self {
        Self {
            id,
            runtime,
            handler: handler.to_owned(),
            code,
            environment: BTreeMap::new(),
            timeout_ms: 3_000,
            memory_mb: 128,
            reserved_concurrency: None,
            credentials: None,
            arn: None,
        }
    }
}

impl fmt::Debug for FunctionSpec {
    /// The values of variables stay out: they may be secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FunctionSpec")
            .field("id", &self.id)
            .field("runtime", &self.runtime)
            .field("handler", &self.handler)
            .field("code", &self.code)
            .field("environment", &self.environment.keys())
            .field("timeout_ms", &self.timeout_ms)
            .field("memory_mb", &self.memory_mb)
            .field("reserved_concurrency", &self.reserved_concurrency)
            .finish_non_exhaustive()
    }
}

/// Where a function's code comes from.
#[derive(Clone)]
pub enum CodeSource {
    /// A zip archive, unpacked into the host's folder.
    Zip(Bytes),
    /// A folder that is used in place.
    Dir(PathBuf),
}

impl fmt::Debug for CodeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zip(bytes) => write!(formatter, "Zip({} bytes)", bytes.len()),
            Self::Dir(path) => write!(formatter, "Dir({})", path.display()),
        }
    }
}

/// AWS credentials of a function.
#[derive(Clone)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials({}, …)", self.access_key_id)
    }
}

/// Why a function is refused.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// A value is outside what is allowed.
    #[error("`{member}` of the function `{function}`: {reason}")]
    Member {
        /// The function.
        function: String,
        /// The member.
        member: &'static str,
        /// What is wrong and what is allowed.
        reason: String,
    },
    /// The code cannot be used.
    #[error("the code of the function `{function}`: {reason}")]
    Package {
        /// The function.
        function: String,
        /// Why.
        reason: PackageError,
    },
    /// The interpreter of its runtime is not installed.
    #[error("the function `{function}` needs `{program}`, which is not on the search path `{search_path}`")]
    NoInterpreter {
        /// The function.
        function: String,
        /// The program.
        program: String,
        /// Where it was looked for.
        search_path: String,
    },
    /// The reserved concurrency of all functions would exceed the total.
    #[error("the function `{function}` cannot reserve {asked}: {left} of {total} are not reserved by other functions")]
    Reservation {
        /// The function.
        function: String,
        /// What it asked for.
        asked: u32,
        /// What is left.
        left: u32,
        /// Of how many.
        total: u32,
    },
    /// The host is stopping.
    #[error("the function host is stopping")]
    Stopped,
}
