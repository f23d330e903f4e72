//! Clients of what a stage serves.

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::plane::Plane;

#[tokio::test]
async fn a_client_comes_as_an_archive() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let response = plane.send("GET", &format!("{stage}/sdks/javascript?some=thing"), String::new()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/octet-stream");
    assert_eq!(response.headers()[CONTENT_DISPOSITION], "attachment; filename=\"javascript_2027-01-15_08-00Z.zip\"");
    assert_eq!(response.body()[..4], *b"PK\x03\x04");
}

#[tokio::test]
async fn what_cannot_be_generated_is_refused() {
    let plane = Plane::new();
    let (api, stage) = plane.staged_api().await;
    let (error_type, message) = plane.get(&format!("{stage}/sdks/swift")).await.fault();
    assert_eq!(error_type, "BadRequestException");
    assert!(message.starts_with("SDK type swift is not generated"), "{message}");
    let unknown = plane.get(&format!("{stage}/sdks/cobol")).await;
    unknown.refused("BadRequestException", "Invalid SDK type specified: cobol");
    let missing = plane.get(&format!("{api}/stages/nosuch/sdks/javascript")).await;
    missing.refused("NotFoundException", "Invalid stage identifier specified");
}
