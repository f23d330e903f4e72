//! Custom domain names in the feed: at the start, by changes, and among thousands of others.

use std::time::Instant;

use serde_json::Value;
use stagegate_model::keys::AccountNoun;

use super::*;

/// Changes of the measurement.
const ROUNDS: usize = 21;
/// Domain names beside the one that changes.
const MANY: usize = 10_000;
/// Five times the time that a change has to go live, since nothing is optimised here and the machine is busy.
const LIVE_WITHIN: Duration = Duration::from_millis(5 * 20);

fn in_region(region: &str) -> Scope {
    Scope::new("000000000000", region).expect("a scope")
}

fn domain_key(name: &str) -> Key {
    in_region(REGION).noun(AccountNoun::DomainName, name)
}

fn domain(name: &str) -> Write {
    put(&domain_key(name), &json!({ "domainName": name.split('|').next() }))
}

fn mapping_key(domain: &str, base_path: &str) -> Key {
    let domain = DomainScope { scope: in_region(REGION), id: domain.to_owned() };
    domain.mapping(base_path)
}

fn mapping(domain: &str, base_path: &str, api: &str) -> Write {
    put(&mapping_key(domain, base_path), &document(base_path, api))
}

fn document(base_path: &str, api: &str) -> Value {
    json!({ "basePath": base_path, "restApiId": api, "stage": "dev" })
}

/// The API that a path below a host leads to.
fn leads(snapshot: &Snapshot, host: &str, path: &str) -> Option<String> {
    let domain = snapshot.domain(host)?;
    domain.find(path.as_bytes()).map(|matched| matched.mapping.api_id.to_string())
}

fn findings(bench: &Bench) -> Vec<String> {
    let words = |report: DomainReport| {
        let findings = report.findings.iter().map(|finding| format!("{}: {finding}", report.domain.scope.region));
        findings.collect::<Vec<_>>()
    };
    bench.reports.domains().into_iter().flat_map(words).collect()
}

#[tokio::test]
async fn domain_names_of_the_start_are_served_with_their_mappings() {
    let bench = Bench::new();
    bench.commit(api("one", "pets", "d1")).await;
    let writes = vec![
        domain("api.example.com"),
        mapping("api.example.com", "(none)", "one"),
        mapping("api.example.com", "v1", "two"),
        domain("*.example.com"),
        mapping("*.example.com", "v1", "three"),
        mapping("homeless.example.com", "v1", "one"),
        put(&domain_key("broken.example.com"), &json!("not a domain name")),
    ];
    bench.commit(writes).await;
    let _feed = bench.feed().await;
    let snapshot = bench.published.load_full();
    let cases = [
        ("api.example.com", "/pets", Some("one")),
        ("api.example.com", "/v1/pets", Some("two")),
        ("homeless.example.com", "/v1", Some("three")),
        ("broken.example.com", "/v2", None),
        ("example.com", "/v1", None),
    ];
    for (host, path, api) in cases {
        assert_eq!(leads(&snapshot, host, path).as_deref(), api, "{host}{path}");
    }
}

#[tokio::test]
async fn every_change_of_a_domain_name_is_live_and_shares_the_rest() {
    let bench = Bench::new();
    bench.commit(vec![domain("other.example.com"), mapping("other.example.com", "v1", "one")]).await;
    let running = tokio::spawn(bench.feed().await.run());
    let before = bench.published.load_full();
    let name = "api.example.com";
    let steps: Vec<(Vec<Write>, Option<Option<&str>>)> = vec![
        (vec![domain(name)], Some(None)),
        (vec![mapping(name, "v1", "one")], Some(Some("one"))),
        (vec![mapping(name, "v1", "two")], Some(Some("two"))),
        (vec![put(&domain_key(name), &json!({ "domainName": name, "routingMode": "ROUTING_RULE_ONLY" }))], Some(None)),
        (vec![domain(name)], Some(Some("two"))),
        (vec![Write::Delete { key: mapping_key(name, "v1").to_string() }], Some(None)),
        (vec![mapping(name, "v1", "one")], Some(Some("one"))),
        (
            vec![
                Write::DeletePrefix { prefix: mapping_key(name, "v1").to_string() },
                Write::Delete { key: domain_key(name).to_string() },
            ],
            None,
        ),
    ];
    for (index, (writes, expected)) in steps.into_iter().enumerate() {
        let revision = bench.commit(writes).await;
        let after = bench.published(revision).await;
        let found = after.domain(name).map(|_| leads(&after, name, "/v1/x"));
        assert_eq!(found.as_ref().map(Option::as_deref), expected, "step {index}");
        let [first, now] = [&before, &after].map(|snapshot| snapshot.domain("other.example.com").expect("there"));
        assert!(Arc::ptr_eq(first, now), "step {index}");
    }
    running.abort();
}

