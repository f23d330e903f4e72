//! APIs as an import would yield them, with every kind of authorization, integration and noun.

use std::collections::BTreeMap;

use proptest::{collection::vec, option, prelude::*, sample::select, sample::subsequence};
use serde_json::{Value, json};
use stagegate_model::rest::{
    ApiKeySource, AuthorizationType, Authorizer, AuthorizerType, ConnectionType, ContentHandling,
    DocumentationPartLocation, DocumentationPartType, EndpointAccessMode, GatewayResponse, GatewayResponseType,
    HttpMethod, Integration, IntegrationResponse, IntegrationType, Method, MethodResponse, Model, PassthroughBehavior,
    RequestValidator, ResponseTransferMode, SecurityPolicy, StatusCode, TlsConfig,
};
use stagegate_openapi::{ApiDefinition, DocumentationPartDefinition, NounDefinitions, PathDefinition};

/// Names of models, some of which a reference has to escape.
pub(crate) const MODELS: &[&str] = &["Pet", "Pets", "Odd~Name", "Half%25", "with space"];
const AUTHORIZERS: &[(&str, AuthorizerType)] = &[
    ("tokens", AuthorizerType::Token),
    ("api_key", AuthorizerType::Request),
    ("users", AuthorizerType::CognitoUserPools),
    ("sigv4", AuthorizerType::Jwt),
];

fn status(code: u16) -> StatusCode {
    StatusCode::new(code).expect("a status code")
}

fn model(name: &str, others: &[&str]) -> Model {
    let properties: BTreeMap<&str, Value> =
        others.iter().map(|other| (*other, json!({"$ref": reference(other)}))).collect();
    let schema = json!({"type": "object", "description": "what it is", "properties": properties, "maximum": 1.5});
    Model {
        name: Some(name.to_owned()),
        description: Some("what it is".to_owned()),
        schema: Some(format!("{schema:#}")),
        content_type: Some("application/json".to_owned()),
        ..Model::default()
    }
}

/// A reference in API Gateway's own form, which imports as one within the document.
pub(crate) fn reference(name: &str) -> String {
    format!("https://apigateway.amazonaws.com/restapis/abc/models/{name}")
}

fn models() -> impl Strategy<Value = Vec<Model>> {
    // Methods refer to these two: a reference to a model that is not there does not survive an import.
    let rest: Vec<_> = MODELS.iter().copied().filter(|name| !["Pet", "Odd~Name"].contains(name)).collect();
    subsequence(rest.clone(), 0..=rest.len()).prop_map(|mut names| {
        names.extend(["Pet", "Odd~Name"]);
        names.iter().map(|name| model(name, &names)).collect()
    })
}

fn authorizer((name, kind): (&str, AuthorizerType), ttl: Option<i32>, header: bool) -> Authorizer {
    let source = match kind {
        AuthorizerType::Request => Some("method.request.header.A, context.stage"),
        AuthorizerType::Jwt if !header => Some("method.request.querystring.token"),
        _ if header => Some("method.request.header.Authorization"),
        _ => None,
    };
    let lambda = matches!(kind, AuthorizerType::Token | AuthorizerType::Request);
    let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations";
    Authorizer {
        name: Some(name.to_owned()),
        kind: Some(kind),
        auth_type: lambda.then(|| "custom".to_owned()),
        provider_arns: (kind == AuthorizerType::CognitoUserPools).then(|| vec!["arn:aws:cognito-idp:::p".to_owned()]),
        authorizer_uri: lambda.then(|| uri.to_owned()),
        identity_source: source.map(str::to_owned),
        identity_validation_expression: (kind == AuthorizerType::Token).then(|| "^x.*'\"$".to_owned()),
        authorizer_result_ttl_in_seconds: ttl,
        authorizer_credentials: (lambda && header).then(|| "arn:aws:iam::123456789012:role/r".to_owned()),
        jwt_configuration: (kind == AuthorizerType::Jwt).then(|| {
            let tokens = json!({"issuers": [{"issuer": "https://a.example", "audiences": ["b"]}]});
            serde_json::from_value(tokens).expect("a JWT configuration")
        }),
        ..Authorizer::default()
    }
}

fn nouns() -> impl Strategy<Value = NounDefinitions> {
    let authorizers = vec((option::of(0..3600), any::<bool>()), AUTHORIZERS.len());
    let validators = subsequence(vec!["all", "body"], 0..=2);
    let responses = subsequence(GatewayResponseType::ALL.to_vec(), 0..4);
    (models(), authorizers, validators, responses).prop_map(|(models, authorizers, validators, responses)| {
        NounDefinitions {
            models,
            request_validators: validators.into_iter().map(validator).collect(),
            authorizers: AUTHORIZERS
                .iter()
                .zip(authorizers)
                .map(|(one, (ttl, at))| authorizer(*one, ttl, at))
                .collect(),
            gateway_responses: responses.into_iter().map(gateway_response).collect(),
        }
    })
}

