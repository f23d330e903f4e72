//! What a host is started with: places, identity and every limit.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::logs::LogSink;

/// The configuration of a host.
#[derive(Clone)]
pub struct HostConfig {
    /// The host's own folder: unpacked packages, runtime clients, caches. What an earlier host left there is removed.
    pub directory: PathBuf,
    /// The program that becomes a function's process.
    pub launcher: Launcher,
    /// `AWS_REGION` of the functions, and the region of their ARNs.
    pub region: String,
    /// The account of their ARNs: twelve digits.
    pub account_id: String,
    /// Where `python3` and `node` are looked for: a `PATH`.
    pub search_path: OsString,
    /// Every limit.
    pub limits: Limits,
    /// The time of day.
    pub clock: Clock,
    /// Receives every log line; without it, they are in the tails of answers only.
    pub log_sink: Option<Arc<dyn LogSink>>,
    /// Threads of the host.
    pub worker_threads: usize,
}

impl HostConfig {
    /// A configuration with AWS's limits, in `directory`, started through `launcher`.
    pub fn new(directory: impl Into<PathBuf>, launcher: Launcher) -> Self {
        Self {
            directory: directory.into(),
            launcher,
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            limits: Limits::default(),
            clock: Clock::default(),
            log_sink: None,
            worker_threads: 2,
        }
    }
}

/// How the launcher is called: a program that hands the arguments after `arguments` to [`crate::launcher::launch`].
#[derive(Debug, Clone)]
pub struct Launcher {
    /// The program, usually this very binary.
    pub program: PathBuf,
    /// What comes before the launcher's own arguments, such as a hidden subcommand.
    pub arguments: Vec<OsString>,
}

/// The host's limits. AWS's values are the defaults where AWS has one (AWS, "Lambda quotas").
#[derive(Debug, Clone)]
pub struct Limits {
    /// Invocations at a time, of all functions together; AWS: 1,000.
    pub concurrency_total: u32,
    /// Processes at a time, idle ones included. At the limit an idle process of another function gives way.
    pub processes_max: u32,
    /// Processes that start at a time; more wait for their turn, as a machine has only so many cores.
    pub starting_max: u32,
    /// Bytes of an event; AWS: 6,291,456.
    pub request_bytes: usize,
    /// Bytes of a buffered response; AWS: 6,291,556.
    pub response_bytes: usize,
    /// Bytes of a streamed response; AWS: 200 MB.
    pub streamed_response_bytes: u64,
    /// Time from the start of a process to its first call for an event; AWS: 10 s.
    pub init_timeout_ms: u64,
    /// An idle process is stopped after this time.
    pub idle_timeout_ms: u64,
    /// Open files of a function's process; AWS: 1,024.
    pub open_files: u64,
    /// Bytes of any one file that a function writes; AWS: 512 MB of `/tmp`.
    pub file_bytes: u64,
    /// Memory that a process may map beyond its function's `memory_mb`, in MB. What it really uses is held to `memory_mb`;
    /// this allows for what runtimes reserve and never touch, such as the stacks of threads.
    pub memory_reserve_mb: u64,
    /// Cores that one function may keep busy: its CPU time is held to the time of its invocations times this.
    pub cores_per_function: u64,
    /// Connections at a time to one process's Runtime API.
    pub connections_per_process: usize,
    /// The limits of code packages.
    pub package: PackageLimits,
    /// Folders are looked at this often for changed files.
    pub watch_interval_ms: u64,
    /// Files and folders that are looked at per watched folder; further ones are not noticed.
    pub watch_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency_total: 1_000,
            processes_max: 1_000,
            starting_max: 4,
            request_bytes: 6_291_456,
            response_bytes: 6_291_556,
            streamed_response_bytes: 209_715_200,
            init_timeout_ms: 10_000,
            idle_timeout_ms: 300_000,
            open_files: 1_024,
            file_bytes: 536_870_912,
            memory_reserve_mb: 512,
            cores_per_function: 6,
            connections_per_process: 32,
            package: PackageLimits::default(),
            watch_interval_ms: 500,
            watch_entries: 20_000,
        }
    }
}

/// The limits of a zip archive of code.
#[derive(Debug, Clone)]
pub struct PackageLimits {
    /// Bytes of the archive; AWS: 52,428,800 for a direct upload.
    pub zipped_bytes: usize,
    /// Bytes of all files together; AWS: 262,144,000.
    pub unzipped_bytes: u64,
    /// Files and folders.
    pub entries: usize,
    /// Unzipped bytes per zipped byte, once 10 MiB have come out.
    pub ratio: u64,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self { zipped_bytes: 52_428_800, unzipped_bytes: 262_144_000, entries: 60_000, ratio: 250 }
    }
}
