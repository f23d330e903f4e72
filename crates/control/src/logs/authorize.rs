//! What calls of CloudWatch Logs ask leave for (Service Authorization Reference, "Actions, resources, and condition keys for
//! Amazon CloudWatch Logs").

use stagegate_policy::Context;

use super::call::{arn, beside, body, name_of, on_store};
use crate::call::Call;

/// The action of a call and the ARN that it is about. As on AWS, what is about a group is asked for as about a stream
/// without a name, so that a policy says `log-group:NAME:*`; only tags by ARN are about the group itself.
pub(crate) fn asked(call: &Call) -> (String, String) {
    let body = body(call);
    let text = |member: &str| body[member].as_str().unwrap_or_default();
    let action = format!("logs:{}", call.operation.name);
    let name = group_of(call);
    if body["resourceArn"].is_string() {
        return (action, arn(call, &name));
    }
    (action, format!("{}:log-stream:{}", arn(call, &name), text("logStreamName")))
}

/// The name of the group that a call is about; empty where it is about all of them.
fn group_of(call: &Call) -> String {
    let body = body(call);
    let member = ["logGroupName", "logGroupIdentifier", "resourceArn"].into_iter().find_map(|name| body[name].as_str());
    member.map_or_else(String::new, |given| name_of(call, given).unwrap_or_else(|_| given.to_owned()))
}

/// Adds the condition keys of what a call says.
pub(crate) fn fill_request(context: &mut Context, call: &Call) {
    let body = body(call);
    let mut keys: Vec<String> = Vec::new();
    for (key, value) in body["tags"].as_object().into_iter().flatten() {
        context.set(&format!("aws:RequestTag/{key}"), value.as_str().unwrap_or_default());
        keys.push(key.clone());
    }
    let removed = ["tagKeys", "tags"].into_iter().filter_map(|name| body[name].as_array()).flatten();
    keys.extend(removed.filter_map(|key| key.as_str().map(str::to_owned)));
    context.set_all("aws:TagKeys", keys);
}

/// Adds the tags of the group.
pub(crate) async fn fill_stored(context: &mut Context, call: &Call) {
    let name = beside(call, &group_of(call));
    if let Ok(group) = on_store(call, "log group", move |store| store.group(&name)).await {
        for (key, value) in group.tags {
            context.set(&format!("aws:ResourceTag/{key}"), value);
        }
    }
}
