//! The port to AWS's credentials, and where AWS's services are when they are not AWS's own.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use stagegate_plan::{Endpoint, InvokeCredentials};
use stagegate_sigv4::Credentials;

/// Gives the credentials that calls of AWS's services are signed with.
///
/// It is called on the cores of the gateway, each a current-thread runtime, and must not block one.
pub trait CredentialSource: fmt::Debug + Send + Sync {
    /// The credentials for a call.
    fn credentials(&self, ask: CredentialAsk) -> Finding<'_>;
}

/// Credentials on their way.
pub type Finding<'f> = Pin<Box<dyn Future<Output = Result<Arc<Credentials>, CredentialError>> + Send + 'f>>;

/// What credentials are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialAsk {
    /// As whom the integration calls, where it says so.
    pub identity: Option<InvokeCredentials>,
    /// Whether the service is one that the operator has put elsewhere, rather than AWS's own.
    pub is_overridden: bool,
}

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CredentialError(pub Box<str>);

/// What the data plane is told of AWS.
#[derive(Debug, Clone, Default)]
pub struct AwsConfig {
    /// Where services are.
    pub endpoints: AwsEndpoints,
    /// Who signs; without it, integrations with AWS's services answer `API_CONFIGURATION_ERROR`.
    pub credentials: Option<Arc<dyn CredentialSource>>,
}

/// Services that are elsewhere than at AWS. A path in an endpoint stands before every operation's.
#[derive(Debug, Clone, Default)]
pub struct AwsEndpoints {
    /// The place of every service that has none of its own.
    pub all: Option<Arc<Endpoint>>,
    /// Places by the service's name, such as `sqs`, or with its subdomain, such as `data.iot`.
    pub by_service: BTreeMap<Box<str>, Arc<Endpoint>>,
}

impl AwsEndpoints {
    /// The place of a service; `None` means AWS itself.
    pub(crate) fn find(&self, service: &str, subdomain: Option<&str>) -> Option<&Arc<Endpoint>> {
        let full = subdomain.and_then(|subdomain| self.by_service.get(format!("{subdomain}.{service}").as_str()));
        full.or_else(|| self.by_service.get(service)).or(self.all.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use stagegate_plan::{Scheme, Way};

    use super::*;

    fn at(host: &str) -> Arc<Endpoint> {
        Arc::new(Endpoint {
            scheme: Scheme::Http,
            host: host.into(),
            port: 80,
            authority: host.into(),
            origin: format!("http://{host}").into(),
            path: Box::default(),
            query: None,
            way: Way::default(),
        })
    }

    #[test]
    fn a_service_of_its_own_place_wins_over_the_place_of_all() {
        let by_service = [("sqs", "queues"), ("data.iot", "things"), ("s3", "objects")];
        let mut endpoints = AwsEndpoints {
            all: None,
            by_service: by_service.into_iter().map(|(name, host)| (name.into(), at(host))).collect(),
        };
        let found = |endpoints: &AwsEndpoints, service, subdomain| {
            endpoints.find(service, subdomain).map(|endpoint| endpoint.host.to_string())
        };
        for (service, subdomain, host) in [
            ("sqs", None, Some("queues")),
            ("iot", Some("data"), Some("things")),
            ("iot", None, None),
            ("s3", Some("pets"), Some("objects")),
        ] {
            assert_eq!(found(&endpoints, service, subdomain).as_deref(), host, "{service}");
        }
        endpoints.all = Some(at("everything"));
        assert_eq!(found(&endpoints, "sns", None).as_deref(), Some("everything"));
        assert_eq!(found(&endpoints, "sqs", None).as_deref(), Some("queues"));
    }
}
