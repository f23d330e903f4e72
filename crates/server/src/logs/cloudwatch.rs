//! CloudWatch Logs elsewhere: `PutLogEvents`, and the group and stream when they are not there yet.

use serde_json::{Value, json};
use stagegate_gateway::LogBatch;
use stagegate_store::BoxFuture;

use super::destination::group_name;
use super::remote::{Address, CallError, Lost, Service};
use super::sink::message;

const SERVICE: &str = "logs";
/// The most events of a call, and bytes, each event counted with some more than its message (service model).
const EVENTS: usize = 10_000;
const CALL_BYTES: usize = 1_048_576;
const EVENT_BYTES: usize = 26;

/// The service.
pub(super) fn service() -> Box<dyn Service> {
    Box::new(CloudWatchLogs)
}

struct CloudWatchLogs;

impl Service for CloudWatchLogs {
    fn send<'s>(&'s self, to: &'s Address, stream: &'s str, batch: &'s LogBatch) -> BoxFuture<'s, Result<(), Lost>> {
        Box::pin(async move {
            let mut lost = None;
            for events in calls(batch) {
                let lines = u64::try_from(events.len()).unwrap_or(u64::MAX);
                if let Err(error) = put(to, stream, &events).await {
                    let before = lost.take().map_or(0, |lost: Lost| lost.lines);
                    lost = Some(Lost { lines: before + lines, reason: error.to_string() });
                }
            }
            lost.map_or(Ok(()), Err)
        })
    }
}

/// The events of a batch, as many at once as a call takes, in the order of time.
fn calls(batch: &LogBatch) -> Vec<Vec<Value>> {
    let mut events: Vec<(u64, String)> = batch.events().map(|(at_ms, text)| (at_ms, message(text))).collect();
    // An event without a character is none.
    events.retain(|(_, text)| !text.is_empty());
    events.sort_by_key(|(at_ms, _)| *at_ms);
    let mut calls: Vec<Vec<Value>> = Vec::new();
    let mut bytes = usize::MAX;
    for (at_ms, mut text) in events {
        text.truncate(text.floor_char_boundary(CALL_BYTES - EVENT_BYTES));
        let more = text.len() + EVENT_BYTES;
        let is_full = calls.last().is_none_or(|call| call.len() == EVENTS);
        if is_full || bytes.saturating_add(more) > CALL_BYTES {
            calls.push(Vec::new());
            bytes = 0;
        }
        bytes += more;
        if let Some(call) = calls.last_mut() {
            call.push(json!({"timestamp": at_ms, "message": text}));
        }
    }
    calls
}

async fn put(to: &Address, stream: &str, events: &[Value]) -> Result<(), CallError> {
    let group = group_name(&to.arn);
    let body = json!({"logGroupName": group, "logStreamName": stream, "logEvents": events});
    let put = || to.call(SERVICE, "Logs_20140328.PutLogEvents", &body);
    match put().await {
        Err(CallError::Refused { code, .. }) if code == "ResourceNotFoundException" => {
            make(to, group, stream).await?;
            put().await.map(drop)
        }
        other => other.map(drop),
    }
}

/// Makes the stream, and the group if that is not there either.
async fn make(to: &Address, group: &str, stream: &str) -> Result<(), CallError> {
    let body = json!({"logGroupName": group, "logStreamName": stream});
    let make = || to.call(SERVICE, "Logs_20140328.CreateLogStream", &body);
    let outcome = match make().await {
        Err(CallError::Refused { code, .. }) if code == "ResourceNotFoundException" => {
            let answer = to.call(SERVICE, "Logs_20140328.CreateLogGroup", &json!({"logGroupName": group})).await;
            unless_there(answer)?;
            make().await
        }
        other => other,
    };
    unless_there(outcome)
}

fn unless_there(made: Result<Value, CallError>) -> Result<(), CallError> {
    match made {
        Err(CallError::Refused { code, .. }) if code == "ResourceAlreadyExistsException" => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use stagegate_gateway::{LogKind, LogMark};
    use stagegate_plan::LogStream;

    use super::*;

    fn batch(lines: &[(u64, &str)]) -> LogBatch {
        LogBatch {
            destination_arn: "arn".into(),
            stream: LogStream::Named("s".into()),
            kind: LogKind::Access,
            lines: lines.iter().flat_map(|(_, text)| text.bytes().chain(*b"\n")).collect(),
            marks: lines.iter().map(|(at_ms, text)| LogMark { at_ms: *at_ms, bytes: text.len() + 1 }).collect(),
            count: u64::try_from(lines.len()).expect("few"),
        }
    }

    #[test]
    fn calls_have_events_in_order_and_no_more_than_fit() {
        let found = calls(&batch(&[(2, "b"), (1, "a"), (3, "")]));
        assert_eq!(found, [vec![json!({"timestamp": 1, "message": "a"}), json!({"timestamp": 2, "message": "b"})]]);
        let half = "x".repeat(600_000);
        assert_eq!(calls(&batch(&[(1, &half), (2, &half), (3, "c")])).iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        let many = vec![(1, "x"); EVENTS + 1];
        assert_eq!(calls(&batch(&many)).iter().map(Vec::len).collect::<Vec<_>>(), [EVENTS, 1]);
    }
}
