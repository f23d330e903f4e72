//! TLS of a custom domain name: its certificate, its security policy and its truststore become a host for handshakes.

use std::sync::Arc;

use stagegate_model::rest::{DomainName, EndpointAccessMode, EndpointType, RestApi};
use stagegate_plan::{ApiTls, DomainTls};
use stagegate_tls::{HostTls, SecurityPolicy, ServerIdentity, Truststore};

use crate::domain::DomainFinding;

/// What stands behind the names that domain names have for certificates and truststores.
pub trait TlsSources: Send + Sync {
    /// The certificate of an ARN, or of a name.
    ///
    /// # Errors
    /// Why there is none.
    fn certificate(&self, named: &str) -> Result<ServerIdentity, String>;

    /// The truststore of a URI, in a version if the domain name asks for one.
    ///
    /// # Errors
    /// Why there is none.
    fn truststore(&self, uri: &str, version: Option<&str>) -> Result<Arc<Truststore>, String>;

    /// What hosts show that have no certificate.
    fn default_identity(&self) -> ServerIdentity;
}

/// A certificate that came with the domain name, and its key, both in PEM.
#[derive(Clone, Copy)]
pub struct UploadedCertificate<'u> {
    /// The name it was uploaded under.
    pub name: &'u str,
    /// The certificate and its chain.
    pub certificate_pem: &'u str,
    /// The key.
    pub private_key_pem: &'u str,
}

/// TLS of an API's own host.
pub fn compile_api_tls(api: &RestApi) -> ApiTls {
    ApiTls {
        policy: api.security_policy.and_then(|policy| SecurityPolicy::find(policy.as_str())).unwrap_or_else(usual),
        is_strict: api.endpoint_access_mode == Some(EndpointAccessMode::Strict),
    }
}

fn usual() -> &'static SecurityPolicy {
    SecurityPolicy::usual()
}

/// TLS of a domain name. Without `sources` nothing listens for handshakes, and only what other listeners must know is left.
pub(crate) fn compile_tls(
    domain: &DomainName,
    uploaded: Option<UploadedCertificate<'_>>,
    sources: Option<&dyn TlsSources>,
    findings: &mut Vec<DomainFinding>,
) -> DomainTls {
    let mutual = domain.mutual_tls_authentication.as_ref();
    let mut tls = DomainTls {
        is_mutual: mutual.is_some(),
        is_strict: domain.endpoint_access_mode == Some(EndpointAccessMode::Strict),
        host: None,
    };
    let Some(sources) = sources else {
        if tls.is_mutual {
            findings.push(DomainFinding::NoTlsListener);
        }
        return tls;
    };
    let identity = identity(domain, uploaded, sources).unwrap_or_else(|finding| {
        findings.push(finding);
        sources.default_identity()
    });
    if !identity.is_for(&domain.domain_name) && findings.is_empty() {
        findings.push(DomainFinding::OtherNames { certificate: shown(domain) });
    }
    let truststore = mutual.map(|mutual| {
        let uri = mutual.truststore_uri.as_deref().unwrap_or_default();
        sources.truststore(uri, mutual.truststore_version.as_deref()).unwrap_or_else(|why| {
            findings.push(DomainFinding::NoTruststore { uri: uri.to_owned(), why });
            Arc::new(Truststore::closed())
        })
    });
    let policy = domain.security_policy.and_then(|policy| SecurityPolicy::find(policy.as_str())).unwrap_or_else(usual);
    match HostTls::new(&identity, policy, truststore) {
        Ok(host) => tls.host = Some(Arc::new(host)),
        Err(error) => findings.push(DomainFinding::NoHost { why: error.to_string() }),
    }
    tls
}

/// The certificate of the regional endpoint where there is one, else that of the edge-optimized one; an ARN before a name.
fn identity(
    domain: &DomainName,
    uploaded: Option<UploadedCertificate<'_>>,
    sources: &dyn TlsSources,
) -> Result<ServerIdentity, DomainFinding> {
    let missing = |why: String| DomainFinding::NoCertificate { certificate: shown(domain), why };
    let name = named(domain).ok_or_else(|| missing("the domain name has none".to_owned()))?;
    match uploaded.filter(|uploaded| uploaded.name == name) {
        Some(uploaded) => {
            ServerIdentity::from_pem(uploaded.certificate_pem.as_bytes(), uploaded.private_key_pem.as_bytes())
                .map_err(|error| missing(error.to_string()))
        }
        None => sources.certificate(name).map_err(missing),
    }
}

