//! Plans built by hand: APIs, routes and integrations, without documents or a compiler.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use stagegate_mapping::{Format, RequestSource, ResponseSource};
use stagegate_plan::{
    AccessLogPlan, ApiFacts, ApiKeySource, ApiPlan, ApiTls, AuthorizationPlan, AuthorizerId, AuthorizerPlan,
    BinaryTypes, BodyTemplate, CompressionPlan, ContentHandling, DeploymentPlan, Endpoint, EndpointPart, Envelope,
    ExecutionLogPlan, FunctionArn, FunctionTarget, HttpKind, HttpPlan, IntegrationPlan, InvokeCredentials,
    LambdaAuthorizerPlan, LambdaPlan, LogLevel, LogStream, MappedHttp, MethodKey, MockPlan, Passthrough, PayloadFormat,
    Release, ResponsePlan, ResponseTable, ResponseTransferMode, RouteId, RouteLogging, RoutePlan, Scheme, Snapshot,
    StagePlan, StatusTemplate, Templates, TreeBuilder, Unrouted, Verb, VerbChoice, Way,
};

/// The host that every API of these tests is reached by.
pub(crate) const HOST: &str = "api.execute-api.us-east-1.localhost";

/// A route's integration with its bound back end.
pub(crate) struct Target {
    pub(crate) plan: IntegrationPlan,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) function: Option<FunctionTarget>,
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
        self.with(|plan| plan.timeout_ms = timeout_ms).lambda(|plan| plan.timeout_ms = timeout_ms)
    }

    /// Converts the request's content.
    pub(crate) fn converts(mut self, request: Option<ContentHandling>) -> Self {
        match &mut self.plan {
            IntegrationPlan::Mock(plan) => plan.content_handling = request,
            IntegrationPlan::Http(plan) => plan.content_handling = request,
            _ => unreachable!("this integration converts nothing"),
        }
        self
    }

    /// Changes the Lambda plan.
    pub(crate) fn lambda(mut self, change: impl FnOnce(&mut LambdaPlan)) -> Self {
        if let IntegrationPlan::Lambda(plan) = &mut self.plan {
            change(plan);
        }
        self
    }

    /// Sets as whom the function is invoked.
    pub(crate) fn invoked_by(mut self, credentials: InvokeCredentials) -> Self {
        if let Some(function) = &mut self.function {
            function.credentials = Some(credentials);
        }
        self
    }

    /// Streams responses.
    pub(crate) fn stream(self) -> Self {
        self.with(|plan| plan.transfer = ResponseTransferMode::Stream)
            .lambda(|plan| plan.transfer = ResponseTransferMode::Stream)
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
        way: Way::default(),
    };
    let plan = HttpPlan {
        kind,
        verb: VerbChoice::Client,
        uri: format!("http://{to}/up").into(),
        headers: Box::default(),
        query: Box::default(),
        path: Box::default(),
        content_handling: None,
        reads_body: false,
        takes_any_length: false,
        timeout_ms: 5_000,
        transfer: ResponseTransferMode::Buffered,
        accepts_any_issuer: false,
        forwarding: stagegate_plan::Forwarding::XForwarded,
        private: None,
    };
    Target { plan: IntegrationPlan::Http(plan), endpoint: Some(endpoint), function: None }
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
    requests: Templates<BodyTemplate>,
) -> Target {
    let responses = ResponseTable::new(responses, choose);
    http(to, HttpKind::Mapped(MappedHttp { requests, responses }))
}

/// `AWS_PROXY` to the function `pets`.
pub(crate) fn function() -> Target {
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:pets";
    let plan = LambdaPlan {
        uri: arn.into(),
        credentials: None,
        invocation_type: None,
        client_context: None,
        timeout_ms: 5_000,
        transfer: ResponseTransferMode::Buffered,
        format: PayloadFormat::One,
    };
    let function = FunctionArn::parse(arn).expect("a function's ARN");
    let target = FunctionTarget { function: Arc::new(function), credentials: None };
    Target { plan: IntegrationPlan::Lambda(plan), endpoint: None, function: Some(target) }
}

