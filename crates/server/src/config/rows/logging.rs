//! What is written down, and where.

use std::path::PathBuf;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::row::{Row, put, put_some};

/// A smaller store would forget what was just written.
const STORE_BYTES_MIN: u64 = 1 << 20;
/// Each is renamed whenever a file is put aside.
const FILES_KEPT_MAX: u64 = 1_000;

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::text("logs_dir", "DIR", |s, v| put_some::<PathBuf>(&mut s.logs_dir, v))
        .allows("a directory, made if it is not there")
        .help("Where the files of log groups are written; by default `logs` in the data directory."),
    Row::text("log_default", "PLACE", |s, v| put(&mut s.logs.unmapped, v))
        .default("store")
        .allows("store, file or stdout")
        .help(
            "Where log groups go that neither `[log_groups]` nor `[[log_destinations]]` name: into the store that the API of \
             CloudWatch Logs reads, into a file each, or to standard output.",
        ),
    Row::number("log_store_bytes", "BYTES", |s, v| {
        put(&mut s.logs.store_bytes, v).filter(|()| s.logs.store_bytes >= STORE_BYTES_MIN)
    })
    .default("1073741824")
    .allows("a whole number, at least 1048576")
    .help("Bytes of log events that are kept on disk; the oldest make room for new ones."),
    Row::number("log_file_bytes", "BYTES", |s, v| put(&mut s.logs.rotation.bytes_max, v))
        .default("104857600")
        .allows("a whole number; 0 for no limit")
        .help("How long the file of a log group gets before it is put aside as `.1`."),
    Row::number("log_file_hours", "HOURS", |s, v| put(&mut s.logs.rotation.hours_max, v))
        .default("0")
        .allows("a whole number; 0 for no limit")
        .help("How old it gets."),
    Row::number("log_files_kept", "N", |s, v| {
        put(&mut s.logs.rotation.kept, v).filter(|()| s.logs.rotation.kept <= FILES_KEPT_MAX)
    })
    .default("5")
    .allows("a whole number from 0 to 1000")
    .help("How many files that were put aside are kept."),
    Row::text("log_level", "LEVEL", |s, v| {
        v.clone_into(&mut s.log_level);
        is_filter(v).then_some(())
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

/// Whether text is a filter. A lone word is a level: the syntax of filters would take any other for a module's name, and
/// the process would say nothing at all.
fn is_filter(text: &str) -> bool {
    let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    EnvFilter::try_new(text).is_ok() && text.split(',').all(|part| part.contains('=') || is_level(part))
}

#[cfg(test)]
mod tests {
    use super::is_filter;

    #[test]
    fn levels_and_filters_are_told_from_misspelt_levels() {
        for good in ["info", "WARN", "off", "info,stagegate_control=debug", "warn,stagegate=trace"] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["", "loud", "inof", "info,loud", "stagegate=loud"] {
            assert!(!is_filter(bad), "{bad}");
        }
    }
}
