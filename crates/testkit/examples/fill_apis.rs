//! Copies one API with its stages and deployments straight inside a store, for benchmarks: `fill_apis DATABASE API COPIES`
//! while no server runs; copy 12 has the id `copy000012`.

use std::error::Error;
use std::path::Path;

use stagegate_model::domain::Scope;
use stagegate_model::keys::{ApiScope, Key};
use stagegate_model::rest::DeploymentRow;
use stagegate_sigv4::sha256_hex;
use stagegate_store::{Commit, ListQuery, Row, Store, Write};
use stagegate_store_sql::SqliteStore;

/// Copies written in one commit.
const BATCH: usize = 200;
/// More rows than an API of a benchmark has.
const ROWS: usize = 10_000;

/// An API's rows and the blobs of its deployments, as text that holds its id.
struct Original {
    api: ApiScope,
    rows: Vec<(String, String)>,
    /// Each with its hash.
    frozen: Vec<(String, String)>,
}

async fn read(store: &SqliteStore, api: ApiScope) -> Result<Original, Box<dyn Error>> {
    let mut rows: Vec<Row> = store.list(ListQuery { prefix: api.prefix(), after: None, limit: ROWS }).await?;
    for key in [Key::ApiId(api.api_id.clone()), Key::RestApi(api.clone())] {
        rows.push(store.get(&key.to_string()).await?.ok_or("no such API")?);
    }
    let mut frozen = Vec::new();
    for row in &rows {
        if let Some(Key::Deployment(..)) = Key::parse(&row.key) {
            let hash = serde_json::from_slice::<DeploymentRow>(&row.body)?.frozen;
            let blob = store.blob(&hash).await?.ok_or("a deployment without its documents")?;
            frozen.push((hash, String::from_utf8(blob.to_vec())?));
        }
    }
    let rows = rows.into_iter().map(|row| Ok((row.key, String::from_utf8(row.body.to_vec())?)));
    Ok(Original { api, rows: rows.collect::<Result<_, std::string::FromUtf8Error>>()?, frozen })
}

/// The writes of one copy: every mention of the id becomes the copy's, and so the blobs get hashes of their own.
fn copy(original: &Original, number: usize) -> Vec<Write> {
    let id = format!("copy{number:06}");
    let renamed = |text: &str| text.replace(&original.api.api_id, &id);
    let mut writes = Vec::new();
    let mut hashes = Vec::new();
    for (hash, blob) in &original.frozen {
        let body = renamed(blob);
        let new = sha256_hex(body.as_bytes());
        hashes.push((hash, new.clone()));
        writes.push(Write::PutBlob { hash: new, body: body.into() });
    }
    for (key, body) in &original.rows {
        let body = hashes.iter().fold(renamed(body), |body, (old, new)| body.replace(*old, new));
        writes.push(Write::Put { key: renamed(key), body: body.into() });
    }
    writes
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, api, copies] = &arguments[..] else {
        return Err("usage: fill_apis DATABASE API COPIES".into());
    };
    let copies: usize = copies.parse()?;
    let scope = Scope::new("000000000000", "us-east-1").ok_or("no scope")?;
    let store = SqliteStore::open(Path::new(database)).await?;
    let original = read(&store, scope.api(api)).await?;
    for first in (0..copies).step_by(BATCH) {
        let writes = (first..copies.min(first + BATCH)).flat_map(|number| copy(&original, number)).collect();
        store.commit(Commit { expects: Vec::new(), writes }).await?;
    }
    store.close().await;
    Ok(())
}
