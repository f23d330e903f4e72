//! Tags: what AWS takes for one, and the three operations on them.

use serde_json::json;
use stagegate_model::domain::{ApiArn, TagError, check_tag};
use stagegate_model::rest::StringMap;

use super::tagged::Tagged;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::quotas::Quotas;
use crate::transaction::Transaction;

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

/// Refuses more tags than a stage may have.
pub(crate) fn admit_to_stage(tags: &StringMap, quotas: &Quotas) -> Result<(), Fault> {
    let message = "Maximum number of tags for this stage has been reached.";
    quotas.admit("rest_tags_per_stage_count", tags.len().saturating_sub(1), message)
}

/// `GetTags`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let tags = Tagged::load(call, transaction).await?.tags()?.unwrap_or_default();
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
    let tagged = Tagged::load(call, transaction).await?;
    let mut tags = tagged.tags()?.unwrap_or_default();
    tags.extend(new.unwrap_or_default());
    if matches!(call.parameter("resource_arn").parse(), Ok(ApiArn::Stage { .. })) {
        admit_to_stage(&tags, &call.world.quotas)?;
    }
    tagged.store(settle(Some(tags))?, transaction).await
}

/// `UntagResource`: keys that are not there are no error.
pub(crate) async fn untag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = call.query.iter().filter(|(name, _)| name == "tagKeys");
    let keys: Vec<&str> = named.map(|(_, value)| value.as_str()).filter(|key| !key.is_empty()).collect();
    if keys.is_empty() {
        let mut input = Input::of(call)?;
        input.broken("null", "tagKeys", "Member must not be null");
        input.finish()?;
    }
    let tagged = Tagged::load(call, transaction).await?;
    let mut tags = tagged.tags()?.unwrap_or_default();
    tags.retain(|key, _| !keys.contains(&key.as_str()));
    tagged.store(Some(tags).filter(|tags| !tags.is_empty()), transaction).await
}
