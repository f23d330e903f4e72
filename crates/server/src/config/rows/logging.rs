//! What is written down, and where.

use std::path::PathBuf;

use crate::config::row::{Row, put, put_some};

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::text("logs_dir", "DIR", |s, v| put_some::<PathBuf>(&mut s.logs_dir, v))
        .allows("a directory, made if it is not there")
        .help("Where the files of log groups are written; by default `logs` in the data directory."),
    Row::text("log_level", "LEVEL", |s, v| {
        v.clone_into(&mut s.log_level);
        tracing_subscriber::EnvFilter::try_new(v).is_ok().then_some(())
    })
    .for_everyone()
    .default("info")
    .allows("error, warn, info, debug, trace, or a filter such as info,stagegate_control=debug")
    .help("What the process says on standard error."),
    Row::text("log_format", "FORMAT", |s, v| put(&mut s.log_format, v).filter(|()| !v.is_empty()))
        .for_everyone()
        .default("text")
        .allows("text or json")
        .help("How the process says it."),
];
