//! `integrationSubtype`: the operations of AWS's services that an HTTP API may call, and their parameters.
//!
//! Developer guide, "Integration subtype reference".

use stagegate_mapping::{HttpDirection, parse_value};
use stagegate_model::http::Integration;

use crate::fault::Fault;

/// A subtype: its name, the parameters it must have, and those it may have. `Region` goes with each.
struct Subtype(&'static str, &'static [&'static str], &'static [&'static str]);

const SUBTYPES: &[Subtype] = &[
    Subtype(
        "EventBridge-PutEvents",
        &["Detail", "DetailType", "Source"],
        &["Time", "EventBusName", "Resources", "TraceHeader"],
    ),
    Subtype(
        "SQS-SendMessage",
        &["QueueUrl", "MessageBody"],
        &["DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId", "MessageSystemAttributes"],
    ),
    Subtype(
        "SQS-ReceiveMessage",
        &["QueueUrl"],
        &[
            "AttributeNames",
            "MaxNumberOfMessages",
            "MessageAttributeNames",
            "ReceiveRequestAttemptId",
            "VisibilityTimeout",
            "WaitTimeSeconds",
        ],
    ),
    Subtype("SQS-DeleteMessage", &["ReceiptHandle", "QueueUrl"], &[]),
    Subtype("SQS-PurgeQueue", &["QueueUrl"], &[]),
    Subtype(
        "AppConfig-GetConfiguration",
        &["Application", "Environment", "Configuration", "ClientId"],
        &["ClientConfigurationVersion"],
    ),
    Subtype(
        "Kinesis-PutRecord",
        &["StreamName", "Data", "PartitionKey"],
        &["SequenceNumberForOrdering", "ExplicitHashKey"],
    ),
    Subtype("StepFunctions-StartExecution", &["StateMachineArn"], &["Name", "Input"]),
    Subtype("StepFunctions-StartSyncExecution", &["StateMachineArn"], &["Name", "Input", "TraceHeader"]),
    Subtype("StepFunctions-StopExecution", &["ExecutionArn"], &["Cause", "Error"]),
];

/// Checks an integration with an operation of a service.
pub(super) fn check(integration: &mut Integration) -> Result<(), Fault> {
    let name = integration.integration_subtype.as_deref().unwrap_or_default();
    let found = SUBTYPES.iter().find(|Subtype(known, ..)| *known == name);
    let Some(Subtype(_, needed, allowed)) = found else {
        let names: Vec<&str> = SUBTYPES.iter().map(|Subtype(name, ..)| *name).collect();
        let names = names.join(", ");
        return Err(Fault::bad_request(format!("Invalid IntegrationSubtype {name}: it must be one of {names}")));
    };
    match integration.payload_format_version.as_deref() {
        Some("1.0") => {}
        None => return Err(Fault::bad_request("PayloadFormatVersion is a required parameter for integration")),
        Some(other) => {
            return Err(Fault::bad_request(format!("Invalid PayloadFormatVersion {other}: it must be 1.0")));
        }
    }
    if integration.credentials_arn.is_none() {
        return Err(Fault::bad_request("CredentialsArn is a required parameter for integrations with AWS services"));
    }
    if integration.integration_uri.is_some() || integration.integration_method.is_some() {
        return Err(Fault::bad_request("IntegrationUri and IntegrationMethod do not go with an IntegrationSubtype"));
    }
    let given = integration.request_parameters.clone().unwrap_or_default();
    if let Some(missing) = needed.iter().find(|name| !given.contains_key(**name)) {
        return Err(Fault::bad_request(format!("{missing} is a required request parameter of {name}")));
    }
    for (parameter, value) in &given {
        let is_known = parameter == "Region" || needed.iter().chain(*allowed).any(|known| known == parameter);
        if !is_known {
            return Err(Fault::bad_request(format!("{parameter} is no request parameter of {name}")));
        }
        parse_value(HttpDirection::Request, value).map_err(|error| Fault::bad_request(error.to_string()))?;
    }
    Ok(())
}
