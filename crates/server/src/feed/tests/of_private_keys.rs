//! Private keys of certificates in the feed: sealed at the start, and opened for whoever shows them.

use stagegate_control::{open_private_key, seal_private_key};
use stagegate_model::keys::AccountNoun;
use stagegate_model::rest::{ClientCertificateRow, DomainCertificateRow, StoredPrivateKey};
use stagegate_seal::{MasterKey, Sealer};

use super::*;

const PEM: &str = "-----BEGIN PRIVATE KEY-----";

fn keys() -> [Key; 2] {
    let scope = Scope::new("000000000000", REGION).expect("a scope");
    [
        scope.noun(AccountNoun::ClientCertificate, "abc123"),
        scope.noun(AccountNoun::DomainCertificate, "api.example.com"),
    ]
}

/// A client certificate that the stage of an API shows, and the certificate of a domain name.
fn rows(private_keys: [&StoredPrivateKey; 2]) -> Vec<Write> {
    let [client, domain] = keys();
    let of = |mut row: serde_json::Value, key: &StoredPrivateKey| {
        let serde_json::Value::Object(key) = serde_json::to_value(key).expect("JSON") else { panic!("an object") };
        row.as_object_mut().expect("an object").extend(key);
        row
    };
    let certificate = json!({ "clientCertificateId": "abc123", "pemEncodedCertificate": "PEM" });
    let mut writes = api("one", "pets", "d1");
    writes.extend([
        put(&client, &of(json!({ "certificate": certificate }), private_keys[0])),
        put(&domain, &of(json!({ "name": "n", "certificatePem": "PEM" }), private_keys[1])),
        put(
            &scope("one").stage("dev"),
            &json!({ "stageName": "dev", "deploymentId": "d1", "clientCertificateId": "abc123" }),
        ),
    ]);
    writes
}

/// What stands in the store now, by key.
async fn stored(bench: &Bench) -> [(String, StoredPrivateKey); 2] {
    let [client, domain] = keys();
    let text = async |key: &Key| {
        let row = bench.store.get(&key.to_string()).await.expect("read").expect("there");
        String::from_utf8(row.body.to_vec()).expect("text")
    };
    let (client, domain) = (text(&client).await, text(&domain).await);
    let of_client: ClientCertificateRow = serde_json::from_str(&client).expect("a row");
    let of_domain: DomainCertificateRow = serde_json::from_str(&domain).expect("a row");
    [(client, of_client.private_key), (domain, of_domain.private_key)]
}

#[tokio::test]
async fn keys_in_clear_text_and_under_former_keys_are_sealed_anew_at_the_start() {
    let (former, current) = (MasterKey::new([8; 32]), MasterKey::new([9; 32]));
    let clear = StoredPrivateKey { private_key_pem: Some(PEM.to_owned()), sealed_private_key: None };
    let by_former = |key: &Key| seal_private_key(PEM, key, &Sealer::new(&former, &[]));
    let [of_client, of_domain] = keys().map(|key| by_former(&key));
    for private_keys in [[&clear, &clear], [&of_client, &of_domain], [&of_client, &clear]] {
        let bench = Bench::new();
        bench.commit(rows(private_keys)).await;
        let sealer = || Arc::new(Sealer::new(&current, std::slice::from_ref(&former)));
        drop(bench.feed_with(Admission { sealer: sealer(), ..admission() }).await);
        let first = stored(&bench).await;
        for (key, (text, private_key)) in keys().iter().zip(&first) {
            assert!(!text.contains("PRIVATE"), "{text}");
            let opened = open_private_key(private_key, key, &Sealer::new(&current, &[]));
            assert_eq!(opened.as_deref(), Some(PEM), "the current key opens it alone");
        }
        drop(bench.feed_with(Admission { sealer: sealer(), ..admission() }).await);
        assert_eq!(stored(&bench).await, first, "what is sealed under the current key is left alone");
    }
}

#[tokio::test]
async fn a_stage_shows_a_sealed_certificate_and_none_that_nobody_opens() {
    let [client, domain] = keys();
    let sealer = admission().sealer;
    let good = seal_private_key(PEM, &client, &sealer);
    // Moved here from the row of a domain name by somebody who can write the database.
    let moved = seal_private_key(PEM, &domain, &sealer);
    for (key, is_shown) in [(&good, true), (&moved, false)] {
        let bench = Bench::new();
        bench.commit(rows([key, &moved])).await;
        let owner = scope("one").scope;
        let opened = load::client_certificate(bench.store.as_ref(), &owner, "abc123", &sealer);
        let shown = opened.await.expect("read").map(|identity| identity.private_key_pem.to_string());
        assert_eq!(shown.as_deref(), is_shown.then_some(PEM));
        drop(bench.feed().await);
        assert!(bench.published.load().api("one").is_some(), "the API is served in any case");
    }
}
