//! A custom domain name: its mappings become a plan, unless nobody could reach it here.

use stagegate_model::rest::{BasePathMapping, DomainName, EndpointType, RoutingMode};
use stagegate_plan::{DomainPlan, MappingPlan};

use crate::tls::{TlsSources, UploadedCertificate, compile_tls};

/// Why a domain name, or one of its mappings, is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainFinding {
    /// Private domain names are for VPC endpoints.
    #[error("not served: a private domain name is reached through VPC endpoints, and there are none here")]
    Private,
    /// Nothing but routing rules decides.
    #[error("answers 403: its routing mode is ROUTING_RULE_ONLY, and routing rules are not served")]
    RoutingRulesOnly,
    /// The same name in another region is served.
    #[error("not served: account {account} has the same domain name in {region}, which is served")]
    Taken {
        /// The account of the one that is served.
        account: String,
        /// Its region.
        region: String,
    },
    /// It asks for client certificates, which only the TLS listener can.
    #[error("answers 403: it asks for client certificates, and no TLS listener is set up")]
    NoTlsListener,
    /// Its certificate is not there, or broken.
    #[error("shows the default certificate: the certificate {certificate} cannot be used: {why}")]
    NoCertificate {
        /// The certificate's ARN or name.
        certificate: String,
        /// Why.
        why: String,
    },
    /// Its certificate does not name it.
    #[error("shows the certificate {certificate}, which is for other names")]
    OtherNames {
        /// The certificate's ARN or name.
        certificate: String,
    },
    /// Its truststore is not there, or broken.
    #[error("answers 403: the truststore {uri} cannot be used: {why}")]
    NoTruststore {
        /// The URI.
        uri: String,
        /// Why.
        why: String,
    },
    /// The TLS library refuses the certificate.
    #[error("handshakes fail: {why}")]
    NoHost {
        /// Why.
        why: String,
    },
    /// What a mapping leads to is not served.
    #[error("the base path {base_path} answers 403: {target} is not served")]
    NoTarget {
        /// The base path.
        base_path: String,
        /// The API, with the stage if the mapping names one.
        target: String,
    },
}

/// Compiles a domain name with its mappings; no plan for one that is not served. Whether a mapping's API and stage are served is
/// only known when a request comes. `uploaded` is the certificate that came with it, and `sources` what its other names mean, where
/// something listens for handshakes.
///
/// Without routing rules, which nothing can make here, `ROUTING_RULE_THEN_BASE_PATH_MAPPING` is its second half (fact D8).
pub fn compile_domain(
    domain: &DomainName,
    mappings: &[BasePathMapping],
    uploaded: Option<UploadedCertificate<'_>>,
    sources: Option<&dyn TlsSources>,
) -> (Option<DomainPlan>, Vec<DomainFinding>) {
    let types = domain.endpoint_configuration.as_ref().and_then(|configuration| configuration.types.as_deref());
    if types.is_some_and(|types| types.contains(&EndpointType::Private)) {
        return (None, vec![DomainFinding::Private]);
    }
    let name = domain.domain_name.to_ascii_lowercase();
    let mut findings = Vec::new();
    let tls = compile_tls(domain, uploaded, sources, &mut findings);
    let plan = match domain.routing_mode {
        Some(RoutingMode::RoutingRuleOnly) => {
            findings.push(DomainFinding::RoutingRulesOnly);
            DomainPlan::new(&name, [])
        }
        None | Some(RoutingMode::BasePathMappingOnly | RoutingMode::RoutingRuleThenBasePathMapping) => {
            DomainPlan::new(&name, mappings.iter().filter_map(mapping))
        }
    };
    (Some(plan.with_tls(tls)), findings)
}

fn mapping(mapping: &BasePathMapping) -> Option<MappingPlan> {
    Some(MappingPlan {
        base_path: mapping.base_path.as_str().into(),
        api_id: mapping.rest_api_id.as_deref()?.into(),
        stage: mapping.stage.as_deref().map(Box::from),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(document: serde_json::Value) -> (Option<DomainPlan>, Vec<DomainFinding>) {
        let domain: DomainName = serde_json::from_value(document).unwrap();
        let mapping = |base_path: &str, stage: Option<&str>| BasePathMapping {
            base_path: base_path.to_owned(),
            rest_api_id: Some("abc".to_owned()),
            stage: stage.map(str::to_owned),
        };
        compile_domain(&domain, &[mapping("v1", Some("dev")), mapping("v2", None)], None, None)
    }

    #[test]
    fn mappings_serve_unless_routing_rules_alone_decide() {
        let name = "api.example.com";
        for mode in [None, Some("BASE_PATH_MAPPING_ONLY"), Some("ROUTING_RULE_THEN_BASE_PATH_MAPPING")] {
            let (plan, findings) = compiled(serde_json::json!({ "domainName": name, "routingMode": mode }));
            let plan = plan.unwrap();
            assert_eq!((&*plan.name, findings), (name, Vec::new()), "{mode:?}");
            let stage = |path: &[u8]| plan.find(path).map(|matched| matched.mapping.stage.as_deref());
            assert_eq!((stage(b"/v1/a"), stage(b"/v2/a"), stage(b"/v3")), (Some(Some("dev")), Some(None), None));
        }
        let (plan, findings) = compiled(serde_json::json!({ "domainName": name, "routingMode": "ROUTING_RULE_ONLY" }));
        assert_eq!((plan.unwrap().find(b"/v1/a"), findings), (None, vec![DomainFinding::RoutingRulesOnly]));
    }

    #[test]
    fn a_private_domain_name_is_not_served() {
        let private = serde_json::json!({ "domainName": "a.b", "endpointConfiguration": { "types": ["PRIVATE"] } });
        let (plan, findings) = compiled(private);
        assert!(plan.is_none());
        assert_eq!(findings, [DomainFinding::Private]);
        let regional = serde_json::json!({ "domainName": "a.b", "endpointConfiguration": { "types": ["REGIONAL"] } });
        assert!(compiled(regional).0.is_some());
    }
}
