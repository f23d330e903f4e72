//! The local function host: Lambda functions as processes beside the gateway, with no account anywhere.
//!
//! [`FunctionHost`] keeps a pool of processes per function and speaks the Lambda Runtime API (2018-06-01) to them, so that
//! AWS's own runtime clients, custom `bootstrap` executables and the clients embedded here run unchanged.
//!
//! **It is process isolation, not a multi-tenant sandbox.** Every function runs as the user of this process: with a clean
//! environment, no inherited descriptor, limits of resources and a process group of its own, but it can read that user's
//! files, reach the network, and see other processes. Host only code that you would run yourself.
//!
//! The host runs on threads of its own; [`FunctionHost::invoke`] may be awaited on any executor.
//!
//! ```no_run
//! use stagegate_lambda::{CodeSource, FunctionHost, FunctionId, FunctionSpec, HostConfig, Invocation, Launcher};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // `server launch-function …` calls `launcher::launch` with what follows.
//! let launcher = Launcher { program: "/proc/self/exe".into(), arguments: vec!["launch-function".into()] };
//! let host = FunctionHost::start(HostConfig::new("data/functions", launcher))?;
//! let pets = FunctionId::latest("pets");
//! let code = CodeSource::Dir("./pets".into());
//! host.put(FunctionSpec::new(pets.clone(), "python3.12".parse()?, "app.handler", code)).await?;
//! let invoked = host.invoke(Invocation::new(pets, r#"{"pet": "cat"}"#)).await?;
//! println!("{:?} {:?}", invoked.function_error, invoked.payload);
//! # Ok(())
//! # }
//! ```

mod admission;
mod clients;
mod clock;
mod config;
mod error;
mod exchange;
mod function;
mod host;
mod identifiers;
mod interpreter;
mod invocation;
pub mod launcher;
mod logs;
mod package;
mod pool;
mod resources;
mod run;
mod runtime;
mod runtime_api;
mod sandbox;
mod specification;
mod verdict;
mod watch;

pub use clock::Clock;
pub use config::{HostConfig, Launcher, Limits, PackageLimits};
pub use error::{InvokeError, StartError, ThrottleReason};
pub use function::{CodeSource, Credentials, FunctionId, FunctionSpec, SpecError};
pub use host::FunctionHost;
pub use invocation::{BrokenStream, FunctionError, Invocation, Invoked, InvokedStream, PayloadStream};
pub use logs::{LogLine, LogSink, LogSource};
pub use package::{PackageError, unzip};
pub use runtime::{Runtime, UnknownRuntime};
