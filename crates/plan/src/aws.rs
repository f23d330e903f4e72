//! Compiled `AWS` integrations: a call of a service's API, or of a Lambda function with templates both ways.

use std::sync::Arc;

use stagegate_mapping::RequestSource;

use crate::binary::ContentHandling;
use crate::integration::HttpPlan;
use crate::lambda::{InvokeCredentials, LambdaPlan};
use crate::response::MessageTable;
use crate::stage::Endpoint;
use crate::templates::{BodyTemplate, Templates};

/// A compiled `AWS` integration with a service. Its URI is bound by the stage: see [`ServiceTarget`].
#[derive(Debug)]
pub struct ServicePlan {
    /// The call: what is mapped, as for an `HTTP` integration. Its URI is the integration's ARN.
    pub call: HttpPlan,
    /// The role as configured, with `${stageVariables.x}`.
    pub credentials: Option<Box<str>>,
}

/// A compiled `AWS` integration with a Lambda function. Its URI is bound by the stage: see [`crate::FunctionTarget`].
#[derive(Debug)]
pub struct MappedFunctionPlan {
    /// The function and how it is invoked.
    pub invoke: LambdaPlan,
    /// Every mapped request parameter, as far as Lambda's Invoke operation reads it or a missing body refuses it.
    pub sources: Box<[RequestSource]>,
    /// Request templates; the body passes through where none matches.
    pub requests: Templates<BodyTemplate>,
    /// What is made of the request's content.
    pub content_handling: Option<ContentHandling>,
    /// Its integration responses, chosen by the function's error message (fact 61).
    pub responses: MessageTable,
}

/// A service's operation with stage variables bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTarget {
    /// AWS's own endpoint of the service in its region, with the operation's path and query.
    pub endpoint: Endpoint,
    /// The service as the ARN names it, such as `sqs`, without a subdomain.
    pub service: Box<str>,
    /// What stands before the service, such as the bucket in `pets.s3`.
    pub subdomain: Option<Box<str>>,
    /// The region that the request is signed for.
    pub region: Box<str>,
    /// The name of the service in signatures.
    pub signing_name: Box<str>,
    /// How the operation is named and its parameters are sent.
    pub protocol: ServiceProtocol,
    /// As whom it is called; absent where the integration names nobody.
    pub credentials: Option<InvokeCredentials>,
}

/// How a service is told what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceProtocol {
    /// By method and path; and every service that is not known here.
    Rest,
    /// AWS JSON: a header names the action, the content has its parameters.
    Json(JsonAction),
    /// AWS Query: action and parameters are a form, in the query or as the content.
    Query {
        /// The version of the service's API, such as `2010-03-31`.
        version: &'static str,
    },
}

/// An action in the AWS JSON protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonAction {
    /// `X-Amz-Target`
    pub target: Arc<str>,
    /// The media type of the protocol's version.
    pub content_type: &'static str,
}
