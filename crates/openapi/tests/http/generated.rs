//! HTTP APIs as an import would yield them, with every kind of authorization, integration and extension of ours.

use std::collections::BTreeMap;

use proptest::{collection::vec, option, prelude::*, sample::select, sample::subsequence};
use serde_json::json;
use stagegate_model::http::{
    ApiBeyond, AuthorizationType, Authorizer, AuthorizerBeyond, AuthorizerType, Cors, Integration, IntegrationBeyond,
    JwtConfiguration, RequestValidation, ResponseCache, Route, RouteBeyond, TlsConfig, TokenAlgorithm, TokenIssuer,
    some_beyond,
};
use stagegate_model::rest::{
    ApiKeySource, ConnectionType, GatewayResponse, GatewayResponseType, IntegrationType, ResponseTransferMode,
};
use stagegate_openapi::{HttpApiDefinition, Placed, RouteDefinition};

const TOKENS: &str = "tokens";
const FUNCTION: &str = "sigv4";
/// Names of models, some of which a reference has to escape.
const MODELS: &[&str] = &["Pet", "Odd~Name", "Half%25", "a/b"];
const KEYS: &[&str] = &[
    "$default",
    "GET /",
    "ANY /",
    "POST /pets",
    "GET /pets/{id}",
    "PATCH /pets/{id}",
    "ANY /pets/{id}/{proxy+}",
    "GET /$default",
    "OPTIONS /a.b-c:d",
];

#[expect(clippy::unnecessary_wraps, reason = "every member of a noun is optional")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn mappings() -> impl Strategy<Value = Option<BTreeMap<String, String>>> {
    option::of("[ -~]{1,12}").prop_map(|value| value.map(|value| [("append:header.x".to_owned(), value)].into()))
}

fn integration_beyond() -> impl Strategy<Value = Option<IntegrationBeyond>> {
    let modes = || option::of(select(ResponseTransferMode::ALL.to_vec()));
    (option::of(50..i32::MAX), modes(), modes()).prop_map(|(timeout, request, response)| {
        some_beyond(IntegrationBeyond {
            timeout_in_millis: timeout,
            request_transfer_mode: request,
            response_transfer_mode: response,
        })
    })
}

fn integration() -> impl Strategy<Value = Integration> {
    let kinds = (0..4_usize, option::of(50..30_000), option::of("[a-z]{1,9}"));
    (kinds, mappings(), mappings(), integration_beyond()).prop_map(
        |((kind, timeout, description), request, response, beyond)| {
            let base = Integration {
                connection_type: Some(ConnectionType::Internet),
                integration_type: Some(if kind < 2 { IntegrationType::AwsProxy } else { IntegrationType::HttpProxy }),
                request_parameters: request,
                response_parameters: response.map(|map| [("200".to_owned(), map)].into()),
                payload_format_version: text(if kind == 0 { "2.0" } else { "1.0" }),
                timeout_in_millis: timeout,
                description,
                beyond,
                ..Integration::default()
            };
            match kind {
                0 => Integration { integration_uri: text("arn:aws:lambda:::function:f"), ..base },
                1 => Integration {
                    integration_subtype: text("SQS-SendMessage"),
                    credentials_arn: text("arn:aws:iam::123456789012:role/r"),
                    ..base
                },
                2 => Integration {
                    integration_uri: text("https://a.example/{id}"),
                    integration_method: text("ANY"),
                    ..base
                },
                _ => Integration {
                    integration_uri: text("arn:aws:servicediscovery:::service/s"),
                    integration_method: text("GET"),
                    connection_type: Some(ConnectionType::VpcLink),
                    connection_id: text("link"),
                    tls_config: Some(TlsConfig { server_name_to_verify: text("a.example") }),
                    ..base
                },
            }
        },
    )
}

