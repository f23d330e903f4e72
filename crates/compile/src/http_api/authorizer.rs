//! Authorizers of HTTP APIs: issuers of tokens, and functions with either form of event and answer (facts 94 and 95).

use std::collections::HashMap;
use std::sync::Arc;

use stagegate_jwt::{Algorithm, Algorithms};
use stagegate_mapping::{ContextVariable, RequestSource};
use stagegate_model::http::{AuthorizationType, Authorizer, AuthorizerType, Route};
use stagegate_plan::{
    AudienceClaims, AuthorizationPlan, AuthorizerId, AuthorizerPlan, ClaimForm, DecisionForm, EmptyIdentity,
    IdentitySource, LambdaAuthorizerKind, LambdaAuthorizerPlan, LambdaPlan, PayloadFormat, Reasons,
    ResponseTransferMode, TokenAuthorizerPlan, TokenIssuer, TokenRules, TokenSource,
};

use crate::finding::{Effect, Findings, Refusal, Subject};

/// What AWS's HTTP APIs take (fact H36).
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512];

/// The authorizers of an API, compiled, and where each of them is.
#[derive(Debug, Default)]
pub(super) struct Authorizers<'d> {
    plans: Vec<AuthorizerPlan>,
    by_id: HashMap<&'d str, (AuthorizerId, Option<AuthorizerType>)>,
}

impl<'d> Authorizers<'d> {
    /// Compiles them; one that cannot be used is a finding, and refuses the calls of its routes.
    pub(super) fn new(documents: &'d [Authorizer], findings: &mut Findings) -> Self {
        let mut compiled = Self::default();
        for document in documents {
            let Ok(index) = u16::try_from(compiled.plans.len()) else {
                findings.api(Subject::Authorization, Effect::Refused, "an API has at most 65,535 authorizers");
                break;
            };
            let plan = authorizer(document).unwrap_or_else(|why| {
                let name = document.name.as_deref().unwrap_or(&document.authorizer_id);
                findings.api(Subject::Authorization, Effect::Refused, format!("authorizer `{name}`: {why}"));
                AuthorizerPlan::Unusable { why: why.into() }
            });
            compiled.plans.push(plan);
            compiled.by_id.insert(&document.authorizer_id, (AuthorizerId(index), document.authorizer_type));
        }
        compiled
    }

    /// The plans; the ids of routes index them.
    pub(super) fn into_plans(self) -> Box<[AuthorizerPlan]> {
        self.plans.into()
    }

    /// Compiles who may call a route; what is not known is refused.
    pub(super) fn authorization(&self, route: &Route) -> Result<AuthorizationPlan, Refusal> {
        let refuse = |why: String| Err(Refusal::new(Subject::Authorization, why));
        let wanted = match route.authorization_type {
            None | Some(AuthorizationType::None) => return Ok(AuthorizationPlan::Open),
            Some(AuthorizationType::AwsIam) => return Ok(AuthorizationPlan::Iam),
            Some(AuthorizationType::Custom) => AuthorizerType::Request,
            Some(AuthorizationType::Jwt) => AuthorizerType::Jwt,
        };
        let Some(id) = route.authorizer_id.as_deref() else {
            return refuse(format!("authorization by {wanted} needs an authorizer"));
        };
        match self.by_id.get(id) {
            Some((authorizer, kind)) if *kind == Some(wanted) => {
                let scopes = route.authorization_scopes.iter().flatten().map(|scope| scope.as_str().into());
                Ok(AuthorizationPlan::Authorizer { authorizer: *authorizer, scopes: scopes.collect() })
            }
            Some(_) => refuse(format!("the authorizer `{id}` is not of type {wanted}")),
            None => refuse(format!("there is no authorizer `{id}`")),
        }
    }
}

fn authorizer(document: &Authorizer) -> Result<AuthorizerPlan, String> {
    match document.authorizer_type {
        Some(AuthorizerType::Jwt) => jwt(document).map(AuthorizerPlan::Token),
        Some(AuthorizerType::Request) => request(document).map(AuthorizerPlan::Lambda),
        None => Err("the authorizer has no type".to_owned()),
    }
}

fn sources(document: &Authorizer) -> impl Iterator<Item = &str> {
    document.identity_source.iter().flatten().map(String::as_str).filter(|source| !source.is_empty())
}

