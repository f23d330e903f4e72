//! Last uses of access keys: written when whoever has the writer says so, and only where there is something to write.

use stagegate_store::{Commit, Revision, Write};

use crate::plane::{ACCESS_KEY_ID, Plane};

const KEY: &str = "iam/000000000000/accesskeys/akiatest";
const USE: &str = "iam/000000000000/accesskeyuses/akiatest";

async fn revision(plane: &Plane) -> Revision {
    plane.store.revision().await.expect("read")
}

#[tokio::test]
async fn a_use_is_written_once_and_by_no_call() {
    let plane = Plane::new();
    let body = serde_json::to_vec("ann").expect("JSON").into();
    let writes = vec![Write::Put { key: KEY.to_owned(), body }];
    plane.store.commit(Commit { expects: Vec::new(), writes }).await.expect("committed");
    let before = revision(&plane).await;
    for _ in 0..3 {
        plane.get("/restapis").await.ok();
    }
    assert_eq!(revision(&plane).await, before, "calls write nothing");
    let uses = plane.control.access_key_uses();
    uses.persist().await.expect("written");
    assert_eq!(revision(&plane).await.0, before.0 + 1, "one commit for all of them");
    let row = plane.store.get(USE).await.expect("read").expect("there");
    let row: serde_json::Value = serde_json::from_slice(&row.body).expect("JSON");
    assert_eq!((&row["service"], &row["region"]), (&"apigateway".into(), &"us-east-1".into()), "{row}");
    uses.persist().await.expect("written");
    assert_eq!(revision(&plane).await.0, before.0 + 1, "nothing was used since");
}

#[tokio::test]
async fn the_use_of_a_key_that_is_not_stored_is_not_written() {
    let plane = Plane::new();
    plane.get("/restapis").await.ok();
    let before = revision(&plane).await;
    plane.control.access_key_uses().persist().await.expect("written");
    assert_eq!(revision(&plane).await, before, "{ACCESS_KEY_ID} is root's");
}
