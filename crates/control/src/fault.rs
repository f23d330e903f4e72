//! AWS's fault types: which HTTP status, which `x-amzn-ErrorType`, which JSON body.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::cloudwatch::CloudWatchFault;
use crate::lambda::LambdaFault;
use crate::logs::LogsFault;
use crate::query::{QueryFault, Wire, error_document};

/// The closed set of answers that say no. Statuses are those of AWS's service model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// 400: the request breaks a rule of the noun.
    BadRequest,
    /// 404: a noun of the path does not exist.
    NotFound,
    /// 409: a name is taken, or the compare-and-set was lost too often.
    Conflict,
    /// 429: a quota of the account is used up.
    LimitExceeded,
    /// 429: too many calls.
    TooManyRequests,
    /// 401: AWS's `UnauthorizedException`.
    Unauthorized,
    /// 400: gathered constraint errors (fact 125).
    Validation,
    /// 400: the body is no JSON, or a member has the wrong type.
    Serialization,
    /// 403: the permission check said no.
    AccessDenied,
    /// 403: no such path, or no credentials.
    MissingAuthenticationToken,
    /// 403: the signature was refused, with the code that verification gave.
    Signature(&'static str),
    /// 413: the body is larger than any operation accepts.
    RequestTooLarge,
    /// 501: AWS has the operation, this server does not serve it yet.
    UnknownOperation,
    /// An exception of Lambda's.
    Lambda(LambdaFault),
    /// An exception of CloudWatch Logs.
    Logs(LogsFault),
    /// A fault of CloudWatch.
    CloudWatch(CloudWatchFault),
    /// A fault of IAM's or STS's.
    Query(QueryFault),
    /// 503: the store did not answer.
    ServiceUnavailable,
    /// 500: a broken invariant of this server.
    InternalFailure,
}

impl FaultKind {
    /// The value of `x-amzn-ErrorType`, which SDKs turn into an exception class.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequestException",
            Self::NotFound => "NotFoundException",
            Self::Conflict => "ConflictException",
            Self::LimitExceeded => "LimitExceededException",
            Self::TooManyRequests => "TooManyRequestsException",
            Self::Unauthorized => "UnauthorizedException",
            Self::Validation => "ValidationException",
            Self::Serialization => "SerializationException",
            Self::AccessDenied => "AccessDeniedException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::Signature(code) => code,
            Self::RequestTooLarge => "RequestEntityTooLargeException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::Lambda(fault) => fault.code(),
            Self::Logs(fault) => fault.code(),
            Self::CloudWatch(fault) => fault.code(),
            Self::Query(fault) => fault.code(),
            Self::ServiceUnavailable => "ServiceUnavailableException",
            Self::InternalFailure => "InternalFailure",
        }
    }

    /// The HTTP status.
    ///
    /// # Panics
    /// Never: the statuses of the tables are valid.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::Validation | Self::Serialization => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::AccessDenied | Self::MissingAuthenticationToken | Self::Signature(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::LimitExceeded | Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::InternalFailure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UnknownOperation => StatusCode::NOT_IMPLEMENTED,
            Self::Lambda(fault) => StatusCode::from_u16(fault.status()).expect("Lambda's statuses are valid"),
            Self::Logs(fault) => StatusCode::from_u16(fault.status()).expect("the statuses of faults are valid"),
            Self::CloudWatch(fault) => StatusCode::from_u16(fault.status()).expect("the statuses of faults are valid"),
            Self::Query(fault) => StatusCode::from_u16(fault.status()).expect("IAM's statuses are valid"),
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the shape has `retryAfterSeconds`, the header `Retry-After`.
    fn says_when_to_retry(self) -> bool {
        matches!(self, Self::LimitExceeded | Self::TooManyRequests | Self::ServiceUnavailable)
    }
}

/// A refusal: its kind and the message the caller reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.code())]
pub struct Fault {
    /// Which of AWS's fault types.
    pub kind: FaultKind,
    /// AWS's wording where it is known.
    pub message: String,
    /// When it is worth to try again, in seconds; 1 where the fault's shape wants it and nothing better is known.
    pub retry_after_seconds: Option<u64>,
}

impl Fault {
    /// A fault of any kind.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after_seconds: None }
    }

    /// `BadRequestException`.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(FaultKind::BadRequest, message)
    }

    /// `NotFoundException`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(FaultKind::NotFound, message)
    }

    /// `ConflictException`.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Conflict, message)
    }

    /// `LimitExceededException`.
    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(FaultKind::LimitExceeded, message)
    }

    /// `TooManyRequestsException`: a rate is used up for some seconds.
    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        let retry_after_seconds = Some(retry_after_seconds);
        Self { retry_after_seconds, ..Self::new(FaultKind::TooManyRequests, "Too Many Requests") }
    }

    /// `InternalFailure`: a broken invariant of this server.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FaultKind::InternalFailure, message)
    }

    /// The answer to a compare-and-set that was lost too often (fact 134 has the wording).
    pub fn concurrent_modification() -> Self {
        Self::conflict("Unable to complete operation due to concurrent modification. Please try again later.")
    }

    /// The HTTP response in the XML of a Query API.
    pub(crate) fn query_response(&self, wire: &Wire, request_id: &str) -> Response<Bytes> {
        let (status, document) = error_document(self, wire, request_id);
        let mut response = Response::new(Bytes::from(document));
        *response.status_mut() = StatusCode::from_u16(status).expect("the statuses of faults are valid");
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        response
    }

    /// The HTTP response, without the headers that every response carries.
    pub fn response(&self) -> Response<Bytes> {
        let body = match self.kind {
            FaultKind::Lambda(fault) => fault.body(&self.message),
            _ => json!({ "message": self.message }),
        };
        let body = body.to_string();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert("x-amzn-errortype", HeaderValue::from_static(self.kind.code()));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.kind.says_when_to_retry() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_seconds.unwrap_or(1)));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_modelled_fault_has_the_status_of_the_service_model() {
        let expected = [
            (FaultKind::BadRequest, "BadRequestException", 400),
            (FaultKind::NotFound, "NotFoundException", 404),
            (FaultKind::Conflict, "ConflictException", 409),
            (FaultKind::LimitExceeded, "LimitExceededException", 429),
            (FaultKind::TooManyRequests, "TooManyRequestsException", 429),
            (FaultKind::Unauthorized, "UnauthorizedException", 401),
            (FaultKind::ServiceUnavailable, "ServiceUnavailableException", 503),
        ];
        for (kind, code, status) in expected {
            let response = Fault::new(kind, "why").response();
            assert_eq!(response.status(), status, "{code}");
            assert_eq!(response.headers()["x-amzn-errortype"], code);
            assert_eq!(response.body().as_ref(), br#"{"message":"why"}"#);
            assert_eq!(response.headers().contains_key("retry-after"), matches!(status, 429 | 503), "{code}");
        }
    }
}
