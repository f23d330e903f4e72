//! `ApiKey`: values, filters, and files of keys.

use serde_json::{Value, json};
use stagegate_control::Quotas;

use crate::plane::{Answer, NOW_SECONDS, Plane, names, text};

const VALUE: &str = "abcdefghij0123456789";

async fn create(plane: &Plane, given: Value) -> Value {
    let answer = plane.call("POST", "/apikeys", given).await;
    assert_eq!(answer.status, 201);
    answer.ok()
}

#[tokio::test]
async fn a_key_has_a_value_that_is_shown_when_asked_for() {
    let plane = Plane::new();
    let made = create(&plane, json!({ "name": "one", "tags": { "a": "b" } })).await;
    let id = text(&made["id"]);
    assert_eq!((id.len(), text(&made["value"]).len()), (10, 40));
    assert_eq!(made["enabled"], false, "fact 129");
    assert_eq!((&made["createdDate"], &made["lastUpdatedDate"]), (&json!(NOW_SECONDS), &json!(NOW_SECONDS)));
    assert_eq!((&made["stageKeys"], &made["tags"]), (&json!([]), &json!({ "a": "b" })));
    let one = format!("/apikeys/{id}");
    assert_eq!(plane.get(&one).await.ok().get("value"), None);
    assert_eq!(plane.get(&format!("{one}?includeValue=true")).await.ok(), made);
    let patched = plane.patch(&one, &[("replace", "/enabled", "true"), ("replace", "/name", "two")]).await.ok();
    assert_eq!((&patched["enabled"], &patched["name"]), (&json!(true), &json!("two")));
    assert_eq!(plane.delete(&one).await.status, 202);
    plane.get(&one).await.refused("NotFoundException", "Invalid API Key identifier specified");
}

#[tokio::test]
async fn values_are_long_and_unique() {
    let plane = Plane::new();
    let made = create(&plane, json!({ "value": VALUE })).await;
    assert_eq!(made["value"], VALUE);
    plane
        .call("POST", "/apikeys", json!({ "value": VALUE }))
        .await
        .refused("ConflictException", "API Key already exists");
    plane.delete(&format!("/apikeys/{}", text(&made["id"]))).await.ok();
    let made = create(&plane, json!({ "value": VALUE, "generateDistinctId": false })).await;
    assert_eq!(made["id"], VALUE, "the value of a deleted key is free");
    let cases = [
        (json!({ "value": "short" }), "API Key value should be at least 20 characters"),
        (json!({ "value": "x".repeat(129) }), "API Key value exceeds maximum size of 128 characters"),
        (json!({ "name": "x".repeat(1025) }), "API Key name exceeds maximum size of 1024 characters"),
        (json!({ "stageKeys": [{ "restApiId": "a", "stageName": "b" }] }), "Invalid stage identifier specified: a/b"),
    ];
    for (given, message) in cases {
        plane.call("POST", "/apikeys", given).await.refused("BadRequestException", message);
    }
}

#[tokio::test]
async fn keys_are_found_by_the_beginning_of_their_name_and_by_their_customer() {
    let plane = Plane::new();
    for (name, customer) in [("pets-a", "c1"), ("pets-b", "c2"), ("shop", "c1")] {
        create(&plane, json!({ "name": name, "customerId": customer })).await;
    }
    let cases = [
        ("", 3),
        ("?name=pets", 2),
        ("?name=ets", 0),
        ("?customerId=c1", 2),
        ("?name=pets&customerId=c1", 1),
        ("?limit=2", 2),
    ];
    for (query, count) in cases {
        let found = plane.get(&format!("/apikeys{query}")).await.ok();
        let items = found["item"].as_array().expect("a list");
        assert_eq!(items.len(), count, "{query}");
        assert!(items.iter().all(|item| item.get("value").is_none()));
    }
    let whole = plane.get("/apikeys?includeValues=true").await.ok();
    assert!(names(&whole, "value").iter().all(|value| value.len() == 40));
}

async fn import(plane: &Plane, query: &str, file: &str) -> Answer {
    Answer::of(&plane.send("POST", &format!("/apikeys?mode=import{query}"), file.to_owned()).await)
}

#[tokio::test]
async fn a_file_of_keys_is_imported() {
    let plane = Plane::new();
    let plan = text(&plane.call("POST", "/usageplans", json!({ "name": "p" })).await.ok()["id"]);
    let file = format!(
        "Name,key,description,Enabled,usageplanIds,Extra\n\
         one,{VALUE}-1,\"first, of two\",FALSE,{plan},x\n\
         two,{VALUE}-2,,,\"{plan},nosuch\"\n\
         bad,short,,,\n"
    );
    let answer = import(&plane, "&format=csv", &file).await;
    assert_eq!(answer.status, 201);
    let answer = answer.ok();
    let ids = answer["ids"].as_array().expect("ids").clone();
    assert_eq!(ids.len(), 2);
    assert_eq!(
        answer["warnings"],
        json!([
            "Line 4 is not imported: API Key value should be at least 20 characters",
            "API key two: Invalid Usage Plan ID specified: nosuch"
        ])
    );
    let one = plane.get(&format!("/apikeys/{}?includeValue=true", text(&ids[0]))).await.ok();
    assert_eq!((&one["description"], &one["enabled"]), (&json!("first, of two"), &json!(false)));
    assert_eq!(one["value"], format!("{VALUE}-1"));
    let keys = plane.get(&format!("/usageplans/{plan}/keys")).await.ok();
    assert_eq!(names(&keys, "type"), ["API_KEY", "API_KEY"]);
    let again = import(&plane, "&format=csv", &format!("key,name\n{VALUE}-1,renamed")).await.ok();
    assert_eq!(again["ids"], json!([ids[0]]), "a value that is known keeps its key");
    assert_eq!(plane.get("/apikeys?name=renamed").await.ok()["item"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn warnings_and_wrong_files_refuse_the_whole_import() {
    let plane = Plane::new();
    let file = format!("name,key\none,{VALUE}\nbad,short");
    let cases = [
        ("&format=csv&failonwarnings=true", file.as_str(), "Warnings found during import"),
        ("&format=xml", file.as_str(), "Member must satisfy enum value set: [csv]"),
        ("", file.as_str(), "'importApiKeysInput.format'"),
        ("&format=csv", "", "'importApiKeysInput.body'"),
        ("&format=csv", "name\none", "Missing required column in CSV file: key"),
    ];
    for (query, file, part) in cases {
        let (_, message) = import(&plane, query, file).await.fault();
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(plane.get("/apikeys").await.ok()["item"], json!([]));
}

#[tokio::test]
async fn keys_count_when_quotas_are_in_force() {
    let plane = Plane::with_quotas(Quotas { set: [("rest_api_keys_count".to_owned(), 1)].into(), aws: false });
    create(&plane, json!({})).await;
    assert_eq!(plane.call("POST", "/apikeys", json!({})).await.status, 429);
}
