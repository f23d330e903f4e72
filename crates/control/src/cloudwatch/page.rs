//! Pages of answers: a token says how many items came before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::fault::{CloudWatchFault, fault};
use super::input::text;
use super::value::Value;
use crate::fault::Fault;

/// What a token begins with.
const PREFIX: &str = "after:";

/// How many items came before the page that a call asks for.
pub(super) fn offset(members: &Value) -> Result<usize, Fault> {
    let Some(token) = text(members, "NextToken")? else { return Ok(0) };
    let decoded = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let offset = decoded.as_deref().and_then(|text| text.strip_prefix(PREFIX)?.parse().ok());
    offset.ok_or_else(|| fault(CloudWatchFault::InvalidNextToken, "The token is none that this operation gave."))
}

/// The token of the page after so many items.
pub(super) fn token(offset: usize) -> Value {
    Value::Text(URL_SAFE_NO_PAD.encode(format!("{PREFIX}{offset}")))
}
