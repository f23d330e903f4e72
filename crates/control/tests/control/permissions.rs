//! Which actions on which resources a call asks permission for.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stagegate_control::{ControlConfig, Permit, Question, Ruling};
use stagegate_policy::PolicyKind;
use stagegate_store::memory::MemoryStore;

use crate::plane::Plane;

/// Notes what it is asked, and says no to one action.
#[derive(Default)]
struct Noting {
    denied: &'static str,
    asked: Mutex<Vec<String>>,
}

impl Permit for Noting {
    fn judge(&self, question: &Question<'_>) -> Ruling {
        let Question { action, resource, .. } = question;
        self.asked.lock().expect("a lock").push(format!("{action} {resource}"));
        if *action == self.denied { Ruling::Denied(PolicyKind::Session) } else { Ruling::Allowed }
    }
}

fn plane(permit: &Arc<Noting>) -> Plane {
    let permit: Arc<dyn Permit> = Arc::<Noting>::clone(permit);
    Plane::permitting(Arc::new(MemoryStore::new()), ControlConfig::default(), permit)
}

fn patch(op: &str, path: &str, value: &str) -> Value {
    json!({ "patchOperations": [{ "op": op, "path": path, "value": value }] })
}

const REGION: &str = "arn:aws:apigateway:us-east-1:";
const PRIVATE: &str = "arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b+c";

/// What a call is asked about, without its region's part.
async fn asked(verb: &str, target: &str, body: Value) -> Vec<String> {
    let permit = Arc::new(Noting::default());
    plane(&permit).call(verb, target, body).await;
    let asked = permit.asked.lock().expect("a lock");
    asked.iter().map(|one| one.replace(REGION, "").replace("apigateway:", "")).collect()
}

#[tokio::test]
async fn calls_that_touch_certificates_and_policies_ask_for_more() {
    let mutual = json!({ "mutualTlsAuthentication": { "truststoreUri": "s3://b/k" } });
    let uri = "/mutualTlsAuthentication/truststoreUri";
    let info = json!({ "title": "t", "version": "1" });
    let definition = json!({ "openapi": "3.0.1", "info": info, "paths": {}, "x-amazon-apigateway-policy": {} });
    let clone = json!({ "name": "n", "cloneFrom": "abc" });
    let association = json!({ "domainNameArn": PRIVATE });
    let rejected = format!("/rejectdomainnameaccessassociations?domainNameArn={}", PRIVATE.replace('+', "%2B"));
    let private = PRIVATE.replace(REGION, "");
    for (verb, target, body, further) in [
        ("GET", "/domainnames", Value::Null, ""),
        ("POST", "/domainnames", json!({ "policy": "" }), ""),
        ("POST", "/domainnames", mutual, "AddCertificateToDomain :/domainnames"),
        ("POST", "/domainnames", json!({ "policy": "{}" }), "UpdateDomainNamePolicy :/domainnames"),
        ("PATCH", "/domainnames/a", patch("replace", uri, "s3://b/k"), "AddCertificateToDomain :/domainnames/a"),
        ("PATCH", "/domainnames/a", patch("remove", uri, ""), "RemoveCertificateFromDomain :/domainnames/a"),
        ("PATCH", "/domainnames/a", patch("replace", "/policy", "{}"), "UpdateDomainNamePolicy :/domainnames/a"),
        ("PATCH", "/domainnames/a", patch("remove", "/policy", ""), "UpdateDomainNamePolicy :/domainnames/a"),
        (
            "PATCH",
            "/domainnames/a",
            patch("replace", "/managementPolicy", "{}"),
            "UpdateDomainNameManagementPolicy :/domainnames/a",
        ),
        ("POST", "/domainnameaccessassociations", association, &format!("CreateAccessAssociation {private}")),
        ("POST", &rejected, json!({}), &format!("RejectAccessAssociation {private}")),
        ("POST", "/restapis", json!({ "name": "n" }), ""),
        ("POST", "/restapis", json!({ "name": "n", "policy": "{}" }), "UpdateRestApiPolicy :/restapis/*"),
        ("POST", "/restapis", clone, "GET :/restapis/abc"),
        ("PATCH", "/restapis/a", patch("replace", "/policy", "{}"), "UpdateRestApiPolicy :/restapis/a"),
        ("PATCH", "/restapis/a", patch("remove", "/policy", ""), "UpdateRestApiPolicy :/restapis/a"),
        ("PUT", "/restapis/a", definition.clone(), "UpdateRestApiPolicy :/restapis/a"),
        ("POST", "/restapis?mode=import", definition, "UpdateRestApiPolicy :/restapis/*"),
    ] {
        assert_eq!(asked(verb, target, body).await[1..].join(" "), further, "{verb} {target}");
    }
}

#[tokio::test]
async fn a_policy_within_a_definition_is_found_however_it_is_spelled() {
    let plain =
        r#"{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{},"x-amazon-apigateway-polic\u0079":{}}"#;
    let yaml = "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths: {}\n\"x-amazon-apigateway-p\\x6flicy\": {}\n";
    for body in [plain, yaml] {
        let permit = Arc::new(Noting::default());
        plane(&permit).send("POST", "/restapis?mode=import", body.to_owned()).await;
        let asked = permit.asked.lock().expect("a lock").clone();
        assert_eq!(asked.len(), 2, "{body}: {asked:?}");
        assert_eq!(asked[1], format!("apigateway:UpdateRestApiPolicy {REGION}:/restapis/*"));
    }
}

