//! Pages of answers: a token says how many items came before, or which was the last of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::fault::{CloudWatchFault, fault};
use super::input::text;
use super::value::Value;
use crate::fault::Fault;

/// What a token begins with.
const PREFIX: &str = "after:";

/// Where a page of datapoints begins. Datapoints that come up in the meantime move none to another page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The place of the query among all of the call; those before it are told.
    pub(super) query: usize,
    /// The minute of its last datapoint that was told, if one was.
    pub(super) minute: Option<u64>,
}

impl Place {
    /// Where the page begins that a call asks for.
    pub(super) fn of(members: &Value) -> Result<Self, Fault> {
        let place = read(members, |text| match text.split_once(':') {
            Some((query, minute)) => Some(Self { query: query.parse().ok()?, minute: Some(minute.parse().ok()?) }),
            None => Some(Self { query: text.parse().ok()?, minute: None }),
        })?;
        Ok(place.unwrap_or_default())
    }

    /// The token of the page that begins here.
    pub(super) fn token(self) -> Value {
        written(&self.minute.map_or_else(|| self.query.to_string(), |minute| format!("{}:{minute}", self.query)))
    }
}

/// How many items came before the page that a call asks for.
pub(super) fn offset(members: &Value) -> Result<usize, Fault> {
    Ok(read(members, |text| text.parse().ok())?.unwrap_or_default())
}

fn read<T>(members: &Value, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Fault> {
    let Some(token) = text(members, "NextToken")? else { return Ok(None) };
    let decoded = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let told = decoded.as_deref().and_then(|text| parse(text.strip_prefix(PREFIX)?));
    let refusal = || fault(CloudWatchFault::InvalidNextToken, "The token is none that this operation gave.");
    told.map(Some).ok_or_else(refusal)
}

/// The token of the page after so many items.
pub(super) fn token(offset: usize) -> Value {
    written(&offset.to_string())
}

fn written(told: &str) -> Value {
    Value::Text(URL_SAFE_NO_PAD.encode(format!("{PREFIX}{told}")))
}
