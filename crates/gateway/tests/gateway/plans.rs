//! Plans built by hand: APIs, routes and integrations, without documents or a compiler.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use stagegate_mapping::{Format, RequestSource, ResponseSource};
use stagegate_plan::{
    AccessLogPlan, ApiFacts, ApiPlan, AuthorizationPlan, DeploymentPlan, Endpoint, EndpointPart, HttpKind, HttpPlan,
    IntegrationPlan, MappedHttp, MethodKey, MockPlan, Passthrough, ResponsePlan, ResponseTable, ResponseTransferMode,
    RouteId, RoutePlan, Scheme, Snapshot, StagePlan, Templates, TreeBuilder, Verb, VerbChoice,
};

/// The host that every API of these tests is reached by.
pub(crate) const HOST: &str = "api.execute-api.us-east-1.localhost";

/// A route's integration with its bound back end.
pub(crate) struct Target {
    pub(crate) plan: IntegrationPlan,
    pub(crate) endpoint: Option<Endpoint>,
}

impl Target {
    /// Changes the HTTP plan.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut HttpPlan)) -> Self {
        if let IntegrationPlan::Http(plan) = &mut self.plan {
            change(plan);
        }
        self
    }

    /// Sets the integration timeout.
    pub(crate) fn timeout_ms(self, timeout_ms: u32) -> Self {
        self.with(|plan| plan.timeout_ms = timeout_ms)
    }

    /// Streams responses.
    pub(crate) fn stream(self) -> Self {
        self.with(|plan| plan.transfer = ResponseTransferMode::Stream)
    }

    /// Maps request headers.
    pub(crate) fn headers(self, headers: &[(&str, RequestSource)]) -> Self {
        self.with(|plan| plan.headers = named(headers))
    }

    /// Maps query parameters.
    pub(crate) fn query(self, query: &[(&str, RequestSource)]) -> Self {
        self.with(|plan| plan.query = named(query))
    }

    /// Replaces the endpoint's path.
    pub(crate) fn path(mut self, parts: Vec<EndpointPart>) -> Self {
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.path = parts.into();
        }
        self
    }

    /// Sets the verb that is sent.
    pub(crate) fn verb(self, verb: Verb) -> Self {
        self.with(|plan| plan.verb = VerbChoice::Fixed(verb))
    }
}

fn named<T: Clone>(pairs: &[(&str, T)]) -> Box<[(Box<str>, T)]> {
    pairs.iter().map(|(name, value)| (Box::from(*name), value.clone())).collect()
}

/// A literal piece of a path.
pub(crate) fn literal(text: &str) -> EndpointPart {
    EndpointPart::Literal(text.into())
}

fn http(to: SocketAddr, kind: HttpKind) -> Target {
    let endpoint = Endpoint {
        scheme: Scheme::Http,
        host: to.ip().to_string().into(),
        port: to.port(),
        authority: "back.end".into(),
        origin: format!("http://{to}").into(),
        path: [literal("/up")].into(),
        query: None,
    };
    let plan = HttpPlan {
        kind,
        verb: VerbChoice::Client,
        uri: format!("http://{to}/up").into(),
        headers: Box::default(),
        query: Box::default(),
        path: Box::default(),
        timeout_ms: 5_000,
        transfer: ResponseTransferMode::Buffered,
    };
    Target { plan: IntegrationPlan::Http(plan), endpoint: Some(endpoint) }
}

/// `HTTP_PROXY` to a back end's path `/up`.
pub(crate) fn proxy(to: SocketAddr) -> Target {
    http(to, HttpKind::Proxy)
}

/// `HTTP` to a back end's path `/up`; every status selects the one response unless `choose` says otherwise.
pub(crate) fn mapped(
    to: SocketAddr,
    responses: Vec<ResponsePlan>,
    choose: impl Fn(u16) -> Option<usize>,
    requests: Templates<Box<[u8]>>,
) -> Target {
    http(to, HttpKind::Mapped(MappedHttp { requests, responses: ResponseTable::new(responses, choose) }))
}

