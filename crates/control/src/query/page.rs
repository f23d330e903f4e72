//! Pages of lists: `MaxItems`, `Marker` and `IsTruncated`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::call::Call;
use crate::fault::Fault;
use crate::query::xml::Xml;
use crate::query::{QueryFault, fault, whole_number};

/// Items of a page where the call does not say (IAM API reference, `MaxItems`).
const ITEMS: usize = 100;

/// Items of a page, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    next: Option<String>,
}

/// Cuts the page that a call asks for out of items that are sorted by a name.
pub(crate) fn page<T>(call: &Call, items: Vec<T>, name: impl Fn(&T) -> String) -> Result<Page<T>, Fault> {
    let asked = whole_number(call, "MaxItems").and_then(|count| usize::try_from(count).ok()).unwrap_or(ITEMS);
    let after = call.field("Marker").map(read).transpose()?;
    let is_later = |item: &T| after.as_ref().is_none_or(|after| name(item) > *after);
    let mut rest = items.into_iter().filter(is_later);
    let items: Vec<T> = rest.by_ref().take(asked).collect();
    let is_truncated = rest.next().is_some();
    let next = items.last().filter(|_| is_truncated).map(|last| URL_SAFE_NO_PAD.encode(name(last)));
    Ok(Page { items, next })
}

fn read(marker: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
    let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| fault(QueryFault::ValidationError, "Invalid Marker."))
}

impl<T> Page<T> {
    /// Writes whether there is more, and where.
    pub(crate) fn end(&self, xml: &mut Xml) {
        xml.leaf("IsTruncated", if self.next.is_some() { "true" } else { "false" });
        xml.leaf_if("Marker", self.next.as_deref());
    }
}
