//! Token buckets of accounts and stages: a rate, and the word that outlives it from plan to plan.

use std::sync::Arc;

use stagegate_state::{Bucket, BucketName, Rate, Word};

use crate::snapshot::ApiFacts;
use crate::tree::RouteId;

/// A rate with the state of its bucket.
#[derive(Debug)]
pub struct RateLimit {
    /// The rate and the burst.
    pub rate: Rate,
    /// The bucket's state, carried over from plan to plan.
    pub word: Arc<Word>,
}

impl RateLimit {
    /// A rate whose bucket is that of before, if there was one; a change is from now on, by the limiter's clock.
    pub fn new(rate: Rate, before: Option<&Self>, now_ns: u64) -> Self {
        match before {
            Some(before) => Self { rate: rate.following(&before.rate, now_ns), word: Arc::clone(&before.word) },
            None => Self { rate, word: Arc::default() },
        }
    }
}

/// The limit of one method of a stage.
#[derive(Debug)]
pub struct MethodLimit {
    /// `{resource path}/{VERB}`, which names the bucket.
    pub method: Box<str>,
    /// The limit.
    pub limit: RateLimit,
}

/// What limits the requests of a stage, whoever sends them.
#[derive(Debug, Default)]
pub struct StageRates {
    /// Of the whole account in the region, shared by its APIs.
    pub account: Option<Arc<RateLimit>>,
    /// Of each route, by route id; empty where no route has one.
    pub routes: Box<[Option<MethodLimit>]>,
}

impl StageRates {
    /// The limit of a route.
    pub fn route(&self, route: RouteId) -> Option<&MethodLimit> {
        self.routes.get(route.0 as usize)?.as_ref()
    }

    /// The limit that a method had, by its name.
    pub fn method(&self, name: &str) -> Option<&MethodLimit> {
        self.routes.iter().flatten().find(|limit| *limit.method == *name)
    }

    /// The bucket of a route.
    pub fn route_bucket<'p>(&'p self, route: RouteId, api: &'p ApiFacts, stage: &'p str) -> Option<Bucket<'p>> {
        let MethodLimit { method, limit } = self.route(route)?;
        let name = BucketName::Stage { api: &api.id, stage, method };
        Some(Bucket { name, word: &limit.word, rate: &limit.rate })
    }

    /// The bucket of the account.
    pub fn account_bucket<'p>(&'p self, api: &'p ApiFacts) -> Option<Bucket<'p>> {
        let limit = self.account.as_deref()?;
        let name = BucketName::Account { account: &api.account, region: &api.region };
        Some(Bucket { name, word: &limit.word, rate: &limit.rate })
    }
}
