//! `UsagePlan`, its keys, and what they have used.

use serde_json::{Value, json};

use crate::plane::{Plane, names, text};

async fn key(plane: &Plane, name: &str) -> String {
    text(&plane.call("POST", "/apikeys", json!({ "name": name })).await.ok()["id"])
}

async fn plan(plane: &Plane, given: Value) -> String {
    let answer = plane.call("POST", "/usageplans", given).await;
    assert_eq!(answer.status, 201);
    format!("/usageplans/{}", text(&answer.ok()["id"]))
}

async fn add(plane: &Plane, plan: &str, key: &str) -> crate::plane::Answer {
    plane.call("POST", &format!("{plan}/keys"), json!({ "keyId": key, "keyType": "API_KEY" })).await
}

#[tokio::test]
async fn a_plan_is_kept_as_it_is_given() {
    let plane = Plane::new();
    let (api, _) = plane.staged_api().await;
    let api_id = api.trim_start_matches("/restapis/");
    let stages = json!([{ "apiId": api_id, "stage": "dev",
        "throttle": { "/pets/GET": { "rateLimit": 1.5, "burstLimit": 2 } } }]);
    let given = json!({ "name": "gold", "description": "d", "apiStages": stages,
        "throttle": { "burstLimit": 10, "rateLimit": 5.5 }, "quota": { "limit": 100, "offset": 2, "period": "WEEK" },
        "tags": { "a": "b" } });
    let plan = plan(&plane, given.clone()).await;
    let mut read = plane.get(&plan).await.ok();
    assert_eq!(format!("/usageplans/{}", text(&read["id"])), plan);
    read.as_object_mut().expect("an object").remove("id");
    assert_eq!(read, given);
    let stage = format!("{api_id}:dev");
    let message = format!(
        "Cannot delete Usage Plan {} because there are API Stages associated with it, including {stage}",
        plan.trim_start_matches("/usageplans/")
    );
    plane.delete(&plan).await.refused("BadRequestException", &message);
    let patched = plane.patch(&plan, &[("remove", "/apiStages", &stage), ("remove", "/quota", "")]).await.ok();
    assert_eq!((&patched["apiStages"], patched.get("quota")), (&json!([]), None));
    assert_eq!(plane.delete(&plan).await.status, 202);
    plane.get(&plan).await.refused("NotFoundException", "Invalid Usage Plan ID specified");
}