/// No request templates.
pub(crate) fn no_templates<T>(passthrough: Passthrough) -> Templates<T> {
    Templates { entries: Box::default(), passthrough }
}

/// An integration response.
pub(crate) fn response(status: u16, headers: &[(&str, ResponseSource)], templates: &[(&str, &str)]) -> ResponsePlan {
    let templates = templates.iter().map(|(name, body)| (Box::from(*name), body.as_bytes().into())).collect();
    ResponsePlan { status, headers: named(headers), templates }
}

/// `MOCK`.
pub(crate) fn mock(
    statuses: Templates<Option<u16>>,
    responses: Vec<ResponsePlan>,
    choose: impl Fn(u16) -> Option<usize>,
) -> Target {
    let plan = MockPlan { statuses, responses: ResponseTable::new(responses, choose) };
    Target { plan: IntegrationPlan::Mock(plan), endpoint: None }
}

/// A `MOCK` that answers 200 with this JSON.
pub(crate) fn says(body: &str) -> Target {
    let statuses = Templates { entries: [("$default".into(), Some(200))].into(), passthrough: Passthrough::Never };
    mock(statuses, vec![response(200, &[], &[("application/json", body)])], |_| Some(0))
}

/// An API under construction: id `api`, stage `s`.
#[derive(Default)]
pub(crate) struct Api {
    routes: Vec<(String, Target)>,
    variables: BTreeMap<Box<str>, Box<str>>,
    access_log: Option<AccessLogPlan>,
    execute_api_disabled: bool,
}

impl Api {
    /// Adds a route such as `GET /pets/{id}`.
    pub(crate) fn route(mut self, key: &str, target: Target) -> Self {
        self.routes.push((key.to_owned(), target));
        self
    }

    /// Sets a stage variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Logs accesses to the group `access`.
    pub(crate) fn logs(mut self, format: &str) -> Self {
        let destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:access".into();
        self.access_log = Some(AccessLogPlan { destination_arn, format: Format::parse(format) });
        self
    }

    /// Switches the default endpoint off.
    pub(crate) fn disabled(mut self) -> Self {
        self.execute_api_disabled = true;
        self
    }

    /// The snapshot with this one API.
    pub(crate) fn snapshot(self) -> Snapshot {
        let mut tree = TreeBuilder::default();
        let (mut routes, mut endpoints) = (Vec::new(), Vec::new());
        for (index, (key, target)) in self.routes.into_iter().enumerate() {
            let (verb, path) = key.split_once(' ').expect("a verb and a path");
            let method = Verb::parse(verb.as_bytes()).map_or(MethodKey::Any, MethodKey::Verb);
            let id = RouteId(u32::try_from(index).expect("few routes"));
            tree.add(path, method, id).expect("a path that fits");
            routes.push(route(index, path, method, target.plan));
            endpoints.push(target.endpoint.map(Ok));
        }
        let deployment = DeploymentPlan {
            hash: "hash".into(),
            execute_api_disabled: self.execute_api_disabled,
            tree: tree.build(),
            routes: routes.into(),
        };
        let facts = ["api", "000000000000", "us-east-1", "pets"].map(Box::from);
        let [id, account, region, name] = facts;
        let facts = Arc::new(ApiFacts { id, account, region, name });
        let stage = StagePlan {
            api: Arc::clone(&facts),
            name: "s".into(),
            deployment_id: "dep".into(),
            deployment: Arc::new(deployment),
            variables: self.variables,
            endpoints: endpoints.into(),
            access_log: self.access_log,
            meter: Arc::default(),
        };
        let mut snapshot = Snapshot::default();
        snapshot.put(ApiPlan { facts, stages: BTreeMap::from([("s".into(), Arc::new(stage))]) });
        snapshot
    }
}

fn route(index: usize, path: &str, method: MethodKey, integration: IntegrationPlan) -> RoutePlan {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    RoutePlan {
        resource_id: format!("res{index}").into(),
        resource_path: path.into(),
        method,
        parameters: names.map(|name| Box::from(name.trim_end_matches('+'))).collect(),
        authorization: AuthorizationPlan::Open,
        integration,
    }
}
