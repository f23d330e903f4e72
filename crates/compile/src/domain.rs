//! A custom domain name: its mappings become a plan, unless nobody could reach it here.

use stagegate_model::domain::{Scope, partition_of};
use stagegate_model::rest::{BasePathMapping, DomainName, RoutingMode};
use stagegate_plan::{DomainPlan, MappingPlan, PrivateDomain};

use crate::authorization::resource_policy;
use crate::tls::{TlsSources, UploadedCertificate, compile_tls};

/// Why a domain name, or one of its mappings, is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainFinding {
    /// A private domain name whose policy cannot be read.
    #[error("answers 403: {why}")]
    NoPolicy {
        /// Why.
        why: String,
    },
    /// A private domain name that no VPC endpoint may use.
    #[error("is reached by nobody: no VPC endpoint is associated with it")]
    NoAssociation,
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

/// Who has a private domain name, and which VPC endpoints are associated with it.
#[derive(Debug, Clone, Copy)]
pub struct PrivateUse<'d> {
    /// The account and region.
    pub owner: &'d Scope,
    /// The ids of the endpoints.
    pub vpc_endpoint_ids: &'d [String],
}

impl PrivateUse<'_> {
    fn compile(&self, domain: &DomainName, findings: &mut Vec<DomainFinding>) -> PrivateDomain {
        let policy = resource_policy(domain.policy.as_deref()).unwrap_or_else(|why| {
            findings.push(DomainFinding::NoPolicy { why });
            None
        });
        if self.vpc_endpoint_ids.is_empty() {
            findings.push(DomainFinding::NoAssociation);
        }
        let id = domain.domain_name_id.as_deref().unwrap_or_default();
        let Scope { account, region } = self.owner;
        let partition = partition_of(region);
        PrivateDomain {
            id: id.into(),
            arn: format!("arn:{partition}:execute-api:{region}:{account}:/domainnames/{}+{id}", domain.domain_name)
                .into(),
            account: account.as_str().into(),
            vpc_endpoint_ids: self.vpc_endpoint_ids.iter().map(|id| id.as_str().into()).collect(),
            policy,
        }
    }
}

/// Compiles a domain name with its mappings. `private` says who may use a private one. Whether a mapping's API and stage are served is
/// only known when a request comes. `uploaded` is the certificate that came with it, and `sources` what its other names mean, where
/// something listens for handshakes.
///
/// Without routing rules, which nothing can make here, `ROUTING_RULE_THEN_BASE_PATH_MAPPING` is its second half (fact D8).
pub fn compile_domain(
    domain: &DomainName,
    private: Option<PrivateUse<'_>>,
    mappings: &[BasePathMapping],
    uploaded: Option<UploadedCertificate<'_>>,
    sources: Option<&dyn TlsSources>,
) -> (DomainPlan, Vec<DomainFinding>) {
    let name = domain.domain_name.to_ascii_lowercase();
    let mut findings = Vec::new();
    let private = private.map(|usage| usage.compile(domain, &mut findings));
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
    (plan.with_tls(tls).with_private(private), findings)
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

    fn compiled(document: serde_json::Value) -> (DomainPlan, Vec<DomainFinding>) {
        let domain: DomainName = serde_json::from_value(document).unwrap();
        let mapping = |base_path: &str, stage: Option<&str>| BasePathMapping {
            base_path: base_path.to_owned(),
            rest_api_id: Some("abc".to_owned()),
            stage: stage.map(str::to_owned),
        };
        compile_domain(&domain, None, &[mapping("v1", Some("dev")), mapping("v2", None)], None, None)
    }

    #[test]
    fn mappings_serve_unless_routing_rules_alone_decide() {
        let name = "api.example.com";
        for mode in [None, Some("BASE_PATH_MAPPING_ONLY"), Some("ROUTING_RULE_THEN_BASE_PATH_MAPPING")] {
            let (plan, findings) = compiled(serde_json::json!({ "domainName": name, "routingMode": mode }));
            assert_eq!((&*plan.name, findings), (name, Vec::new()), "{mode:?}");
            let stage = |path: &[u8]| plan.find(path).map(|matched| matched.mapping.stage.as_deref());
            assert_eq!((stage(b"/v1/a"), stage(b"/v2/a"), stage(b"/v3")), (Some(Some("dev")), Some(None), None));
        }
        let (plan, findings) = compiled(serde_json::json!({ "domainName": name, "routingMode": "ROUTING_RULE_ONLY" }));
        assert_eq!((plan.find(b"/v1/a"), findings), (None, vec![DomainFinding::RoutingRulesOnly]));
    }

    #[test]
    fn a_private_domain_name_says_who_may_use_it() {
        let owner = Scope::new("111111111111", "eu-west-1").unwrap();
        let endpoints = ["vpce-1".to_owned()];
        let policy = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
        for (policy, vpc_endpoint_ids, expected) in [
            (Some(policy), &endpoints[..], vec![]),
            (None, &endpoints[..], vec![]),
            (Some(policy), &[], vec!["no VPC endpoint is associated"]),
            (Some("{"), &endpoints[..], vec!["the resource policy cannot be read"]),
        ] {
            let domain = DomainName {
                domain_name: "a.b".to_owned(),
                domain_name_id: Some("i1".to_owned()),
                policy: policy.map(str::to_owned),
                ..DomainName::default()
            };
            let usage = PrivateUse { owner: &owner, vpc_endpoint_ids };
            let (plan, findings) = compile_domain(&domain, Some(usage), &[], None, None);
            let private = plan.private.unwrap();
            assert_eq!(&*private.arn, "arn:aws:execute-api:eu-west-1:111111111111:/domainnames/a.b+i1");
            assert_eq!(private.policy.is_some(), policy.is_some_and(|text| text != "{"));
            assert_eq!(findings.len(), expected.len());
            assert!(findings.iter().zip(expected).all(|(finding, why)| finding.to_string().contains(why)));
        }
    }
}
