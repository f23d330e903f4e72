//! What calls of Lambda's API ask leave for (Service Authorization Reference, "Actions, resources, and condition keys for AWS
//! Lambda").

use serde_json::Value;
use stagegate_model::keys::AccountNoun;
use stagegate_model::lambda::{FunctionRow, function_arn};
use stagegate_policy::Context;

use super::name::Named;
use crate::call::Call;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// The action of a call and the ARN that it is about.
pub(crate) fn asked(call: &Call) -> (String, String) {
    let action = match call.operation.name {
        "Invoke" | "InvokeWithResponseStream" => "InvokeFunction",
        other => other,
    };
    let resource = match named(call) {
        None => "*".to_owned(),
        // Only what is invoked or has a policy of its own is asked about by its qualifier.
        Some(named) if matches!(action, "InvokeFunction" | "InvokeAsync") => named.arn(&call.scope),
        Some(named) => function_arn(&call.scope, &named.name, None),
    };
    (format!("lambda:{action}"), resource)
}

/// The function of a call; its qualifier may stand in the query.
fn named(call: &Call) -> Option<Named> {
    if call.operation.name == "CreateFunction" {
        return Named::parse(body(call)["FunctionName"].as_str()?, &call.scope).ok();
    }
    match (call.parameter("FunctionName"), call.parameter("Resource")) {
        ("", "") => None,
        ("", arn) => Named::parse(arn, &call.scope).ok(),
        _ => Named::of(call).ok(),
    }
}

fn body(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap_or_default()
}

/// Adds the condition keys of what a call says.
pub(crate) fn fill_request(context: &mut Context, call: &Call) {
    let body = if call.operation.name.starts_with("Invoke") { Value::Null } else { body(call) };
    let tags = body["Tags"].as_object().into_iter().flatten();
    let mut keys: Vec<String> = Vec::new();
    for (key, value) in tags {
        context.set(&format!("aws:RequestTag/{key}"), value.as_str().unwrap_or_default());
        keys.push(key.clone());
    }
    keys.extend(call.query.iter().filter(|(name, _)| name == "tagKeys").map(|(_, key)| key.clone()));
    context.set_all("aws:TagKeys", keys);
    for (member, key) in [("Principal", "lambda:Principal"), ("AuthType", "lambda:FunctionUrlAuthType")] {
        if let Some(value) = body[member].as_str() {
            context.set(key, value);
        }
    }
    if let Some(value) = body["FunctionUrlAuthType"].as_str() {
        context.set("lambda:FunctionUrlAuthType", value);
    }
}

/// Adds the tags of the function.
pub(crate) async fn fill_stored(
    context: &mut Context,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let Some(named) = named(call) else { return Ok(()) };
    let key = call.scope.noun(AccountNoun::Function, &named.name).to_string();
    let row = transaction.get::<FunctionRow>(&key).await?;
    for (name, value) in row.iter().flat_map(|row| &row.tags) {
        context.set(&format!("aws:ResourceTag/{name}"), value.clone());
    }
    if let Some(row) = &row {
        context.set("lambda:FunctionArn", row.latest.configuration.function_arn.clone());
    }
    Ok(())
}
