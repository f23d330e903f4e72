//! Identities in the feed: rows that cannot be read take rights away, and give none.

use stagegate_model::keys::{IamKey, IamNoun};
use stagegate_policy::{Context, Request, Verdict, evaluate};

use super::*;

const ACCOUNT: &str = "000000000000";
const ALLOW: &str = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

fn key(noun: IamNoun, name: &str) -> String {
    IamKey::new(ACCOUNT, noun, name).to_string()
}

fn row(noun: IamNoun, name: &str, document: &serde_json::Value) -> Write {
    Write::Put { key: key(noun, name), body: document.to_string().into_bytes().into() }
}

/// A user in a group, who may do everything by a policy of their own.
fn user(name: &str, groups: &[&str]) -> Write {
    let document = json!({
        "name": name, "path": "/", "id": format!("AIDA{name}"), "createDate": 0, "inline": { "all": ALLOW },
        "groups": groups,
    });
    row(IamNoun::User, name, &document)
}

fn group(inline: &serde_json::Value) -> Write {
    let document = json!({ "name": "staff", "path": "/", "id": "AGPASTAFF", "createDate": 0, "inline": inline });
    row(IamNoun::Group, "staff", &document)
}

/// What becomes of a call of a user.
fn verdict(snapshot: &Snapshot, name: &str) -> Verdict {
    let holder = snapshot.identities.holder(&format!("AIDA{name}")).expect("the user");
    let principal = holder.principal();
    let context = Context::default();
    let request = Request {
        principal: principal.in_policies(),
        action: "execute-api:Invoke",
        resource: "arn:aws:execute-api:us-east-1:000000000000:api/dev/GET/",
        resource_account: ACCOUNT,
        context: &context,
    };
    evaluate(&principal.policy_set(None), &request).verdict
}

#[tokio::test]
async fn a_group_that_cannot_be_read_denies_its_members_and_nobody_else() {
    let bench = Bench::new();
    let members = row(IamNoun::Members, "staff", &json!({ "users": ["ann"] }));
    bench.commit(vec![user("ann", &["staff"]), user("bob", &[]), group(&json!({})), members]).await;
    let running = tokio::spawn(bench.feed().await.run());
    let snapshot = bench.published.load_full();
    assert_eq!([verdict(&snapshot, "ann"), verdict(&snapshot, "bob")], [Verdict::Allow; 2]);

    let broken = row(IamNoun::Group, "staff", &json!("no group"));
    let snapshot = bench.published(bench.commit(vec![broken]).await).await;
    let found = [verdict(&snapshot, "ann"), verdict(&snapshot, "bob")];
    assert_eq!(found, [Verdict::ExplicitDeny, Verdict::Allow], "what the group denies is not known");

    let snapshot = bench.published(bench.commit(vec![group(&json!({}))]).await).await;
    assert_eq!(verdict(&snapshot, "ann"), Verdict::Allow);
    running.abort();
}

#[tokio::test]
async fn a_change_of_a_group_reaches_its_members_when_nobody_knows_them() {
    let bench = Bench::new();
    let members = row(IamNoun::Members, "staff", &json!("no members"));
    bench.commit(vec![user("ann", &["staff"]), group(&json!({})), members]).await;
    let running = tokio::spawn(bench.feed().await.run());
    let deny = json!({ "deny": ALLOW.replace("Allow", "Deny") });
    let snapshot = bench.published(bench.commit(vec![group(&deny)]).await).await;
    assert_eq!(verdict(&snapshot, "ann"), Verdict::ExplicitDeny);
    running.abort();
}