fn named(domain: &DomainName) -> Option<&str> {
    let types = domain.endpoint_configuration.as_ref().and_then(|configuration| configuration.types.as_deref());
    let regional = domain.regional_certificate_arn.as_deref().or(domain.regional_certificate_name.as_deref());
    let edge = domain.certificate_arn.as_deref().or(domain.certificate_name.as_deref());
    if types.is_some_and(|types| types.contains(&EndpointType::Regional)) {
        regional.or(edge)
    } else {
        edge.or(regional)
    }
}

fn shown(domain: &DomainName) -> String {
    named(domain).unwrap_or("(none)").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use stagegate_tls::self_signed;

    use super::*;

    struct Known;

    impl TlsSources for Known {
        fn certificate(&self, named: &str) -> Result<ServerIdentity, String> {
            let host = named.strip_prefix("arn:").ok_or("no settings name it")?;
            Ok(self_signed(&[host.to_owned()]).unwrap())
        }

        fn truststore(&self, uri: &str, version: Option<&str>) -> Result<Arc<Truststore>, String> {
            if uri == "s3://known/key" && version != Some("other") {
                Ok(Arc::new(Truststore::closed()))
            } else {
                Err("no settings name it".to_owned())
            }
        }

        fn default_identity(&self) -> ServerIdentity {
            self_signed(&["default.test".to_owned()]).unwrap()
        }
    }

    fn compiled(document: Value, has_listener: bool) -> (DomainTls, Vec<String>) {
        let mut document = document;
        document["domainName"] = "api.test".into();
        let domain: DomainName = serde_json::from_value(document).unwrap();
        let mut findings = Vec::new();
        let sources: Option<&dyn TlsSources> = if has_listener { Some(&Known) } else { None };
        let tls = compile_tls(&domain, None, sources, &mut findings);
        (tls, findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_domain_name_is_met_by_its_certificate_policy_and_truststore() {
        let (tls, findings) = compiled(
            json!({
                "regionalCertificateArn": "arn:api.test", "certificateArn": "arn:other.test",
                "endpointConfiguration": {"types": ["REGIONAL"]},
                "securityPolicy": "TLS_1_2", "mutualTlsAuthentication": {"truststoreUri": "s3://known/key"},
            }),
            true,
        );
        assert_eq!(findings, [""; 0]);
        assert!(tls.is_mutual && !tls.is_strict && tls.host.unwrap().truststore.is_some());
    }

    #[test]
    fn what_is_missing_is_found_and_leaves_the_host_closed_or_with_the_default_certificate() {
        let (tls, findings) = compiled(json!({"certificateName": "mine", "endpointAccessMode": "STRICT"}), true);
        assert_eq!(
            findings,
            ["shows the default certificate: the certificate mine cannot be used: no settings name it"]
        );
        assert!(tls.is_strict && tls.host.unwrap().truststore.is_none());
        let mutual = json!({"truststoreUri": "s3://known/key", "truststoreVersion": "other"});
        let (tls, findings) =
            compiled(json!({"certificateArn": "arn:x.test", "mutualTlsAuthentication": mutual}), true);
        assert_eq!(
            findings,
            [
                "shows the certificate arn:x.test, which is for other names",
                "answers 403: the truststore s3://known/key cannot be used: no settings name it"
            ]
        );
        assert!(tls.host.unwrap().truststore.is_some());
    }

    #[test]
    fn without_a_listener_mutual_tls_still_closes_the_domain_name() {
        let mutual = json!({"truststoreUri": "s3://known/key"});
        let (tls, findings) = compiled(json!({"certificateArn": "arn:x", "mutualTlsAuthentication": mutual}), false);
        assert_eq!(findings, ["answers 403: it asks for client certificates, and no TLS listener is set up"]);
        assert!(tls.is_mutual && tls.host.is_none());
        assert_eq!(compiled(json!({"certificateArn": "arn:x"}), false).1, [""; 0]);
    }
}