#[tokio::test]
async fn what_no_plan_takes_is_refused() {
    let plane = Plane::new();
    let quota = |limit: i32, offset: i32, period: &str| json!({ "name": "x", "quota": { "limit": limit, "offset": offset, "period": period } });
    let cases = [
        (json!({}), "'createUsagePlanInput.name'"),
        (json!({ "name": " " }), "Usage Plan name cannot be blank"),
        (json!({ "name": "x", "apiStages": [{ "apiId": "a", "stage": "b" }] }), "API Stage not found: a:b"),
        (json!({ "name": "x", "throttle": { "burstLimit": -1 } }), "burst limit must not be negative"),
        (json!({ "name": "x", "quota": { "limit": 1 } }), "quota period must be specified"),
        (quota(1, 1, "DAY"), "Usage Plan quota offset must be zero in the DAY period"),
        (quota(1, 7, "WEEK"), "Usage Plan quota offset must be between zero and six inclusive in the WEEK period"),
        (quota(1, 28, "MONTH"), "Usage Plan quota offset must be between zero and 27 inclusive in the MONTH period"),
        (quota(-1, 0, "DAY"), "quota limit must not be negative"),
        (quota(1, 0, "YEAR"), "'createUsagePlanInput.quota.period'"),
    ];
    for (given, part) in cases {
        let (_, message) = plane.call("POST", "/usageplans", given).await.fault();
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn stages_and_method_throttles_are_patched() {
    let plane = Plane::new();
    let (api, _) = plane.staged_api().await;
    let stage = format!("{}:dev", api.trim_start_matches("/restapis/"));
    let plan = plan(&plane, json!({ "name": "p" })).await;
    plane.patch(&plan, &[("add", "/apiStages", &stage)]).await.ok();
    let escaped = format!("/apiStages/{stage}/throttle/~1pets/GET/rateLimit");
    let unescaped = format!("/apiStages/{stage}/throttle//pets/GET/burstLimit");
    let patched = plane.patch(&plan, &[("replace", &escaped, "2.5"), ("add", &unescaped, "4")]).await.ok();
    let throttle = &patched["apiStages"][0]["throttle"];
    assert_eq!(*throttle, json!({ "/pets/GET": { "rateLimit": 2.5, "burstLimit": 4 } }));
    let bare = plane
        .patch(
            &plan,
            &[("replace", "/throttle/rateLimit", "3"), ("add", "/quota/limit", "9"), ("add", "/quota/period", "DAY")],
        )
        .await
        .ok();
    assert_eq!(bare["throttle"], json!({ "rateLimit": 3.0, "burstLimit": 0 }));
    assert_eq!(bare["quota"], json!({ "limit": 9, "offset": 0, "period": "DAY" }));
    let removed = plane.patch(&plan, &[("remove", &format!("/apiStages/{stage}/throttle/~1pets/GET"), "")]).await.ok();
    assert_eq!(removed["apiStages"][0].get("throttle"), None);
    for (op, path, value) in
        [("add", "/apiStages", "nosuch:dev"), ("replace", "/apiStages/nosuch:dev/throttle/~1pets/GET/rateLimit", "1")]
    {
        let message = "API Stage not found: nosuch:dev";
        plane.patch(&plan, &[(op, path, value)]).await.refused("NotFoundException", message);
    }
    for (op, value) in [("add", "nocolon"), ("remove", "nosuch:dev")] {
        let message = "Invalid API Stage specified";
        plane.patch(&plan, &[(op, "/apiStages", value)]).await.refused("BadRequestException", message);
    }
}

#[tokio::test]
async fn stages_that_are_deleted_leave_their_plans() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let (other, _) = plane.staged_api().await;
    let of = |api: &str| json!({ "apiId": api.trim_start_matches("/restapis/"), "stage": "dev" });
    let plan = plan(&plane, json!({ "name": "p", "apiStages": [of(&api), of(&other)] })).await;
    assert_eq!(plane.delete(&stage).await.status, 202);
    assert_eq!(plane.get(&plan).await.ok()["apiStages"], json!([of(&other)]));
    assert_eq!(plane.delete(&other).await.status, 202);
    assert_eq!(plane.get(&plan).await.ok()["apiStages"], json!([]));
    assert_eq!(plane.delete(&plan).await.status, 202);
}

#[tokio::test]
async fn keys_join_and_leave_plans() {
    let plane = Plane::new();
    let (gold, silver) =
        (plan(&plane, json!({ "name": "gold" })).await, plan(&plane, json!({ "name": "silver" })).await);
    let (one, two) = (key(&plane, "one").await, key(&plane, "two").await);
    let joined = add(&plane, &gold, &one).await;
    assert_eq!(joined.status, 201);
    let joined = joined.ok();
    assert_eq!((&joined["id"], &joined["type"], &joined["name"]), (&json!(one), &json!("API_KEY"), &json!("one")));
    assert_eq!(text(&joined["value"]).len(), 40);
    assert_eq!(plane.get(&format!("{gold}/keys/{one}")).await.ok(), joined);
    assert_eq!(add(&plane, &gold, &one).await.status, 409);
    add(&plane, &gold, &two).await.ok();
    add(&plane, &silver, &one).await.ok();
    assert_eq!(names(&plane.get(&format!("{gold}/keys?name=tw")).await.ok(), "id"), [two.as_str()]);
    assert_eq!(plane.get(&format!("/usageplans?keyId={one}")).await.ok()["item"].as_array().map(Vec::len), Some(2));
    assert_eq!(plane.get(&format!("/usageplans?keyId={two}")).await.ok()["item"].as_array().map(Vec::len), Some(1));
    assert_eq!(plane.delete(&format!("{gold}/keys/{one}")).await.status, 202);
    assert_eq!(plane.get(&format!("{gold}/keys/{one}")).await.status, 404);
    assert_eq!(plane.get(&format!("/apikeys/{one}")).await.status, 200, "the key itself stays");
    plane.delete(&format!("/apikeys/{one}")).await.ok();
    assert_eq!(plane.get(&format!("{silver}/keys")).await.ok()["item"], json!([]), "a deleted key leaves its plans");
    add(&plane, &gold, "nosuch").await.refused("NotFoundException", "Invalid API Key identifier specified");
    let given = json!({ "keyId": two, "keyType": "USER" });
    assert_eq!(plane.call("POST", &format!("{silver}/keys"), given).await.status, 400);
}

#[tokio::test]
async fn a_key_reaches_a_stage_through_one_plan_only() {
    let plane = Plane::new();
    let (api, _) = plane.staged_api().await;
    let api_id = api.trim_start_matches("/restapis/");
    let stages = json!([{ "apiId": api_id, "stage": "dev" }]);
    let gold = plan(&plane, json!({ "name": "gold", "apiStages": stages })).await;
    let silver = plan(&plane, json!({ "name": "silver", "apiStages": stages })).await;
    let free = plan(&plane, json!({ "name": "free" })).await;
    let one = key(&plane, "one").await;
    add(&plane, &gold, &one).await.ok();
    let (error_type, message) = add(&plane, &silver, &one).await.fault();
    assert_eq!(error_type, "ConflictException");
    assert!(message.contains(&format!("API Stage {api_id}:dev")), "{message}");
    add(&plane, &free, &one).await.ok();
    let stage = format!("{api_id}:dev");
    assert_eq!(plane.patch(&free, &[("add", "/apiStages", &stage)]).await.status, 409);
}

#[tokio::test]
async fn usage_is_told_day_by_day() {
    let plane = Plane::new();
    let gold = plan(&plane, json!({ "name": "gold", "quota": { "limit": 10, "period": "DAY" } })).await;
    let one = key(&plane, "one").await;
    let value = text(&add(&plane, &gold, &one).await.ok()["value"]);
    // The clock of the tests stands at 2027-01-15.
    let usage = |query: &str| format!("{gold}/usage?startDate=2027-01-14&endDate=2027-01-16{query}");
    let told = plane.get(&usage("")).await.ok();
    assert_eq!(told["usagePlanId"], gold.trim_start_matches("/usageplans/"));
    assert_eq!((&told["startDate"], &told["endDate"]), (&json!("2027-01-14"), &json!("2027-01-16")));
    assert_eq!(told["values"], json!({ value.clone(): [[0, 10], [0, 10], [0, 10]] }));
    let update = format!("{gold}/keys/{one}/usage");
    let updated = plane.patch(&update, &[("replace", "/remaining", "25")]).await.ok();
    assert_eq!(updated["values"], json!({ value.clone(): [[0, 25]] }));
    assert_eq!(plane.get(&usage("")).await.ok()["values"][&value], json!([[0, 10], [0, 25], [0, 10]]));
    let two = key(&plane, "two").await;
    add(&plane, &gold, &two).await.ok();
    let first = plane.get(&usage("&limit=1")).await.ok();
    let rest = plane.get(&usage(&format!("&limit=1&position={}", text(&first["position"])))).await.ok();
    assert_eq!(first["values"].as_object().map(serde_json::Map::len), Some(1));
    assert_ne!(first["values"], rest["values"]);
    assert!(rest.get("position").is_none());
    let only = plane.get(&usage(&format!("&keyId={one}"))).await.ok();
    assert_eq!(only["values"].as_object().map(|values| values.contains_key(&value)), Some(true));
}

#[tokio::test]
async fn usage_that_cannot_be_told_is_refused() {
    let plane = Plane::new();
    let bare = plan(&plane, json!({ "name": "bare" })).await;
    let one = key(&plane, "one").await;
    add(&plane, &bare, &one).await.ok();
    let cases = [
        ("", "'getUsageInput.startDate'"),
        ("?startDate=2027-01-01", "'getUsageInput.endDate'"),
        ("?startDate=2027-01-02&endDate=2027-01-01", "Invalid date range"),
        ("?startDate=2027-01-01&endDate=2027-12-01", "must not exceed 90 days"),
        ("?startDate=yesterday&endDate=2027-01-01", "Invalid startDate specified: yesterday"),
        ("?startDate=2027-01-01&endDate=2027-01-01&keyId=nosuch", "Invalid Usage Plan Key"),
    ];
    for (query, part) in cases {
        let (_, message) = plane.get(&format!("{bare}/usage{query}")).await.fault();
        assert!(message.contains(part), "{message}");
    }
    let told = plane.get(&format!("{bare}/usage?startDate=2027-01-01&endDate=2027-01-01")).await.ok();
    assert_eq!(told["values"], json!({}), "without a quota there is nothing to tell");
    let update = format!("{bare}/keys/{one}/usage");
    assert_eq!(plane.patch(&update, &[("replace", "/remaining", "1")]).await.status, 400);
    let gold = plan(&plane, json!({ "name": "gold", "quota": { "limit": 10, "period": "DAY" } })).await;
    add(&plane, &gold, &one).await.ok();
    let update = format!("{gold}/keys/{one}/usage");
    assert_eq!(plane.patch(&update, &[("replace", "/remaining", "-1")]).await.status, 400);
}
