//! What comes of asking an authorizer's function.

use std::sync::Arc;

use bytes::Bytes;
use stagegate_policy::Policy;

use super::answer::{Decided, Unusable};
use crate::authorize::AuthorizerAnswer;
use crate::observe::AuthorizerCall;

/// A decision, ready to be asked about any method.
#[derive(Debug)]
pub(crate) struct Decision {
    /// What rooms, templates and events see of it.
    pub(crate) answer: Arc<AuthorizerAnswer>,
    /// The policy: one, as policies of identities are passed.
    pub(crate) policies: [Arc<Policy>; 1],
    /// Bytes that it holds, about.
    pub(super) bytes: usize,
}

/// What came of one call of the function, for everybody who waited for it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The call; none where there was none to be made.
    pub(crate) call: Option<AuthorizerCall>,
    /// What the function answered, for logs.
    pub(crate) payload: Option<Bytes>,
    /// What it means.
    pub(crate) verdict: Result<Arc<Decision>, Denied>,
}

/// Why there is no decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denied {
    /// 401: the function said so.
    Unauthorized,
    /// 429: the authorizer's function is asked as often at once as it may be.
    Busy,
    /// 500: the authorizer cannot be used.
    Unusable(Unusable),
}

impl Outcome {
    /// Nobody was asked.
    pub(super) fn unasked(denied: Denied) -> Self {
        Self { call: None, payload: None, verdict: Err(denied) }
    }
}

impl From<Decided> for Decision {
    fn from(decided: Decided) -> Self {
        let Decided { answer, policy, document } = decided;
        let pairs = answer.context.iter().map(|(name, value)| name.len() + value.len() + 32).sum::<usize>();
        // A parsed document takes a few times its text.
        let typed = answer.typed_context.as_ref().map_or(0, |context| context.len());
        let bytes = typed + pairs + 4 * document.len() + answer.principal_id.as_ref().map_or(0, |id| id.len());
        Self { answer: Arc::new(answer), policies: [Arc::new(policy)], bytes }
    }
}
