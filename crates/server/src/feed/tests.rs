//! The feed against the in-memory store: what it publishes, shares, carries over and drops.

use serde_json::json;
use stagegate_model::rest::frozen::FrozenApi;
use stagegate_plan::Observation;
use stagegate_store::memory::MemoryStore;
use stagegate_store::{Commit, Write};

use super::*;

mod of_domains;
mod of_http_apis;
mod of_identities;
mod of_keys;
mod of_private_keys;

const REGION: &str = "us-east-1";

struct Bench {
    store: Arc<dyn Store>,
    published: Arc<ArcSwap<Snapshot>>,
    reports: Reports,
}

impl Bench {
    fn new() -> Self {
        Self { store: Arc::new(MemoryStore::new()), published: Arc::default(), reports: Reports::default() }
    }

    async fn feed(&self) -> Feed {
        self.feed_with(admission()).await
    }

    async fn feed_with(&self, admission: Admission) -> Feed {
        Feed::start(
            Arc::clone(&self.store),
            Arc::clone(&self.published),
            self.reports.clone(),
            Arc::default(),
            None,
            Identities::default(),
            admission,
        )
        .await
        .expect("started")
    }

    async fn commit(&self, writes: Vec<Write>) -> Revision {
        self.store.commit(Commit { expects: Vec::new(), writes }).await.expect("committed")
    }

