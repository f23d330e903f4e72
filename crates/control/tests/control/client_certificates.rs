//! Client certificates: real ones, with a key that nobody sees.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::plane::{NOW_SECONDS, Plane, names, text};

const YEAR_SECONDS: u64 = 365 * 24 * 60 * 60;

#[tokio::test]
async fn a_certificate_is_real_and_its_key_stays_inside() {
    let plane = Plane::new();
    let given = json!({ "description": "d", "tags": { "k": "v" } });
    let made = plane.call("POST", "/clientcertificates", given).await.ok();
    assert_eq!((&made["description"], &made["createdDate"]), (&json!("d"), &json!(NOW_SECONDS)));
    assert_eq!(made["expirationDate"], NOW_SECONDS + YEAR_SECONDS);
    let pem = text(&made["pemEncodedCertificate"]);
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).expect("base64");
    let holds = |part: &[u8]| der.windows(part.len()).any(|window| window == part);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert!(holds(b"ApiGateway"));
    assert!(holds(b"270115080000Z") && holds(b"280115080000Z"), "the year of validity");
    let target = format!("/clientcertificates/{}", text(&made["clientCertificateId"]));
    assert_eq!(plane.get(&target).await.ok(), made);
    assert!(!made.to_string().contains("PRIVATE KEY"));
    let patched = plane.patch(&target, &[("replace", "/description", "e")]).await.ok();
    assert_eq!(patched["description"], "e");
    assert_eq!(patched["pemEncodedCertificate"], pem);
    let tags = format!("/tags/arn:aws:apigateway:us-east-1::{target}");
    plane.call("PUT", &tags, json!({ "tags": { "l": "w" } })).await.ok();
    assert_eq!(plane.get(&target).await.ok()["tags"], json!({ "k": "v", "l": "w" }));
    assert_eq!(names(&plane.get("/clientcertificates").await.ok(), "description"), ["e"]);
    assert_eq!(plane.delete(&target).await.status, 202);
    plane.get(&target).await.refused("NotFoundException", "Invalid Client Certificate identifier specified");
}

#[tokio::test]
async fn a_stage_shows_only_certificates_there_are_and_keeps_them() {
    let plane = Plane::new();
    let (_, stage) = plane.staged_api().await;
    let none = plane.patch(&stage, &[("replace", "/clientCertificateId", "nosuch")]).await;
    none.refused("NotFoundException", "Invalid Client Certificate identifier specified");
    let made = plane.call("POST", "/clientcertificates", Value::Null).await.ok();
    let id = text(&made["clientCertificateId"]);
    let found = plane.patch(&stage, &[("replace", "/clientCertificateId", &id)]).await.ok();
    assert_eq!(found["clientCertificateId"], *id);
    let target = format!("/clientcertificates/{id}");
    let (error_type, message) = plane.delete(&target).await.fault();
    assert_eq!(error_type, "BadRequestException");
    assert!(message.contains("is referenced in stage"), "{message}");
    plane.patch(&stage, &[("replace", "/clientCertificateId", "")]).await.ok();
    assert_eq!(plane.delete(&target).await.status, 202);
}
