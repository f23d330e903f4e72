//! AWS as the data plane calls it: where its services are, and the credentials that calls are signed with.

mod chain;
mod endpoint;
mod role;
mod session;
mod source;
mod sts;
mod surroundings;

pub(crate) use endpoint::{ALLOWED as URL_ALLOWED, ServiceUrl};
pub(crate) use role::{Assumption, RoleCredentials, RoleRow};
pub(crate) use source::Signers;

use std::collections::BTreeMap;
use std::sync::Arc;

use stagegate_gateway::AwsEndpoints;

/// What is set about AWS.
#[derive(Debug, Clone, Default)]
pub(crate) struct AwsSettings {
    /// Where every service is that has no place of its own.
    pub(crate) endpoint_url: Option<ServiceUrl>,
    /// Where single services are, by name.
    pub(crate) endpoints: BTreeMap<String, ServiceUrl>,
    /// Whose credentials stand for which roles, in the order of the file.
    pub(crate) roles: Vec<RoleRow>,
}

impl AwsSettings {
    /// The places of services, for the data plane.
    pub(crate) fn places(&self) -> AwsEndpoints {
        let by_service = self.endpoints.iter().map(|(name, url)| (name.as_str().into(), Arc::clone(url.endpoint())));
        let all = self.endpoint_url.as_ref().map(|url| Arc::clone(url.endpoint()));
        AwsEndpoints { all, by_service: by_service.collect() }
    }

    /// The URL of a service that the operator has put elsewhere.
    pub(crate) fn url(&self, service: &str) -> Option<&ServiceUrl> {
        self.endpoints.get(service).or(self.endpoint_url.as_ref())
    }
}
