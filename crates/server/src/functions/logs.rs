//! The logs of functions: lines of the groups `/aws/lambda/{name}`, written where the settings say, beside the process's own log.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use stagegate_gateway::{AccessLogSender, LogDestinations, LogWriter};
use stagegate_lambda::{LogLine, LogSink, LogSource};
use stagegate_model::domain::{Scope, partition_of};
use time::OffsetDateTime;

/// Lines are handed to the writer when they are this long together, or at the next tick.
const BATCH_BYTES: usize = 32 * 1_024;
/// How often lines that wait are handed over.
const TICK: Duration = Duration::from_millis(200);
/// The key of `[log_groups]` that stands for every function's group.
const ALL: &str = "/aws/lambda";

/// The logs of every function of this process.
pub(super) struct FunctionLogs {
    /// Groups, their ARNs and `/aws/lambda` that the settings name: their lines are not the process's, too.
    mapped: Vec<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Lines that wait, by their group's ARN.
    waiting: HashMap<Arc<str>, (Vec<u8>, u64)>,
    /// Gone once the logs are closed.
    writer: Option<(LogWriter, AccessLogSender)>,
}

impl FunctionLogs {
    /// Starts the writer. Must be called within a runtime.
    pub(super) fn start(destinations: LogDestinations) -> io::Result<Arc<Self>> {
        let mapped = destinations.mapped.keys().cloned().collect();
        let writer = LogWriter::start(destinations, Arc::default())?;
        let state = State { writer: Some(writer), ..State::default() };
        let logs = Arc::new(Self { mapped, state: Mutex::new(state) });
        let weak = Arc::downgrade(&logs);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                let Some(logs) = weak.upgrade() else { return };
                logs.lock().hand_over_all();
            }
        });
        Ok(logs)
    }

    /// What a host writes to: the functions of an account in a region.
    pub(super) fn of(self: &Arc<Self>, scope: &Scope) -> Arc<dyn LogSink> {
        Arc::new(HostLog { logs: Arc::clone(self), scope: scope.clone(), arns: Mutex::default() })
    }

    /// Writes what waits, and no more. It blocks until that is written.
    pub(super) fn close(&self) {
        let writer = {
            let mut state = self.lock();
            state.hand_over_all();
            state.writer.take()
        };
        if let Some((writer, sender)) = writer {
            drop(sender);
            writer.join();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, arn: &Arc<str>, line: &[u8]) {
        let (lines, count) = self.waiting.entry(Arc::clone(arn)).or_default();
        lines.extend_from_slice(line);
        *count += 1;
        if lines.len() >= BATCH_BYTES {
            let full = std::mem::take(lines);
            let count = std::mem::take(count);
            self.hand_over(arn, full, count);
        }
    }

    fn hand_over_all(&mut self) {
        for (arn, (lines, count)) in std::mem::take(&mut self.waiting) {
            self.hand_over(&arn, lines, count);
        }
    }

    fn hand_over(&self, arn: &Arc<str>, lines: Vec<u8>, count: u64) {
        let taken = self.writer.as_ref().is_none_or(|(_, sender)| count == 0 || sender.send(arn, lines, count));
        if !taken {
            tracing::warn!(
                destination = &**arn,
                lines = count,
                "lines of a function's log are lost: the disk is too slow"
            );
        }
    }
}

/// A group's ARN, and whether the settings name the group.
type GroupArn = (Arc<str>, bool);

/// The log of one host.
struct HostLog {
    logs: Arc<FunctionLogs>,
    scope: Scope,
    /// By the group's name.
    arns: Mutex<HashMap<Arc<str>, GroupArn>>,
}

impl HostLog {
    fn arn(&self, group: &Arc<str>) -> GroupArn {
        let mut arns = self.arns.lock().unwrap_or_else(PoisonError::into_inner);
        let known = arns.entry(Arc::clone(group)).or_insert_with(|| {
            let Scope { region, account } = &self.scope;
            let arn = format!("arn:{}:logs:{region}:{account}:log-group:{group}", partition_of(region));
            let is_mapped = self.logs.mapped.iter().any(|key| [ALL, group, arn.as_str()].contains(&key.as_str()));
            (arn.into(), is_mapped)
        });
        known.clone()
    }
}

impl LogSink for HostLog {
    fn write(&self, line: &LogLine) {
        let (arn, is_mapped) = self.arn(&line.log_group);
        self.logs.lock().add(&arn, format!("{} {} {}\n", timestamp(line.at), line.log_stream, line.text).as_bytes());
        match line.source {
            LogSource::Fault => tracing::warn!(function = %line.function, "{}", line.text),
            LogSource::Function if !is_mapped => tracing::info!(function = %line.function, "{}", line.text),
            // Three lines for each invocation, or what the operator looks for elsewhere.
            LogSource::Function | LogSource::Platform => tracing::debug!(function = %line.function, "{}", line.text),
        }
    }
}

/// A time as `2026-11-22T17:40:11.123Z`.
fn timestamp(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    let mut text = String::with_capacity(24);
    let (date, time) = (at.date(), at.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second, millisecond) = time.as_hms_milli();
    // A String takes everything.
    _ = write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z");
    text
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use stagegate_gateway::LogDestination;
    use stagegate_lambda::FunctionId;

    use super::*;

    fn line(name: &str, text: &str) -> LogLine {
        LogLine {
            function: FunctionId::latest(name),
            log_group: format!("/aws/lambda/{name}").into(),
            log_stream: "2026/11/22/[$LATEST]00".into(),
            at: UNIX_EPOCH + Duration::from_millis(1_763_833_211_123),
            request_id: None,
            source: LogSource::Function,
            text: text.into(),
        }
    }

    #[tokio::test]
    async fn lines_go_where_the_settings_say_and_else_to_a_file_of_their_group() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let mapped = [
            ("/aws/lambda/one".to_owned(), LogDestination::File(file("one.txt"))),
            (
                "arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/two".to_owned(),
                LogDestination::File(file("two.txt")),
            ),
        ];
        let destinations = LogDestinations { directory: file("logs"), mapped: mapped.into_iter().collect() };
        let logs = FunctionLogs::start(destinations).expect("a writer");
        let [home, away] =
            ["us-east-1", "eu-west-1"].map(|region| logs.of(&Scope::new("000000000000", region).expect("a scope")));
        home.write(&line("one", "hello"));
        home.write(&line("two", "from home"));
        away.write(&line("two", "from away"));
        home.write(&line("one", "again"));
        logs.close();
        home.write(&line("one", "too late"));
        let read = |path| std::fs::read_to_string(path).expect("written");
        let prefix = "2025-11-22T17:40:11.123Z 2026/11/22/[$LATEST]00 ";
        assert_eq!(read(file("one.txt")), format!("{prefix}hello\n{prefix}again\n"));
        assert_eq!(read(file("two.txt")), format!("{prefix}from away\n"));
        assert_eq!(read(file("logs").join("aws_lambda_two.log")), format!("{prefix}from home\n"));
    }
}
