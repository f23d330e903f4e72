//! The thread that writes access and execution logs to files and standard output, apart from every core.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use super::access_log::{AccessLogSender, Batch};
use super::counters::Counters;

/// Batches that may wait for the writer; more are dropped and counted.
const QUEUE_BATCHES: usize = 256;

/// What the names of the groups of execution logs begin with (fact L1); without the last character, all of them.
const EXECUTION_LOGS: &str = "API-Gateway-Execution-Logs_";

/// What the names of the groups of functions begin with, in the same way.
const FUNCTION_LOGS: &str = "/aws/lambda/";

/// Where lines of a destination ARN go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogDestination {
    /// Appended to this file.
    File(PathBuf),
    /// Printed.
    StandardOutput,
}

/// The mapping of destination ARNs.
#[derive(Debug, Clone)]
pub struct LogDestinations {
    /// The folder of files that are named after their log group or delivery stream.
    pub directory: PathBuf,
    /// Destinations set for a group's name or a whole ARN, for `API-Gateway-Execution-Logs`, every execution log, or for
    /// `/aws/lambda`, every function's log.
    pub mapped: HashMap<String, LogDestination>,
}

impl LogDestinations {
    /// The destination of an ARN.
    pub fn of(&self, arn: &str) -> LogDestination {
        let name = group_name(arn);
        let family = [EXECUTION_LOGS, FUNCTION_LOGS].into_iter().find(|family| name.starts_with(family));
        let all = family.map(|family| &family[..family.len() - 1]);
        let mapped = self.mapped.get(arn).or_else(|| self.mapped.get(name)).or_else(|| self.mapped.get(all?));
        mapped.cloned().unwrap_or_else(|| LogDestination::File(self.directory.join(file_name(name))))
    }
}

/// The log group of `arn:aws:logs:…:log-group:NAME[:*]`, or the stream of `arn:aws:firehose:…:deliverystream/NAME`.
fn group_name(arn: &str) -> &str {
    let tail = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let name = tail.strip_prefix("log-group:").or_else(|| tail.strip_prefix("deliverystream/")).unwrap_or(tail);
    name.strip_suffix(":*").unwrap_or(name)
}

/// A group's file: one flat folder, whatever slashes the name has, so that no name can lead out of it.
fn file_name(group: &str) -> String {
    let plain: String = group.trim_start_matches('/').chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    format!("{plain}.log")
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '#')
}

/// The running writer.
#[derive(Debug)]
pub struct LogWriter {
    thread: JoinHandle<()>,
}

impl LogWriter {
    /// Starts the writer. It ends when every sender is gone and all that was sent is written.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(destinations: LogDestinations, counters: Arc<Counters>) -> io::Result<(Self, AccessLogSender)> {
        let (sender, batches) = sync_channel(QUEUE_BATCHES);
        let lost = Arc::clone(&counters);
        let thread = std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || Files { destinations, open: HashMap::new(), counters: lost }.run(&batches))?;
        Ok((Self { thread }, AccessLogSender { sender, counters }))
    }

    /// Waits for the writer to end, after every sender was dropped.
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the access-log writer ended abnormally");
        }
    }
}

struct Files {
    destinations: LogDestinations,
    open: HashMap<Arc<str>, Sink>,
    counters: Arc<Counters>,
}

enum Sink {
    File(File),
    StandardOutput,
}

impl Files {
    fn run(mut self, batches: &Receiver<Batch>) {
        for batch in batches {
            if let Err(error) = self.write(&batch) {
                tracing::error!(destination = &*batch.destination_arn, %error, "log lines could not be written");
                batch.lost(&self.counters);
                // The next batch opens the file anew.
                self.open.remove(&batch.destination_arn);
            }
        }
    }

    fn write(&mut self, batch: &Batch) -> io::Result<()> {
        if !self.open.contains_key(&batch.destination_arn) {
            let sink = open(&self.destinations.of(&batch.destination_arn))?;
            self.open.insert(Arc::clone(&batch.destination_arn), sink);
        }
        match self.open.get_mut(&batch.destination_arn) {
            Some(Sink::File(file)) => file.write_all(&batch.lines),
            Some(Sink::StandardOutput) | None => io::stdout().lock().write_all(&batch.lines),
        }
    }
}

fn open(destination: &LogDestination) -> io::Result<Sink> {
    match destination {
        LogDestination::StandardOutput => Ok(Sink::StandardOutput),
        LogDestination::File(path) => append_to(path).map(Sink::File),
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_are_files_named_after_their_group() {
        let one = LogDestination::File("one.log".into());
        let mapped = HashMap::from([
            ("mapped".to_owned(), LogDestination::StandardOutput),
            ("API-Gateway-Execution-Logs".to_owned(), LogDestination::StandardOutput),
            ("API-Gateway-Execution-Logs_a/one".to_owned(), one.clone()),
            ("/aws/lambda".to_owned(), one.clone()),
        ]);
        let destinations = LogDestinations { directory: "logs".into(), mapped };
        let file = |name: &str| LogDestination::File(Path::new("logs").join(name));
        let cases = [
            ("arn:aws:logs:us-east-1:000000000000:log-group:access", file("access.log")),
            ("arn:aws:logs:us-east-1:000000000000:log-group:/aws/api/x:*", file("aws_api_x.log")),
            (
                "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-a",
                file("amazon-apigateway-a.log"),
            ),
            ("arn:aws:logs:us-east-1:000000000000:log-group:../../etc/passwd", file(".._.._etc_passwd.log")),
            ("arn:aws:logs:us-east-1:000000000000:log-group:mapped", LogDestination::StandardOutput),
            ("arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/pets", one.clone()),
            ("arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambdas", file("aws_lambdas.log")),
            (
                "arn:aws:logs:us-east-1:000000000000:log-group:API-Gateway-Execution-Logs_a/dev",
                LogDestination::StandardOutput,
            ),
            ("arn:aws:logs:us-east-1:000000000000:log-group:API-Gateway-Execution-Logs_a/one", one),
        ];
        for (arn, expected) in cases {
            assert_eq!(destinations.of(arn), expected, "{arn}");
        }
    }
}
