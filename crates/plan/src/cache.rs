//! The response cache of a stage: which answers are kept, for how long, and what tells them apart.
//!
//! What tells answers apart belongs to the route ([`CacheKeyPlan`]), everything else to the stage ([`StageCache`]).

use std::sync::Arc;

use stagegate_mapping::RequestSource;
use stagegate_state::ResponseCache;

use crate::tree::RouteId;
use crate::verb::Verb;

/// What tells a route's answers apart. Parameters that are not among these do not (fact C2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKeyPlan {
    /// `cacheNamespace`: routes with the same one share answers.
    pub namespace: Box<str>,
    /// `cacheKeyParameters`, in the order of their names, none twice.
    pub parameters: Box<[CacheParameter]>,
    /// How long answers are kept, in seconds, where the route says so itself and not the stage; at least 1.
    pub own_ttl_s: Option<u32>,
}

impl CacheKeyPlan {
    /// Whether a header, given in lower case, is part of the key.
    pub fn has_header(&self, name: &str) -> bool {
        let is_it = |known: &str| known.eq_ignore_ascii_case(name);
        self.parameters.iter().any(|parameter| match &parameter.source {
            RequestSource::Header(known) | RequestSource::MultiHeader(known) => is_it(known),
            _ => false,
        })
    }

    /// Whether the request's content is part of the key, so that it is read before the look-up.
    pub fn reads_body(&self) -> bool {
        self.parameters.iter().any(|parameter| matches!(parameter.source, RequestSource::Body(_)))
    }
}

/// One parameter of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheParameter {
    /// As it was written, such as `method.request.header.Authorization` or `integration.request.path.id`.
    pub written: Box<str>,
    /// Where its values come from.
    pub source: RequestSource,
}

/// The response cache of a stage. A canary's is the stage's; [`crate::StagePlan::cache_scope`] tells whose answers are whose.
#[derive(Debug, Clone)]
pub struct StageCache {
    /// Where the answers are.
    pub store: Arc<dyn ResponseCache>,
    /// Of which life of the cache they are: with another one the store is another, empty one (fact C7).
    pub life: CacheLife,
    /// Who calls is part of every key, too. AWS's keys are the listed parameters and nothing else.
    pub varies_by_principal: bool,
    /// What is cached of each route, by route id.
    pub routes: Box<[Option<RouteCache>]>,
}

impl StageCache {
    /// How answers to this verb are cached, if they are.
    pub fn of(&self, route: RouteId, verb: Verb) -> Option<&CacheSettings> {
        self.routes.get(route.0 as usize)?.as_ref()?.of(verb)
    }
}

/// One life of a stage's cache: it ends with a change of its size, and with a flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheLife {
    /// The most bytes it may take.
    pub bytes: u64,
    /// Another number after each flush.
    pub flush: u64,
}

/// What is cached of one route: only some verbs where it takes any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteCache {
    /// The verbs with their settings; none twice.
    pub verbs: Box<[(Verb, CacheSettings)]>,
}

impl RouteCache {
    /// How answers to this verb are cached, if they are.
    pub fn of(&self, verb: Verb) -> Option<&CacheSettings> {
        self.verbs.iter().find(|(known, _)| *known == verb).map(|(_, settings)| settings)
    }
}

/// How answers are cached (fact C8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// `cacheTtlInSeconds`: how long, at least 1 (AWS: at most 3,600).
    pub ttl_s: u32,
    /// `cacheDataEncrypted`: entries are ciphertext in memory.
    pub is_encrypted: bool,
    /// Who may have an answer made anew by `Cache-Control: max-age=0`.
    pub invalidation: Invalidation,
}

/// Who may have an answer made anew (facts C4 and C5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalidation {
    /// `requireAuthorizationForCacheControl: false`: everybody.
    Anyone,
    /// Whoever may `execute-api:InvalidateCache`; others get this.
    Permitted(Unpermitted),
}

/// `unauthorizedCacheControlHeaderStrategy`: what others get who ask for a new answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpermitted {
    /// `FAIL_WITH_403`
    Refused,
    /// `SUCCEED_WITH_RESPONSE_HEADER`: the cached answer, with a warning.
    Warned,
    /// `SUCCEED_WITHOUT_RESPONSE_HEADER`: the cached answer.
    Silent,
}
