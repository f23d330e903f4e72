//! The launcher: limits itself, closes what it inherited, and becomes a function's process.
//!
//! The host starts a program that calls [`launch`], usually the server's own binary with a hidden subcommand, because
//! limits have to be set between fork and exec, and code there would need `unsafe`.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::process::{Resource, Rlimit, Signal};

/// The arguments in front of the command, each with a number.
const DATA_BYTES: &str = "--data-bytes";
const CPU_SECONDS: &str = "--cpu-seconds";
const OPEN_FILES: &str = "--open-files";
const FILE_BYTES: &str = "--file-bytes";
/// What separates them from the command.
const END: &str = "--";

/// The limits of a function's process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessLimits {
    /// Bytes of private writable memory that may be mapped.
    pub(crate) data_bytes: u64,
    /// Seconds of CPU time; the host raises this as invocations come.
    pub(crate) cpu_seconds: u64,
    /// Open files.
    pub(crate) open_files: u64,
    /// Bytes of any one file that is written.
    pub(crate) file_bytes: u64,
}

impl ProcessLimits {
    /// The launcher's arguments for these limits, up to the command.
    pub(crate) fn arguments(self) -> Vec<OsString> {
        let pairs = [
            (DATA_BYTES, self.data_bytes),
            (CPU_SECONDS, self.cpu_seconds),
            (OPEN_FILES, self.open_files),
            (FILE_BYTES, self.file_bytes),
        ];
        let words = pairs.into_iter().flat_map(|(name, number)| [name.to_owned(), number.to_string()]);
        words.chain([END.to_owned()]).map(OsString::from).collect()
    }
}

/// Why the process could not become the function's.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The arguments are not the host's.
    #[error("the launcher's argument `{0}`: expected are limits with numbers, `--`, and a command")]
    Argument(String),
    /// A limit was refused.
    #[error("{limit} cannot be set to {value}: {reason}")]
    Limit {
        /// Which.
        limit: &'static str,
        /// To what.
        value: u64,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The process could not be tied to the host.
    #[error("the process cannot be confined: {0}")]
    Confine(std::io::Error),
    /// The command could not be started.
    #[error("{program}: {reason}")]
    Exec {
        /// The program.
        program: String,
        /// The system's reason.
        reason: std::io::Error,
    },
}

/// Sets the limits that the arguments name and becomes the command after `--`. Returns only if that fails.
pub fn launch(arguments: impl Iterator<Item = OsString>) -> LaunchError {
    match confine_and_exec(arguments) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

fn confine_and_exec(mut arguments: impl Iterator<Item = OsString>) -> Result<std::convert::Infallible, LaunchError> {
    loop {
        let name = arguments.next().unwrap_or_default();
        if name == END {
            break;
        }
        let (limit, resource) = resource(&name).ok_or_else(|| LaunchError::Argument(shown(&name)))?;
        let value = arguments.next().unwrap_or_default();
        let value =
            value.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| LaunchError::Argument(shown(&value)))?;
        let refused = |reason: rustix::io::Errno| LaunchError::Limit { limit, value, reason: reason.into() };
        set(resource, value).map_err(refused)?;
    }
    tie_to_the_host().map_err(|error| LaunchError::Confine(error.into()))?;
    // The host opens everything close-on-exec; this is about what the host itself was given by its parent.
    close_fds::set_fds_cloexec(3, &[]);
    let program = arguments.next().ok_or_else(|| LaunchError::Argument("no command".to_owned()))?;
    let reason = Command::new(&program).args(arguments).exec();
    Err(LaunchError::Exec { program: Path::new(&program).display().to_string(), reason })
}

fn shown(argument: &OsStr) -> String {
    argument.to_string_lossy().chars().take(64).collect()
}

fn resource(name: &OsStr) -> Option<(&'static str, Resource)> {
    match name.to_str()? {
        DATA_BYTES => Some((DATA_BYTES, Resource::Data)),
        CPU_SECONDS => Some((CPU_SECONDS, Resource::Cpu)),
        OPEN_FILES => Some((OPEN_FILES, Resource::Nofile)),
        FILE_BYTES => Some((FILE_BYTES, Resource::Fsize)),
        _ => None,
    }
}

/// Lowers a limit; the one of CPU time softly, so that the host can raise it again without privileges.
fn set(resource: Resource, value: u64) -> rustix::io::Result<()> {
    let granted = rustix::process::getrlimit(resource).maximum;
    let value = granted.map_or(value, |granted| granted.min(value));
    let maximum = if resource == Resource::Cpu { granted } else { Some(value) };
    rustix::process::setrlimit(resource, Rlimit { current: Some(value), maximum })
}

/// No core files; on Linux also no new privileges through set-user-id programs, and the end when the host ends.
fn tie_to_the_host() -> rustix::io::Result<()> {
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    {
        rustix::thread::set_no_new_privs(true)?;
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_not_the_hosts_are_refused() {
        for line in ["", "--data-bytes", "--data-bytes x", "--speed 1 -- /bin/true", "--open-files -1 -- /bin/true"] {
            let error = launch(line.split(' ').map(OsString::from));
            assert!(matches!(error, LaunchError::Argument(_)), "{line}: {error}");
        }
    }

    #[test]
    fn limits_become_arguments() {
        let limits = ProcessLimits { data_bytes: 1, cpu_seconds: 2, open_files: 3, file_bytes: 4 };
        let words: Vec<String> =
            limits.arguments().into_iter().map(|word| word.into_string().expect("plain text")).collect();
        assert_eq!(words.join(" "), "--data-bytes 1 --cpu-seconds 2 --open-files 3 --file-bytes 4 --");
    }
}
