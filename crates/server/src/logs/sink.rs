//! The end of a writer: finds the destination of each batch, and hands the lines over in the form it takes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use stagegate_gateway::{LogBatch, LogFailure, LogKind, LogSink};
use stagegate_plan::LogStream;
use stagegate_telemetry::logs::{GroupName, LogError, MESSAGE_BYTES_MAX, NewEvent};
use time::OffsetDateTime;

use super::destination::{Place, account, group_name, region};
use super::remote::Remote;
use super::{Logs, cloudwatch, firehose, otlp};

/// Destinations that are remembered; with more, all are looked up again.
const TARGETS_MAX: usize = 4_096;
/// Services elsewhere that may have lines waiting for them at once.
const REMOTES_MAX: usize = 256;
/// How often the store forgets what nobody may see any longer.
const FORGET_INTERVAL: Duration = Duration::from_mins(1);

/// A writer's end.
pub(super) struct Sink {
    logs: Arc<Logs>,
    targets: HashMap<(Arc<str>, LogStream), Target>,
    remotes: HashMap<Arc<str>, Remote>,
    forgot: Instant,
}

/// Where lines of an ARN and a stream go.
enum Target {
    File(PathBuf),
    StandardOutput,
    Store(GroupName, String),
    /// The name of the stream.
    Remote(Arc<str>),
    Otlp(String),
}

impl Sink {
    pub(super) fn new(logs: Arc<Logs>) -> Self {
        Self { logs, targets: HashMap::new(), remotes: HashMap::new(), forgot: Instant::now() }
    }

    /// Makes sure that the destination of a batch is known.
    fn find(&mut self, batch: &LogBatch) -> Result<(Arc<str>, LogStream), String> {
        let key = (Arc::clone(&batch.destination_arn), batch.stream.clone());
        if !self.targets.contains_key(&key) {
            if self.targets.len() >= TARGETS_MAX {
                self.targets.clear();
            }
            let target = self.open(&batch.destination_arn, &batch.stream)?;
            self.targets.insert(key.clone(), target);
        }
        Ok(key)
    }

    fn open(&mut self, arn: &Arc<str>, stream: &LogStream) -> Result<Target, String> {
        let stream = stream_name(stream, SystemTime::now());
        let place = self.logs.destinations.of_arn(arn);
        let service: fn() -> Box<dyn super::remote::Service> = match &place {
            Place::File(path) => {
                return Ok(Target::File(path.clone().unwrap_or_else(|| self.logs.destinations.file(arn))));
            }
            Place::StandardOutput => return Ok(Target::StandardOutput),
            Place::Store => {
                let (account, region) = (account(arn).to_owned(), region(arn).to_owned());
                let group = GroupName { account, region, name: group_name(arn).to_owned() };
                return Ok(Target::Store(group, stream));
            }
            Place::Otlp => return Ok(Target::Otlp(stream)),
            Place::CloudWatchLogs(_) => cloudwatch::service,
            Place::Firehose(_) => firehose::service,
        };
        if !self.remotes.contains_key(arn) {
            if self.remotes.len() >= REMOTES_MAX {
                // Those that nobody writes to any longer give way; whoever writes to one again opens it again.
                self.remotes.retain(|_, remote| !remote.is_idle());
                self.targets.clear();
            }
            if self.remotes.len() >= REMOTES_MAX {
                return Err(format!("there are {REMOTES_MAX} destinations elsewhere already"));
            }
            let (Place::CloudWatchLogs(place) | Place::Firehose(place)) = place else {
                return Err("no service has this destination".to_owned());
            };
            let (remote, delivery) = Remote::start(&self.logs, arn, &place, service());
            let mut deliveries = self.logs.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
            deliveries.retain(|delivery| !delivery.is_finished());
            deliveries.push(delivery);
            self.remotes.insert(Arc::clone(arn), remote);
        }
        Ok(Target::Remote(stream.into()))
    }

    fn deliver(&self, key: &(Arc<str>, LogStream), batch: LogBatch) -> Result<(), LogFailure> {
        let written = match self.targets.get(key) {
            Some(Target::File(path)) => self.logs.files.append(path, &as_lines(&batch)).map_err(|it| it.to_string()),
            Some(Target::Store(group, stream)) => {
                self.store(group, stream, &batch).map_err(|error: LogError| error.to_string())
            }
            Some(Target::Otlp(stream)) => otlp::send(&self.logs.exporter, stream, &batch),
            Some(Target::Remote(stream)) => match self.remotes.get(&key.0) {
                Some(remote) => return remote.offer(Arc::clone(stream), batch),
                None => Err("its destination is gone".to_owned()),
            },
            Some(Target::StandardOutput) | None => {
                io::stdout().lock().write_all(&as_lines(&batch)).map_err(|it| it.to_string())
            }
        };
        written.map_err(|reason| LogFailure { batch: Box::new(batch), reason })
    }

    fn store(&self, group: &GroupName, stream: &str, batch: &LogBatch) -> Result<(), LogError> {
        let texts: Vec<(i64, String)> =
            batch.events().map(|(at_ms, text)| (milliseconds(at_ms), message(text))).collect();
        let events = texts.iter().map(|(timestamp_ms, message)| NewEvent { timestamp_ms: *timestamp_ms, message });
        self.logs.store.append_making(group, stream, &events.collect::<Vec<_>>(), now_ms())
    }
}

impl LogSink for Sink {
    fn write(&mut self, batch: LogBatch) -> Result<(), LogFailure> {
        match self.find(&batch) {
            Ok(key) => self.deliver(&key, batch),
            Err(reason) => Err(LogFailure { batch: Box::new(batch), reason }),
        }
    }

    fn tick(&mut self) {
        if self.forgot.elapsed() >= FORGET_INTERVAL {
            self.forgot = Instant::now();
            self.logs.store.forget(now_ms());
        }
    }
}

