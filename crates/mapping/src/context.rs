//! The `$context` variables that formats and mappings may name: a closed list, and the names that an authorizer chooses.

/// A `$context` variable of a REST API (facts L17 and L18). Looked up by reference: names that an authorizer chooses are text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// `identity.accessKey`: the access key of a signed request.
    IdentityAccessKey,
    /// `identity.accountId`: the account of who signed.
    IdentityAccountId,
    /// `identity.apiKey`: the API key of the caller.
    IdentityApiKey,
    /// `identity.apiKeyId`
    IdentityApiKeyId,
    /// `identity.caller`: the unique id of who signed.
    IdentityCaller,
    /// `identity.clientCert.*`: of mutual TLS (fact D6).
    IdentityClientCert(ClientCertFact),
    /// `identity.cognitoAuthenticationProvider`
    IdentityCognitoAuthenticationProvider,
    /// `identity.cognitoAuthenticationType`
    IdentityCognitoAuthenticationType,
    /// `identity.cognitoIdentityId`
    IdentityCognitoIdentityId,
    /// `identity.cognitoIdentityPoolId`
    IdentityCognitoIdentityPoolId,
    /// `identity.principalOrgId`
    IdentityPrincipalOrgId,
    /// `cipherSuite`: the cipher suite of the client's connection, in OpenSSL's name.
    CipherSuite,
    /// `identity.sourceIp`.
    IdentitySourceIp,
    /// `identity.user`: the same as `identity.caller` of those who sign with keys of their own.
    IdentityUser,
    /// `identity.userAgent`.
    IdentityUserAgent,
    /// `identity.userArn`: the ARN of who signed.
    IdentityUserArn,
    /// `authenticate.error`, `.latency` and `.status`: of a signature.
    Authenticate(PhaseFact),
    /// `authorize.error`, `.latency` and `.status`: of the policies.
    Authorize(PhaseFact),
    /// `authorizer.error`, `.latency` and `.status` of an access log: of an authorizer.
    AuthorizerPhase(PhaseFact),
    /// `authorizer.integrationLatency`, in milliseconds: of the authorizer's function.
    AuthorizerIntegrationLatency,
    /// `authorizer.integrationStatus` of an access log: what Lambda answered the call of the authorizer's function with.
    AuthorizerIntegrationStatus,
    /// `authorizer.requestId` of an access log: the request id that Lambda gave the call.
    AuthorizerRequestId,
    /// `authorizer.principalId`.
    AuthorizerPrincipalId,
    /// `authorizer.claims.{name}`: of a token.
    AuthorizerClaim(Box<str>),
    /// `authorizer.{name}`: of the context that a function answered with.
    AuthorizerContext(Box<str>),
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
    /// `isCanaryRequest`: `true` or `false`; only where the stage has a canary (fact 117).
    IsCanaryRequest,
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
    /// `routeKey`, such as `GET /pets`, of HTTP APIs.
    RouteKey,
    /// `stage`.
    Stage,
    /// `status`: the status sent to the client.
    Status,
    /// `tlsVersion`: `TLSv1.2` or `TLSv1.3`.
    TlsVersion,
    /// `xrayTraceId`.
    XrayTraceId,
    /// `awsEndpointRequestId2` of an access log: the back end's `x-amz-id-2`.
    AwsEndpointRequestId2,
    /// `dataProcessed` of an access log, in bytes.
    DataProcessed,
    /// `requestOverride` and `responseOverride` of an access log: what templates set.
    Override(OverrideFact),
    /// Any other name: never has a value here, and prints as `-` (fact 123).
    Absent,
}

/// What a template can set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OverrideFact {
    /// `requestOverride.header.{name}`
    RequestHeader(Box<str>),
    /// `requestOverride.path.{name}`
    RequestPath(Box<str>),
    /// `requestOverride.querystring.{name}`
    RequestQuery(Box<str>),
    /// `responseOverride.header.{name}`
    ResponseHeader(Box<str>),
    /// `responseOverride.status`
    ResponseStatus,
}

impl OverrideFact {
    fn named(name: &str) -> Option<Self> {
        let of = |prefix: &str| name.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(Box::from);
        if name == "responseOverride.status" {
            return Some(Self::ResponseStatus);
        }
        of("requestOverride.header.")
            .map(Self::RequestHeader)
            .or_else(|| of("requestOverride.path.").map(Self::RequestPath))
            .or_else(|| of("requestOverride.querystring.").map(Self::RequestQuery))
            .or_else(|| of("responseOverride.header.").map(Self::ResponseHeader))
    }
}

