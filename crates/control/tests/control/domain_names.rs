//! Domain names and the associations of private ones.

use serde_json::{Value, json};

use crate::plane::{ACCOUNT, NOW_SECONDS, Plane, names, text};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:000000000000:certificate/1";

fn regional(name: &str) -> Value {
    json!({ "domainName": name, "regionalCertificateArn": CERTIFICATE, "endpointConfiguration": { "types": ["REGIONAL"] } })
}

fn private(name: &str) -> Value {
    json!({ "domainName": name, "certificateArn": CERTIFICATE, "endpointConfiguration": { "types": ["PRIVATE"] } })
}

async fn made(plane: &Plane, given: Value) -> Value {
    plane.call("POST", "/domainnames", given).await.ok()
}

#[tokio::test]
async fn each_endpoint_type_gets_what_dns_points_at() {
    let plane = Plane::new();
    let edge = made(&plane, json!({ "domainName": "Edge.example.com", "certificateArn": CERTIFICATE })).await;
    assert_eq!(edge["domainName"], "edge.example.com");
    assert!(text(&edge["distributionDomainName"]).ends_with(".cloudfront.net"), "{edge}");
    assert_eq!(edge["distributionHostedZoneId"], "Z2FDTNDATAQYW2");
    assert_eq!(edge["certificateUploadDate"], NOW_SECONDS);
    assert_eq!(edge.get("regionalDomainName"), None);
    let regional = made(&plane, regional("r.example.com")).await;
    assert!(text(&regional["regionalDomainName"]).ends_with(".execute-api.us-east-1.amazonaws.com"), "{regional}");
    assert_eq!(regional["regionalHostedZoneId"], "Z1UJRXOUMOOFQ8");
    let arn = "arn:aws:apigateway:us-east-1::/domainnames/r.example.com";
    let expected = json!({
        "domainNameArn": arn, "domainNameStatus": "AVAILABLE", "securityPolicy": "TLS_1_2",
        "routingMode": "BASE_PATH_MAPPING_ONLY", "endpointConfiguration": { "types": ["REGIONAL"], "ipAddressType": "ipv4" },
    });
    for (member, value) in expected.as_object().expect("members") {
        assert_eq!(&regional[member], value, "{member}");
    }
    let private = made(&plane, private("p.example.com")).await;
    let id = text(&private["domainNameId"]);
    assert_eq!(id.len(), 10);
    let arn = format!("arn:aws:apigateway:us-east-1:{ACCOUNT}:/domainnames/p.example.com+{id}");
    assert_eq!(private["domainNameArn"], arn);
    assert_eq!(private["endpointConfiguration"]["ipAddressType"], "dualstack");
    let list = plane.get("/domainnames").await.ok();
    assert_eq!(names(&list, "domainName"), ["edge.example.com", "p.example.com", "r.example.com"]);
    assert_eq!(names(&plane.get("/domainnames?resourceOwner=OTHER_ACCOUNTS").await.ok(), "domainName").len(), 0);
    assert!(plane.get("/domainnames?limit=1").await.ok()["position"].is_string());
}

#[tokio::test]
async fn private_names_can_be_alike_and_others_cannot() {
    let plane = Plane::new();
    made(&plane, regional("a.example.com")).await;
    let again = plane.call("POST", "/domainnames", regional("a.example.com")).await;
    again.refused("BadRequestException", "The domain name you provided already exists.");
    let one = text(&made(&plane, private("a.example.com")).await["domainNameId"]);
    let two = text(&made(&plane, private("a.example.com")).await["domainNameId"]);
    for id in [&one, &two] {
        let found = plane.get(&format!("/domainnames/a.example.com?domainNameId={id}")).await.ok();
        assert_eq!(found["domainNameId"], **id);
    }
    assert_eq!(plane.delete(&format!("/domainnames/a.example.com?domainNameId={one}")).await.status, 202);
    assert_eq!(names(&plane.get("/domainnames").await.ok(), "domainName").len(), 2);
    let gone = plane.get(&format!("/domainnames/a.example.com?domainNameId={one}")).await;
    gone.refused("NotFoundException", "Invalid domain name identifier specified");
}