/// An event's text as it is stored: whatever is no UTF-8 is replaced, and what is too long is cut.
pub(super) fn message(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let end = text.floor_char_boundary(MESSAGE_BYTES_MAX);
    text[..end].to_owned()
}

/// The lines of a file: those of functions say when and in which stream.
fn as_lines(batch: &LogBatch) -> std::borrow::Cow<'_, [u8]> {
    if batch.kind != LogKind::Function {
        return (&batch.lines).into();
    }
    let stream = stream_name(&batch.stream, SystemTime::now());
    let mut lines = Vec::with_capacity(batch.lines.len() * 2);
    for (at_ms, text) in batch.events() {
        lines.extend_from_slice(format!("{} {stream} ", timestamp(at_ms)).as_bytes());
        lines.extend_from_slice(text);
        lines.push(b'\n');
    }
    lines.into()
}

/// The name of a stream, if writing to it begins now.
fn stream_name(stream: &LogStream, now: SystemTime) -> String {
    match stream {
        LogStream::Named(name) => name.to_string(),
        LogStream::Hashed(text) => hex::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16]),
        LogStream::Dated(text) => {
            let now = OffsetDateTime::from(now);
            let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
            format!("{text}-{year:04}-{month:02}-{day:02}-{:02}-{:02}", now.hour(), now.minute())
        }
    }
}

/// A time as `2026-11-22T17:40:11.123Z`.
fn timestamp(at_ms: u64) -> String {
    let at = OffsetDateTime::from(UNIX_EPOCH + Duration::from_millis(at_ms));
    let mut text = String::with_capacity(24);
    let (date, time) = (at.date(), at.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second, millisecond) = time.as_hms_milli();
    // A String takes everything.
    _ = write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z");
    text
}

fn milliseconds(at_ms: u64) -> i64 {
    i64::try_from(at_ms).unwrap_or(i64::MAX)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use stagegate_gateway::LogMark;
    use stagegate_sigv4::{Credentials, Secret};

    use super::*;
    use crate::aws::Signers;
    use crate::config::defaults;
    use crate::logs::{LogRule, RemotePlace};
    use crate::otlp::Exporter;

    #[tokio::test]
    async fn destinations_elsewhere_that_nobody_writes_to_make_room_for_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = defaults();
        settings.data_dir = folder.path().to_owned();
        let nobody = RemotePlace { url: Some("http://127.0.0.1:9".to_owned()), role: None };
        settings.logs.rules = vec![LogRule::new("*", Place::CloudWatchLogs(nobody)).expect("a rule")];
        let root = Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("secret".to_owned()),
            session_token: None,
        };
        let signers = Arc::new(Signers::new(&settings.aws, &root).expect("signers"));
        let exporter = Exporter::start(&settings.otlp).expect("an exporter");
        let mut sink = Sink::new(Logs::open(&settings, &signers, &exporter).expect("opened"));
        for number in 0..=REMOTES_MAX * 2 {
            let batch = LogBatch {
                destination_arn: format!("arn:aws:logs:us-east-1:000000000000:log-group:{number}").into(),
                stream: LogStream::Named("s".into()),
                kind: LogKind::Access,
                lines: b"x\n".to_vec(),
                marks: vec![LogMark { at_ms: 1, bytes: 2 }],
                count: 1,
            };
            sink.write(batch).map_err(|failure| failure.reason).expect("taken");
            assert!(sink.remotes.len() <= REMOTES_MAX);
            while !sink.remotes.values().all(Remote::is_idle) {
                tokio::task::yield_now().await;
            }
        }
    }

    #[test]
    fn fact_l1_and_h55_streams_are_named_as_aws_names_them() {
        let now = UNIX_EPOCH + Duration::from_mins(29_333_254);
        let hashed = stream_name(&LogStream::Hashed("api/dev".into()), now);
        assert!(hashed.len() == 32 && hashed.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')), "{hashed}");
        assert_eq!(hashed, stream_name(&LogStream::Hashed("api/dev".into()), SystemTime::now()));
        assert_ne!(hashed, stream_name(&LogStream::Hashed("api/prod".into()), now));
        let dated = stream_name(&LogStream::Dated("p9ujawfcfd_.default".into()), now);
        assert_eq!(dated, "p9ujawfcfd_.default-2025-10-09-07-34");
        assert_eq!(stream_name(&LogStream::Named("x".into()), now), "x");
    }

    #[test]
    fn lines_of_functions_say_when_and_where_from() {
        let mut batch = LogBatch {
            destination_arn: "arn".into(),
            stream: LogStream::Named("2025/11/22/[$LATEST]00".into()),
            kind: LogKind::Function,
            lines: b"one\ntwo\n".to_vec(),
            marks: vec![LogMark { at_ms: 1_763_833_211_123, bytes: 4 }, LogMark { at_ms: 1_763_833_211_124, bytes: 4 }],
            count: 2,
        };
        let expected = "2025-11-22T17:40:11.123Z 2025/11/22/[$LATEST]00 one\n2025-11-22T17:40:11.124Z 2025/11/22/[$LATEST]00 two\n";
        assert_eq!(String::from_utf8_lossy(&as_lines(&batch)), expected);
        batch.kind = LogKind::Execution;
        assert_eq!(&*as_lines(&batch), b"one\ntwo\n");
    }

    #[test]
    fn messages_are_text_of_a_length_that_the_store_takes() {
        assert_eq!(message(b"a\xffb"), "a\u{fffd}b");
        let long = format!("{}é", "x".repeat(MESSAGE_BYTES_MAX - 1));
        assert_eq!(message(long.as_bytes()).len(), MESSAGE_BYTES_MAX - 1);
    }
}