/// What is known of one phase of room `authorize`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhaseFact {
    /// What went wrong.
    Error,
    /// In milliseconds.
    Latency,
    /// As a status of HTTP.
    Status,
}

/// What is known of a client's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientCertFact {
    /// `clientCertPem`
    Pem,
    /// `subjectDN`
    SubjectDn,
    /// `issuerDN`
    IssuerDn,
    /// `serialNumber`
    SerialNumber,
    /// `validity.notBefore`
    NotBefore,
    /// `validity.notAfter`
    NotAfter,
}

/// Every spelled name with its variable.
static NAMES: &[(&str, ContextVariable)] = &[
    ("accountId", ContextVariable::AccountId),
    ("apiId", ContextVariable::ApiId),
    ("authenticate.error", ContextVariable::Authenticate(PhaseFact::Error)),
    ("authenticate.latency", ContextVariable::Authenticate(PhaseFact::Latency)),
    ("authenticate.status", ContextVariable::Authenticate(PhaseFact::Status)),
    ("authorize.error", ContextVariable::Authorize(PhaseFact::Error)),
    ("authorize.latency", ContextVariable::Authorize(PhaseFact::Latency)),
    ("authorize.status", ContextVariable::Authorize(PhaseFact::Status)),
    ("authorizer.principalId", ContextVariable::AuthorizerPrincipalId),
    ("awsEndpointRequestId", ContextVariable::AwsEndpointRequestId),
    ("cipherSuite", ContextVariable::CipherSuite),
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
    ("identity.accessKey", ContextVariable::IdentityAccessKey),
    ("identity.accountId", ContextVariable::IdentityAccountId),
    ("identity.apiKey", ContextVariable::IdentityApiKey),
    ("identity.apiKeyId", ContextVariable::IdentityApiKeyId),
    ("identity.caller", ContextVariable::IdentityCaller),
    ("identity.clientCert.clientCertPem", ContextVariable::IdentityClientCert(ClientCertFact::Pem)),
    ("identity.clientCert.issuerDN", ContextVariable::IdentityClientCert(ClientCertFact::IssuerDn)),
    ("identity.clientCert.serialNumber", ContextVariable::IdentityClientCert(ClientCertFact::SerialNumber)),
    ("identity.clientCert.subjectDN", ContextVariable::IdentityClientCert(ClientCertFact::SubjectDn)),
    ("identity.clientCert.validity.notAfter", ContextVariable::IdentityClientCert(ClientCertFact::NotAfter)),
    ("identity.clientCert.validity.notBefore", ContextVariable::IdentityClientCert(ClientCertFact::NotBefore)),
    ("identity.cognitoAuthenticationProvider", ContextVariable::IdentityCognitoAuthenticationProvider),
    ("identity.cognitoAuthenticationType", ContextVariable::IdentityCognitoAuthenticationType),
    ("identity.cognitoIdentityId", ContextVariable::IdentityCognitoIdentityId),
    ("identity.cognitoIdentityPoolId", ContextVariable::IdentityCognitoIdentityPoolId),
    ("identity.principalOrgId", ContextVariable::IdentityPrincipalOrgId),
    ("identity.sourceIp", ContextVariable::IdentitySourceIp),
    ("identity.user", ContextVariable::IdentityUser),
    ("identity.userAgent", ContextVariable::IdentityUserAgent),
    ("identity.userArn", ContextVariable::IdentityUserArn),
    ("integration.error", ContextVariable::IntegrationErrorMessage),
    ("integration.integrationStatus", ContextVariable::IntegrationStatus),
    ("integration.latency", ContextVariable::IntegrationLatency),
    ("integration.requestId", ContextVariable::AwsEndpointRequestId),
    ("integration.status", ContextVariable::BackEndStatus),
    ("integrationErrorMessage", ContextVariable::IntegrationErrorMessage),
    ("integrationLatency", ContextVariable::IntegrationLatency),
    ("integrationStatus", ContextVariable::IntegrationStatus),
    ("isCanaryRequest", ContextVariable::IsCanaryRequest),
    ("path", ContextVariable::Path),
    ("protocol", ContextVariable::Protocol),
    ("requestId", ContextVariable::RequestId),
    ("requestTime", ContextVariable::RequestTime),
    ("requestTimeEpoch", ContextVariable::RequestTimeEpoch),
    ("resourceId", ContextVariable::ResourceId),
    ("resourcePath", ContextVariable::ResourcePath),
    ("responseLatency", ContextVariable::ResponseLatency),
    ("responseLength", ContextVariable::ResponseLength),
    ("routeKey", ContextVariable::RouteKey),
    ("stage", ContextVariable::Stage),
    ("status", ContextVariable::Status),
    ("tlsVersion", ContextVariable::TlsVersion),
    ("xrayTraceId", ContextVariable::XrayTraceId),
];