fn validator(name: &str) -> RequestValidator {
    RequestValidator {
        id: String::new(),
        name: Some(name.to_owned()),
        validate_request_body: Some(true),
        validate_request_parameters: Some(name == "all"),
    }
}

fn gateway_response(response_type: GatewayResponseType) -> GatewayResponse {
    GatewayResponse {
        response_type,
        status_code: response_type.default_status().map(status),
        response_parameters: Some([("gatewayresponse.header.A".to_owned(), "'a'".to_owned())].into()),
        response_templates: None,
        default_response: None,
    }
}

/// Authorization type, authorizer, scopes.
fn authorization() -> impl Strategy<Value = (AuthorizationType, Option<String>, Option<Vec<String>>)> {
    let scopes = Some(vec!["pets/read".to_owned()]);
    select(vec![
        (AuthorizationType::None, None, None),
        (AuthorizationType::AwsIam, None, None),
        (AuthorizationType::Custom, None, None),
        (AuthorizationType::Custom, Some("tokens".to_owned()), None),
        (AuthorizationType::Custom, Some("api_key".to_owned()), None),
        (AuthorizationType::Custom, Some("of nobody".to_owned()), None),
        (AuthorizationType::CognitoUserPools, Some("users".to_owned()), scopes.clone()),
        (AuthorizationType::Jwt, Some("sigv4".to_owned()), scopes),
    ])
}

fn integration_responses() -> impl Strategy<Value = Option<BTreeMap<StatusCode, IntegrationResponse>>> {
    let template = option::of("[ -~]{0,20}");
    vec((200..=299_u16, template), 0..4).prop_map(|list| {
        let mut all = BTreeMap::new();
        for (code, template) in list {
            let mut one = IntegrationResponse::new(status(code));
            one.selection_pattern = (!all.is_empty()).then(|| format!("{code}.*"));
            one.content_handling = template.is_some().then_some(ContentHandling::ConvertToText);
            one.response_templates = template.map(|text| [("application/json".to_owned(), text)].into());
            all.entry(status(code)).or_insert(one);
        }
        (!all.is_empty()).then_some(all)
    })
}

fn integration() -> impl Strategy<Value = Integration> {
    let kind = select(IntegrationType::ALL.to_vec());
    let behaviour = select(PassthroughBehavior::ALL.to_vec());
    let timeout_ms = prop_oneof![Just(29_000), 50..29_000];
    let link = any::<bool>();
    let template = option::of("[ -~\n]{0,30}");
    (kind, behaviour, timeout_ms, link, template, integration_responses()).prop_map(
        |(kind, behaviour, timeout_ms, link, template, responses)| {
            let mut one = Integration::new(kind);
            one.passthrough_behavior = Some(behaviour);
            one.timeout_in_millis = Some(timeout_ms);
            one.cache_key_parameters =
                Some(if link { vec!["method.request.querystring.q".to_owned()] } else { vec![] });
            one.cache_namespace = link.then(|| "space".to_owned());
            one.request_templates = template.map(|text| [("application/json".to_owned(), text)].into());
            one.integration_responses = responses;
            one.content_handling = link.then_some(ContentHandling::ConvertToBinary);
            one.response_transfer_mode = link.then_some(ResponseTransferMode::Stream);
            one.request_parameters = (!link).then(|| static_header("integration.request.header.X-Static"));
            if kind != IntegrationType::Mock {
                one.http_method = Some(HttpMethod::Post);
                let is_http = matches!(kind, IntegrationType::Http | IntegrationType::HttpProxy);
                let of_aws = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations";
                one.uri = Some(if is_http { "http://backend.example/" } else { of_aws }.to_owned());
                one.credentials = (!is_http).then(|| "arn:aws:iam::123456789012:role/r".to_owned());
                if link && is_http {
                    one.connection_type = Some(ConnectionType::VpcLink);
                    one.connection_id = Some("link".to_owned());
                    one.integration_target = Some("arn:aws:elasticloadbalancing:::loadbalancer/l".to_owned());
                    one.tls_config = Some(TlsConfig { insecure_skip_verification: Some(true) });
                }
            }
            one
        },
    )
}

/// A mapping of a static value, as an import takes it for any method.
fn static_header(target: &str) -> BTreeMap<String, String> {
    [(target.to_owned(), "'it''s'".to_owned())].into()
}

fn method_response(types: &'static [&'static str]) -> impl Strategy<Value = MethodResponse> {
    let headers = subsequence(vec!["X-A", "Location"], 0..=2);
    (200..=599_u16, headers, subsequence(types.to_vec(), 0..=types.len())).prop_map(|(code, headers, types)| {
        let mut one = MethodResponse::new(status(code));
        let names = headers.iter().map(|name| (format!("method.response.header.{name}"), false));
        one.response_parameters = (!headers.is_empty()).then(|| names.collect());
        let models = types.iter().map(|content_type| ((*content_type).to_owned(), "Pet".to_owned()));
        one.response_models = (!types.is_empty()).then(|| models.collect());
        one
    })
}

