//! The only early way out of the journey: AWS's gateway response types, plus what HTTP itself refuses.

use stagegate_http1::{BodyError, HeadError};
use stagegate_plan::{Envelope, GatewayResponseType};
use stagegate_tls::Untrusted;

use crate::function_url::UrlFault;

/// Why a request was not served. Closed: every exit passes `respond` and `observe`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The head breaks HTTP; the connection closes.
    Head(HeadError),
    /// The content breaks HTTP; the connection closes.
    Body(BodyError),
    /// The content did not arrive in time; the connection closes.
    BodyTimeout,
    /// The head did not arrive in time; the connection closes.
    HeadTimeout,
    /// The client left before it was answered; nothing is sent.
    ClientGone,
    /// `x-apigw-api-id` came twice.
    AmbiguousApi,
    /// No API has this id, or the host is not one of ours.
    UnknownApi,
    /// The API has no such stage (fact 2).
    UnknownStage,
    /// No base path mapping of the custom domain name takes the path (fact D7).
    NoMapping,
    /// The domain name asks for a client certificate, and none came.
    NoClientCertificate,
    /// The truststore of the domain name does not accept the client's certificate.
    ClientCertificate(Untrusted),
    /// The endpoint access mode is `STRICT`, and the handshake named another host than the request.
    OtherServerName,
    /// The API's default endpoint is switched off.
    EndpointDisabled,
    /// A private API was called from outside its VPC endpoints (fact D11).
    NoVpcEndpoint,
    /// The ARN of the request's method is longer than 1,600 bytes (fact 20).
    ArnTooLong,
    /// A method that no REST API can declare; the connection closes.
    UnknownMethod,
    /// A budget of the whole process is used up; the connection closes.
    OverBudget,
    /// A function URL has no answer.
    FunctionUrl(UrlFault),
    /// A gateway response of the API, with the text that goes to logs.
    Gateway(GatewayResponseType, Cause),
}

/// What lies behind a gateway response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No resource and method match (fact 1).
    NoRoute,
    /// The content is longer than the payload limit.
    PayloadTooLarge,
    /// No request template takes this content type.
    MediaType,
    /// Required parameters are missing (fact 4); the notes say which.
    MissingParameters,
    /// The content does not match its model (fact 5); the notes say why.
    InvalidBody,
    /// A mapping reads the content as JSON, and it is none (fact 79).
    InvalidJson,
    /// A mapping template failed, or used up its budget.
    Template,
    /// Content that is to become binary is no base64 (fact 68).
    Base64,
    /// A request that must be signed is not.
    NotSigned,
    /// A signature lacks its form (facts A4 and A6).
    IncompleteSignature,
    /// A signature is by an access key that nobody holds.
    UnknownKey,
    /// A signature is wrong, out of its scope or out of its time (facts A7 to A9).
    Signature,
    /// Policies do not let the caller in; the notes say which.
    AccessDenied,
    /// The route or its stage cannot be served as configured.
    Configuration,
    /// No integration response takes the integration's status (fact 19).
    NoIntegrationResponse,
    /// The back end cannot be reached, or its answer breaks HTTP.
    Unreachable,
    /// The connection to the back end broke while it was in use (fact L12).
    Network,
    /// The integration timeout passed.
    Timeout,
    /// The back end's response is longer than the payload limit.
    ResponseTooLarge,
    /// A function's answer breaks the contract of proxy integrations (fact 52).
    MalformedFunctionResponse,
    /// A function failed.
    FunctionError,
    /// There are no credentials to sign a call of a service with (fact L12).
    Credentials,
    /// A function's policy does not let the API invoke it, or there is no such function.
    FunctionPermission,
    /// A function is at its limit of concurrent invocations (fact L12).
    FunctionThrottled,
    /// The request has no API key that lets it in (fact 9).
    ApiKey,
    /// A rate, or a quota whose use cannot be recorded.
    Throttled,
    /// The quota of the caller's key is used up.
    QuotaExceeded,
    /// A function could not be invoked for a reason of its own.
    FunctionNotInvoked,
    /// An identity source is missing, or the authorizer's function said so.
    Unauthorized,
    /// An authorizer cannot be used.
    Authorizer,
    /// As many calls of an authorizer's function run as may at once.
    AuthorizerBusy,
    /// A token is absent, or not one that the authorizer takes.
    InvalidToken,
    /// A user pool's token has expired (fact A25).
    IdentityExpired,
    /// A token has none of the method's scopes.
    NoScope,
    /// The keys of a token's issuer cannot be had.
    IssuerUnreachable,
}