/// What only an access log knows; mappings and templates find an authorizer's own values under the names of `authorizer`.
static LOGGED: &[(&str, ContextVariable)] = &[
    ("authorizer.error", ContextVariable::AuthorizerPhase(PhaseFact::Error)),
    ("authorizer.integrationLatency", ContextVariable::AuthorizerIntegrationLatency),
    ("authorizer.integrationStatus", ContextVariable::AuthorizerIntegrationStatus),
    ("authorizer.latency", ContextVariable::AuthorizerPhase(PhaseFact::Latency)),
    ("authorizer.requestId", ContextVariable::AuthorizerRequestId),
    ("authorizer.status", ContextVariable::AuthorizerPhase(PhaseFact::Status)),
    ("awsEndpointRequestId2", ContextVariable::AwsEndpointRequestId2),
    ("dataProcessed", ContextVariable::DataProcessed),
];

fn find(names: &[(&str, ContextVariable)], name: &str) -> Option<ContextVariable> {
    names.iter().find(|(spelled, _)| *spelled == name).map(|(_, variable)| variable.clone())
}

impl ContextVariable {
    /// Every spelling of the closed list with its variable, ascending by the spelling.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static Self)> {
        NAMES.iter().map(|(name, variable)| (*name, variable))
    }

    /// The variable of a name without its `$context.` or `context.` prefix; [`ContextVariable::Absent`] for names that never
    /// have a value here.
    pub fn named(name: &str) -> Self {
        find(NAMES, name).unwrap_or_else(|| match name.strip_prefix("authorizer.") {
            Some(own) => match own.strip_prefix("claims.") {
                Some(claim) => Self::AuthorizerClaim(claim.into()),
                None => Self::AuthorizerContext(own.into()),
            },
            None => Self::Absent,
        })
    }

    /// The same in the format of an access log, where some names of `authorizer` have a meaning of their own (fact L18).
    pub fn logged(name: &str) -> Self {
        let logged = find(LOGGED, name).or_else(|| OverrideFact::named(name).map(Self::Override));
        logged.unwrap_or_else(|| Self::named(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_l17_every_name_of_aws_s_reference_is_a_variable() {
        let names: Vec<&str> = ContextVariable::all().map(|(name, _)| name).collect();
        assert!(names.is_sorted());
        for name in names {
            assert_ne!(ContextVariable::named(name), ContextVariable::Absent, "{name}");
        }
        // Facts that nothing here can know.
        for name in ["webaclArn", "wafResponseCode", "waf.status", "waf.error", "waf.latency", "identity.vpcId", "x"] {
            assert_eq!(ContextVariable::logged(name), ContextVariable::Absent, "{name}");
        }
    }

    #[test]
    fn fact_l18_some_names_of_an_authorizer_mean_something_else_in_an_access_log() {
        use ContextVariable as V;
        let cases = [
            ("authorizer.principalId", V::AuthorizerPrincipalId, V::AuthorizerPrincipalId),
            ("authorizer.tier", V::AuthorizerContext("tier".into()), V::AuthorizerContext("tier".into())),
            ("authorizer.claims.sub", V::AuthorizerClaim("sub".into()), V::AuthorizerClaim("sub".into())),
            ("authorizer.claims", V::AuthorizerContext("claims".into()), V::AuthorizerContext("claims".into())),
            ("authorizer.status", V::AuthorizerContext("status".into()), V::AuthorizerPhase(PhaseFact::Status)),
            ("authorize.status", V::Authorize(PhaseFact::Status), V::Authorize(PhaseFact::Status)),
            ("dataProcessed", V::Absent, V::DataProcessed),
            ("awsEndpointRequestId2", V::Absent, V::AwsEndpointRequestId2),
            ("responseOverride.status", V::Absent, V::Override(OverrideFact::ResponseStatus)),
            ("requestOverride.path.id", V::Absent, V::Override(OverrideFact::RequestPath("id".into()))),
            ("requestOverride.header.a.b", V::Absent, V::Override(OverrideFact::RequestHeader("a.b".into()))),
            ("requestOverride.querystring.q", V::Absent, V::Override(OverrideFact::RequestQuery("q".into()))),
            ("responseOverride.header.X", V::Absent, V::Override(OverrideFact::ResponseHeader("X".into()))),
            ("responseOverride.header.", V::Absent, V::Absent),
        ];
        for (name, named, logged) in cases {
            assert_eq!((V::named(name), V::logged(name)), (named, logged), "{name}");
        }
    }
}
