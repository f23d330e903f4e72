//! What the host says of a function that did not answer: AWS's error types and messages.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::function::SpecError;
use crate::logs::Status;

/// The process exited in the middle of an invocation, or before its first.
pub(crate) const EXIT: &str = "Runtime.ExitError";
/// Time ran out.
pub(crate) const TIMEOUT: &str = "Sandbox.Timedout";
/// The response is over the limit.
pub(crate) const TOO_LARGE: &str = "Function.ResponseSizeTooLarge";
/// There is no executable `bootstrap`, or no interpreter.
pub(crate) const ENTRYPOINT: &str = "Runtime.InvalidEntrypoint";

/// What ended an invocation from outside the function.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// The type of the error.
    pub(crate) error_type: &'static str,
    /// The error as JSON.
    pub(crate) payload: Bytes,
    /// What the log says about it.
    pub(crate) log: String,
}

impl Verdict {
    /// What REPORT says of it.
    pub(crate) fn status(&self) -> Status {
        if self.error_type == TIMEOUT { Status::Timeout } else { Status::Error(self.error_type) }
    }
}

fn verdict(request_id: &str, error_type: &'static str, message: &str) -> Verdict {
    let message = format!("RequestId: {request_id} Error: {message}");
    let log = format!("{message}\n{error_type}");
    Verdict { error_type, payload: body(&json!({"errorType": error_type, "errorMessage": message})), log }
}

fn body(value: &Value) -> Bytes {
    value.to_string().into()
}

/// The process exited.
pub(crate) fn exited(request_id: &str, status: ExitStatus) -> Verdict {
    verdict(request_id, EXIT, &exit_message(status))
}

/// Time ran out.
pub(crate) fn timed_out(request_id: &str, timeout_ms: u64) -> Verdict {
    let message = format!("Task timed out after {}.{:02} seconds", timeout_ms / 1_000, timeout_ms % 1_000 / 10);
    Verdict { log: format!("{request_id} {message}"), ..verdict(request_id, TIMEOUT, &message) }
}

/// The process used more memory than its function has.
pub(crate) fn out_of_memory(request_id: &str) -> Verdict {
    verdict(request_id, EXIT, "Runtime exited with error: signal: killed")
}

/// There is no executable `bootstrap`.
pub(crate) fn no_entrypoint(request_id: &str) -> Verdict {
    verdict(request_id, ENTRYPOINT, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
}

/// The runtime's interpreter is not installed.
pub(crate) fn no_interpreter(request_id: &str, missing: &SpecError) -> Verdict {
    verdict(request_id, ENTRYPOINT, &missing.to_string())
}

/// The response is over the limit.
pub(crate) fn too_large(limit_bytes: u64) -> Verdict {
    let message = too_large_message(limit_bytes);
    let payload = body(&json!({"errorType": TOO_LARGE, "errorMessage": message}));
    Verdict { error_type: TOO_LARGE, payload, log: message }
}

/// The message about a response over the limit.
pub(crate) fn too_large_message(limit_bytes: u64) -> String {
    format!("Response payload size exceeded maximum allowed payload size ({limit_bytes} bytes).")
}

/// How AWS's supervisor, which is written in Go, names the end of a process.
pub(crate) fn exit_message(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".to_owned(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, Some(signal)) => format!("Runtime exited with error: signal: {}", signal_name(signal)),
        (None, None) => "Runtime exited".to_owned(),
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        24 => "CPU time limit exceeded",
        25 => "file size limit exceeded",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_are_named_as_on_aws() {
        for (raw, message) in [
            (0, "Runtime exited without providing a reason"),
            (1 << 8, "Runtime exited with error: exit status 1"),
            (9, "Runtime exited with error: signal: killed"),
            (0x8b, "Runtime exited with error: signal: segmentation fault"),
            (40, "Runtime exited with error: signal: signal 40"),
        ] {
            assert_eq!(exit_message(ExitStatus::from_raw(raw)), message);
        }
    }

    #[test]
    fn a_timeout_is_told_in_seconds() {
        for (timeout_ms, seconds) in [(3_000, "3.00"), (250, "0.25"), (900_000, "900.00"), (1_005, "1.00")] {
            let verdict = timed_out("id", timeout_ms);
            let expected = format!(
                r#"{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after {seconds} seconds"}}"#
            );
            assert_eq!(verdict.payload, expected);
            assert_eq!(verdict.log, format!("id Task timed out after {seconds} seconds"));
        }
    }
}