impl Cause {
    /// The text of `$context.integrationErrorMessage` and the log, in AWS's words where they are known (facts L12, L18).
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::NoRoute => "No matching resource and method",
            Self::PayloadTooLarge => "Request payload too large",
            Self::MediaType => "Unsupported Media Type",
            Self::MissingParameters => "Missing required request parameters",
            Self::InvalidBody => "Request body does not match model schema",
            Self::InvalidJson => "Invalid JSON in request body",
            Self::Template => "Execution failed due to configuration error: Unable to transform request",
            Self::Base64 => "Execution failed due to configuration error: Unable to base64 decode the body.",
            Self::NotSigned => "Missing Authentication Token",
            Self::IncompleteSignature => "The signature is not complete",
            Self::UnknownKey => "The security token included in the request is invalid.",
            Self::Signature => "The signature is not valid",
            Self::AccessDenied => "User is not authorized to access this resource",
            Self::Configuration => "Execution failed due to configuration error",
            Self::NoIntegrationResponse => {
                "Execution failed due to configuration error: No match for output mapping and no default output mapping configured"
            }
            Self::Unreachable => "Execution failed due to configuration error: Invalid endpoint address",
            Self::Network => "Execution failed due to a network error communicating with endpoint",
            Self::Timeout => "Execution failed due to a timeout error",
            Self::ResponseTooLarge => {
                "Execution failed due to configuration error: Integration response payload too large"
            }
            Self::MalformedFunctionResponse => {
                "Execution failed due to configuration error: Malformed Lambda proxy response"
            }
            Self::FunctionError => "Lambda execution failed with status 200 due to customer function error",
            Self::Credentials => {
                "Execution failed due to configuration error: API Gateway does not have permission to assume the provided role"
            }
            Self::FunctionPermission => {
                "Execution failed due to configuration error: Invalid permissions on Lambda function"
            }
            Self::FunctionThrottled => "Execution failed due to configuration error: Rate Exceeded.",
            Self::ApiKey => "Invalid API Key identifier specified",
            Self::Throttled => "Too Many Requests",
            Self::QuotaExceeded => "Limit Exceeded",
            Self::FunctionNotInvoked => "Execution failed due to configuration error: Lambda invocation failed",
            Self::InvalidToken | Self::Unauthorized => "Unauthorized",
            Self::Authorizer => "AuthorizerConfigurationException",
            Self::AuthorizerBusy => "As many calls of the authorizer run as may at once",
            Self::IdentityExpired => "The incoming token has expired",
            Self::NoScope => "The token has none of the scopes of the method",
            Self::IssuerUnreachable => "The keys of the issuer cannot be fetched",
        }
    }

    /// The same in an envelope: HTTP APIs say another sentence where they may not call what they are to call (fact H54).
    pub(crate) fn text_in(self, envelope: Envelope) -> &'static str {
        match (self, envelope) {
            (Self::FunctionPermission | Self::Credentials, Envelope::Apigw) => {
                "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again."
            }
            _ => self.text(),
        }
    }

    /// Whether the integration itself failed.
    pub(crate) fn is_integration(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Network
                | Self::Timeout
                | Self::ResponseTooLarge
                | Self::NoIntegrationResponse
                | Self::Template
                | Self::Base64
                | Self::MalformedFunctionResponse
                | Self::FunctionError
                | Self::FunctionPermission
                | Self::FunctionThrottled
                | Self::FunctionNotInvoked
        )
    }
}

/// A refusal in the words of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wording {
    /// The status code.
    pub(crate) status: u16,
    /// `x-amzn-ErrorType`.
    pub(crate) error_type: &'static str,
    /// `$context.error.message`.
    pub(crate) message: &'static str,
    /// The JSON body. Integration-phase errors have a space after the colon, others none (fact A1).
    pub(crate) body: &'static str,
}

macro_rules! wording {
    ($status:literal, $error_type:literal, $message:literal) => {
        Wording {
            status: $status,
            error_type: $error_type,
            message: $message,
            body: concat!("{\"message\":\"", $message, "\"}"),
        }
    };
    ($status:literal, $error_type:literal, spaced $message:literal) => {
        Wording {
            status: $status,
            error_type: $error_type,
            message: $message,
            body: concat!("{\"message\": \"", $message, "\"}"),
        }
    };
}

impl Refusal {
    /// The content is longer than the payload limit.
    pub(crate) fn payload_too_large() -> Self {
        Self::Gateway(GatewayResponseType::RequestTooLarge, Cause::PayloadTooLarge)
    }

    /// Whether nothing more may be read from the connection.
    pub(crate) fn closes(self) -> bool {
        matches!(
            self,
            Self::Head(_)
                | Self::Body(_)
                | Self::BodyTimeout
                | Self::HeadTimeout
                | Self::ClientGone
                | Self::UnknownMethod
                | Self::OverBudget
        )
    }

