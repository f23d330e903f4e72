//! The lines about a Lambda function: its invocation, its answer, and how it failed (facts L6 and L12).

use stagegate_plan::FunctionArn;

use super::lines::{log_endpoint_answer, log_endpoint_body, log_endpoint_request};
use super::{ExecutionLog, Kind};
use crate::invoker::{Invocation, InvokeError, Invoked, InvokedPayload};
use crate::observe::Notes;

/// The call of Lambda's API that an invocation is, as AWS writes it, whoever runs the function.
pub(crate) fn log_invocation(notes: &Notes, invocation: &Invocation) {
    let Some(log) = notes.execution_log().filter(|log| log.has(Kind::Data)) else { return };
    let FunctionArn { region, .. } = &*invocation.function;
    let (version, operation) = if invocation.is_streamed {
        ("2021-11-15", "response-streaming-invocations")
    } else {
        ("2015-03-31", "invocations")
    };
    let uri = format!("https://lambda.{region}.amazonaws.com/{version}/functions/{}/{operation}", invocation.function);
    let api_id = notes.stage().map_or("", |stage| &stage.api.id);
    let agent = format!("AmazonAPIGateway_{api_id}");
    let fields: [(&str, &str); 6] = [
        ("X-Amz-Invocation-Type", invocation.kind.as_str()),
        ("x-amzn-apigateway-api-id", api_id),
        ("Accept", "application/json"),
        ("User-Agent", &agent),
        ("X-Amzn-Trace-Id", &invocation.trace),
        ("X-Amz-Source-Arn", invocation.source.arn()),
    ];
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    log_endpoint_request(log, uri.as_bytes(), fields, &invocation.payload);
}

/// Lambda's answer, as far as it is at hand, and the failure that it may tell of.
pub(crate) fn log_invoked(notes: &Notes, invoked: &Invoked) {
    let Some(log) = notes.execution_log() else { return };
    let fields = [
        ("x-amzn-RequestId", Some(&*invoked.request_id)),
        ("X-Amz-Function-Error", invoked.function_error.as_deref()),
        ("X-Amz-Executed-Version", invoked.executed_version.as_deref()),
    ];
    let fields = fields.iter().filter_map(|(name, value)| Some((name.as_bytes(), (*value)?.as_bytes())));
    log_endpoint_answer(notes, invoked.status, fields);
    let InvokedPayload::Whole(payload) = &invoked.payload else { return };
    log_endpoint_body(notes, payload);
    if invoked.function_error.is_some() {
        let document: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
        log_function_error(log, document["errorMessage"].as_str().unwrap_or_default(), &invoked.request_id);
    }
}

fn log_function_error(log: &ExecutionLog, message: &str, request_id: &str) {
    log.line(Kind::Failure, |line| {
        line.push(b"Lambda execution failed with status 200 due to customer function error: ");
        line.push(message.as_bytes()).push(b". Lambda request id: ").push(request_id.as_bytes());
    });
}

/// A function that was not invoked.
pub(crate) fn log_not_invoked(notes: &Notes, error: &InvokeError) {
    let Some(log) = notes.execution_log() else { return };
    let Some(status) = error.fault.status() else { return };
    log.line(Kind::Failure, |line| {
        line.push(b"Lambda invocation failed with status: ").number(u64::from(status));
        line.push(b". Lambda request id: ").push(error.request_id.as_deref().unwrap_or_default().as_bytes());
    });
}
