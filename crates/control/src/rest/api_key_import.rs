//! `ImportApiKeys`: keys from a CSV file (developer guide, "API Gateway API key file format").

use serde_json::json;
use stagegate_model::keys::AccountNoun;
use stagegate_model::rest::{ApiKey, ApiKeyRow, UsagePlanRow};

use super::{api_key, csv, usage_plan_key};
use crate::account_verbs::admit;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// One line of a file.
#[derive(Debug, Default)]
struct Line {
    name: String,
    value: String,
    description: Option<String>,
    enabled: bool,
    plans: Vec<String>,
}

/// `POST /apikeys?mode=import&format=csv`. A value that is there already keeps its key, which takes on the rest.
pub(crate) async fn import(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    check_format(call)?;
    let text = std::str::from_utf8(&call.body).map_err(|_| Fault::bad_request("The file is not encoded in UTF-8"))?;
    let mut warnings = Vec::new();
    let lines = read(text, &mut warnings)?;
    let message = "Maximum number of API keys for this account has been reached.";
    admit::<ApiKey>("rest_api_keys_count", message, call, transaction).await?;
    let mut ids: Vec<String> = Vec::new();
    for line in lines {
        let mut row = read_row(&line, call, transaction).await?;
        for plan in &line.plans {
            if let Err(why) = join(plan, &mut row, call, transaction).await? {
                warnings.push(format!("API key {}: {why}", line.name));
            }
        }
        ids.push(api_key::put_new(row, &line.value, call, transaction)?.key.id);
    }
    if !warnings.is_empty() && call.query("failonwarnings").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Err(Fault::bad_request(format!("Warnings found during import:\n\t{}", warnings.join("\n\t"))));
    }
    Ok(Reply::Document(json!({ "ids": ids, "warnings": warnings })))
}

fn check_format(call: &Call) -> Result<(), Fault> {
    let mut input = Input::empty(call);
    match call.query("format") {
        None | Some("") => input.broken("null", "format", "Member must not be null"),
        Some("csv") => {}
        Some(other) => {
            input.broken(&format!("'{other}'"), "format", "Member must satisfy enum value set: [csv]");
        }
    }
    if call.body.is_empty() {
        input.broken("null", "body", "Member must not be null");
    }
    input.finish()
}

/// Reads the lines below the header. A value that stands twice counts as its last line.
fn read(text: &str, warnings: &mut Vec<String>) -> Result<Vec<Line>, Fault> {
    let mut records = csv::records(text).into_iter();
    let header: Vec<String> =
        records.next().unwrap_or_default().iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    for required in ["name", "key"] {
        if !header.iter().any(|name| name == required) {
            return Err(Fault::bad_request(format!("Missing required column in CSV file: {required}")));
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    for (index, record) in records.enumerate() {
        let field = |name: &str| {
            let column = header.iter().position(|have| have == name)?;
            record.get(column).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        match line(field) {
            Ok(line) => {
                lines.retain(|other| other.value != line.value);
                lines.push(line);
            }
            Err(why) => warnings.push(format!("Line {} is not imported: {why}", index + 2)),
        }
    }
    Ok(lines)
}

fn line(field: impl Fn(&str) -> Option<String>) -> Result<Line, String> {
    let line = Line {
        name: field("name").ok_or("API Key name must not be empty")?,
        value: field("key").ok_or("API Key value must not be empty")?,
        description: field("description"),
        enabled: match field("enabled").map(|text| text.to_ascii_lowercase()).as_deref() {
            None | Some("true") => true,
            Some("false") => false,
            Some(other) => return Err(format!("{other} is not a boolean")),
        },
        plans: field("usageplanids").iter().flat_map(|text| text.split(',')).map(|id| id.trim().to_owned()).collect(),
    };
    api_key::check_name(Some(&line.name))?;
    api_key::check_value(&line.value)?;
    Ok(line)
}

/// The key of a line, which takes on what the line says.
async fn read_row(line: &Line, call: &Call, transaction: &mut Transaction) -> Result<ApiKeyRow, Fault> {
    let known = api_key::find_value(&line.value, call, transaction).await?;
    let old: Option<ApiKeyRow> = match &known {
        Some(id) => transaction.get(&call.scope.noun(AccountNoun::ApiKey, id).to_string()).await?,
        None => None,
    };
    let old = old.unwrap_or_else(|| ApiKeyRow { key: api_key::fresh(call), ..ApiKeyRow::default() });
    let key = ApiKey {
        name: Some(line.name.clone()),
        description: line.description.clone(),
        enabled: Some(line.enabled),
        last_updated_date: Some(call.now()),
        ..old.key
    };
    Ok(ApiKeyRow { key, ..old })
}

/// Puts a key into a plan, or says why not.
async fn join(
    plan: &str,
    row: &mut ApiKeyRow,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<Result<(), String>, Fault> {
    let at = call.scope.noun(AccountNoun::UsagePlan, plan).to_string();
    let Some(found) = transaction.get::<UsagePlanRow>(&at).await? else {
        return Ok(Err(format!("Invalid Usage Plan ID specified: {plan}")));
    };
    if let Some(stage) = usage_plan_key::clash(&found.plan, row, call, transaction).await? {
        return Ok(Err(format!("it already has access to {stage} through another usage plan")));
    }
    usage_plan_key::enter(&found.plan, row, call, transaction)?;
    Ok(Ok(()))
}
