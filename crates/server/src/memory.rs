//! How much memory this process may use: the machine's, or its control group's if that is less.

use std::path::Path;

/// Memory assumed when the system does not say.
const UNKNOWN_BYTES: u64 = 4 << 30;

/// Bytes of memory this process may use.
pub(crate) fn available_bytes() -> u64 {
    let machine = read("/proc/meminfo").and_then(|text| of_machine(&text));
    let group = read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse().ok());
    [machine, group].into_iter().flatten().min().unwrap_or(UNKNOWN_BYTES)
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(Path::new(path)).ok()
}

/// `MemTotal:       16316412 kB`
fn of_machine(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_memory_is_read() {
        assert_eq!(of_machine("MemTotal:       16316412 kB\nMemFree: 1 kB\n"), Some(16_316_412 * 1024));
        assert_eq!(of_machine("MemFree: 1 kB\n"), None);
        assert!(available_bytes() > 1 << 20);
    }
}
