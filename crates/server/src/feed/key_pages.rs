//! API keys as the store has them: pages read ahead, and decoded beside the one that puts them into a snapshot.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use smallvec::SmallVec;
use smol_str::SmolStr;
use stagegate_model::domain::Scope;
use stagegate_model::keys::AccountNoun;
use stagegate_plan::{DIGEST_BYTES, KeyDigest};
use stagegate_seal::Sealer;
use stagegate_store::{ListQuery, Row, Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::resealing;

/// Rows of keys read at once.
const PAGE_ROWS: usize = 4_000;
/// Pages that are decoded, or wait for it, while one is worked on.
const PAGES_AHEAD: usize = 2;

/// What a key's row has for the data plane; borrowed, for there may be a million.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyDocument<'r> {
    #[serde(borrow)]
    id: Cow<'r, str>,
    enabled: Option<bool>,
    #[serde(borrow, default)]
    sealed: Cow<'r, str>,
    #[serde(borrow, default)]
    digest: Cow<'r, str>,
    #[serde(borrow, default)]
    plans: Vec<Cow<'r, str>>,
}

/// A key that the data plane can serve. Ids are short enough to need no allocation.
#[derive(Debug)]
pub(super) struct ServedKey {
    pub(super) id: SmolStr,
    pub(super) enabled: bool,
    pub(super) digest: KeyDigest,
    /// The ids of the usage plans that it is in.
    pub(super) plans: SmallVec<[SmolStr; 1]>,
}

/// What a key's row is.
#[derive(Debug)]
pub(super) enum Decoded {
    /// Sealed under the current key.
    Served(ServedKey),
    /// Still to be sealed under it.
    Stale,
    /// Not readable, which was logged.
    Unreadable,
}

/// Reads a key's row; one that cannot be read is logged and left out.
pub(super) fn decode(row: &Row, sealer: &Sealer) -> Decoded {
    let key: KeyDocument<'_> = match serde_json::from_slice(&row.body) {
        Ok(key) => key,
        Err(error) => {
            tracing::error!(key = row.key, %error, "an API key cannot be read and is not served");
            return Decoded::Unreadable;
        }
    };
    if key.digest.is_empty() || !resealing::is_current(sealer, &key.sealed) {
        return Decoded::Stale;
    }
    let Some(digest) = parse_digest(&key.digest) else {
        tracing::error!(id = &*key.id, "an API key has no digest and is not served");
        return Decoded::Unreadable;
    };
    let plans = key.plans.into_iter().map(SmolStr::from).collect();
    Decoded::Served(ServedKey { id: key.id.into(), enabled: key.enabled == Some(true), digest, plans })
}

/// A digest in lower-case hexadecimal.
pub(super) fn parse_digest(text: &str) -> Option<KeyDigest> {
    let bytes = text.as_bytes();
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut digest = [0; DIGEST_BYTES];
    if bytes.len() != 2 * DIGEST_BYTES {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(bytes.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(digest)
}

/// One page of keys, decoded.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) served: Vec<ServedKey>,
    /// Rows of keys that are to be sealed anew.
    pub(super) stale: Vec<Row>,
}

/// The keys of one account and region, page by page.
pub(super) struct KeyPages(mpsc::Receiver<JoinHandle<Result<Page, StoreError>>>);

impl KeyPages {
    /// Begins to read.
    pub(super) fn read(store: &Arc<dyn Store>, scope: &Scope, sealer: &Arc<Sealer>) -> Self {
        let (pages, read) = mpsc::channel(PAGES_AHEAD);
        let reading = read_all(Arc::clone(store), scope.nouns_prefix(AccountNoun::ApiKey), Arc::clone(sealer), pages);
        tokio::spawn(reading);
        Self(read)
    }

    /// The next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        match self.0.recv().await {
            Some(page) => page.await.map_err(|error| StoreError::Engine(error.to_string()))?.map(Some),
            None => Ok(None),
        }
    }
}

/// Reads page after page and has each decoded by a task of its own, until all are read or nobody wants them any more.
async fn read_all(
    store: Arc<dyn Store>,
    prefix: String,
    sealer: Arc<Sealer>,
    pages: mpsc::Sender<JoinHandle<Result<Page, StoreError>>>,
) {
    let mut after = None;
    loop {
        let read = store.list(ListQuery { prefix: prefix.clone(), after, limit: PAGE_ROWS }).await;
        let rows = read.as_ref().map_or(&[][..], Vec::as_slice);
        after = rows.get(PAGE_ROWS - 1).map(|row| row.key.clone());
        let (is_last, sealer) = (after.is_none(), Arc::clone(&sealer));
        let decoding = tokio::spawn(async move { read.map(|rows| page(rows, &sealer)) });
        if pages.send(decoding).await.is_err() || is_last {
            return;
        }
    }
}

fn page(rows: Vec<Row>, sealer: &Sealer) -> Page {
    let mut page = Page { served: Vec::with_capacity(rows.len()), stale: Vec::new() };
    for row in rows {
        match decode(&row, sealer) {
            Decoded::Served(key) => page.served.push(key),
            Decoded::Stale => page.stale.push(row),
            Decoded::Unreadable => {}
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_thirty_two_bytes_in_hexadecimal() {
        assert_eq!(parse_digest(&"0f".repeat(32)), Some([15; 32]));
        for text in ["", "0f", &"0g".repeat(32), &"0f".repeat(33)] {
            assert_eq!(parse_digest(text), None, "{text}");
        }
    }
}
