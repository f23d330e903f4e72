//! The lines that the platform writes: START, END, REPORT (AWS, "Viewing CloudWatch logs for Lambda functions").

use std::fmt;
use std::time::Duration;

/// How an invocation or an initialization ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// The function answered, be it with an error.
    Success,
    /// The process exited, or the host had to stop it.
    Error(&'static str),
    /// Time ran out.
    Timeout,
}

/// The REPORT line.
#[derive(Debug, Clone)]
pub(crate) struct Report<'a> {
    /// The request id.
    pub(crate) request_id: &'a str,
    /// From the start of the invocation to its end.
    pub(crate) duration: Duration,
    /// The function's memory.
    pub(crate) memory_mb: u64,
    /// The most that its process ever used.
    pub(crate) max_memory_mb: u64,
    /// How long the process took to start, if this was its first invocation.
    pub(crate) init: Option<Duration>,
    /// How it ended.
    pub(crate) status: Status,
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The time of the initialization is billed, too, since August 2025.
        let billed = (self.duration + self.init.unwrap_or_default()).as_micros().div_ceil(1_000);
        write!(
            formatter,
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {} MB\tMax Memory \
             Used: {} MB\t",
            self.request_id,
            ms(self.duration),
            self.memory_mb,
            self.max_memory_mb,
        )?;
        if let Some(init) = self.init {
            write!(formatter, "Init Duration: {:.2} ms\t", ms(init))?;
        }
        match self.status {
            Status::Success => Ok(()),
            Status::Error(error_type) => write!(formatter, "Status: error\tError Type: {error_type}"),
            Status::Timeout => formatter.write_str("Status: timeout"),
        }
    }
}

/// The START line.
pub(crate) fn start(request_id: &str, version: &str) -> String {
    format!("START RequestId: {request_id} Version: {version}")
}

/// The END line.
pub(crate) fn end(request_id: &str) -> String {
    format!("END RequestId: {request_id}")
}

/// The first line of a process.
pub(crate) fn init_start(runtime: &str) -> String {
    format!("INIT_START Runtime Version: {runtime}")
}

/// The line of an initialization that failed.
pub(crate) fn init_report(duration: Duration, status: Status) -> String {
    let status = match status {
        Status::Success => "success".to_owned(),
        Status::Error(error_type) => format!("error\tError Type: {error_type}"),
        Status::Timeout => "timeout".to_owned(),
    };
    format!("INIT_REPORT Init Duration: {:.2} ms\tPhase: init\tStatus: {status}", ms(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_awss_form() {
        let report = Report {
            request_id: "8f5a",
            duration: Duration::from_micros(1_234),
            memory_mb: 128,
            max_memory_mb: 36,
            init: None,
            status: Status::Success,
        };
        let warm = "REPORT RequestId: 8f5a\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory \
                    Used: 36 MB\t";
        assert_eq!(report.to_string(), warm);
        let init = Some(Duration::from_millis(100));
        let cold = Report { init, status: Status::Timeout, ..report.clone() };
        let expected = warm.replace("Duration: 2 ms", "Duration: 102 ms") + "Init Duration: 100.00 ms\tStatus: timeout";
        assert_eq!(cold.to_string(), expected);
        let failed = Report { status: Status::Error("Runtime.ExitError"), ..report };
        assert_eq!(failed.to_string(), format!("{warm}Status: error\tError Type: Runtime.ExitError"));
    }
}
