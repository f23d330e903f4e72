//! How many functions run at once, and how long their processes wait for more to do.

use crate::config::Settings;
use crate::config::row::{Row, put};

/// The most invocations or processes that may be set: each process is one of the machine's.
const MOST: u32 = 100_000;
/// Longer than a day nothing is worth keeping idle; shorter than a second, nothing worth starting.
const IDLE_MS: std::ops::RangeInclusive<u64> = 1_000..=86_400_000;

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::number("function_concurrency_max", "N", |s, v| counted(s, v, |s| &mut s.function_limits.concurrency_max))
        .default("1000")
        .allows("a whole number from 1 to 100000")
        .help("Invocations of functions at once in each region, as on AWS; more are throttled."),
    Row::number("function_processes_max", "N", |s, v| counted(s, v, |s| &mut s.function_limits.processes_max))
        .default("1000")
        .allows("a whole number from 1 to 100000")
        .help("Processes of functions at once in each region; at the limit, one that is idle gives way."),
    Row::number("function_idle_timeout_ms", "MS", |s, v| {
        put(&mut s.function_limits.idle_timeout_ms, v).filter(|()| IDLE_MS.contains(&s.function_limits.idle_timeout_ms))
    })
    .default("300000")
    .allows("a whole number from 1000 to 86400000")
    .help("How long a function's idle process is kept."),
];

fn counted(settings: &mut Settings, text: &str, slot: fn(&mut Settings) -> &mut u32) -> Option<()> {
    put(slot(settings), text).filter(|()| (1..=MOST).contains(slot(settings)))
}

#[cfg(test)]
mod tests {
    use crate::config::file::apply;
    use crate::config::load::defaults;

    #[test]
    fn limits_are_read_and_bounded() {
        let mut settings = defaults();
        let limits = settings.function_limits;
        assert_eq!((limits.concurrency_max, limits.processes_max, limits.idle_timeout_ms), (1_000, 1_000, 300_000));
        let text = "function_concurrency_max = 5\nfunction_processes_max = 2\nfunction_idle_timeout_ms = 1000\n";
        apply("test.toml", text, &mut settings).expect("allowed");
        let limits = settings.function_limits;
        assert_eq!((limits.concurrency_max, limits.processes_max, limits.idle_timeout_ms), (5, 2, 1_000));
        for text in [
            "function_concurrency_max = 0",
            "function_concurrency_max = 100001",
            "function_processes_max = 0",
            "function_processes_max = 5000000000",
            "function_idle_timeout_ms = 999",
            "function_idle_timeout_ms = 86400001",
        ] {
            let error = apply("test.toml", text, &mut defaults()).expect_err(text);
            assert!(error.to_string().contains("may not be"), "{text}: {error}");
        }
    }
}
