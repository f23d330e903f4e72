//! Writes API keys and usage plans straight into a store, for benchmarks:
//! `fill_keys DATABASE SECRET_KEY API STAGE KEYS PLANS` while no server runs; the value of key 12 is `bench-key-0000000012-value`.

use std::error::Error;
use std::path::Path;

use serde_json::json;
use stagegate_control::seal_api_key;
use stagegate_model::domain::Scope;
use stagegate_model::keys::{AccountNoun, Key};
use stagegate_model::rest::{ApiKey, ApiKeyRow, ApiStage, ThrottleSettings, UsagePlan, UsagePlanKey, UsagePlanRow};
use stagegate_seal::{MasterKey, Sealer};
use stagegate_store::{Commit, Store, Write};
use stagegate_store_sql::SqliteStore;

/// Keys written in one commit.
const BATCH: usize = 5_000;

fn put(key: &Key, document: &impl serde::Serialize) -> Result<Write, serde_json::Error> {
    Ok(Write::Put { key: key.to_string(), body: serde_json::to_vec(document)?.into() })
}

fn plan_id(number: usize) -> String {
    format!("p{number:05}")
}

fn plan(scope: &Scope, (api, stage): (&str, &str), number: usize) -> Result<Write, serde_json::Error> {
    // Every plan but the first two has the stage of another API, so that a key's plan is one of many.
    let api = if number < 2 { api.to_owned() } else { format!("none{number}") };
    let stage = ApiStage { api_id: Some(api), stage: Some(stage.to_owned()), throttle: None };
    let id = plan_id(number);
    let throttle = ThrottleSettings { burst_limit: Some(1_000_000), rate_limit: Some(1e6) };
    let plan = UsagePlan {
        id: id.clone(),
        name: Some(id.clone()),
        api_stages: Some(vec![stage]),
        throttle: Some(throttle),
        ..UsagePlan::default()
    };
    put(&scope.noun(AccountNoun::UsagePlan, &id), &UsagePlanRow { plan, quota_since: None })
}

fn key(scope: &Scope, sealer: &Sealer, number: usize, plans: usize) -> Result<[Write; 3], serde_json::Error> {
    let (id, value) = (format!("k{number:09}"), format!("bench-key-{number:010}-value"));
    let plan = plan_id(number % plans);
    let key = ApiKey { id: id.clone(), name: Some(format!("key {number}")), enabled: Some(true), ..ApiKey::default() };
    let row = ApiKeyRow { key, plans: vec![plan.clone()], ..ApiKeyRow::default() };
    let row = seal_api_key(row, &value, scope, sealer);
    let member = UsagePlanKey { id: id.clone(), ..UsagePlanKey::default() };
    Ok([
        put(&scope.noun(AccountNoun::ApiKey, &id), &row)?,
        put(&scope.noun(AccountNoun::ApiKeyValue, &row.digest), &json!(id))?,
        put(&Key::UsagePlanKey(scope.clone(), plan, id), &member)?,
    ])
}

async fn commit(store: &SqliteStore, writes: Vec<Write>) -> Result<(), Box<dyn Error>> {
    store.commit(Commit { expects: Vec::new(), writes }).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, secret, api, stage, keys, plans] = &arguments[..] else {
        return Err("usage: fill_keys DATABASE SECRET_KEY API STAGE KEYS PLANS".into());
    };
    let (keys, plans): (usize, usize) = (keys.parse()?, plans.parse()?);
    let scope = Scope::new("000000000000", "us-east-1").ok_or("no scope")?;
    let sealer = Sealer::new(&MasterKey::from_base64(secret)?, &[]);
    let store = SqliteStore::open(Path::new(database)).await?;
    commit(&store, (0..plans).map(|number| plan(&scope, (api, stage), number)).collect::<Result<_, _>>()?).await?;
    for first in (0..keys).step_by(BATCH) {
        let mut writes = Vec::new();
        for number in first..keys.min(first + BATCH) {
            writes.extend(key(&scope, &sealer, number, plans)?);
        }
        commit(&store, writes).await?;
    }
    store.close().await;
    Ok(())
}
