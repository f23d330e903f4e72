//! HTTP APIs in the feed: rows that are read between two commits, and VPC links.

use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_model::keys::AccountNoun;
use stagegate_plan::StagePlan;

use super::*;

const LISTENER: &str = "arn:aws:elasticloadbalancing:us-east-1:0:listener/a";

/// The rows of an HTTP API whose stage `dev` serves `GET /` through the VPC link `l`.
fn http_api(id: &str, deployment: &str) -> Vec<Write> {
    let frozen: FrozenHttpApi = serde_json::from_value(json!({
        "apiId": id,
        "routes": [{ "routeId": "r", "routeKey": "GET /", "target": "integrations/i" }],
        "integrations": [{
            "integrationId": "i", "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": LISTENER,
            "connectionType": "VPC_LINK", "connectionId": "l",
        }],
        "authorizers": [],
    }))
    .expect("frozen documents");
    let bytes = frozen.canonical_bytes();
    let hash = stagegate_sigv4::sha256_hex(&bytes);
    vec![
        put(&Key::ApiId(id.to_owned()), &json!({ "account": "000000000000", "region": REGION })),
        put(&scope(id).http_api(), &json!({ "apiId": id, "name": id, "protocolType": "HTTP" })),
        Write::PutBlob { hash: hash.clone(), body: bytes.into() },
        put(
            &scope(id).http_noun(HttpNoun::Deployment, deployment),
            &json!({ "deployment": { "deploymentId": deployment }, "frozen": hash }),
        ),
        stage(id, deployment),
    ]
}

fn stage(id: &str, deployment: &str) -> Write {
    put(&scope(id).http_noun(HttpNoun::Stage, "dev"), &json!({ "stageName": "dev", "deploymentId": deployment }))
}

fn link(name: &str) -> Write {
    let key = scope("one").scope.noun(AccountNoun::HttpVpcLink, "l");
    put(&key, &json!({ "vpcLinkId": "l", "name": name }))
}

/// A feed whose settings know the private target `known`.
async fn feed(bench: &Bench) -> Feed {
    let private_targets = Arc::new(BTreeSet::from(["known".into()]));
    let settings = StageSettings { private_targets, ..StageSettings::default() };
    Feed::start(
        Arc::clone(&bench.store),
        Arc::clone(&bench.published),
        bench.reports.clone(),
        Arc::new(settings),
        None,
        Identities::default(),
        admission(),
    )
    .await
    .expect("started")
}

fn dev(snapshot: &Snapshot) -> Arc<StagePlan> {
    Arc::clone(snapshot.api("one").expect("the API").stage(b"dev").expect("the stage"))
}

/// Whether the route has a back end.
fn leads_somewhere(snapshot: &Snapshot) -> bool {
    let stage = dev(snapshot);
    stage.endpoints.iter().flatten().any(Result::is_ok)
}

#[tokio::test]
async fn a_stage_whose_deployment_is_gone_already_is_served_as_before() {
    let bench = Bench::new();
    bench.commit(http_api("one", "d1")).await;
    let running = tokio::spawn(feed(&bench).await.run());
    let before = bench.published.load_full();
    // What the feed reads of two commits when the second one came in between: a stage that points at what is deleted.
    let revision = bench.commit(vec![stage("one", "d2")]).await;
    let after = bench.published(revision).await;
    assert!(Arc::ptr_eq(&dev(&before), &dev(&after)), "the stage serves what it served");
    let revision = bench.commit(http_api("one", "d3")).await;
    let after = bench.published(revision).await;
    assert_eq!(&*dev(&after).deployment_id, "d3");
    running.abort();
}

#[tokio::test]
async fn a_link_that_changes_is_another_way_at_once() {
    let bench = Bench::new();
    bench.commit(vec![link("unknown")]).await;
    bench.commit(http_api("one", "d1")).await;
    bench.commit(api("rest", "pets", "d1")).await;
    let running = tokio::spawn(feed(&bench).await.run());
    let before = bench.published.load_full();
    assert!(!leads_somewhere(&before));
    let revision = bench.commit(vec![link("known")]).await;
    let after = bench.published(revision).await;
    assert!(leads_somewhere(&after));
    let rest = |snapshot: &Snapshot| Arc::clone(snapshot.api("rest").expect("there"));
    assert!(Arc::ptr_eq(&rest(&before), &rest(&after)), "an API without links is not read anew");
    let Write::Put { key, .. } = link("") else { panic!("a row") };
    let revision = bench.commit(vec![Write::Delete { key }]).await;
    let after = bench.published(revision).await;
    assert!(!leads_somewhere(&after));
    running.abort();
}
