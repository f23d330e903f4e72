//! `TagResource`, `UntagResource`, `ListTags`: tags of functions.

use serde_json::json;
use stagegate_model::domain::check_tag;
use stagegate_model::rest::StringMap;

use super::fault::invalid;
use super::name::Named;
use super::row;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// Tags that a function can have (AWS's general rule).
const MOST_TAGS: usize = 50;

/// Checks tags.
pub(super) fn settle(tags: Option<StringMap>) -> Result<StringMap, Fault> {
    let tags = tags.unwrap_or_default();
    for (key, value) in &tags {
        check_tag(key, value).map_err(|error| invalid(format!("Invalid tag specified: {error}")))?;
    }
    if tags.len() > MOST_TAGS {
        return Err(invalid(format!("Too many tags specified, the maximum is {MOST_TAGS}")));
    }
    Ok(tags)
}

/// The function of a call's ARN: tags belong to whole functions.
fn tagged(call: &Call) -> Result<Named, Fault> {
    let arn = call.parameter("Resource");
    let named = Named::parse(arn, &call.scope)?;
    if !arn.starts_with("arn:") || named.qualifier.is_some() {
        return Err(invalid(format!("Tags belong to functions, and {arn} is not the ARN of one")));
    }
    Ok(named)
}

/// `TagResource`: adds to the tags there are.
pub(super) async fn tag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = tagged(call)?;
    let mut input = Input::of(call)?;
    let new = input.text_map("Tags")?.unwrap_or_default();
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    row.tags.extend(new);
    row.tags = settle(Some(row.tags))?;
    row::store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `UntagResource`
pub(super) async fn untag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut row = row::load_own(&tagged(call)?, call, transaction).await?;
    row.tags.retain(|key, _| !call.query.iter().any(|(name, asked)| name == "tagKeys" && asked == key));
    row::store(&row, call, transaction)?;
    Ok(Reply::Empty)
}

/// `ListTags`
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row = row::load(&tagged(call)?, call, transaction).await?;
    Ok(Reply::Document(json!({"Tags": row.tags})))
}
