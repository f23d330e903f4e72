//! The closed list of `$context` variables that formats and mappings may name.

/// A `$context` variable of a REST API's access log (facts L17 and L18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContextVariable {
    /// `accountId`: the API owner's account.
    AccountId,
    /// `apiId`.
    ApiId,
    /// `customDomain.basePathMatched`: the base path of the mapping that took the request (fact L18).
    CustomDomainBasePathMatched,
    /// `deploymentId`.
    DeploymentId,
    /// `domainName`: the Host the client addressed, without its port.
    DomainName,
    /// `domainPrefix`: the first label of the domain name.
    DomainPrefix,
    /// `error.message`: the gateway error's text.
    ErrorMessage,
    /// `error.messageString`: the same text as a JSON string.
    ErrorMessageString,
    /// `error.validationErrorString`.
    ErrorValidationErrorString,
    /// `error.responseType`: the gateway response type.
    ErrorResponseType,
    /// `extendedRequestId`.
    ExtendedRequestId,
    /// `httpMethod`.
    HttpMethod,
    /// `identity.sourceIp`.
    IdentitySourceIp,
    /// `identity.userAgent`.
    IdentityUserAgent,
    /// `awsEndpointRequestId` and `integration.requestId`.
    AwsEndpointRequestId,
    /// `integration.status`: of a Lambda proxy what the function answered, else the same as `integrationStatus`.
    BackEndStatus,
    /// `integrationErrorMessage` and `integration.error`.
    IntegrationErrorMessage,
    /// `integrationLatency` and `integration.latency`, in milliseconds.
    IntegrationLatency,
    /// `integrationStatus` and `integration.integrationStatus`.
    IntegrationStatus,
    /// `path`: the request path with its stage, percent-encoding kept (fact L15).
    Path,
    /// `protocol`, such as `HTTP/1.1`.
    Protocol,
    /// `requestId`.
    RequestId,
    /// `requestTime`, such as `27/Oct/2023:13:40:57 +0000` (fact L15).
    RequestTime,
    /// `requestTimeEpoch`, in milliseconds.
    RequestTimeEpoch,
    /// `resourceId`.
    ResourceId,
    /// `resourcePath`: the configured path.
    ResourcePath,
    /// `responseLatency`, in milliseconds.
    ResponseLatency,
    /// `responseLength`, in bytes.
    ResponseLength,
    /// `stage`.
    Stage,
    /// `status`: the status sent to the client.
    Status,
    /// `xrayTraceId`.
    XrayTraceId,
    /// Any other name: never has a value here, and prints as `-` (fact 123).
    Absent,
}

/// Every spelled name with its variable.
const NAMES: &[(&str, ContextVariable)] = &[
    ("accountId", ContextVariable::AccountId),
    ("apiId", ContextVariable::ApiId),
    ("awsEndpointRequestId", ContextVariable::AwsEndpointRequestId),
    ("customDomain.basePathMatched", ContextVariable::CustomDomainBasePathMatched),
    ("deploymentId", ContextVariable::DeploymentId),
    ("domainName", ContextVariable::DomainName),
    ("domainPrefix", ContextVariable::DomainPrefix),
    ("error.message", ContextVariable::ErrorMessage),
    ("error.messageString", ContextVariable::ErrorMessageString),
    ("error.responseType", ContextVariable::ErrorResponseType),
    ("error.validationErrorString", ContextVariable::ErrorValidationErrorString),
    ("extendedRequestId", ContextVariable::ExtendedRequestId),
    ("httpMethod", ContextVariable::HttpMethod),
    ("identity.sourceIp", ContextVariable::IdentitySourceIp),
    ("identity.userAgent", ContextVariable::IdentityUserAgent),
    ("integration.error", ContextVariable::IntegrationErrorMessage),
    ("integration.integrationStatus", ContextVariable::IntegrationStatus),
    ("integration.latency", ContextVariable::IntegrationLatency),
    ("integration.requestId", ContextVariable::AwsEndpointRequestId),
    ("integration.status", ContextVariable::BackEndStatus),
    ("integrationErrorMessage", ContextVariable::IntegrationErrorMessage),
    ("integrationLatency", ContextVariable::IntegrationLatency),
    ("integrationStatus", ContextVariable::IntegrationStatus),
    ("path", ContextVariable::Path),
    ("protocol", ContextVariable::Protocol),
    ("requestId", ContextVariable::RequestId),
    ("requestTime", ContextVariable::RequestTime),
    ("requestTimeEpoch", ContextVariable::RequestTimeEpoch),
    ("resourceId", ContextVariable::ResourceId),
    ("resourcePath", ContextVariable::ResourcePath),
    ("responseLatency", ContextVariable::ResponseLatency),
    ("responseLength", ContextVariable::ResponseLength),
    ("stage", ContextVariable::Stage),
    ("status", ContextVariable::Status),
    ("xrayTraceId", ContextVariable::XrayTraceId),
];

impl ContextVariable {
    /// Every spelling with its variable, ascending by the spelling.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        NAMES.iter().copied()
    }

    /// The variable of a name without its `$context.` or `context.` prefix; [`ContextVariable::Absent`] for names that never
    /// have a value here.
    pub fn named(name: &str) -> Self {
        NAMES.iter().find(|(spelled, _)| *spelled == name).map_or(Self::Absent, |(_, variable)| *variable)
    }
}
