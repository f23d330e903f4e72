//! Where and how an API is reached: endpoint types, address types, TLS policies.

use serde::{Deserialize, Serialize};

use crate::closed::closed;

closed! {
    /// How an API or a domain name is exposed.
    EndpointType {
        Regional = "REGIONAL",
        Edge = "EDGE",
        Private = "PRIVATE",
    }
}

closed! {
    /// The address families that may invoke an API.
    IpAddressType {
        Ipv4 = "ipv4",
        Dualstack = "dualstack",
    }
}

closed! {
    /// Whether a request's Host and SNI must agree with its endpoint; legal only with the `SecurityPolicy_` names.
    EndpointAccessMode {
        Basic = "BASIC",
        Strict = "STRICT",
    }
}

closed! {
    /// A set of TLS versions and cipher suites.
    SecurityPolicy {
        Tls10 = "TLS_1_0",
        Tls12 = "TLS_1_2",
        Tls13Only202509 = "SecurityPolicy_TLS13_1_3_2025_09",
        Tls13OnlyFips202509 = "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
        Tls13PfsPq202509 = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
        Tls13FipsPq202509 = "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
        Tls13FipsPfsPq202509 = "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
        Tls13Ext2Pq202509 = "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09",
        Tls13Ext2FipsPq202509 = "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
        Tls13Pq202509 = "SecurityPolicy_TLS13_1_2_PQ_2025_09",
        Tls13202106 = "SecurityPolicy_TLS13_1_2_2021_06",
        Tls13Edge2025 = "SecurityPolicy_TLS13_2025_EDGE",
        Tls12PfsEdge2025 = "SecurityPolicy_TLS12_PFS_2025_EDGE",
        Tls12Edge2018 = "SecurityPolicy_TLS12_2018_EDGE",
    }
}

/// The endpoint types of an API or domain name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointConfiguration {
    /// One type; the service model says list for history's sake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<EndpointType>>,
    /// Address families; only `dualstack` is legal for `PRIVATE` (fact 128).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address_type: Option<IpAddressType>,
    /// VPC endpoints of a private API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_ids: Option<Vec<String>>,
}