/// No request templates.
pub(crate) fn no_templates<T>(passthrough: Passthrough) -> Templates<T> {
    Templates { entries: Box::default(), passthrough }
}

/// An integration response.
pub(crate) fn response(status: u16, headers: &[(&str, ResponseSource)], templates: &[(&str, &str)]) -> ResponsePlan {
    let templates = templates.iter().map(|(name, text)| (Box::from(*name), text_template(text))).collect();
    ResponsePlan { status, headers: named(headers), content_handling: None, templates }
}

/// A request template of a `MOCK` that names this status for every content type.
pub(crate) fn always(status: Option<u16>) -> Templates<StatusTemplate> {
    let entries = [("$default".into(), StatusTemplate::Literal(status))];
    Templates { entries: entries.into(), passthrough: Passthrough::Never }
}

/// A literal template.
pub(crate) fn text_template(text: &str) -> BodyTemplate {
    BodyTemplate::Literal(text.as_bytes().into())
}

/// `MOCK`.
pub(crate) fn mock(
    requests: Templates<StatusTemplate>,
    responses: Vec<ResponsePlan>,
    choose: impl Fn(u16) -> Option<usize>,
) -> Target {
    let responses = ResponseTable::new(responses, choose);
    let plan = MockPlan { requests, content_handling: None, responses };
    Target { plan: IntegrationPlan::Mock(plan), endpoint: None, function: None }
}

/// A `MOCK` that answers 200 with this JSON.
pub(crate) fn says(body: &str) -> Target {
    let statuses = always(Some(200));
    mock(statuses, vec![response(200, &[], &[("application/json", body)])], |_| Some(0))
}

/// The group of its execution logs.
const EXECUTION_LOG: &str = "API-Gateway-Execution-Logs_api/s";