fn method(types: &'static [&'static str]) -> impl Strategy<Value = Method> {
    let parameters = subsequence(vec![("path.id", true), ("querystring.q", false), ("header.X-Trace", true)], 0..=3);
    let bodies = subsequence(types.to_vec(), 0..=types.len());
    let responses = vec(method_response(types), 0..4);
    let validator = option::of(select(vec!["all", "none of these"]));
    let name = option::of("[a-z]{1,8}");
    (authorization(), any::<bool>(), parameters, bodies, responses, validator, name, option::of(integration()))
        .prop_map(
            |((kind, authorizer_id, scopes), key, parameters, bodies, responses, validator, name, integration)| {
                Method {
                    authorizer_id,
                    authorization_scopes: scopes,
                    api_key_required: Some(key),
                    request_validator_id: validator.map(str::to_owned),
                    operation_name: name,
                    request_parameters: (!parameters.is_empty()).then(|| {
                        parameters.iter().map(|(name, must)| (format!("method.request.{name}"), *must)).collect()
                    }),
                    request_models: (!bodies.is_empty())
                        .then(|| bodies.iter().map(|kind| ((*kind).to_owned(), "Odd~Name".to_owned())).collect()),
                    method_responses: (!responses.is_empty())
                        .then(|| responses.into_iter().map(|one| (one.status_code, one)).collect()),
                    method_integration: integration,
                    ..Method::new(HttpMethod::Get, kind)
                }
            },
        )
}

fn paths(types: &'static [&'static str]) -> impl Strategy<Value = Vec<PathDefinition>> {
    let methods = vec(method(types), 0..4);
    let path = subsequence(vec!["/", "/pets", "/pets/{id}", "/pets/{id}/{proxy+}", "/a.b-c:d"], 0..=5);
    (path, vec(methods, 5)).prop_map(|(paths, methods)| {
        let one = |(path, mut methods): (&str, Vec<Method>)| {
            for (method, verb) in methods.iter_mut().zip(HttpMethod::ALL) {
                method.http_method = Some(*verb);
            }
            PathDefinition { path: path.to_owned(), methods }
        };
        paths.into_iter().zip(methods).map(one).collect()
    })
}

pub(crate) fn api(types: &'static [&'static str]) -> impl Strategy<Value = ApiDefinition> {
    let texts = ("[ -~]{1,20}", option::of("[ -~\n]{0,20}"), option::of("[ -~]{0,9}"));
    let numbers = (option::of(0..10_485_760), option::of(select(ApiKeySource::ALL.to_vec())));
    let own = (option::of(Just(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned())), any::<bool>());
    (texts, numbers, own, nouns(), paths(types)).prop_map(
        |((name, description, version), numbers, own, nouns, paths)| ApiDefinition {
            name,
            version,
            minimum_compression_size: numbers.0,
            api_key_source: numbers.1,
            policy: own.0,
            security_policy: own.1.then_some(SecurityPolicy::Tls12),
            endpoint_access_mode: own.1.then_some(EndpointAccessMode::Strict),
            binary_media_types: own.1.then(|| vec!["image/png".to_owned(), "*/*".to_owned()]),
            tags: if own.1 { [("team".to_owned(), "blue".to_owned())].into() } else { BTreeMap::new() },
            documentation: own.1.then(|| note(&paths)).into_iter().chain(words(description.as_deref())).collect(),
            description,
            unserved: unserved(&paths, own.1),
            nouns,
            paths,
            ..ApiDefinition::default()
        },
    )
}

/// A part that says nothing for which OpenAPI has a place.
fn note(paths: &[PathDefinition]) -> DocumentationPartDefinition {
    let path = Some(paths.first().map_or_else(|| "/".to_owned(), |path| path.path.clone()));
    let location = DocumentationPartLocation { path, ..DocumentationPartLocation::of(DocumentationPartType::Resource) };
    DocumentationPartDefinition { location, properties: r#"{"x-note":[1,null,{"a":"b"}]}"#.to_owned() }
}

/// The part that an API's own description is.
fn words(description: Option<&str>) -> Option<DocumentationPartDefinition> {
    let properties = json!({"info": {"description": description.filter(|text| !text.is_empty())?}}).to_string();
    Some(DocumentationPartDefinition {
        location: DocumentationPartLocation::of(DocumentationPartType::Api),
        properties,
    })
}

fn unserved(paths: &[PathDefinition], some: bool) -> Value {
    let first = paths.iter().find_map(|path| Some(format!("{} {}", path.methods.first()?.http_method?, path.path)));
    match first.filter(|_| some) {
        Some(first) => json!({
            "operations": {first: {"x-own": "s", "x-amazon-apigateway-zoo": 1}},
            "extensions": {"x-amazon-apigateway-zoo": {"a": [true]}},
        }),
        None => json!({}),
    }
}
