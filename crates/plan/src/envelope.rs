//! How an API's answers look on the wire: the headers that the gateway adds, and the words in which it refuses.

/// The frame of every answer of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelope {
    /// As REST APIs answer: `x-amzn-RequestId`, `x-amz-apigw-id`, `x-amzn-ErrorType`, names of headers as back ends write them
    /// (facts A1 and A2).
    #[default]
    Amzn,
    /// As HTTP APIs answer: one request id, `Apigw-Requestid`, names of headers in canonical form (facts H1 to H6).
    Apigw,
}

/// What a request that no route takes is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unrouted {
    /// 403 `Missing Authentication Token` (fact 1).
    #[default]
    MissingToken,
    /// 404 `Not Found` (fact H7).
    NotFound,
}