#[tokio::test]
async fn what_is_not_served_of_domain_names_is_reported() {
    let bench = Bench::new();
    let private = json!({ "domainName": "a.example.com", "endpointConfiguration": { "types": ["PRIVATE"] } });
    let rules = json!({ "domainName": "b.example.com", "routingMode": "ROUTING_RULE_ONLY" });
    bench.commit(vec![put(&domain_key("a.example.com|abc123"), &private)]).await;
    bench.commit(vec![mapping("a.example.com|abc123", "v1", "one"), domain("a.example.com")]).await;
    bench.commit(vec![put(&domain_key("b.example.com"), &rules), mapping("b.example.com", "v1", "gone")]).await;
    let feed = bench.feed().await;
    let snapshot = bench.published.load_full();
    assert!(snapshot.domain("a.example.com").is_some());
    assert_eq!(leads(&snapshot, "a.example.com", "/v1"), None, "a private domain name's mapping");
    let expected = [
        "us-east-1: is reached by nobody: no VPC endpoint is associated with it",
        "us-east-1: answers 403: its routing mode is ROUTING_RULE_ONLY, and routing rules are not served",
    ];
    assert_eq!(findings(&bench), expected);
    let running = tokio::spawn(feed.run());
    let key = domain_key("a.example.com|abc123").to_string();
    let revision = bench.commit(vec![Write::Delete { key }, domain("b.example.com")]).await;
    assert!(bench.published(revision).await.domain("a.example.com").is_some());
    let reports = bench.reports.domains();
    let known = |api: &str, _stage: Option<&str>| api == "known";
    let all: Vec<String> =
        reports.iter().flat_map(|report| report.all_findings(known)).map(|found| found.to_string()).collect();
    assert_eq!(all, ["the base path v1 answers 403: stage dev of API gone is not served"]);
    running.abort();
}

#[tokio::test]
async fn of_a_name_in_two_regions_the_first_is_served_until_it_is_gone() {
    let bench = Bench::new();
    let name = "api.example.com";
    let elsewhere = DomainScope { scope: in_region("eu-west-1"), id: name.to_owned() };
    bench.commit(vec![domain(name), mapping(name, "v1", "one")]).await;
    let running = tokio::spawn(bench.feed().await.run());
    let writes = vec![
        put(&elsewhere.key(), &json!({ "domainName": name })),
        put(&elsewhere.mapping("v1"), &document("v1", "two")),
    ];
    let revision = bench.commit(writes).await;
    assert_eq!(leads(&*bench.published(revision).await, name, "/v1").as_deref(), Some("two"));
    let taken = "us-east-1: not served: account 000000000000 has the same domain name in eu-west-1, which is served";
    assert_eq!(findings(&bench), [taken]);
    let again = bench.feed().await;
    assert_eq!(leads(&bench.published.load(), name, "/v1").as_deref(), Some("two"));
    drop(again);
    let revision = bench.commit(vec![Write::Delete { key: elsewhere.key().to_string() }]).await;
    assert_eq!(leads(&*bench.published(revision).await, name, "/v1").as_deref(), Some("one"));
    assert_eq!(findings(&bench), [""; 0]);
    running.abort();
}

#[tokio::test]
async fn a_change_among_ten_thousand_domain_names_is_live_in_time() {
    let bench = Bench::new();
    let names: Vec<String> = (0..MANY).map(|index| format!("d{index}.example.com")).collect();
    let writes =
        names.iter().flat_map(|name| [domain(name), mapping(name, "v1", "one"), mapping(name, "(none)", "one")]);
    bench.commit(writes.collect()).await;
    let running = tokio::spawn(bench.feed().await.run());
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let (name, api) = (&names[round * 400], format!("api{round}"));
        let began = Instant::now();
        let revision = bench.commit(vec![mapping(name, "v1", &api)]).await;
        let after = bench.published(revision).await;
        times.push(began.elapsed());
        assert_eq!(leads(&after, name, "/v1/x"), Some(api));
    }
    times.sort_unstable();
    assert!(times[ROUNDS / 2] < LIVE_WITHIN, "{times:?}");
    running.abort();
}

#[test]
fn only_what_belongs_to_a_domain_name_touches_it() {
    let other = |noun| in_region(REGION).noun(noun, "a|b");
    let cases = [
        (domain_key("a.b"), Some("a.b")),
        (domain_key("a.b|id"), Some("a.b|id")),
        (mapping_key("a.b", "(none)"), Some("a.b")),
        (mapping_key("a.b|id", "v+1"), Some("a.b|id")),
        (in_region(REGION).noun(AccountNoun::DomainNameAccessAssociation, "a.b+id|vpce-1"), Some("a.b|id")),
        (other(AccountNoun::ApiKey), None),
        (scope("one").rest_api(), None),
    ];
    for (key, expected) in cases {
        let touched = domains::touched(&[key.to_string()]);
        assert_eq!(touched.iter().map(|domain| domain.id.as_str()).next(), expected, "{key}");
    }
}