/// Compiles an authorizer that verifies tokens itself.
fn jwt(document: &Authorizer) -> Result<TokenAuthorizerPlan, String> {
    let written = sources(document).next().unwrap_or_default();
    let source = match identity(written)? {
        RequestSource::Header(name) => TokenSource::Header(name),
        RequestSource::Query(name) => TokenSource::Query(name),
        _ => return Err(format!("the identity source `{written}` is no header and no query string")),
    };
    let configuration = document.jwt_configuration.as_ref().ok_or("it has no configuration of tokens")?;
    let name = configuration.issuer.as_deref().unwrap_or_default();
    let own = issuer(name, configuration.audience.as_deref().unwrap_or_default());
    let beyond = document.beyond.as_ref();
    let more = beyond.into_iter().flat_map(|beyond| &beyond.issuers).map(|more| issuer(&more.issuer, &more.audience));
    let named = beyond
        .into_iter()
        .flat_map(|beyond| &beyond.algorithms)
        .map(|name| Algorithm::parse(name.as_str()).ok_or_else(|| format!("the algorithm {name} is not served")));
    let named: Algorithms = named.collect::<Result<_, _>>()?;
    let algorithms = if named.is_empty() { ALGORITHMS.into_iter().collect() } else { named };
    Ok(TokenAuthorizerPlan {
        id: document.authorizer_id.as_str().into(),
        source,
        reasons: Reasons::Told,
        rules: Arc::new(TokenRules::Jwt {
            issuers: std::iter::once(own).chain(more).collect::<Result<_, _>>()?,
            algorithms,
            audience: AudienceClaims::AudOrClientId,
            claims: ClaimForm::Text,
        }),
    })
}

fn issuer(name: &str, audiences: &[String]) -> Result<TokenIssuer, String> {
    if name.is_empty() {
        return Err("an issuer has no name".to_owned());
    }
    if audiences.is_empty() {
        return Err(format!("the issuer {name} has no audience"));
    }
    Ok(TokenIssuer {
        issuer: name.into(),
        jwks_uri: None,
        audiences: audiences.iter().map(|audience| audience.as_str().into()).collect(),
        claims: Box::default(),
    })
}

/// Compiles an authorizer that asks a function.
fn request(document: &Authorizer) -> Result<LambdaAuthorizerPlan, String> {
    let is_simple = document.enable_simple_responses == Some(true);
    let (format, answer) = match (document.authorizer_payload_format_version.as_deref(), is_simple) {
        (Some("1.0"), false) => (PayloadFormat::OneCanonical, DecisionForm::TextPolicy),
        (Some("2.0"), false) => (PayloadFormat::Two, DecisionForm::TypedPolicy),
        (Some("2.0"), true) => (PayloadFormat::Two, DecisionForm::Simple),
        (Some("1.0"), true) => return Err("simple responses need payload format 2.0".to_owned()),
        (version, _) => return Err(format!("there is no payload format {}", version.unwrap_or_default())),
    };
    let source = |written: &str| Ok(IdentitySource { written: written.into(), source: identity(written)? });
    let sources = sources(document).map(source).collect::<Result<_, String>>()?;
    Ok(LambdaAuthorizerPlan {
        id: document.authorizer_id.as_str().into(),
        kind: LambdaAuthorizerKind::Request { sources, empty: EmptyIdentity::Counts },
        // Nothing is kept unless the authorizer says so (fact 95).
        ttl_s: document.authorizer_result_ttl_in_seconds.and_then(|ttl_s| u32::try_from(ttl_s).ok()).unwrap_or(0),
        invoke: LambdaPlan {
            uri: document.authorizer_uri.as_deref().unwrap_or_default().into(),
            credentials: document.authorizer_credentials_arn.as_deref().filter(|arn| !arn.is_empty()).map(Box::from),
            invocation_type: None,
            client_context: None,
            timeout_ms: 0,
            transfer: ResponseTransferMode::Buffered,
            format,
        },
        answer,
    })
}

/// Where an identity source leads.
fn identity(written: &str) -> Result<RequestSource, String> {
    let (root, name) = ["$request.header.", "$request.querystring.", "$context.", "$stageVariables."]
        .into_iter()
        .find_map(|root| Some((root, written.strip_prefix(root).filter(|name| !name.is_empty())?)))
        .ok_or_else(|| format!("the identity source `{written}` names nothing"))?;
    Ok(match root {
        "$request.header." => RequestSource::Header(name.into()),
        "$request.querystring." => RequestSource::Query(name.into()),
        "$context." => RequestSource::Context(ContextVariable::named(name)),
        _ => RequestSource::StageVariable(name.into()),
    })
}

#[cfg(test)]
mod tests {
    use stagegate_model::http::{AuthorizerBeyond, JwtConfiguration, TokenAlgorithm, TokenIssuer as MoreIssuer};

    use super::*;

    fn jwt_document(source: &str) -> Authorizer {
        Authorizer {
            authorizer_type: Some(AuthorizerType::Jwt),
            identity_source: Some(vec![source.to_owned()]),
            jwt_configuration: Some(JwtConfiguration {
                issuer: Some("https://id.example/".to_owned()),
                audience: Some(vec!["a".to_owned()]),
            }),
            ..Authorizer::default()
        }
    }

    fn function(version: &str, is_simple: bool, sources: &[&str]) -> Authorizer {
        Authorizer {
            authorizer_type: Some(AuthorizerType::Request),
            authorizer_payload_format_version: Some(version.to_owned()),
            enable_simple_responses: Some(is_simple),
            identity_source: Some(sources.iter().map(|&source| source.to_owned()).collect()),
            ..Authorizer::default()
        }
    }