    /// Waits until a revision is published.
    async fn published(&self, revision: Revision) -> Arc<Snapshot> {
        loop {
            let snapshot = self.published.load_full();
            if snapshot.revision >= revision.0 {
                return snapshot;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// What counts nothing.
fn admission() -> Admission {
    let clock = Arc::new(stagegate_state::ManualClock::default());
    let key = stagegate_seal::MasterKey::new([7; 32]);
    Admission {
        limiter: Arc::new(stagegate_state_local::LocalLimiter::new(clock)),
        quotas: Arc::new(stagegate_state::NoQuotas),
        sealer: Arc::new(stagegate_seal::Sealer::new(&key, &[])),
        account_limit: None,
    }
}

fn scope(id: &str) -> ApiScope {
    Scope::new("000000000000", REGION).expect("a scope").api(id)
}

fn put(key: &Key, document: &serde_json::Value) -> Write {
    Write::Put { key: key.to_string(), body: document.to_string().into() }
}

/// The rows of an API with one stage `dev` at a deployment that serves `GET /{path}` by a mock.
fn api(id: &str, path: &str, deployment: &str) -> Vec<Write> {
    let (frozen, hash) = frozen(id, path);
    vec![
        put(&Key::ApiId(id.to_owned()), &json!({ "account": "000000000000", "region": REGION })),
        put(&scope(id).rest_api(), &json!({ "id": id, "name": format!("name of {id}") })),
        Write::PutBlob { hash: hash.clone(), body: frozen.into() },
        put(&scope(id).deployment(deployment), &json!({ "deployment": { "id": deployment }, "frozen": hash })),
        put(&scope(id).stage("dev"), &json!({ "stageName": "dev", "deploymentId": deployment })),
    ]
}

fn frozen(id: &str, path: &str) -> (Vec<u8>, String) {
    let frozen: FrozenApi = serde_json::from_value(json!({
        "restApi": { "id": id },
        "resources": [
            { "id": "root", "path": "/" },
            { "id": "child", "parentId": "root", "pathPart": path, "path": format!("/{path}") },
        ],
        "methods": [{ "resourceId": "child", "method": { "httpMethod": "GET", "authorizationType": "AWS_IAM" } }],
        "unserved": null,
    }))
    .expect("frozen documents");
    let bytes = frozen.canonical_bytes();
    let hash = stagegate_sigv4::sha256_hex(&bytes);
    (bytes, hash)
}

fn deployment_of(snapshot: &Snapshot, id: &str) -> String {
    let api = snapshot.api(id).expect("the API");
    api.stage(b"dev").expect("the stage").deployment_id.to_string()
}

#[tokio::test]
async fn what_is_there_at_the_start_is_published_at_once() {
    let bench = Bench::new();
    for index in 0..40 {
        bench.commit(api(&format!("api{index}"), "pets", "d1")).await;
    }
    let _feed = bench.feed().await;
    let snapshot = bench.published.load_full();
    assert_eq!(snapshot.apis().count(), 40);
    assert_eq!(snapshot.revision, 40);
    assert_eq!(&*snapshot.api("api7").expect("the API").facts.name, "name of api7");
}

#[tokio::test]
async fn a_switched_stage_is_published_and_the_rest_is_shared() {
    let bench = Bench::new();
    bench.commit(api("one", "pets", "d1")).await;
    bench.commit(api("two", "pets", "d1")).await;
    let running = tokio::spawn(bench.feed().await.run());
    let before = bench.published.load_full();
    let revision = bench.commit(api("one", "dogs", "d2")).await;
    let after = bench.published(revision).await;
    assert_eq!((deployment_of(&before, "one"), deployment_of(&after, "one")), ("d1".into(), "d2".into()));
    assert!(Arc::ptr_eq(before.api("two").expect("there"), after.api("two").expect("there")));
    running.abort();
}

#[tokio::test]
async fn who_waits_for_the_feed_finds_every_commit_served() {
    let bench = Bench::new();
    let feed = bench.feed().await;
    let follower = feed.follower();
    let running = tokio::spawn(feed.run());
    for index in 0..50 {
        let revision = bench.commit(api("one", &format!("p{index}"), &format!("d{index}"))).await;
        follower.caught_up().await;
        let snapshot = bench.published.load_full();
        assert_eq!(snapshot.revision, revision.0);
        assert_eq!(deployment_of(&snapshot, "one"), format!("d{index}"));
    }
    running.abort();
}

#[tokio::test]
async fn a_deployment_resets_no_counter_and_is_compiled_once() {
    let bench = Bench::new();
    bench.commit(api("one", "pets", "d1")).await;
    let running = tokio::spawn(bench.feed().await.run());
    let before = bench.published.load_full();
    let stage = before.api("one").and_then(|api| api.stage(b"dev")).expect("the stage").clone();
    stage.meter.total().observe(0, &Observation::default());
    let revision = bench.commit(api("one", "pets", "d2")).await;
    let after = bench.published(revision).await;
    let switched = after.api("one").and_then(|api| api.stage(b"dev")).expect("the stage");
    assert_eq!(switched.meter.total().requests(), 1);
    assert!(Arc::ptr_eq(&stage.deployment, &switched.deployment), "the same content is the same plan");
    running.abort();
}

#[tokio::test]
async fn a_deleted_api_is_gone_and_so_is_its_report() {
    let bench = Bench::new();
    bench.commit(api("one", "pets", "d1")).await;
    let running = tokio::spawn(bench.feed().await.run());
    assert_eq!(bench.reports.all().len(), 1);
    let prefix = scope("one").prefix();
    let key = scope("one").rest_api().to_string();
    let revision = bench.commit(vec![Write::DeletePrefix { prefix }, Write::Delete { key }]).await;
    let after = bench.published(revision).await;
    assert!(after.api("one").is_none());
    assert!(bench.reports.all().is_empty());
    running.abort();
}

#[tokio::test]
async fn what_is_not_served_is_reported() {
    let bench = Bench::new();
    bench.commit(api("one", "pets", "d1")).await;
    let _feed = bench.feed().await;
    let reports = bench.reports.all();
    let [stage] = &reports[0].stages[..] else { panic!("one stage") };
    assert_eq!((stage.name.as_str(), stage.deployment_id.as_str()), ("dev", "d1"));
    assert!(stage.findings.iter().any(|finding| finding.contains("GET /pets")), "{:?}", stage.findings);
}

#[tokio::test]
async fn a_broken_document_takes_nothing_else_down() {
    let bench = Bench::new();
    bench.commit(api("good", "pets", "d1")).await;
    let mut broken = api("bad", "pets", "d1");
    broken[1] = put(&scope("bad").rest_api(), &json!("not an API"));
    bench.commit(broken).await;
    let mut homeless = api("less", "pets", "d1");
    homeless.remove(3);
    bench.commit(homeless).await;
    let _feed = bench.feed().await;
    let snapshot = bench.published.load_full();
    assert!(snapshot.api("good").is_some_and(|api| api.stages.len() == 1));
    assert!(snapshot.api("bad").is_none());
    assert!(snapshot.api("less").is_some_and(|api| api.stages.is_empty()));
}

#[test]
fn only_apis_and_stages_matter_to_the_data_plane() {
    let api = scope("one");
    let keys = [
        (api.rest_api(), true),
        (api.stage("dev"), true),
        (api.noun(ApiNoun::AuthorizerFlush, "dev"), true),
        (api.noun(ApiNoun::CacheFlush, "dev"), true),
        (api.noun(ApiNoun::Authorizer, "a"), false),
        (api.resource("r"), false),
        (api.deployment("d"), false),
        (api.generation(), false),
        (api.http_api(), true),
        (api.http_noun(HttpNoun::Stage, "$default"), true),
        (api.http_noun(HttpNoun::Route, "r"), false),
        (api.http_noun(HttpNoun::Deployment, "d"), false),
        (api.http_generation(), false),
        (Key::ApiId("one".to_owned()), false),
    ];
    for (key, matters) in keys {
        assert_eq!(!touched_apis(&[key.to_string()]).is_empty(), matters, "{key}");
    }
}