fn with(mut given: Value, more: &Value) -> Value {
    let members = given.as_object_mut().expect("members");
    members.extend(more.as_object().expect("members").clone());
    given
}

#[tokio::test]
async fn domain_names_that_aws_refuses_are_refused() {
    let plane = Plane::new();
    let policy = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
    let mutual = json!({ "mutualTlsAuthentication": { "truststoreUri": "s3://bucket/key" } });
    let cases = [
        (json!({}), "createDomainNameInput.domainName"),
        (json!({ "domainName": "a.example.com" }), "A certificate was not provided for the endpoint type EDGE."),
        (with(regional("a.example.com"), &json!({ "regionalCertificateArn": "" })), "endpoint type REGIONAL."),
        (regional("localhost"), "Invalid domain name: localhost"),
        (regional("a..b"), "Invalid domain name"),
        (regional("-a.b"), "Invalid domain name"),
        (regional("a.*.b"), "Invalid domain name"),
        (with(regional("a.b"), &json!({ "regionalCertificateArn": "x" })), "Invalid certificate ARN: x"),
        (with(regional("a.b"), &json!({ "securityPolicy": "TLS_2" })), "'createDomainNameInput.securityPolicy'"),
        (
            with(regional("a.b"), &json!({ "securityPolicy": "SecurityPolicy_TLS13_2025_EDGE" })),
            "endpoint type REGIONAL",
        ),
        (with(regional("a.b"), &json!({ "endpointAccessMode": "STRICT" })), "Endpoint access mode is only supported"),
        (with(regional("a.b"), &json!({ "policy": policy })), "Policies are only supported for private"),
        (with(private("a.b"), &json!({ "policy": "x" })), "Invalid policy document"),
        (with(private("a.b"), &json!({ "securityPolicy": "TLS_1_0" })), "TLS_1_0 is not supported"),
        (with(private("a.b"), &mutual), "Mutual TLS is only supported for Regional"),
        (with(regional("a.b"), &with(mutual.clone(), &json!({ "securityPolicy": "TLS_1_0" }))), "Mutual TLS requires"),
        (
            with(
                regional("a.b"),
                &with(mutual.clone(), &json!({ "securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09" })),
            ),
            "Mutual TLS is not supported for security policies",
        ),
        (with(regional("a.b"), &json!({ "certificateBody": "x" })), "A certificate is uploaded with"),
        (
            with(regional("a.b"), &json!({ "mutualTlsAuthentication": { "truststoreUri": "x" } })),
            "Invalid truststore URI",
        ),
        (with(regional("a.b"), &json!({ "ownershipVerificationCertificateArn": "arn:x" })), "ownership verification"),
        (with(regional("a.b"), &json!({ "tags": { "aws:x": "y" } })), "aws:"),
    ];
    for (given, words) in cases {
        let answer = plane.call("POST", "/domainnames", given.clone()).await;
        assert_eq!(answer.status, 400, "{given}");
        let (_, message) = answer.fault();
        assert!(message.contains(words), "{given}: {message}");
    }
    assert_eq!(made(&plane, regional("*.b.example")).await["domainName"], "*.b.example");
}

#[tokio::test]
async fn an_edge_name_becomes_regional_in_two_steps() {
    let plane = Plane::new();
    let edge = json!({ "domainName": "a.example.com", "certificateArn": CERTIFICATE });
    made(&plane, edge).await;
    let target = "/domainnames/a.example.com";
    let without = plane.patch(target, &[("add", "/endpointConfiguration/types", "REGIONAL")]).await;
    without.refused("BadRequestException", "A certificate was not provided for the endpoint type REGIONAL.");
    let add = [("add", "/regionalCertificateArn", CERTIFICATE), ("add", "/endpointConfiguration/types", "REGIONAL")];
    let both = plane.patch(target, &add).await.ok();
    assert_eq!(both["endpointConfiguration"]["types"], json!(["EDGE", "REGIONAL"]));
    assert!(both["regionalDomainName"].is_string() && both["distributionDomainName"].is_string());
    let remove = [("remove", "/certificateArn", ""), ("remove", "/endpointConfiguration/types", "EDGE")];
    let mixed = [("add", "/certificateName", "x"), ("remove", "/endpointConfiguration/types", "EDGE")];
    assert_eq!(plane.patch(target, &mixed).await.status, 400);
    let regional = plane.patch(target, &remove).await.ok();
    assert_eq!(regional["endpointConfiguration"]["types"], json!(["REGIONAL"]));
    assert_eq!(regional["regionalDomainName"], both["regionalDomainName"]);
    assert_eq!(regional.get("distributionDomainName"), None);
    let last = plane.patch(target, &[("remove", "/endpointConfiguration/types", "REGIONAL")]).await;
    assert_eq!(last.status, 400);
    let hidden = plane.patch(target, &[("replace", "/endpointConfiguration/types/0", "PRIVATE")]).await;
    hidden.refused("BadRequestException", "The endpoint type cannot be changed from or to PRIVATE.");
}