    #[test]
    fn tokens_are_in_a_header_or_in_the_query() {
        for (written, source) in [
            ("$request.header.Authorization", TokenSource::Header("Authorization".into())),
            ("$request.querystring.token", TokenSource::Query("token".into())),
        ] {
            let plan = jwt(&jwt_document(written)).expect("a plan");
            assert_eq!((plan.source, plan.reasons), (source, Reasons::Told));
            let TokenRules::Jwt { issuers, algorithms, audience, .. } = &*plan.rules else { panic!("other rules") };
            assert_eq!((issuers.len(), &*issuers[0].issuer), (1, "https://id.example/"));
            assert_eq!(*audience, AudienceClaims::AudOrClientId, "fact H41");
            assert_eq!(*algorithms, Algorithms::from_iter(ALGORITHMS), "fact H36");
        }
    }

    #[test]
    fn beyond_aws_there_are_more_issuers_and_algorithms() {
        let beyond = AuthorizerBeyond {
            issuers: vec![MoreIssuer { issuer: "https://other.example".to_owned(), audience: vec!["b".to_owned()] }],
            algorithms: vec![TokenAlgorithm::EdDsa],
        };
        let document = Authorizer { beyond: Some(beyond), ..jwt_document("$request.header.t") };
        let plan = jwt(&document).expect("a plan");
        let TokenRules::Jwt { issuers, algorithms, .. } = &*plan.rules else { panic!("other rules") };
        assert_eq!((issuers.len(), &*issuers[1].audiences), (2, &["b".into()][..]));
        assert_eq!(*algorithms, Algorithms::from_iter([Algorithm::EdDsa]));
    }

    #[test]
    fn facts_95_and_h46_functions_have_forms_of_event_and_answer() {
        for (version, is_simple, format, answer) in [
            ("1.0", false, PayloadFormat::OneCanonical, DecisionForm::TextPolicy),
            ("2.0", false, PayloadFormat::Two, DecisionForm::TypedPolicy),
            ("2.0", true, PayloadFormat::Two, DecisionForm::Simple),
        ] {
            let sources = ["$request.header.X", "$request.querystring.q", "$context.routeKey", "$stageVariables.v"];
            let plan = request(&function(version, is_simple, &sources)).expect("a plan");
            assert_eq!((plan.invoke.format, plan.answer, plan.ttl_s), (format, answer, 0));
            let LambdaAuthorizerKind::Request { sources, empty } = plan.kind else { panic!("another kind") };
            assert_eq!((empty, sources.len()), (EmptyIdentity::Counts, 4));
            assert_eq!(sources[3].source, RequestSource::StageVariable("v".into()));
            assert_ne!(sources[2].source, RequestSource::Context(ContextVariable::Absent));
        }
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let without = |change: fn(&mut JwtConfiguration)| {
            let mut document = jwt_document("$request.header.t");
            document.jwt_configuration.iter_mut().for_each(change);
            document
        };
        for (document, why) in [
            (jwt_document("$context.routeKey"), "is no header and no query string"),
            (jwt_document("$request.header."), "names nothing"),
            (without(|it| it.audience = None), "has no audience"),
            (without(|it| it.issuer = None), "has no name"),
            (function("1.0", true, &[]), "simple responses need"),
            (function("3.0", false, &[]), "no payload format 3.0"),
            (function("2.0", false, &["$request.body"]), "names nothing"),
            (Authorizer::default(), "has no type"),
        ] {
            let error = authorizer(&document).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_route_is_refused_whose_authorizer_is_not_there_or_of_another_type() {
        let documents = [Authorizer { authorizer_id: "j".to_owned(), ..jwt_document("$request.header.t") }];
        let authorizers = Authorizers::new(&documents, &mut Findings::of("api"));
        let route = |kind, id: Option<&str>| {
            let authorizer_id = id.map(str::to_owned);
            let scopes = Some(vec!["s".to_owned()]);
            authorizers.authorization(&Route {
                authorization_type: Some(kind),
                authorizer_id,
                authorization_scopes: scopes,
                ..Route::default()
            })
        };
        let scopes = [Box::from("s")].into();
        let by_j = AuthorizationPlan::Authorizer { authorizer: AuthorizerId(0), scopes };
        assert_eq!(route(AuthorizationType::Jwt, Some("j")), Ok(by_j));
        assert_eq!(route(AuthorizationType::None, None), Ok(AuthorizationPlan::Open));
        assert_eq!(route(AuthorizationType::AwsIam, None), Ok(AuthorizationPlan::Iam));
        for (kind, id) in [
            (AuthorizationType::Custom, Some("j")),
            (AuthorizationType::Jwt, Some("k")),
            (AuthorizationType::Jwt, None),
        ] {
            assert!(route(kind, id).is_err(), "{kind} {id:?}");
        }
    }
}
