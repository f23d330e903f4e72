//! API keys in the feed: whose use is carried over, and whose is not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stagegate_model::keys::AccountNoun;
use stagegate_plan::{KeyDigest, KeyPlan};

use super::*;

const DIGEST: KeyDigest = [0x0f; 32];

fn noun(noun: AccountNoun, id: &str) -> Key {
    Scope::new("000000000000", REGION).expect("a scope").noun(noun, id)
}

fn plan(id: &str) -> Write {
    put(&noun(AccountNoun::UsagePlan, id), &json!({ "id": id, "name": id }))
}

/// A key of a plan, with the row that says that it has the value.
fn key(id: &str, plan: &str, enabled: bool) -> Vec<Write> {
    let sealed = STANDARD.encode(admission().sealer.seal(b"", b"a value"));
    let digest = "0f".repeat(32);
    vec![
        put(
            &noun(AccountNoun::ApiKey, id),
            &json!({ "id": id, "enabled": enabled, "sealed": sealed, "digest": digest, "plans": [plan] }),
        ),
        put(&noun(AccountNoun::ApiKeyValue, &digest), &json!(id)),
    ]
}

fn deleted(id: &str) -> Vec<Write> {
    let keys = [noun(AccountNoun::ApiKey, id), noun(AccountNoun::ApiKeyValue, &"0f".repeat(32))];
    keys.map(|key| Write::Delete { key: key.to_string() }).into()
}

fn known(snapshot: &Snapshot) -> Arc<KeyPlan> {
    Arc::clone(snapshot.api_key(&DIGEST).expect("the key"))
}

#[tokio::test]
async fn what_a_key_has_used_stays_its_own() {
    let bench = Bench::new();
    bench.commit([vec![plan("p")], key("one", "p", true)].concat()).await;
    let feed = bench.feed().await;
    let first = known(&bench.published.load_full());
    // The feed sees both commits, and with each of them what is there after both.
    bench.commit(deleted("one")).await;
    let revision = bench.commit(key("two", "p", true)).await;
    let running = tokio::spawn(feed.run());
    let second = known(&bench.published(revision).await.clone());
    assert_eq!((&*first.id, &*second.id), ("one", "two"));
    let uses = |key: &KeyPlan| Arc::clone(&key.memberships[0].usage);
    assert!(!Arc::ptr_eq(&uses(&first), &uses(&second)), "another key begins with nothing");
    let revision = bench.commit(key("two", "p", false)).await;
    let disabled = known(&bench.published(revision).await.clone());
    assert!(!disabled.enabled && Arc::ptr_eq(&uses(&second), &uses(&disabled)), "a key that is changed goes on");
    let revision = bench.commit(deleted("two")).await;
    assert!(bench.published(revision).await.api_key(&DIGEST).is_none());
    running.abort();
}