    /// `$context.error.responseType`: HTTP APIs tell a back end that cannot be reached from one that fails (fact H31).
    pub(crate) fn response_type(self, envelope: Envelope) -> &'static str {
        match (self, envelope) {
            (
                Self::Gateway(GatewayResponseType::IntegrationFailure, Cause::Unreachable | Cause::Network),
                Envelope::Apigw,
            ) => "INTEGRATION_NETWORK_FAILURE",
            (Self::Gateway(response, _), _) => response.name(),
            _ => "",
        }
    }

    /// Status, headers and body, in the words of an API's envelope.
    pub(crate) fn wording(self, envelope: Envelope) -> Wording {
        match envelope {
            Envelope::Amzn => self.amzn(),
            Envelope::Apigw => apigw(self),
        }
    }

    fn amzn(self) -> Wording {
        match self {
            Self::Head(error) => http_wording(error.status()),
            Self::Body(error) => http_wording(error.status()),
            Self::BodyTimeout | Self::HeadTimeout => wording!(408, "RequestTimeoutException", "Request Timeout"),
            // Never sent: the status that logs show, as other proxies write it.
            Self::ClientGone => wording!(499, "ClientClosedRequestException", "Client Closed Request"),
            Self::AmbiguousApi => wording!(400, "BadRequestException", "The header x-apigw-api-id must come once"),
            Self::UnknownApi => wording!(
                404,
                "NotFoundException",
                "No API is served under this host; use {apiId}.execute-api.{region}.{suffix} or the header x-apigw-api-id"
            ),
            Self::UnknownStage
            | Self::NoMapping
            | Self::NoClientCertificate
            | Self::ClientCertificate(_)
            | Self::OtherServerName
            | Self::EndpointDisabled
            | Self::NoVpcEndpoint => wording!(403, "ForbiddenException", "Forbidden"),
            Self::ArnTooLong => http_wording(414),
            Self::UnknownMethod => missing_token(),
            Self::OverBudget => wording!(503, "ServiceUnavailableException", "Service Unavailable"),
            Self::FunctionUrl(fault) => fault.wording(),
            Self::Gateway(response, cause) => gateway_wording(response, cause),
        }
    }
}

/// In the words of HTTP APIs (facts 91, 93 to 95, H5 and H31): few, and none that says which room it was.
fn apigw(refusal: Refusal) -> Wording {
    use GatewayResponseType as G;
    match refusal {
        Refusal::UnknownStage
        | Refusal::UnknownMethod
        | Refusal::EndpointDisabled
        | Refusal::Gateway(G::ResourceNotFound, _) => {
            wording!(404, "", "Not Found")
        }
        Refusal::Gateway(G::Unauthorized, _) => wording!(401, "", "Unauthorized"),
        Refusal::Gateway(
            G::AccessDenied
            | G::ExpiredToken
            | G::InvalidApiKey
            | G::InvalidSignature
            | G::MissingAuthenticationToken
            | G::WafFiltered,
            _,
        ) => wording!(403, "", "Forbidden"),
        Refusal::Gateway(G::Throttled | G::QuotaExceeded, _) => wording!(429, "", "Too Many Requests"),
        Refusal::Gateway(G::RequestTooLarge, _) => wording!(413, "", "Request Entity Too Large"),
        Refusal::Gateway(G::BadRequestBody | G::BadRequestParameters, _) => wording!(400, "", "Bad Request"),
        Refusal::Gateway(G::UnsupportedMediaType, _) => wording!(415, "", "Unsupported Media Type"),
        Refusal::Gateway(G::IntegrationTimeout, _)
        | Refusal::Gateway(G::IntegrationFailure, Cause::Unreachable | Cause::Network) => {
            wording!(503, "", "Service Unavailable")
        }
        Refusal::Gateway(..) => wording!(500, "", "Internal Server Error"),
        other => Wording { error_type: "", ..other.amzn() },
    }
}

