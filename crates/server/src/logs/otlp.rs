//! Lines as log records for the OpenTelemetry receiver.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use stagegate_gateway::{LogBatch, LogKind};

use super::destination::group_name;
use super::sink::message;
use crate::otlp::{Exporter, Signal};

const NANOSECONDS: u64 = 1_000_000;

/// Hands a batch over. What the exporter cannot take it counts itself.
pub(super) fn send(exporter: &Exporter, stream: &str, batch: &LogBatch) -> Result<(), String> {
    if !exporter.takes(Signal::Logs) {
        return Err("no OTLP receiver takes logs: set `otlp_endpoint`, and `logs` among `otlp_signals`".to_owned());
    }
    let attributes = attributes(stream, batch);
    let records: Vec<LogRecord> = batch.events().map(|(at_ms, text)| record(at_ms, text, &attributes)).collect();
    for records in records.chunks(exporter.batch_items().max(1)) {
        let scope = ScopeLogs { scope: Some(Exporter::scope()), log_records: records.to_vec(), ..ScopeLogs::default() };
        let resource =
            ResourceLogs { resource: Some(exporter.resource()), scope_logs: vec![scope], ..ResourceLogs::default() };
        let request = ExportLogsServiceRequest { resource_logs: vec![resource] };
        exporter.send(Signal::Logs, &request, records.len());
    }
    Ok(())
}

fn record(at_ms: u64, text: &[u8], attributes: &[KeyValue]) -> LogRecord {
    LogRecord {
        time_unix_nano: at_ms.saturating_mul(NANOSECONDS),
        observed_time_unix_nano: at_ms.saturating_mul(NANOSECONDS),
        severity_number: SeverityNumber::Info.into(),
        body: Some(string(message(text))),
        attributes: attributes.to_vec(),
        ..LogRecord::default()
    }
}

/// Where a line would be on AWS (OpenTelemetry's semantic conventions, "CloudWatch Logs"), and which log it is of.
fn attributes(stream: &str, batch: &LogBatch) -> Vec<KeyValue> {
    let one =
        |text: &str| AnyValue { value: Some(Value::ArrayValue(ArrayValue { values: vec![string(text.to_owned())] })) };
    let kind = match batch.kind {
        LogKind::Access => "access",
        LogKind::Execution => "execution",
        LogKind::Function => "function",
    };
    let attribute = |key: &str, value| KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() };
    vec![
        attribute("aws.log.group.names", one(group_name(&batch.destination_arn))),
        attribute("aws.log.group.arns", one(&batch.destination_arn)),
        attribute("aws.log.stream.names", one(stream)),
        attribute("stagegate.log", string(kind.to_owned())),
    ]
}

fn string(text: String) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text)) }
}
