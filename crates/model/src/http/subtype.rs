//! `integrationSubtype`: the operations of AWS's services that an HTTP API may call by name, and their parameters.
//!
//! Developer guide, "Integration subtype reference". How the parameters are sent is the services' own: from AWS's published service
//! models.

/// An operation that an HTTP API may call by name. `Region` goes with every parameter that it has.
#[derive(Debug, PartialEq, Eq)]
pub struct Subtype {
    /// Its name, such as `SQS-SendMessage`.
    pub name: &'static str,
    /// The service as integration ARNs name it.
    pub service: &'static str,
    /// What the service's host begins with.
    pub host: &'static str,
    /// The operation.
    pub action: &'static str,
    /// How its parameters are sent.
    pub wire: SubtypeWire,
    /// Its parameters.
    pub parameters: &'static [SubtypeParameter],
}

/// How the parameters of an operation are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubtypeWire {
    /// As a JSON object.
    Json,
    /// As a JSON object that is the only element of this list.
    JsonList(&'static str),
    /// As a form of AWS's Query protocol.
    Form,
    /// In the path, whose `{Name}`s are parameters, and in the query.
    Path(&'static str),
}

/// A parameter of an operation.
#[derive(Debug, PartialEq, Eq)]
pub struct SubtypeParameter {
    /// Its name in `requestParameters`.
    pub name: &'static str,
    /// The service's name of it.
    pub wire_name: &'static str,
    /// What its value is.
    pub form: SubtypeForm,
    /// Whether an integration must have it.
    pub is_required: bool,
}

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubtypeForm {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A moment.
    Time,
    /// Bytes.
    Bytes,
    /// A list of texts.
    Texts,
    /// Attributes by name, each with `DataType` and its value.
    Attributes,
}

use SubtypeForm::{Attributes, Bytes, Integer, Text, Texts, Time};

const fn must(name: &'static str, wire_name: &'static str, form: SubtypeForm) -> SubtypeParameter {
    SubtypeParameter { name, wire_name, form, is_required: true }
}

const fn may(name: &'static str, wire_name: &'static str, form: SubtypeForm) -> SubtypeParameter {
    SubtypeParameter { name, wire_name, form, is_required: false }
}

impl Subtype {
    /// Every operation.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "EventBridge-PutEvents",
            service: "events",
            host: "events",
            action: "PutEvents",
            wire: SubtypeWire::JsonList("Entries"),
            parameters: &[
                must("Detail", "Detail", Text),
                must("DetailType", "DetailType", Text),
                must("Source", "Source", Text),
                may("Time", "Time", Time),
                may("EventBusName", "EventBusName", Text),
                may("Resources", "Resources", Texts),
                may("TraceHeader", "TraceHeader", Text),
            ],
        },
        Self {
            name: "SQS-SendMessage",
            service: "sqs",
            host: "sqs",
            action: "SendMessage",
            wire: SubtypeWire::Form,
            parameters: &[
                must("QueueUrl", "QueueUrl", Text),
                must("MessageBody", "MessageBody", Text),
                may("DelaySeconds", "DelaySeconds", Integer),
                may("MessageAttributes", "MessageAttribute", Attributes),
                may("MessageDeduplicationId", "MessageDeduplicationId", Text),
                may("MessageGroupId", "MessageGroupId", Text),
                may("MessageSystemAttributes", "MessageSystemAttribute", Attributes),
            ],
        },
        Self {
            name: "SQS-ReceiveMessage",
            service: "sqs",
            host: "sqs",
            action: "ReceiveMessage",
            wire: SubtypeWire::Form,
            parameters: &[
                must("QueueUrl", "QueueUrl", Text),
                may("AttributeNames", "AttributeName", Texts),
                may("MaxNumberOfMessages", "MaxNumberOfMessages", Integer),
                may("MessageAttributeNames", "MessageAttributeName", Texts),
                may("ReceiveRequestAttemptId", "ReceiveRequestAttemptId", Text),
                may("VisibilityTimeout", "VisibilityTimeout", Integer),
                may("WaitTimeSeconds", "WaitTimeSeconds", Integer),
            ],
        },
        Self {
            name: "SQS-DeleteMessage",
            service: "sqs",
            host: "sqs",
            action: "DeleteMessage",
            wire: SubtypeWire::Form,
            parameters: &[must("ReceiptHandle", "ReceiptHandle", Text), must("QueueUrl", "QueueUrl", Text)],
        },
        Self {
            name: "SQS-PurgeQueue",
            service: "sqs",
            host: "sqs",
            action: "PurgeQueue",
            wire: SubtypeWire::Form,
            parameters: &[must("QueueUrl", "QueueUrl", Text)],
        },
        Self {
            name: "AppConfig-GetConfiguration",
            service: "appconfig",
            host: "appconfig",
            action: "GetConfiguration",
            wire: SubtypeWire::Path(
                "/applications/{Application}/environments/{Environment}/configurations/{Configuration}",
            ),
            parameters: &[
                must("Application", "Application", Text),
                must("Environment", "Environment", Text),
                must("Configuration", "Configuration", Text),
                must("ClientId", "client_id", Text),
                may("ClientConfigurationVersion", "client_configuration_version", Text),
            ],
        },
        Self {
            name: "Kinesis-PutRecord",
            service: "kinesis",
            host: "kinesis",
            action: "PutRecord",
            wire: SubtypeWire::Json,
            parameters: &[
                must("StreamName", "StreamName", Text),
                must("Data", "Data", Bytes),
                must("PartitionKey", "PartitionKey", Text),
                may("SequenceNumberForOrdering", "SequenceNumberForOrdering", Text),
                may("ExplicitHashKey", "ExplicitHashKey", Text),
            ],
        },
        Self {
            name: "StepFunctions-StartExecution",
            service: "states",
            host: "states",
            action: "StartExecution",
            wire: SubtypeWire::Json,
            parameters: &[
                must("StateMachineArn", "stateMachineArn", Text),
                may("Name", "name", Text),
                may("Input", "input", Text),
            ],
        },
        Self {
            name: "StepFunctions-StartSyncExecution",
            service: "states",
            host: "sync-states",
            action: "StartSyncExecution",
            wire: SubtypeWire::Json,
            parameters: &[
                must("StateMachineArn", "stateMachineArn", Text),
                may("Name", "name", Text),
                may("Input", "input", Text),
                may("TraceHeader", "traceHeader", Text),
            ],
        },
        Self {
            name: "StepFunctions-StopExecution",
            service: "states",
            host: "states",
            action: "StopExecution",
            wire: SubtypeWire::Json,
            parameters: &[
                must("ExecutionArn", "executionArn", Text),
                may("Cause", "cause", Text),
                may("Error", "error", Text),
            ],
        },
    ];

    /// The operation of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|subtype| subtype.name == name)
    }

    /// One of its parameters.
    pub fn parameter(&self, name: &str) -> Option<&'static SubtypeParameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_by_parameters_that_must_be_there() {
        for subtype in Subtype::ALL {
            let SubtypeWire::Path(path) = subtype.wire else { continue };
            for name in path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')) {
                assert!(subtype.parameter(name).is_some_and(|parameter| parameter.is_required), "{name}");
            }
        }
    }

    #[test]
    fn the_guide_has_ten_operations() {
        assert_eq!(Subtype::ALL.len(), 10);
        assert_eq!(Subtype::find("SQS-PurgeQueue").map(|subtype| subtype.action), Some("PurgeQueue"));
        assert_eq!(Subtype::find("SQS-ListQueues"), None);
    }
}
