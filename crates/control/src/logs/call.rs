//! What every operation does: read its members, and work with the store.

use serde::de::DeserializeOwned;
use serde_json::Value;
use stagegate_model::domain::partition_of;
use stagegate_telemetry::logs::{GroupName, LogError, LogStore};
use tokio::sync::oneshot;

use super::fault::{LogsFault, constraint, fault, invalid, of_store};
use crate::call::Call;
use crate::fault::{Fault, FaultKind};

/// The members of a call. Members nobody asks for are ignored, as on AWS.
pub(super) fn members<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    let body = if call.body.is_empty() { b"{}" } else { call.body.as_ref() };
    // A structure would be read from a list, too, whose items nobody has asked leave for.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Fault::new(FaultKind::Serialization, "The body is a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| Fault::new(FaultKind::Serialization, error.to_string()))
}

/// The members of a call as they came; none of a body that is no object.
pub(super) fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap_or_default()
}

/// Works with the store, where waiting for the disk is allowed.
pub(super) async fn on_store<T: Send + 'static>(
    call: &Call,
    made: &str,
    work: impl FnOnce(&LogStore) -> Result<T, LogError> + Send + 'static,
) -> Result<T, Fault> {
    let (done, result) = oneshot::channel();
    // Who asked may be gone when the work is done.
    let is_there = call.world.log_events.with_store(Box::new(move |store| _ = done.send(work(store)))).await;
    let unavailable = || fault(LogsFault::ServiceUnavailable, "There is no store of log events here");
    if !is_there {
        return Err(unavailable());
    }
    result.await.map_err(|_| unavailable())?.map_err(|error| of_store(&error, made))
}

/// Now, in milliseconds since 1970.
pub(super) fn now_ms(call: &Call) -> i64 {
    let since = call.world.clock.now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The most characters of a group's or a stream's name.
const NAME_CHARS: usize = 512;

/// A group by its name.
pub(super) fn group(call: &Call, name: &str) -> Result<GroupName, Fault> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte);
    if !(1..=NAME_CHARS).contains(&name.len()) || !name.bytes().all(is_plain) {
        return Err(constraint(
            name,
            "logGroupName",
            "Member must have length between 1 and 512 and satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
        ));
    }
    Ok(beside(call, name))
}

/// The group of a name in the account and the region of a call.
pub(super) fn beside(call: &Call, name: &str) -> GroupName {
    let (account, region) = (call.scope.account.clone(), call.scope.region.clone());
    GroupName { account, region, name: name.to_owned() }
}

/// A group by its name or, where that may be, by its ARN.
pub(super) fn group_of(call: &Call, name: Option<&str>, identifier: Option<&str>) -> Result<GroupName, Fault> {
    match (name, identifier) {
        (Some(name), None) => group(call, name),
        (None, Some(identifier)) => group(call, &name_of(call, identifier)?),
        (None, None) => Err(invalid("LogGroupName or LogGroupIdentifier must be specified")),
        (Some(_), Some(_)) => Err(invalid("LogGroupName and LogGroupIdentifier cannot both be specified")),
    }
}

/// The name in an identifier, which is a name or an ARN of this account and region.
pub(super) fn name_of(call: &Call, identifier: &str) -> Result<String, Fault> {
    if !identifier.starts_with("arn:") {
        return Ok(identifier.to_owned());
    }
    let prefix = arn(call, "");
    let name = identifier.strip_prefix(&prefix).map(|name| name.strip_suffix(":*").unwrap_or(name));
    name.map(str::to_owned).ok_or_else(|| fault(LogsFault::ResourceNotFound, "The specified log group does not exist."))
}

/// A stream's name.
pub(super) fn stream(name: &str) -> Result<&str, Fault> {
    if (1..=NAME_CHARS).contains(&name.chars().count()) && !name.contains([':', '*']) {
        return Ok(name);
    }
    let rule = "Member must have length between 1 and 512 and satisfy regular expression pattern: [^:*]*";
    Err(constraint(name, "logStreamName", rule))
}

/// A limit of a page.
pub(super) fn limit(given: Option<i64>, default: usize, most: usize) -> Result<usize, Fault> {
    let Some(given) = given else { return Ok(default) };
    let limit = usize::try_from(given).ok().filter(|limit| (1..=most).contains(limit));
    limit
        .ok_or_else(|| constraint(&given.to_string(), "limit", &format!("Member must have value between 1 and {most}")))
}

/// The ARN of a group, without the `:*` that most answers have behind it.
pub(super) fn arn(call: &Call, group: &str) -> String {
    let (region, account) = (&call.scope.region, &call.scope.account);
    format!("arn:{}:logs:{region}:{account}:log-group:{group}", partition_of(region))
}
