//! Tags of HTTP APIs, their stages and VPC links.

use serde_json::{Value, json};
use stagegate_model::domain::partition_of;
use stagegate_model::keys::{HttpNoun, Key, is_segment};
use stagegate_model::rest::StringMap;

use super::{members, stage, vpc_link};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::rest::tags::settle;
use crate::transaction::Transaction;
use crate::verbs::{document, row_at};

const MEMBERS: &[members::Member] = &[members::required("tags", members::Form::TextMap)];

/// Where the noun of the call's ARN is stored, and what is said when it is not there.
fn place(call: &Call) -> Result<(Key, Fault), Fault> {
    let arn = call.parameter("resource-arn");
    let invalid = || Fault::bad_request(format!("Invalid ARN specified in the request: {arn}"));
    let region = &call.scope.region;
    let prefix = format!("arn:{}:apigateway:{region}::/", partition_of(region));
    let path: Vec<&str> = arn.strip_prefix(&prefix).ok_or_else(invalid)?.split('/').collect();
    match path[..] {
        ["apis", id] if is_segment(id) => Ok((call.scope.api(id).http_api(), call.no_such_api(id))),
        ["apis", id, "stages", name] if is_segment(id) && is_segment(name) => {
            let missing = super::stage::no_such_stage(name);
            Ok((call.scope.api(id).http_noun(HttpNoun::Stage, name), missing))
        }
        ["vpclinks", id] => Ok((vpc_link::key(call, id)?, vpc_link::missing(id))),
        _ => Err(invalid()),
    }
}

async fn load(call: &Call, transaction: &mut Transaction) -> Result<(Key, Value, StringMap), Fault> {
    let (key, missing) = place(call)?;
    let (key, row) = row_at::<Value>(transaction, key, || missing).await?;
    let tags = row.get("tags").cloned().map(serde_json::from_value).transpose();
    let tags = tags.map_err(|error| Fault::internal(error.to_string()))?;
    Ok((key, row, tags.unwrap_or_default()))
}

fn store(key: &Key, mut row: Value, tags: &StringMap, transaction: &mut Transaction) -> Result<Reply, Fault> {
    row["tags"] = document(tags)?;
    transaction.put(&key.to_string(), &row)?;
    Ok(Reply::Empty)
}

/// `GetTags`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (.., tags) = load(call, transaction).await?;
    Ok(Reply::Document(json!({ "tags": tags })))
}

/// `TagResource`: adds to the tags there are.
pub(crate) async fn tag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut made = members::made(call, MEMBERS)?;
    let new = made.shift_remove("tags").map(serde_json::from_value::<StringMap>).transpose();
    let new = new.map_err(|error| Fault::internal(error.to_string()))?;
    let (key, row, mut tags) = load(call, transaction).await?;
    tags.extend(new.unwrap_or_default());
    let tags = settle(Some(tags))?.unwrap_or_default();
    if matches!(key, Key::OfHttpApi(_, HttpNoun::Stage, _)) {
        stage::admit_tags(tags.len(), call)?;
    }
    store(&key, row, &tags, transaction)?;
    Ok(Reply::Document(json!({})))
}

/// `UntagResource`: keys that are not there are no error.
pub(crate) async fn untag(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = call.query.iter().filter(|(name, _)| name == "tagKeys");
    let keys: Vec<&str> = named.map(|(_, value)| value.as_str()).collect();
    if keys.is_empty() {
        return Err(Fault::bad_request("TagKeys is a required parameter"));
    }
    let (key, row, mut tags) = load(call, transaction).await?;
    tags.retain(|key, _| !keys.contains(&key.as_str()));
    store(&key, row, &tags, transaction)
}