/// An API under construction: id `api`, stage `s`.
#[derive(Default)]
pub(crate) struct Api {
    routes: Vec<(String, Target)>,
    variables: BTreeMap<Box<str>, Box<str>>,
    access_log: Option<AccessLogPlan>,
    execution_log: Option<RouteLogging>,
    execute_api_disabled: bool,
    binary_types: Vec<String>,
    minimum_compression_bytes: Option<u32>,
    authorizers: Vec<(fn() -> LambdaAuthorizerPlan, FunctionTarget)>,
    authorizer_flush: u64,
    is_traced: bool,
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
        let stream = LogStream::Hashed("api/s".into());
        self.access_log =
            Some(AccessLogPlan { destination_arn, copy_arn: None, stream, format: Format::parse(format) });
        self
    }

    /// Logs the execution of every route.
    pub(crate) fn traces(mut self, level: LogLevel, has_data: bool) -> Self {
        self.execution_log = Some(RouteLogging { level, has_data });
        self
    }

    /// Sets the binary media types.
    pub(crate) fn binary(mut self, types: &[&str]) -> Self {
        self.binary_types = types.iter().map(ToString::to_string).collect();
        self
    }

    /// Compresses answers of this length.
    pub(crate) fn compresses(mut self, minimum_bytes: u32) -> Self {
        self.minimum_compression_bytes = Some(minimum_bytes);
        self
    }

    /// Puts every route behind an authorizer, whose function is `guard`.
    pub(crate) fn guarded(mut self, plan: fn() -> LambdaAuthorizerPlan) -> Self {
        let function = FunctionArn::parse("arn:aws:lambda:us-east-1:000000000000:function:guard").expect("an ARN");
        self.authorizers.push((plan, FunctionTarget { function: Arc::new(function), credentials: None }));
        self
    }

    /// Traces the stage.
    pub(crate) fn traced(mut self) -> Self {
        self.is_traced = true;
        self
    }

    /// Sets when the stage's authorizers were last flushed.
    pub(crate) fn flushed(mut self, revision: u64) -> Self {
        self.authorizer_flush = revision;
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
        let (mut routes, mut endpoints, mut functions) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (key, target)) in self.routes.into_iter().enumerate() {
            let (verb, path) = key.split_once(' ').expect("a verb and a path");
            let method = Verb::parse(verb.as_bytes()).map_or(MethodKey::Any, MethodKey::Verb);
            let id = RouteId(u32::try_from(index).expect("few routes"));
            tree.add(path, method, id).expect("a path that fits");
            let mut route = route(index, path, method, target.plan);
            if !self.authorizers.is_empty() {
                route.authorization =
                    AuthorizationPlan::Authorizer { authorizer: AuthorizerId(0), scopes: Box::default() };
            }
            routes.push(route);
            endpoints.push(target.endpoint.map(Ok));
            functions.push(target.function.map(Ok));
        }
        let count = routes.len();
        let deployment = DeploymentPlan {
            hash: "hash".into(),
            execute_api_disabled: self.execute_api_disabled,
            binary_types: BinaryTypes::new(self.binary_types.iter().map(|name| &**name)),
            compression: self.minimum_compression_bytes.map(|minimum_bytes| CompressionPlan { minimum_bytes }),
            policy: None,
            private: None,
            authorizers: self.authorizers.iter().map(|(plan, _)| AuthorizerPlan::Lambda(plan())).collect(),
            key_source: ApiKeySource::Header,
            gateway_responses: Arc::default(),
            tree: tree.build(),
            fallback: None,
            unrouted: Unrouted::MissingToken,
            overrides_method: true,
            cors: None,
            routes: routes.into(),
        };
        let facts = facts();
        let stage = StagePlan {
            api: Arc::clone(&facts),
            name: "s".into(),
            deployment_id: "dep".into(),
            deployment: Arc::new(deployment),
            variables: self.variables,
            endpoints: endpoints.into(),
            functions: functions.into(),
            services: Box::default(),
            authorizers: self.authorizers.iter().map(|(_, target)| Some(Ok(target.clone()))).collect(),
            pools: Box::default(),
            authorizer_flush: self.authorizer_flush,
            is_traced: self.is_traced,
            cache: None,
            access_log: self.access_log,
            execution_log: self.execution_log.map(|logging| execution_log(logging, count)),
            rates: Arc::default(),
            meter: Arc::default(),
            route_meters: Box::default(),
            canary_meter: None,
            release: Release::Sole,
            cache_scope: "dep".into(),
            canary: None,
        };
        let mut snapshot = Snapshot::default();
        snapshot.put(ApiPlan {
            facts,
            tls: ApiTls::default(),
            paths: stagegate_plan::Paths::AsSent,
            execute_api_disabled: false,
            stages: BTreeMap::from([("s".into(), Arc::new(stage))]),
        });
        snapshot
    }
}

/// The same logging of so many routes.
fn execution_log(logging: RouteLogging, count: usize) -> ExecutionLogPlan {
    ExecutionLogPlan {
        destination_arn: format!("arn:aws:logs:us-east-1:000000000000:log-group:{EXECUTION_LOG}").into(),
        copy_arn: None,
        routes: std::iter::repeat_n(Some(logging), count).collect(),
    }
}

fn facts() -> Arc<ApiFacts> {
    let [id, account, region, name] = ["api", "000000000000", "us-east-1", "pets"].map(Box::from);
    Arc::new(ApiFacts { id, account, region, name, envelope: Envelope::default() })
}

fn route(index: usize, path: &str, method: MethodKey, integration: IntegrationPlan) -> RoutePlan {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    RoutePlan {
        resource_id: format!("res{index}").into(),
        resource_path: path.into(),
        key: None,
        method,
        parameters: names.map(|name| Box::from(name.trim_end_matches('+'))).collect(),
        authorization: AuthorizationPlan::Open,
        key_required: false,
        validation: None,
        cache_key: None,
        integration,
        edits: None,
    }
}
