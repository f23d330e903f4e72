//! The logs of functions: lines of the groups `/aws/lambda/{name}`, written where the settings say, beside the process's own log.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use stagegate_gateway::{AccessLogSender, LogBatch, LogKind, LogMark, LogWriter};
use stagegate_lambda::{LogLine, LogSink, LogSource};
use stagegate_model::domain::{Scope, partition_of};
use stagegate_plan::LogStream;

use crate::logs::Logs;

/// Lines are handed to the writer when they are this long together, or at the next tick.
const BATCH_BYTES: usize = 32 * 1_024;
/// How often lines that wait are handed over.
const TICK: Duration = Duration::from_millis(200);

/// The logs of every function of this process.
pub(super) struct FunctionLogs {
    logs: Arc<Logs>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Lines that wait, by their group's ARN and their stream.
    waiting: HashMap<(Arc<str>, Arc<str>), LogBatch>,
    /// Gone once the logs are closed.
    writer: Option<(LogWriter, AccessLogSender)>,
}

impl FunctionLogs {
    /// Starts the writer. Must be called within a runtime.
    pub(super) fn start(logs: &Arc<Logs>) -> io::Result<Arc<Self>> {
        let state = State { writer: Some(logs.writer()?), ..State::default() };
        let logs = Arc::new(Self { logs: Arc::clone(logs), state: Mutex::new(state) });
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
    fn add(&mut self, arn: &Arc<str>, line: &LogLine) {
        let key = (Arc::clone(arn), Arc::clone(&line.log_stream));
        let batch = self.waiting.entry(key.clone()).or_insert_with(|| LogBatch {
            destination_arn: Arc::clone(arn),
            stream: LogStream::Named(Arc::clone(&line.log_stream)),
            kind: LogKind::Function,
            lines: Vec::new(),
            marks: Vec::new(),
            count: 0,
        });
        let before = batch.lines.len();
        batch.lines.extend_from_slice(line.text.as_bytes());
        batch.lines.push(b'\n');
        batch.marks.push(LogMark { at_ms: epoch_ms(line.at), bytes: batch.lines.len() - before });
        batch.count += 1;
        if batch.lines.len() >= BATCH_BYTES
            && let Some(full) = self.waiting.remove(&key)
        {
            self.hand_over(full);
        }
    }

    fn hand_over_all(&mut self) {
        for batch in std::mem::take(&mut self.waiting).into_values() {
            self.hand_over(batch);
        }
    }

    fn hand_over(&self, batch: LogBatch) {
        let (arn, count) = (Arc::clone(&batch.destination_arn), batch.count);
        let is_taken = self.writer.as_ref().is_none_or(|(_, sender)| sender.send(batch));
        if !is_taken {
            tracing::warn!(
                destination = &*arn,
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
            let is_mapped = self.logs.logs.is_mapped(&arn);
            (arn.into(), is_mapped)
        });
        known.clone()
    }
}

impl LogSink for HostLog {
    fn write(&self, line: &LogLine) {
        let (arn, is_mapped) = self.arn(&line.log_group);
        self.logs.lock().add(&arn, line);
        match line.source {
            LogSource::Fault => tracing::warn!(function = %line.function, "{}", line.text),
            LogSource::Function if !is_mapped => tracing::info!(function = %line.function, "{}", line.text),
            // Three lines for each invocation, or what the operator looks for elsewhere.
            LogSource::Function | LogSource::Platform => tracing::debug!(function = %line.function, "{}", line.text),
        }
    }
}

/// A moment in milliseconds since 1970.
fn epoch_ms(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use stagegate_control::logs::LogEvents as _;
    use stagegate_lambda::FunctionId;
    use stagegate_sigv4::{Credentials, Secret};
    use stagegate_telemetry::logs::{Direction, GroupName, LogStore, Query, Streams};

    use super::*;
    use crate::aws::Signers;
    use crate::config::defaults;
    use crate::otlp::Exporter;

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
    async fn lines_go_where_the_settings_say_and_else_into_the_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let mut settings = defaults();
        settings.data_dir = folder.path().to_owned();
        settings.log_groups = [
            ("/aws/lambda/one".to_owned(), file("one.txt")),
            ("arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/two".to_owned(), file("two.txt")),
        ]
        .into();
        let root = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("secret".to_owned()),
            session_token: None,
        };
        let signers = Arc::new(Signers::new(&settings.aws, &root).expect("signers"));
        let exporter = Exporter::start(&settings.otlp).expect("an exporter");
        let places = Logs::open(&settings, &signers, &exporter).expect("opened");
        let logs = FunctionLogs::start(&places).expect("a writer");
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
        let group = GroupName {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            name: "/aws/lambda/two".to_owned(),
        };
        let query = Query {
            group,
            streams: Streams::All,
            from_ms: i64::MIN,
            until_ms: i64::MAX,
            direction: Direction::Forward,
            behind: None,
            limit: 10,
            bytes_max: 1_000,
            scan_bytes_max: 1_000,
        };
        let (sender, found) = tokio::sync::oneshot::channel();
        let read = Box::new(move |store: &LogStore| _ = sender.send(store.read(&query, 0, |_| true)));
        assert!(places.port().with_store(read).await);
        let events = found.await.expect("asked").expect("the group is there").events;
        let found = events.iter().map(|it| (it.position.timestamp_ms, &*it.stream, it.message.as_str()));
        assert_eq!(found.collect::<Vec<_>>(), [(1_763_833_211_123, "2026/11/22/[$LATEST]00", "from home")]);
    }
}
