//! Compiled function URLs: a function's own address, without an API before it.

use std::sync::Arc;

use crate::cors::CorsPlan;
use crate::integration::ResponseTransferMode;
use crate::lambda::FunctionArn;

/// A function URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionUrlPlan {
    /// The first label of its host; no two function URLs have the same.
    pub id: Box<str>,
    /// The region, the third label.
    pub region: Box<str>,
    /// The function, with the alias that the URL belongs to.
    pub function: Arc<FunctionArn>,
    /// Who may call it.
    pub auth: FunctionUrlAuth,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub transfer: ResponseTransferMode,
    /// What browsers are told; without it, that is the function's business.
    pub cors: Option<CorsPlan>,
}

/// `AuthType`. The function's resource policy counts besides, for either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionUrlAuth {
    /// `NONE`: nobody signs.
    None,
    /// `AWS_IAM`: requests are signed.
    Iam,
}
