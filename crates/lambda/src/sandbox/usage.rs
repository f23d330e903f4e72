//! What a process uses: memory and CPU time, as Linux tells it in `/proc`.

use rustix::process::{Pid, Resource, Rlimit};

/// Clock ticks per second in `/proc`, fixed by Linux's interface to programs.
const TICKS_PER_SECOND: u64 = 100;

/// Resident memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) current_mb: u64,
    pub(super) peak_mb: u64,
}

/// The memory of a process; `None` where there is no `/proc`, or no process any more.
pub(super) fn memory(pid: Pid) -> Option<Memory> {
    parse_memory(&std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?)
}

fn parse_memory(status: &str) -> Option<Memory> {
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    let mb = |kilobytes: u64| kilobytes.div_ceil(1_024);
    Some(Memory { current_mb: mb(kilobytes("VmRSS:")?), peak_mb: mb(kilobytes("VmHWM:")?) })
}

/// Raises the limit of CPU time to what was used and `seconds` more.
pub(super) fn grant_cpu(pid: Pid, seconds: u64) {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let Some(used) = parse_cpu_seconds(&stat) else { return };
    #[cfg(target_os = "linux")]
    {
        let limit = Rlimit { current: Some(used + seconds), maximum: None };
        let hard = rustix::process::getrlimit(Resource::Cpu).maximum;
        let limit =
            Rlimit { maximum: hard, current: hard.map_or(limit.current, |hard| Some(hard.min(used + seconds))) };
        // The process may be gone.
        let _ = rustix::process::prlimit(Some(pid), Resource::Cpu, limit);
    }
}

/// User and system time in whole seconds, rounded up.
fn parse_cpu_seconds(stat: &str) -> Option<u64> {
    // The second field is the program's name in brackets, which may contain anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system).div_ceil(TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_megabytes() {
        let status = "Name:\tnode\nVmPeak:\t  999999 kB\nVmHWM:\t   45057 kB\nVmRSS:\t   45056 kB\n";
        assert_eq!(parse_memory(status), Some(Memory { current_mb: 44, peak_mb: 45 }));
        assert_eq!(parse_memory("Name:\tzombie\n"), None);
    }

    #[test]
    fn cpu_time_is_read_past_any_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 0 0 0 150 51 0 0 20 0 1 0 5 1 1";
        assert_eq!(parse_cpu_seconds(stat), Some(3));
        assert_eq!(parse_cpu_seconds(""), None);
    }

    #[test]
    fn this_process_uses_memory() {
        if cfg!(target_os = "linux") {
            assert!(memory(rustix::process::getpid()).expect("it runs").current_mb > 0);
        }
    }
}
