//! What calls of CloudWatch Logs ask leave for (Service Authorization Reference, "Actions, resources, and condition keys for
//! Amazon CloudWatch Logs").

use serde_json::Value;
use stagegate_policy::Context;

use super::call::{arn, beside, body, name_of, on_store};
use crate::call::Call;

/// What an operation is about, as its own members name it. Members that it does not have are ignored where it does its work, so
/// they must not say either what it asks leave for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// Any group.
    All,
    /// A group by `resourceArn`.
    Arn,
    /// A group, with all of its streams.
    Group,
    /// One stream of a group.
    Stream,
}

impl About {
    fn of(call: &Call) -> Self {
        match call.operation.name {
            "DescribeLogGroups" => Self::All,
            "ListTagsForResource" | "TagResource" | "UntagResource" => Self::Arn,
            "CreateLogStream" | "DeleteLogStream" | "GetLogEvents" | "PutLogEvents" => Self::Stream,
            _ => Self::Group,
        }
    }

    /// The members that name the group.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::All => &[],
            Self::Arn => &["resourceArn"],
            Self::Group | Self::Stream => &["logGroupName", "logGroupIdentifier"],
        }
    }
}

/// The action of a call and the ARN that it is about. As on AWS, what is about a group is asked for as about a stream
/// without a name, so that a policy says `log-group:NAME:*`; only tags by ARN are about the group itself.
pub(crate) fn asked(call: &Call) -> (String, String) {
    let action = format!("logs:{}", call.operation.name);
    let group = arn(call, &group_of(call));
    let body = body(call);
    let resource = match About::of(call) {
        About::Arn => group,
        About::All | About::Group => format!("{group}:log-stream:"),
        About::Stream => format!("{group}:log-stream:{}", body["logStreamName"].as_str().unwrap_or_default()),
    };
    (action, resource)
}

/// The name of the group that a call is about; empty where it is about all of them.
fn group_of(call: &Call) -> String {
    let body = body(call);
    let member = About::of(call).members().iter().find_map(|name| body[*name].as_str());
    member.map_or_else(String::new, |given| name_of(call, given).unwrap_or_else(|_| given.to_owned()))
}

/// Adds the condition keys of the tags that an operation sets or removes.
pub(crate) fn fill_request(context: &mut Context, call: &Call) {
    let body = body(call);
    let mut keys: Vec<String> = Vec::new();
    match call.operation.name {
        "CreateLogGroup" | "TagLogGroup" | "TagResource" => {
            for (key, value) in body["tags"].as_object().into_iter().flatten() {
                context.set(&format!("aws:RequestTag/{key}"), value.as_str().unwrap_or_default());
                keys.push(key.clone());
            }
        }
        "UntagLogGroup" => keys.extend(texts(&body["tags"])),
        "UntagResource" => keys.extend(texts(&body["tagKeys"])),
        _ => {}
    }
    context.set_all("aws:TagKeys", keys);
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned))
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
