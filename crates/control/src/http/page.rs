//! Pages of a list of version 2: `maxResults` and `nextToken`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::edit::shown;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::paging::{DEFAULT_LIMIT, MAX_LIMIT};

/// Cuts the page that a call asks for out of named items that are sorted by name.
pub(crate) fn cut(call: &Call, items: impl Iterator<Item = (String, Value)>) -> Result<Reply, Fault> {
    let limit =
        match call.query("maxResults") {
            None | Some("") => DEFAULT_LIMIT,
            Some(text) => text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
                Fault::bad_request(format!("Invalid maxResults: it must be between 1 and {MAX_LIMIT}"))
            })?,
        };
    let after = call.query("nextToken").filter(|token| !token.is_empty()).map(read).transpose()?;
    let mut rest = items.filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
    let page: Vec<(String, Value)> = rest.by_ref().take(limit).collect();
    let token = rest.next().and_then(|_| page.last()).map(|(name, _)| URL_SAFE_NO_PAD.encode(name));
    let items: Vec<Value> = page.into_iter().map(|(_, item)| shown(item)).collect();
    let mut shown = json!({ "items": items });
    if let Some(token) = token {
        shown["nextToken"] = Value::from(token);
    }
    Ok(Reply::Document(shown))
}

fn read(token: &str) -> Result<String, Fault> {
    let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| Fault::bad_request("Invalid nextToken"))
}
