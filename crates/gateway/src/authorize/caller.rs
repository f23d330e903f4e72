//! Who calls, as this room found out: what `$context.identity`, `$context.authorizer` and events show of it.

use std::sync::Arc;

use stagegate_plan::identity::Credential;
use stagegate_policy::Policy;

/// The caller of a request that was let in. Kept by the notes, where the later rooms and the logs find it.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    /// Who signed, for a method with `AWS_IAM`.
    pub(crate) iam: Option<IamCaller>,
    /// What the authorizer said, shared with its cache.
    pub(crate) authorizer: Option<Arc<AuthorizerAnswer>>,
    /// The policy that an authorizer's function answered with.
    pub(crate) policy: Option<Arc<Policy>>,
}

/// The principal behind a signature: `$context.identity` of AWS's reference of mapping variables.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IamCaller {
    /// `accessKey`
    pub(crate) access_key_id: Box<str>,
    /// `accountId`
    pub(crate) account: Box<str>,
    /// `caller` and `user`: the principal's unique id; of a session, `{role id}:{session name}`.
    pub(crate) user_id: Box<str>,
    /// `userArn`
    pub(crate) arn: Box<str>,
    /// What it signed with, for calls that are made as the caller.
    pub(crate) credential: Arc<Credential>,
    /// The session token, where it is a session.
    pub(crate) session_token: Option<Box<str>>,
}

/// What an authorizer said of a caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuthorizerAnswer {
    /// `principalId`; a token's authorizer gives none.
    pub(crate) principal_id: Option<Box<str>>,
    /// `$context.authorizer.{name}`: values as text, in the order they came in.
    pub(crate) context: Box<[(Box<str>, Box<str>)]>,
    /// `$context.authorizer.claims.{name}`: of a token, values as text.
    pub(crate) claims: Box<[(Box<str>, Box<str>)]>,
    /// Whether those texts are JSON, as a `JWT` authorizer gives them: events hold their values.
    pub(crate) claims_are_json: bool,
    /// The scopes of a token.
    pub(crate) scopes: Box<[Box<str>]>,
    /// The context as JSON, names in order and types kept, where events show it like that (fact H44).
    pub(crate) typed_context: Option<Box<str>>,
    /// `usageIdentifierKey`: the API key of the caller, where the API takes it from authorizers.
    pub(crate) usage_identifier_key: Option<Box<str>>,
}

impl AuthorizerAnswer {
    /// A value of the context.
    pub(crate) fn context(&self, name: &str) -> Option<&str> {
        find(&self.context, name)
    }

    /// A claim of the token.
    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        find(&self.claims, name)
    }
}

fn find<'v>(values: &'v [(Box<str>, Box<str>)], name: &str) -> Option<&'v str> {
    values.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
}
