//! Tags of APIs and stages, which are parts of their rows.

use std::collections::BTreeMap;

use serde_json::json;
use stagegate_model::domain::{ApiArn, TagError, check_tag};
use stagegate_model::keys::{ApiScope, Key, is_segment};
use stagegate_model::rest::{RestApi, Stage, StringMap};

use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;
use crate::verbs::{bump, row_at};

/// Tags that one noun can have (AWS's general rule).
const MOST_TAGS: usize = 50;

/// Checks tags and drops an empty map.
pub(crate) fn settle(tags: Option<StringMap>) -> Result<Option<StringMap>, Fault> {
    let tags = tags.unwrap_or_default();
    for (key, value) in &tags {
        check_tag(key, value).map_err(|error| {
            Fault::bad_request(match error {
                TagError::Reserved => format!("Invalid tag key specified: {key}. The prefix aws: is reserved"),
                other => format!("Invalid tag specified: {other}"),
            })
        })?;
    }
    if tags.len() > MOST_TAGS {
        return Err(Fault::bad_request(format!("Too many tags specified, the maximum is {MOST_TAGS}")));
    }
    Ok(Some(tags).filter(|tags| !tags.is_empty()))
}

/// A noun that has tags.
enum Tagged {
    Api(Key, Box<RestApi>),
    Stage(Key, Box<Stage>),
}

impl Tagged {
    async fn load(call: &Call, transaction: &mut Transaction) -> Result<(ApiScope, Self), Fault> {
        let text = call.parameter("resource_arn");
        let invalid = || Fault::bad_request(format!("Invalid ARN specified in the request: {text}"));
        let arn: ApiArn = text.parse().map_err(|_| invalid())?;
        let (ApiArn::RestApi { api_id, .. } | ApiArn::Stage { api_id, .. }) = &arn;
        if arn.region() != call.scope.region || !is_segment(api_id) {
            return Err(invalid());
        }
        let api = call.scope.api(api_id);
        let (key, rest_api) = row_at(transaction, api.rest_api(), || call.no_such_api(api_id)).await?;
        let ApiArn::Stage { stage_name, .. } = &arn else { return Ok((api, Self::Api(key, Box::new(rest_api)))) };
        let missing = || Fault::not_found("Invalid stage identifier specified");
        let (key, stage) = row_at(transaction, api.stage(stage_name), missing).await?;
        Ok((api, Self::Stage(key, Box::new(stage))))
    }

    fn tags(&mut self) -> &mut Option<StringMap> {
        match self {
            Self::Api(_, rest_api) => &mut rest_api.tags,
            Self::Stage(_, stage) => &mut stage.tags,
        }
    }

    async fn store(self, api: &ApiScope, transaction: &mut Transaction) -> Result<Reply, Fault> {
        match self {
            Self::Api(key, rest_api) => transaction.put(&key.to_string(), &rest_api)?,
            Self::Stage(key, stage) => transaction.put(&key.to_string(), &stage)?,
        }
        bump(api, transaction).await?;
        Ok(Reply::Empty)
    }
}

/// `GetTags`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (_, mut tagged) = Tagged::load(call, transaction).await?;
    let tags = tagged.tags().take().unwrap_or_default();
    Ok(Reply::Document(json!({ "tags": tags })))
}

/// `TagResource`: adds to the tags there are.
pub(crate) async fn tag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let new = input.text_map("tags")?;
    if new.is_none() {
        input.broken("null", "tags", "Member must not be null");
    }
    input.finish()?;
    let (api, mut tagged) = Tagged::load(call, transaction).await?;
    let mut tags: BTreeMap<String, String> = tagged.tags().take().unwrap_or_default();
    tags.extend(new.unwrap_or_default());
    *tagged.tags() = settle(Some(tags))?;
    tagged.store(&api, transaction).await
}

/// `UntagResource`: keys that are not there are no error.
pub(crate) async fn untag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = call.query.iter().filter(|(name, _)| name == "tagKeys");
    let keys: Vec<&str> = named.flat_map(|(_, value)| value.split(',')).filter(|key| !key.is_empty()).collect();
    if keys.is_empty() {
        let mut input = Input::of(call)?;
        input.broken("null", "tagKeys", "Member must not be null");
        input.finish()?;
    }
    let (api, mut tagged) = Tagged::load(call, transaction).await?;
    let mut tags = tagged.tags().take().unwrap_or_default();
    tags.retain(|key, _| !keys.contains(&key.as_str()));
    *tagged.tags() = Some(tags).filter(|tags| !tags.is_empty());
    tagged.store(&api, transaction).await
}
