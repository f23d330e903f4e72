//! `VpcLink` of version 2: a way into a private network, by its subnets.

use serde_json::{Map, Value, json};
use stagegate_model::http::{Integration, VpcLink};
use stagegate_model::keys::{AccountNoun, HttpNoun, Key, is_segment};

use super::members::{self, Form, Member, at_first, required};
use super::verbs::{members_of, parse};
use super::{now, page};
use crate::account_verbs::count_write;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::rest::tags;
use crate::transaction::Transaction;
use crate::verbs::{document, row_at};

const MEMBERS: &[Member] = &[
    required("name", Form::Text(1, 128)),
    at_first("securityGroupIds", Form::Texts),
    required("subnetIds", Form::Texts),
    at_first("tags", Form::TextMap),
];

pub(super) fn missing(id: &str) -> Fault {
    Fault::not_found(format!("VpcLink {id} not found"))
}

/// Where a link's row is.
pub(super) fn key(call: &Call, id: &str) -> Result<Key, Fault> {
    if is_segment(id) { Ok(call.scope.noun(AccountNoun::HttpVpcLink, id)) } else { Err(missing(id)) }
}

async fn load(call: &Call, transaction: &mut Transaction) -> Result<(Key, VpcLink), Fault> {
    let id = call.parameter("vpcLinkId");
    row_at(transaction, key(call, id)?, || missing(id)).await
}

/// `CreateVpcLink`. AWS takes minutes and answers `PENDING`; here nothing has to be built in between.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let made = members::made(call, MEMBERS)?;
    let subnets = made.get("subnetIds").and_then(Value::as_array).map_or(0, Vec::len);
    if subnets == 0 {
        return Err(Fault::bad_request("SubnetIds must not be empty"));
    }
    for (list, name) in [("subnetIds", "SubnetIds"), ("securityGroupIds", "SecurityGroupIds")] {
        if made.get(list).and_then(Value::as_array).is_some_and(|ids| ids.contains(&Value::from(""))) {
            return Err(Fault::bad_request(format!("{name} must not have an empty id")));
        }
    }
    let message = "Maximum number of subnets for this VPC link has been reached.";
    call.world.quotas.admit_or_throttle("http_subnets_per_vpc_link_count", subnets - 1, message)?;
    count_write(call, transaction).await?;
    let prefix = call.scope.nouns_prefix(AccountNoun::HttpVpcLink);
    let have = transaction.list::<Value>(&prefix).await?.len();
    let message = "Maximum number of VPC links for this account has been reached.";
    call.world.quotas.admit_or_throttle("http_vpc_links_count", have, message)?;
    let id = call.new_noun_id();
    let mut link = defaults(call, &id);
    link.extend(made);
    let mut link: VpcLink = parse(link)?;
    link.tags = Some(tags::settle(link.tags.take())?.unwrap_or_default());
    transaction.put(&key(call, &id)?.to_string(), &link)?;
    Ok(Reply::Document(document(&link)?))
}

fn defaults(call: &Call, id: &str) -> Map<String, Value> {
    let defaults = json!({
        "createdDate": now(call),
        "securityGroupIds": [],
        "tags": {},
        "vpcLinkId": id,
        "vpcLinkStatus": "AVAILABLE",
        "vpcLinkStatusMessage": "VPC link is ready to route traffic",
        "vpcLinkVersion": "V2",
    });
    defaults.as_object().cloned().unwrap_or_default()
}

/// `GetVpcLink`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    Ok(Reply::Document(document(&load(call, transaction).await?.1)?))
}

/// `GetVpcLinks`.
pub(crate) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let rows = transaction.list::<Value>(&call.scope.nouns_prefix(AccountNoun::HttpVpcLink)).await?;
    page::cut(call, rows.into_iter())
}

/// `UpdateVpcLink`: its name.
pub(crate) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut change = members::changed(call, MEMBERS)?;
    change.retain(|name, _| name == "name");
    let (key, before) = load(call, transaction).await?;
    let mut link = members_of(&before)?;
    members::merge(&mut link, change, MEMBERS);
    let link: VpcLink = parse(link)?;
    transaction.put(&key.to_string(), &link)?;
    Ok(Reply::Document(document(&link)?))
}

/// `DeleteVpcLink`: not of one that an integration uses.
pub(crate) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    count_write(call, transaction).await?;
    let (key, link) = load(call, transaction).await?;
    let apis: Vec<Value> = transaction.list_direct(&call.scope.http_apis_prefix(), None, usize::MAX).await?;
    for api in apis {
        let scope = call.scope.api(api["apiId"].as_str().unwrap_or_default());
        let prefix = scope.http_nouns_prefix(HttpNoun::Integration);
        let integrations = transaction.list::<Integration>(&prefix).await?;
        if integrations.iter().any(|(_, it)| it.connection_id.as_ref() == Some(&link.vpc_link_id)) {
            let id = &link.vpc_link_id;
            return Err(Fault::bad_request(format!("Cannot delete VPC link {id}, it is used in API {}", scope.api_id)));
        }
    }
    transaction.delete(&key.to_string());
    Ok(Reply::Empty)
}