#[tokio::test]
async fn putting_a_definition_over_an_api_with_a_policy_is_a_change_of_the_policy() {
    let permit = Arc::new(Noting::default());
    let plane = plane(&permit);
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" }
    ] });
    let made = plane.call("POST", "/restapis", json!({ "name": "n", "policy": policy.to_string() })).await.ok();
    let path = format!("/restapis/{}", crate::plane::text(&made["id"]));
    let definition = json!({ "openapi": "3.0.1", "info": { "title": "t", "version": "1" }, "paths": {} });
    for (mode, count) in [("merge", 1), ("overwrite", 2)] {
        permit.asked.lock().expect("a lock").clear();
        plane.call("PUT", &format!("{path}?mode={mode}"), definition.clone()).await.ok();
        assert_eq!(permit.asked.lock().expect("a lock").len(), count, "{mode}");
    }
}

#[tokio::test]
async fn who_creates_with_tags_asks_to_tag() {
    let tags = json!({ "name": "n", "tags": { "k": "v" } });
    let info = json!({ "title": "t", "version": "1" });
    let tag = json!([{ "name": "k", "x-amazon-apigateway-tag-value": "v" }]);
    let definition = json!({ "openapi": "3.0.1", "info": info, "paths": {}, "tags": tag });
    let of = |path: &str| format!("arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A{}", path.replace('/', "%2F"));
    for (verb, target, body, tagged) in [
        ("POST", "/restapis", tags.clone(), of("/restapis/") + "*"),
        ("POST", "/restapis/a/stages", tags.clone(), of("/restapis/a/stages/") + "*"),
        ("POST", "/apikeys", tags.clone(), of("/apikeys/") + "*"),
        ("POST", "/usageplans", tags.clone(), of("/usageplans/") + "*"),
        ("POST", "/vpclinks", tags.clone(), of("/vpclinks/") + "*"),
        ("POST", "/clientcertificates", tags.clone(), of("/clientcertificates/") + "*"),
        ("POST", "/domainnames", tags, of("/domainnames/") + "*"),
        ("POST", "/restapis?mode=import", definition.clone(), of("/restapis/") + "*"),
        ("PUT", "/restapis/a", definition, of("/restapis/a")),
    ] {
        assert_eq!(asked(verb, target, body).await[1..], [format!("PUT :/tags/{tagged}")], "{verb} {target}");
    }
    assert_eq!(asked("POST", "/restapis", json!({ "name": "n", "tags": {} })).await, ["POST :/restapis"]);
}

#[tokio::test]
async fn a_resource_has_one_arn_however_its_path_is_spelled() {
    let association =
        "arn:aws:apigateway:us-east-1:000000000000:/domainnameaccessassociations/domainname/a.b+c/vpcesource/vpce-1";
    let encoded = association.replace(':', "%3A").replace('/', "%2F").replace('+', "%2B");
    let tagged = "arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fabc";
    for (target, resource) in [
        ("/restapis/abc", ":/restapis/abc"),
        ("/restapis/abc/", ":/restapis/abc"),
        ("/restapis/%61bc", ":/restapis/abc"),
        ("/restapis/a%2Fb", ":/restapis/a%2Fb"),
        ("/restapis/a%252Fb", ":/restapis/a%252Fb"),
        ("/domainnames/A.B", ":/domainnames/a.b"),
        ("/domainnames/A.B?domainNameId=c", "000000000000:/domainnames/a.b+c"),
        ("/domainnames/a.b/basepathmappings?domainNameId=c", ":/domainnames/a.b+c/basepathmappings"),
        ("/domainnames/a.b/basepathmappings/%28none%29", ":/domainnames/a.b/basepathmappings/(none)"),
        ("/domainnameaccessassociations", "000000000000:/domainnameaccessassociations"),
        ("/tags/arn:aws:apigateway:us-east-1::/restapis/abc", &format!(":/tags/{tagged}")),
        (&format!("/tags/{tagged}"), &format!(":/tags/{tagged}")),
    ] {
        assert_eq!(asked("GET", target, Value::Null).await, [format!("GET {resource}")], "{target}");
    }
    let asked = asked("DELETE", &format!("/domainnameaccessassociations/{encoded}"), Value::Null).await;
    assert_eq!(asked, [format!("DELETE {}", association.replace(REGION, ""))]);
}

#[tokio::test]
async fn one_denied_action_denies_the_call() {
    let permit = Arc::new(Noting { denied: "apigateway:UpdateRestApiPolicy", ..Noting::default() });
    let plane = plane(&permit);
    plane.call("POST", "/restapis", json!({ "name": "n" })).await.ok();
    let refused = plane.call("POST", "/restapis", json!({ "name": "n", "policy": "{}" })).await;
    assert_eq!(refused.status, 403);
    refused.refused(
        "AccessDeniedException",
        "User: arn:aws:iam::000000000000:root is not authorized to perform: apigateway:UpdateRestApiPolicy on resource: \
         arn:aws:apigateway:us-east-1::/restapis/* with an explicit deny in a session policy",
    );
}
