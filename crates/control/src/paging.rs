//! Pages of a list: `limit` and the opaque `position` of the next page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::fault::Fault;

/// Items of a page when the call names no limit (service model, `GetResources`).
pub const DEFAULT_LIMIT: usize = 25;
/// The most items of one page.
pub const MAX_LIMIT: usize = 500;

/// Which page a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// The item name that the page comes after.
    pub(crate) after: Option<String>,
    /// At most this many items.
    pub(crate) limit: usize,
}

impl Page {
    /// Reads `limit` and `position` of a call's query.
    pub(crate) fn of(call: &Call) -> Result<Self, Fault> {
        let limit = match call.query("limit") {
            None | Some("") => DEFAULT_LIMIT,
            Some(text) => text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
                Fault::bad_request(format!("Invalid limit specified. Must be between 1 and {MAX_LIMIT}"))
            })?,
        };
        let after = match call.query("position") {
            None | Some("") => None,
            Some(position) => Some(read_position(position)?),
        };
        Ok(Self { after, limit })
    }

    /// Cuts a page out of named items that are sorted by name, and wraps it for the wire.
    pub(crate) fn cut(&self, items: Vec<(String, Value)>) -> Value {
        let is_later = |name: &String| self.after.as_ref().is_none_or(|after| name > after);
        let mut rest = items.into_iter().filter(|(name, _)| is_later(name));
        let page: Vec<_> = rest.by_ref().take(self.limit).collect();
        wrap(page, rest.next().is_some())
    }
}

/// The wire form of a page: `item`, and `position` when more follows.
pub(crate) fn wrap(page: Vec<(String, Value)>, more: bool) -> Value {
    let position = page.last().filter(|_| more).map(|(name, _)| write_position(name));
    let items = page.into_iter().map(|(_, item)| item).collect();
    let mut document = Map::new();
    if let Some(position) = position {
        document.insert("position".to_owned(), Value::String(position));
    }
    document.insert("item".to_owned(), Value::Array(items));
    Value::Object(document)
}

fn write_position(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

fn read_position(position: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(position).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Fault::bad_request("Invalid position parameter specified"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<(String, Value)> {
        names.iter().map(|name| ((*name).to_owned(), Value::from(*name))).collect()
    }

    #[test]
    fn a_list_is_walked_page_by_page_without_gap_or_repeat() {
        let names = ["a", "b", "c", "d", "e"];
        for limit in 1..=6 {
            let mut seen = Vec::new();
            let mut page = Page { after: None, limit };
            loop {
                let document = page.cut(named(&names));
                let items = document["item"].as_array().expect("a list").clone();
                assert!(items.len() <= limit);
                seen.extend(items);
                let Some(position) = document.get("position") else { break };
                page.after = Some(read_position(position.as_str().expect("text")).expect("ours"));
            }
            assert_eq!(seen, names, "limit {limit}");
        }
    }

    #[test]
    fn a_position_that_is_not_ours_is_refused() {
        assert!(read_position("not base64!").is_err());
        assert_eq!(read_position(&write_position("é/x")).as_deref(), Ok("é/x"));
    }
}
