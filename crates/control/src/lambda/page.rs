//! Pages of Lambda's lists: `MaxItems`, `Marker` and `NextMarker`.

use serde_json::{Map, Value};

use super::fault::constraint;
use crate::call::Call;
use crate::fault::Fault;

/// The most items that a call may ask for; pages are never longer than fifty (API reference, `ListFunctions`).
const MAX_ITEMS: usize = 10_000;
/// The most items of one page.
const PAGE_ITEMS: usize = 50;

/// Cuts a page out of items that are sorted by their keys; the marker is the key of the next page's first item.
pub(super) fn page(call: &Call, member: &str, items: Vec<(String, Value)>) -> Result<Value, Fault> {
    let asked = match call.query("MaxItems") {
        None => PAGE_ITEMS,
        Some(text) => text.parse().ok().filter(|count| (1..=MAX_ITEMS).contains(count)).ok_or_else(|| {
            constraint(text, "maxItems", &format!("Member must have value between 1 and {MAX_ITEMS}"))
        })?,
    };
    let start = match call.query("Marker").filter(|marker| !marker.is_empty()) {
        None => 0,
        Some(marker) => items.partition_point(|(key, _)| key.as_str() < marker),
    };
    let mut rest = items.into_iter().skip(start);
    let shown: Vec<Value> = rest.by_ref().take(asked.min(PAGE_ITEMS)).map(|(_, item)| item).collect();
    let mut document = Map::new();
    document.insert(member.to_owned(), Value::Array(shown));
    if let Some((key, _)) = rest.next() {
        document.insert("NextMarker".to_owned(), Value::String(key));
    }
    Ok(Value::Object(document))
}