#[tokio::test]
async fn associations_are_made_listed_tagged_rejected_and_deleted() {
    let plane = Plane::new();
    let domain = made(&plane, private("p.example.com")).await;
    let domain_arn = text(&domain["domainNameArn"]);
    let target = "/domainnameaccessassociations";
    let given = |source: &str| {
        json!({ "domainNameArn": domain_arn, "accessAssociationSourceType": "VPCE", "accessAssociationSource": source,
            "tags": { "a": "1" } })
    };
    let one = plane.call("POST", target, given("vpce-1")).await.ok();
    let name = format!("p.example.com+{}", text(&domain["domainNameId"]));
    let arn = text(&one["domainNameAccessAssociationArn"]);
    let path = format!("/domainnameaccessassociations/domainname/{name}/vpcesource/vpce-1");
    assert_eq!(arn, format!("arn:aws:apigateway:us-east-1:{ACCOUNT}:{path}"));
    plane
        .call("POST", target, given("vpce-1"))
        .await
        .refused("ConflictException", "Domain name access association already exists");
    assert_eq!(plane.call("POST", target, given("eni-1")).await.status, 400);
    plane.call("POST", target, given("vpce-2")).await.ok();
    assert_eq!(names(&plane.get(target).await.ok(), "accessAssociationSource"), ["vpce-1", "vpce-2"]);
    let encoded = |arn: &str| arn.replace(':', "%3A").replace('/', "%2F").replace('+', "%2B");
    assert_eq!(plane.get(&format!("/tags/{}", encoded(&arn))).await.ok(), json!({ "tags": { "a": "1" } }));
    let query = format!("domainNameAccessAssociationArn={}&domainNameArn={}", encoded(&arn), encoded(&domain_arn));
    assert_eq!(
        plane.call("POST", &format!("/rejectdomainnameaccessassociations?{query}"), Value::Null).await.status,
        202
    );
    assert_eq!(names(&plane.get(target).await.ok(), "accessAssociationSource"), ["vpce-2"]);
    assert_eq!(plane.delete(&format!("{target}/{}", encoded(&arn))).await.status, 404);
    let two = encoded(&arn.replace("vpce-1", "vpce-2"));
    assert_eq!(plane.delete(&format!("{target}/{two}")).await.status, 202);
    plane.call("POST", target, given("vpce-3")).await.ok();
    let id = text(&domain["domainNameId"]);
    plane.delete(&format!("/domainnames/p.example.com?domainNameId={id}")).await.ok();
    assert_eq!(names(&plane.get(target).await.ok(), "accessAssociationSource").len(), 0);
    assert_eq!(plane.call("POST", target, given("vpce-4")).await.status, 404);
}

#[tokio::test]
async fn domain_names_have_tags() {
    let plane = Plane::new();
    for given in [regional("a.example.com"), private("a.example.com")] {
        let arn = text(&made(&plane, given).await["domainNameArn"]);
        let target = format!("/tags/{}", arn.replace('/', "%2F").replace('+', "%2B"));
        plane.call("PUT", &target, json!({ "tags": { "k": "v" } })).await.ok();
        assert_eq!(plane.get(&target).await.ok(), json!({ "tags": { "k": "v" } }));
    }
}
