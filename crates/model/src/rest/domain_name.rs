//! `DomainName`, its mappings and its access associations.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EndpointAccessMode, EndpointConfiguration, SecurityPolicy, StoredPrivateKey, StringMap, Timestamp};
use crate::closed::closed;

closed! {
    /// The progress of a domain name.
    DomainNameStatus {
        Available = "AVAILABLE",
        Updating = "UPDATING",
        Pending = "PENDING",
        PendingCertificateReimport = "PENDING_CERTIFICATE_REIMPORT",
        PendingOwnershipVerification = "PENDING_OWNERSHIP_VERIFICATION",
        Failed = "FAILED",
    }
}

closed! {
    /// How requests to a domain name find their API.
    RoutingMode {
        BasePathMappingOnly = "BASE_PATH_MAPPING_ONLY",
        RoutingRuleOnly = "ROUTING_RULE_ONLY",
        RoutingRuleThenBasePathMapping = "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
    }
}

closed! {
    /// What may use a private domain name.
    AccessAssociationSourceType {
        Vpce = "VPCE",
    }
}

closed! {
    /// Whose nouns a list shows.
    ResourceOwner {
        Own = "SELF",
        OtherAccounts = "OTHER_ACCOUNTS",
    }
}

/// Client certificates that a domain name asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MutualTlsAuthentication {
    /// `s3://bucket/key` of the certificates to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_uri: Option<String>,
    /// The object's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_version: Option<String>,
    /// What is wrong with the truststore.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truststore_warnings: Option<Vec<String>>,
}

/// A custom domain name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainName {
    /// The host name, in lower case; may start with `*.`.
    pub domain_name: String,
    /// Ten lower-case letters and digits, for private domain names only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_id: Option<String>,
    /// The ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_arn: Option<String>,
    /// The name of the edge or private endpoint's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_name: Option<String>,
    /// The ARN of the edge or private endpoint's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_arn: Option<String>,
    /// When that certificate was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_upload_date: Option<Timestamp>,
    /// The name that DNS points a regional domain name at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regional_domain_name: Option<String>,
    /// The DNS zone of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regional_hosted_zone_id: Option<String>,
    /// The name of the regional endpoint's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regional_certificate_name: Option<String>,
    /// The ARN of the regional endpoint's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regional_certificate_arn: Option<String>,
    /// The name that DNS points an edge domain name at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution_domain_name: Option<String>,
    /// The DNS zone of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution_hosted_zone_id: Option<String>,
    /// How the domain name is exposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_configuration: Option<EndpointConfiguration>,
    /// The domain name's progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_status: Option<DomainNameStatus>,
    /// Words to `domain_name_status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_status_message: Option<String>,
    /// TLS versions and suites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_policy: Option<SecurityPolicy>,
    /// How strictly Host and SNI are held to the endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_access_mode: Option<EndpointAccessMode>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
    /// Client certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual_tls_authentication: Option<MutualTlsAuthentication>,
    /// The certificate that proves whose domain it is, where the other cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership_verification_certificate_arn: Option<String>,
    /// Who may associate with a private domain name: a policy document as a JSON string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub management_policy: Option<String>,
    /// Who may invoke by a private domain name: a policy document as a JSON string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// How requests find their API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_mode: Option<RoutingMode>,
}

/// The certificate that was uploaded with a domain name, with its key, which no answer shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainCertificateRow {
    /// `certificateName`.
    pub name: String,
    /// The certificate and the chain above it, in PEM.
    pub certificate_pem: String,
    /// The private key.
    #[serde(flatten)]
    pub private_key: StoredPrivateKey,
}

impl fmt::Debug for DomainCertificateRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DomainCertificateRow").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A base path of a domain name, and the stage behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BasePathMapping {
    /// The first segment of the path, or `(none)`.
    pub base_path: String,
    /// The API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest_api_id: Option<String>,
    /// The stage; absent: callers name it after the base path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

/// The leave of a VPC endpoint to use a private domain name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainNameAccessAssociation {
    /// The ARN.
    pub domain_name_access_association_arn: String,
    /// The private domain name's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name_arn: Option<String>,
    /// What sort of source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_association_source_type: Option<AccessAssociationSourceType>,
    /// The VPC endpoint's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_association_source: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<StringMap>,
}
