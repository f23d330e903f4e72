//! Data Firehose elsewhere: `PutRecordBatch`, one record for each line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stagegate_gateway::LogBatch;
use stagegate_store::BoxFuture;

use super::destination::group_name;
use super::remote::{Address, Lost, Service};

const SERVICE: &str = "firehose";
/// The most records of a call, their bytes, and those of one (AWS, "Amazon Data Firehose quotas").
const RECORDS: usize = 500;
const CALL_BYTES: usize = 4 << 20;
const RECORD_BYTES: usize = 1_024_000;
/// How often records are sent that the service did not take.
const ATTEMPTS: usize = 4;

/// The service.
pub(super) fn service() -> Box<dyn Service> {
    Box::new(Firehose)
}

struct Firehose;

impl Service for Firehose {
    fn send<'s>(&'s self, to: &'s Address, _stream: &'s str, batch: &'s LogBatch) -> BoxFuture<'s, Result<(), Lost>> {
        Box::pin(async move {
            let (calls, too_long) = calls(batch);
            let mut lost = Lost { lines: too_long, reason: format!("a record has at most {RECORD_BYTES} bytes") };
            for records in calls {
                if let Err((left, reason)) = put(to, records).await {
                    lost = Lost { lines: lost.lines + left, reason };
                }
            }
            if lost.lines == 0 { Ok(()) } else { Err(lost) }
        })
    }
}

/// The records of a batch, as many at once as a call takes, and how many lines are too long for a record.
fn calls(batch: &LogBatch) -> (Vec<Vec<Value>>, u64) {
    let (mut calls, mut bytes, mut too_long) = (Vec::<Vec<Value>>::new(), 0, 0);
    for (_, text) in batch.events() {
        if text.len() > RECORD_BYTES {
            too_long += 1;
            continue;
        }
        let is_full = calls.last().is_none_or(|call| call.len() == RECORDS);
        if is_full || bytes + text.len() > CALL_BYTES {
            calls.push(Vec::new());
            bytes = 0;
        }
        bytes += text.len();
        if let Some(call) = calls.last_mut() {
            call.push(json!({"Data": STANDARD.encode(text)}));
        }
    }
    (calls, too_long)
}

/// Sends records, and those that the service did not take again; the error says how many are left and why.
async fn put(to: &Address, mut records: Vec<Value>) -> Result<(), (u64, String)> {
    let left = |records: &Vec<Value>| u64::try_from(records.len()).unwrap_or(u64::MAX);
    let mut reason = String::new();
    for _ in 0..ATTEMPTS {
        let body = json!({"DeliveryStreamName": group_name(&to.arn), "Records": records});
        let answer = to.call(SERVICE, "Firehose_20150804.PutRecordBatch", &body).await;
        let answer = answer.map_err(|error| (left(&records), error.to_string()))?;
        if answer["FailedPutCount"].as_u64().unwrap_or_default() == 0 {
            return Ok(());
        }
        let answers = answer["RequestResponses"].as_array().cloned().unwrap_or_default();
        records = records
            .into_iter()
            .zip(answers)
            .filter_map(|(record, answer)| {
                let code = answer["ErrorCode"].as_str()?;
                reason = format!("{code}: {}", answer["ErrorMessage"].as_str().unwrap_or_default());
                Some(record)
            })
            .collect();
        if records.is_empty() {
            return Ok(());
        }
    }
    Err((left(&records), reason))
}
