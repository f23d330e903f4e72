//! Instances and samples for the patch rows of the nouns of an account.

use serde_json::{Value, json};

use crate::patching::POLICY;
use crate::plane::{Plane, text};

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:000000000000:certificate/other";
const BALANCER: &str = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1";

/// A concrete path of a row of domain names or mappings, and a value that it takes.
pub(crate) fn domain_sample(pattern: &str) -> (&str, &str) {
    match pattern {
        "/stage" => (pattern, "(none)"),
        "/endpointConfiguration/types" => (pattern, "EDGE"),
        "/endpointConfiguration/types/{type}" => ("/endpointConfiguration/types/EDGE", "REGIONAL"),
        "/endpointConfiguration/ipAddressType" => (pattern, "dualstack"),
        "/endpointAccessMode" => (pattern, "STRICT"),
        "/policy" | "/managementPolicy" => (pattern, POLICY),
        "/routingMode" => (pattern, "ROUTING_RULE_ONLY"),
        "/securityPolicy" => (pattern, "TLS_1_2"),
        "/mutualTlsAuthentication/truststoreUri" => (pattern, "s3://bucket/other.pem"),
        _ if pattern.ends_with("Arn") => (pattern, CERTIFICATE),
        _ => (pattern, "text"),
    }
}

/// The path of an instance; empty for nouns that are not known here.
pub(crate) async fn account_instance(plane: &Plane, noun: &str, api: &str) -> String {
    match noun {
        "DomainName" => "/domainnames/api.example.com".to_owned(),
        "BasePathMapping" => mapping(plane, api).await,
        "VpcLink" => {
            let link = plane.call("POST", "/vpclinks", json!({ "name": "n", "targetArns": [BALANCER] })).await.ok();
            format!("/vpclinks/{}", text(&link["id"]))
        }
        "ClientCertificate" => {
            let made = plane.call("POST", "/clientcertificates", Value::Null).await.ok();
            format!("/clientcertificates/{}", text(&made["clientCertificateId"]))
        }
        _ => String::new(),
    }
}

/// A mapping of a private domain name, as private as the API has become.
async fn mapping(plane: &Plane, api: &str) -> String {
    let given = json!({ "domainName": "a.example.com", "certificateArn": "arn:1",
        "endpointConfiguration": { "types": ["PRIVATE"] } });
    let domain = plane.call("POST", "/domainnames", given).await.ok();
    let id = text(&domain["domainNameId"]);
    let given = json!({ "basePath": "pets", "restApiId": api.rsplit('/').next(), "stage": "dev" });
    let target = "/domainnames/a.example.com/basepathmappings";
    plane.call("POST", &format!("{target}?domainNameId={id}"), given).await.ok();
    format!("{target}/pets?domainNameId={id}")
}

/// A domain name on which a row can do its work: some are for private ones, some for those that change their type.
pub(crate) async fn domain_for(plane: &Plane, pattern: &str) -> String {
    let mut given = json!({ "domainName": "api.example.com", "certificateArn": "arn:1", "certificateName": "one",
        "regionalCertificateArn": "arn:2", "regionalCertificateName": "two" });
    let target = "/domainnames/api.example.com".to_owned();
    if matches!(pattern, "/policy" | "/managementPolicy") {
        given["endpointConfiguration"] = json!({ "types": ["PRIVATE"] });
        let made = plane.call("POST", "/domainnames", given).await.ok();
        return format!("{target}?domainNameId={}", text(&made["domainNameId"]));
    }
    given["endpointConfiguration"] = json!({ "types": ["REGIONAL"] });
    let changes_type = pattern.starts_with("/endpointConfiguration/types");
    if matches!(pattern, "/endpointAccessMode" | "/securityPolicy") {
        given["securityPolicy"] = json!("SecurityPolicy_TLS13_1_3_2025_09");
    } else if !changes_type {
        given["mutualTlsAuthentication"] = json!({ "truststoreUri": "s3://bucket/key.pem", "truststoreVersion": "1" });
    }
    plane.call("POST", "/domainnames", given).await.ok();
    if changes_type {
        plane.patch(&target, &[("add", "/endpointConfiguration/types", "EDGE")]).await.ok();
    }
    target
}