fn route_beyond() -> impl Strategy<Value = Option<RouteBeyond>> {
    let names = subsequence(vec!["$request.header.X-A", "$request.querystring.q"], 0..=2);
    let parameters = option::of(names.clone().prop_map(owned));
    let models = option::of(option::of(select(MODELS.to_vec())).prop_map(|model| {
        model.map(|name| ("application/json".to_owned(), name.to_owned())).into_iter().collect::<BTreeMap<_, _>>()
    }));
    let cache = option::of((1..=3_600, names));
    (any::<bool>(), parameters, models, cache).prop_map(|(key, parameters, models, cache)| {
        some_beyond(RouteBeyond {
            api_key_required: key,
            request_validation: some_beyond(RequestValidation { required_parameters: parameters, models }),
            cache: cache.map(|(ttl_in_seconds, names)| ResponseCache { ttl_in_seconds, key_parameters: owned(names) }),
        })
    })
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn authorization() -> impl Strategy<Value = (AuthorizationType, Option<String>, Option<Vec<String>>)> {
    select(vec![
        (AuthorizationType::None, None, None),
        (AuthorizationType::AwsIam, None, None),
        (AuthorizationType::Custom, text(FUNCTION), None),
        (AuthorizationType::Jwt, text(TOKENS), None),
        (AuthorizationType::Jwt, text(TOKENS), Some(vec!["pets/read".to_owned(), "b".to_owned()])),
    ])
}

fn authorizers() -> impl Strategy<Value = Vec<Authorizer>> {
    let algorithms = subsequence(TokenAlgorithm::ALL.to_vec(), 0..4);
    (option::of(0..3600), any::<bool>(), algorithms, 1..3_usize).prop_map(|(ttl, some, algorithms, sources)| {
        let issuers =
            some.then(|| TokenIssuer { issuer: "https://b.example".to_owned(), audience: vec!["c".to_owned()] });
        let names = ["$request.header.Authorization", "$request.querystring.q"];
        vec![
            Authorizer {
                name: text(TOKENS),
                authorizer_type: Some(AuthorizerType::Jwt),
                identity_source: Some(vec!["$request.header.Authorization".to_owned()]),
                jwt_configuration: Some(JwtConfiguration {
                    audience: Some(vec!["a".to_owned()]),
                    issuer: text("https://a.example"),
                }),
                beyond: some_beyond(AuthorizerBeyond { issuers: issuers.into_iter().collect(), algorithms }),
                ..Authorizer::default()
            },
            Authorizer {
                name: text(FUNCTION),
                authorizer_type: Some(AuthorizerType::Request),
                authorizer_uri: text("arn:aws:apigateway:us-east-1:lambda:path/f/invocations"),
                authorizer_credentials_arn: some.then(|| "arn:aws:iam::123456789012:role/r".to_owned()),
                authorizer_payload_format_version: text("2.0"),
                authorizer_result_ttl_in_seconds: ttl,
                enable_simple_responses: Some(some),
                identity_source: Some(owned(names[..sources].to_vec())),
                ..Authorizer::default()
            },
        ]
    })
}

fn cors() -> impl Strategy<Value = Option<Cors>> {
    option::of((option::of(any::<bool>()), option::of(-1..=86_400), any::<bool>()).prop_map(|(flag, age, all)| {
        let list = |item: &str| all.then(|| vec![item.to_owned()]);
        Cors {
            allow_credentials: flag,
            allow_headers: list("x-a"),
            allow_methods: list("GET"),
            allow_origins: Some(vec!["https://a.example".to_owned()]),
            expose_headers: list("date"),
            max_age: age,
        }
    }))
}

type Drafted = ((AuthorizationType, Option<String>, Option<Vec<String>>), Option<String>, Option<RouteBeyond>);

/// A route's key, what it says, and which of the integrations it has.
type Keyed = (&'static str, Drafted, Option<usize>);

/// Routes, and their integrations.
fn routes() -> impl Strategy<Value = (Vec<Keyed>, Vec<Integration>)> {
    let keys = subsequence(KEYS.to_vec(), 0..=KEYS.len());
    let drafted = (authorization(), option::of("[ -~]{1,9}"), route_beyond());
    (keys, vec((drafted, option::of(0..4_usize)), KEYS.len()), vec(integration(), 4)).prop_map(
        |(keys, drafted, integrations)| {
            let routes = keys.into_iter().zip(drafted).map(|(key, (drafted, index))| (key, drafted, index));
            (routes.collect(), integrations)
        },
    )
}

pub(crate) fn api() -> impl Strategy<Value = HttpApiDefinition> {
    let own = ("[ -~]{1,20}", option::of("[ -~]{0,20}"), option::of("[ -~]{0,9}"), any::<bool>());
    (own, cors(), authorizers(), routes()).prop_map(|(own, cors, authorizers, (routes, integrations))| {
        let (name, description, version, some) = own;
        let routes: Vec<_> = routes.into_iter().map(route).collect();
        HttpApiDefinition {
            name,
            description,
            version,
            cors,
            disable_execute_api_endpoint: some.then_some(true),
            tags: if some { [("team".to_owned(), String::new())].into() } else { BTreeMap::new() },
            authorizers: authorizers.into_iter().map(Placed::nowhere).collect(),
            beyond: beyond(&routes, some),
            integrations: integrations.into_iter().map(Placed::nowhere).collect(),
            routes: routes.into_iter().map(Placed::nowhere).collect(),
            ..HttpApiDefinition::default()
        }
    })
}

fn route((key, drafted, integration): (&str, Drafted, Option<usize>)) -> RouteDefinition {
    let ((authorization_type, authorizer_id, authorization_scopes), operation_name, beyond) = drafted;
    let route = Route {
        route_key: text(key),
        authorization_type: Some(authorization_type),
        authorizer_id,
        authorization_scopes,
        operation_name,
        beyond,
        ..Route::default()
    };
    RouteDefinition { route, integration }
}

/// What the API itself has, with the models that routes refer to and what those refer to.
fn beyond(routes: &[RouteDefinition], some: bool) -> Option<ApiBeyond> {
    let validations = routes.iter().filter_map(|one| one.route.beyond.as_ref()?.request_validation.as_ref());
    let is_any =
        validations.flat_map(|validation| validation.models.iter().flat_map(BTreeMap::values)).next().is_some();
    let schema = |name: &str| {
        let token = name.replace('~', "~0").replace('/', "~1").replace('%', "%25");
        json!({"$ref": format!("#/components/schemas/{token}")})
    };
    // Each refers to all, so that one that is reached reaches the others.
    let properties: BTreeMap<&str, _> = MODELS.iter().map(|name| (*name, schema(name))).collect();
    let model = json!({"type": ["object", "null"], "properties": properties, "minItems": 1});
    some_beyond(ApiBeyond {
        api_key_source: some.then_some(ApiKeySource::Authorizer),
        gateway_responses: some.then_some(gateway_response()).into_iter().collect(),
        models: MODELS.iter().filter(|_| is_any).map(|name| ((*name).to_owned(), model.clone())).collect(),
    })
}

fn gateway_response() -> GatewayResponse {
    GatewayResponse {
        response_type: GatewayResponseType::Throttled,
        status_code: "429".parse().ok(),
        response_parameters: Some([("gatewayresponse.header.A".to_owned(), "'a'".to_owned())].into()),
        response_templates: None,
        default_response: None,
    }
}