/// Fact 1: an unknown path or verb is never a 404 or 405.
fn missing_token() -> Wording {
    wording!(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
}

/// A decision of an authorizer's or a policy's has a capital M (facts 11 and 14).
const ACCESS_DENIED: Wording = Wording {
    status: 403,
    error_type: "AccessDeniedException",
    message: "User is not authorized to access this resource",
    body: "{\"Message\":\"User is not authorized to access this resource\"}",
};

/// An authorizer that cannot be used says nothing (fact A16).
const AUTHORIZER_FAILURE: Wording = Wording {
    status: 500,
    error_type: "AuthorizerConfigurationException",
    message: "null",
    body: "{\"message\":null}",
};

fn http_wording(status: u16) -> Wording {
    match status {
        405 => wording!(405, "MethodNotAllowedException", "Method Not Allowed"),
        413 => wording!(413, "RequestTooLargeException", "Request Too Long"),
        414 => wording!(414, "RequestUriTooLongException", "Request URI too long"),
        417 => wording!(417, "ExpectationFailedException", "Expectation Failed"),
        431 => wording!(431, "RequestHeaderFieldsTooLargeException", "Request Header Fields Too Large"),
        501 => wording!(501, "NotImplementedException", "Not Implemented"),
        505 => wording!(505, "HttpVersionNotSupportedException", "HTTP Version Not Supported"),
        _ => wording!(400, "BadRequestException", "Bad Request"),
    }
}

/// Facts 1.14, 7, 16–19, A1 and A2. An endpoint that cannot be right answers 500, as recorded; a connection that is refused
/// or breaks, 504 (facts 16 and L12).
fn gateway_wording(response: GatewayResponseType, cause: Cause) -> Wording {
    use GatewayResponseType as G;
    match (response, cause) {
        (G::MissingAuthenticationToken, Cause::IncompleteSignature) => {
            wording!(403, "IncompleteSignatureException", "Missing Authentication Token")
        }
        (G::MissingAuthenticationToken, _) => missing_token(),
        (G::RequestTooLarge, _) => wording!(413, "RequestTooLargeException", "Request Too Long"),
        (G::UnsupportedMediaType, _) => wording!(415, "BadRequestException", "Unsupported Media Type"),
        (G::BadRequestBody, Cause::InvalidJson) => {
            wording!(400, "BadRequestException", "Invalid JSON in request body")
        }
        (G::BadRequestBody, _) => wording!(400, "BadRequestException", "Invalid request body"),
        (G::IntegrationTimeout, _) => {
            wording!(504, "InternalServerErrorException", spaced "Endpoint request timed out")
        }
        (G::IntegrationFailure, Cause::Network) => {
            wording!(504, "InternalServerErrorException", spaced "Network error communicating with endpoint")
        }
        // Fact 17.
        (_, Cause::MalformedFunctionResponse | Cause::FunctionError | Cause::FunctionNotInvoked) => {
            wording!(502, "InternalServerErrorException", spaced "Internal server error")
        }
        (G::BadRequestParameters, _) => wording!(400, "BadRequestException", "Missing required request parameters"),
        // Facts A25 and A28.
        (G::Unauthorized, Cause::IdentityExpired) => {
            wording!(401, "UnauthorizedException", "The incoming token has expired")
        }
        (G::Unauthorized, _) => wording!(401, "UnauthorizedException", "Unauthorized"),
        (G::InvalidApiKey | G::WafFiltered, _) | (G::AccessDenied, Cause::NoScope) => {
            wording!(403, "ForbiddenException", "Forbidden")
        }
        (G::AccessDenied, _) => ACCESS_DENIED,
        (G::InvalidSignature, Cause::UnknownKey) => {
            wording!(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        }
        (G::InvalidSignature, _) => wording!(403, "InvalidSignatureException", "Forbidden"),
        (G::ExpiredToken, _) => {
            wording!(403, "ExpiredTokenException", "The security token included in the request is expired")
        }
        (G::ResourceNotFound, _) => wording!(404, "NotFoundException", "Not Found"),
        (G::Throttled, _) => wording!(429, "TooManyRequestsException", "Too Many Requests"),
        (G::QuotaExceeded, _) => wording!(429, "LimitExceededException", "Limit Exceeded"),
        (G::AuthorizerConfigurationError | G::AuthorizerFailure, _) => AUTHORIZER_FAILURE,
        (G::ApiConfigurationError | G::IntegrationFailure, _) => {
            wording!(500, "InternalServerErrorException", spaced "Internal server error")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_bodies_have_the_lengths_that_were_captured() {
        let gateway = |response, cause| Refusal::Gateway(response, cause).wording(Envelope::Amzn);
        let cases = [
            (Refusal::UnknownStage.wording(Envelope::Amzn), 403, 23),
            (gateway(GatewayResponseType::ApiConfigurationError, Cause::Configuration), 500, 36),
            (gateway(GatewayResponseType::IntegrationTimeout, Cause::Timeout), 504, 41),
            (gateway(GatewayResponseType::IntegrationFailure, Cause::Unreachable), 500, 36),
            (gateway(GatewayResponseType::MissingAuthenticationToken, Cause::NoRoute), 403, 42),
        ];
        for (wording, status, length) in cases {
            assert_eq!((wording.status, wording.body.len()), (status, length), "{wording:?}");
        }
        let network = gateway(GatewayResponseType::IntegrationFailure, Cause::Network);
        assert_eq!(network.body, "{\"message\": \"Network error communicating with endpoint\"}");
    }
}
