//! Which actions on which resources a call asks permission for.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stagegate_control::{ControlConfig, Permit, Principal};
use stagegate_store::memory::MemoryStore;

use crate::plane::Plane;

/// Notes what it is asked, and says no to one action.
#[derive(Default)]
struct Noting {
    denied: &'static str,
    asked: Mutex<Vec<String>>,
}

impl Permit for Noting {
    fn allows(&self, _principal: &Principal, action: &str, resource: &str) -> bool {
        self.asked.lock().expect("a lock").push(format!("{action} {resource}"));
        action != self.denied
    }
}

fn plane(permit: &Arc<Noting>) -> Plane {
    let permit: Arc<dyn Permit> = Arc::<Noting>::clone(permit);
    Plane::permitting(Arc::new(MemoryStore::new()), ControlConfig::default(), permit)
}

fn patch(op: &str, path: &str, value: &str) -> Value {
    json!({ "patchOperations": [{ "op": op, "path": path, "value": value }] })
}

#[tokio::test]
async fn calls_that_touch_certificates_and_policies_ask_for_more() {
    let mutual = json!({ "mutualTlsAuthentication": { "truststoreUri": "s3://b/k" } });
    let uri = "/mutualTlsAuthentication/truststoreUri";
    let definition = json!({ "openapi": "3.0.1", "x-amazon-apigateway-policy": {} });
    let cases = [
        ("GET", "/domainnames", Value::Null, vec!["GET"]),
        ("POST", "/domainnames", json!({ "policy": "" }), vec!["POST"]),
        ("POST", "/domainnames", mutual, vec!["POST", "AddCertificateToDomain"]),
        ("POST", "/domainnames", json!({ "policy": "{}" }), vec!["POST", "UpdateDomainNamePolicy"]),
        ("PATCH", "/domainnames/a", patch("replace", uri, "s3://b/k"), vec!["PATCH", "AddCertificateToDomain"]),
        ("PATCH", "/domainnames/a", patch("remove", uri, ""), vec!["PATCH", "RemoveCertificateFromDomain"]),
        ("PATCH", "/domainnames/a", patch("replace", "/policy", "{}"), vec!["PATCH", "UpdateDomainNamePolicy"]),
        (
            "PATCH",
            "/domainnames/a",
            patch("replace", "/managementPolicy", "{}"),
            vec!["PATCH", "UpdateDomainNameManagementPolicy"],
        ),
        ("POST", "/domainnameaccessassociations", json!({}), vec!["POST", "CreateAccessAssociation"]),
        ("POST", "/rejectdomainnameaccessassociations", json!({}), vec!["POST", "RejectAccessAssociation"]),
        ("POST", "/restapis", json!({ "name": "n" }), vec!["POST"]),
        ("POST", "/restapis", json!({ "name": "n", "policy": "{}" }), vec!["POST", "UpdateRestApiPolicy"]),
        ("PATCH", "/restapis/a", patch("replace", "/policy", "{}"), vec!["PATCH", "UpdateRestApiPolicy"]),
        ("PUT", "/restapis/a", definition.clone(), vec!["PUT", "UpdateRestApiPolicy"]),
        ("POST", "/restapis?mode=import", definition, vec!["POST", "UpdateRestApiPolicy"]),
    ];
    for (verb, target, body, actions) in cases {
        let permit = Arc::new(Noting::default());
        plane(&permit).call(verb, target, body).await;
        let path = target.split('?').next().unwrap_or_default();
        let resource = format!("arn:aws:apigateway:us-east-1::{path}");
        let expected: Vec<String> = actions.iter().map(|action| format!("apigateway:{action} {resource}")).collect();
        assert_eq!(*permit.asked.lock().expect("a lock"), expected, "{verb} {target}");
    }
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
         arn:aws:apigateway:us-east-1::/restapis",
    );
}
