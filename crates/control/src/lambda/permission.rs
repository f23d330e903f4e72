//! `AddPermission`, `RemovePermission`, `GetPolicy`: who may invoke a function, besides those whom their own policies allow.

use serde_json::{Map, Value, json};
use stagegate_model::lambda::{FunctionRow, ResourcePolicy};
use stagegate_policy::{Limits, Policy, PolicyKind};

use super::fault::{LambdaFault, conflict, constraint, fault, invalid, not_found};
use super::name::Named;
use super::row;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// Bytes of a resource policy (AWS, "Lambda quotas").
const POLICY_BYTES: usize = 20 * 1_024;

/// Conditions: the member of the call, the operator and the key.
const CONDITIONS: [(&str, &str, &str); 5] = [
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
];

/// `AddPermission`.
pub(super) async fn add(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut input = Input::of(call)?;
    let sid = input.text("StatementId")?.unwrap_or_default();
    let statement = statement(&mut input, &sid, &named.arn(&call.scope))?;
    let revision = input.text("RevisionId")?;
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    check_there(&row, &named, call)?;
    let policy = row.policies.entry(place(&named)).or_default();
    if !policy.revision_id.is_empty() {
        row::check_revision(revision.as_deref(), &policy.revision_id)?;
    }
    if policy.statements.iter().any(|one| one["Sid"] == sid.as_str()) {
        return Err(conflict(format!(
            "The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing \
             statement."
        )));
    }
    policy.statements.push(statement.clone());
    check_document(policy)?;
    policy.revision_id = row::new_revision(call);
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(json!({"Statement": statement.to_string()})))
}

/// Where in the row the policy of a function, a version or an alias is.
fn place(named: &Named) -> String {
    named.qualifier.clone().unwrap_or_default()
}

fn check_there(row: &FunctionRow, named: &Named, call: &Call) -> Result<(), Fault> {
    if named.qualifier.as_deref() == Some(stagegate_model::lambda::LATEST) {
        return Err(invalid("We currently do not support adding policies for $LATEST."));
    }
    row::version(row, named, call).map(drop)
}

/// The statement that a call describes.
fn statement(input: &mut Input, sid: &str, resource: &str) -> Result<Value, Fault> {
    let is_sid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !(1..=100).contains(&sid.len()) || !sid.bytes().all(is_sid) {
        return Err(constraint(sid, "statementId", "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"));
    }
    let action = input.text("Action")?.unwrap_or_default();
    let is_action = |name: &str| name == "*" || name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !(action == "*" || action.strip_prefix("lambda:").is_some_and(is_action)) {
        let rule = "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])";
        return Err(constraint(&action, "action", rule));
    }
    let principal = principal(&input.text("Principal")?.unwrap_or_default())?;
    let mut conditions: Map<String, Value> = Map::new();
    let mut condition = |operator: &str, key: &str, value: String| {
        let keys = conditions.entry(operator).or_insert_with(|| json!({}));
        keys[key] = Value::String(value);
    };
    for (member, operator, key) in CONDITIONS {
        if let Some(value) = input.text(member)? {
            condition(operator, key, value);
        }
    }
    if input.flag("InvokedViaFunctionUrl")?.unwrap_or_default() {
        condition("Bool", "lambda:InvokedViaFunctionUrl", "true".to_owned());
    }
    let mut statement =
        json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource});
    if !conditions.is_empty() {
        statement["Condition"] = Value::Object(conditions);
    }
    Ok(statement)
}

/// A service, an account, an ARN, or everybody.
fn principal(text: &str) -> Result<Value, Fault> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if text == "*" {
        Ok(json!("*"))
    } else if is_account {
        Ok(json!({"AWS": format!("arn:aws:iam::{text}:root")}))
    } else if text.starts_with("arn:") {
        Ok(json!({"AWS": text}))
    } else if text.contains('.') && !text.contains(char::is_whitespace) {
        Ok(json!({"Service": text}))
    } else {
        Err(invalid("The provided principal was invalid. Please check the principal and try again."))
    }
}

/// A policy that is stored can be evaluated.
fn check_document(policy: &ResourcePolicy) -> Result<(), Fault> {
    let text = policy.document().to_string();
    if text.len() > POLICY_BYTES {
        let message = format!("The final policy size ({}) is bigger than the limit ({POLICY_BYTES}).", text.len());
        return Err(fault(LambdaFault::PolicyLengthExceeded, message));
    }
    let limits = Limits { document_bytes: POLICY_BYTES, statements: 200, values_per_list: 10 };
    let parsed = Policy::parse(&text, &limits).and_then(|policy| policy.require(PolicyKind::Resource));
    parsed.map_err(|error| invalid(format!("The statement cannot be part of a policy: {error}")))
}

fn no_policy() -> Fault {
    not_found("The resource you requested does not exist.")
}

/// `GetPolicy`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let row = row::load(&named, call, transaction).await?;
    let policy = row.policies.get(&place(&named)).ok_or_else(no_policy)?;
    Ok(Reply::Document(json!({"Policy": policy.document().to_string(), "RevisionId": policy.revision_id})))
}

/// `RemovePermission`.
pub(super) async fn remove(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut row = row::load_own(&named, call, transaction).await?;
    let policy = row.policies.get_mut(&place(&named)).ok_or_else(no_policy)?;
    row::check_revision(call.query("RevisionId"), &policy.revision_id)?;
    let (sid, before) = (call.parameter("StatementId"), policy.statements.len());
    policy.statements.retain(|one| one["Sid"] != sid);
    if policy.statements.len() == before {
        return Err(not_found(format!("Statement {sid} is not found in resource policy.")));
    }
    policy.revision_id = row::new_revision(call);
    if policy.statements.is_empty() {
        row.policies.remove(&place(&named));
    }
    row::store(&row, call, transaction)?;
    Ok(Reply::Empty)
}
