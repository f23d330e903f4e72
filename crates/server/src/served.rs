//! `/stagegate/…` on the control port: what the data plane serves right now, and leave to ask why. Ours, not AWS's.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use stagegate_control::ControlPlane;
use stagegate_gateway::ExplainKey;
use stagegate_sigv4::{Credentials, Payload, RequestParts, VerifyOptions, verify};
use time::OffsetDateTime;

use crate::answer::{self, refusal};
use crate::config::Settings;
use crate::feed::{ApiReport, DomainReport, Reports};

/// Paths below this are ours.
pub(crate) const PREFIX: &str = "/stagegate/";
/// The list of served APIs.
pub(crate) const APIS: &str = "/stagegate/apis";

/// Leave to ask the gateway why it answers as it does.
pub(crate) const EXPLAIN: &str = "/stagegate/explain";
/// The action of asking.
const EXPLAIN_ACTION: &str = "stagegate:Explain";

/// Answers what is served.
pub(crate) struct Served {
    pub(crate) reports: Reports,
    pub(crate) credentials: Credentials,
    pub(crate) settings: Settings,
    /// The gateway's port, as bound.
    pub(crate) gateway_port: u16,
    /// The key of explanations, where they are on.
    pub(crate) explain: Option<Arc<ExplainKey>>,
}

impl Served {
    /// Answers one request; the list of APIs is for the root credential, explanations for whoever has leave.
    pub(crate) fn answer(&self, plane: &ControlPlane, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        if request.method() == Method::POST && request.uri().path() == EXPLAIN {
            let refused = plane.refuses(request, EXPLAIN_ACTION, "*");
            return refused.map_or_else(|| self.token(), |refused| refused.map(Full::new));
        }
        if let Err(error) = self.verify(request) {
            return refusal(StatusCode::FORBIDDEN, error.code(), &error.to_string());
        }
        if request.method() != Method::GET || request.uri().path() != APIS {
            return refusal(
                StatusCode::NOT_FOUND,
                "NotFoundException",
                "There are GET /stagegate/apis and POST /stagegate/explain here",
            );
        }
        let reports = self.reports.all();
        let apis: Vec<Value> = reports.iter().map(|api| self.describe(api)).collect();
        let domains: Vec<Value> =
            self.reports.domains().iter().map(|domain| self.describe_domain(domain, &reports)).collect();
        answer::json(StatusCode::OK, &json!({ "apis": apis, "domainNames": domains }))
    }

    /// A token for the next fifteen minutes.
    fn token(&self) -> Response<Full<Bytes>> {
        match &self.explain {
            Some(key) => answer::json(StatusCode::OK, &json!({ "token": key.token(SystemTime::now()) })),
            None => refusal(
                StatusCode::NOT_FOUND,
                "NotFoundException",
                "Explanations are off; the setting `explain` turns them on",
            ),
        }
    }

    /// The URL of a stage.
    pub(crate) fn invoke_url(&self, api: &ApiReport, stage: &str) -> String {
        format!("{}/{stage}", self.settings.api_url(&api.id, &api.region, self.gateway_port))
    }

    fn verify(&self, request: &Request<Bytes>) -> Result<(), stagegate_sigv4::VerifyError> {
        let headers: Vec<(&str, &[u8])> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let parts = RequestParts {
            method: request.method().as_str(),
            path: request.uri().path(),
            query: request.uri().query().unwrap_or_default(),
            headers: &headers,
            payload: Payload::Bytes(request.body()),
        };
        let secrets = |key: &str| (key == self.credentials.access_key_id).then(|| self.credentials.secret.clone());
        verify(&parts, &secrets, &VerifyOptions::at(OffsetDateTime::now_utc())).map(|_| ())
    }

    fn describe(&self, api: &ApiReport) -> Value {
        let stages: Vec<Value> = api
            .stages
            .iter()
            .map(|stage| {
                json!({
                    "stageName": stage.name,
                    "deploymentId": stage.deployment_id,
                    "invokeUrl": self.invoke_url(api, &stage.name),
                    "findings": stage.findings,
                })
            })
            .collect();
        json!({ "id": api.id, "name": api.name, "accountId": api.account_id, "region": api.region, "stages": stages })
    }

    fn describe_domain(&self, domain: &DomainReport, apis: &[ApiReport]) -> Value {
        let serves = |id: &str, stage: Option<&str>| {
            let api = apis.binary_search_by(|api| api.id.as_str().cmp(id)).ok().map(|found| &apis[found]);
            api.is_some_and(|api| stage.is_none_or(|stage| api.stages.iter().any(|known| known.name == stage)))
        };
        let url = self.settings.domain_url(domain.domain.name(), self.gateway_port);
        let mappings = domain.mappings.iter().map(|mapping| {
            let base_path = Some(mapping.base_path.as_str()).filter(|base_path| *base_path != "(none)");
            let invoke_url = base_path.map_or_else(|| url.clone(), |base_path| format!("{url}/{base_path}"));
            json!({
                "basePath": mapping.base_path,
                "restApiId": mapping.rest_api_id,
                "stage": mapping.stage,
                "invokeUrl": domain.is_served().then_some(invoke_url),
            })
        });
        let findings = domain.all_findings(serves);
        json!({
            "domainName": domain.domain.name(),
            "accountId": domain.domain.scope.account,
            "region": domain.domain.scope.region,
            "mappings": mappings.collect::<Vec<_>>(),
            "findings": findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}
