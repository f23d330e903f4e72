//! Security schemes of an HTTP API: authorizers and IAM.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stagegate_model::http::{AuthorizationType, Authorizer, AuthorizerType, Route};

use super::super::security::{free, in_header};
use super::{Object, PREFIX, Plan, beyond};
use crate::http_definition::HttpApiDefinition;

/// How identity sources name a header.
const HEADER: &str = "$request.header.";

/// The schemes of a document.
pub(super) struct Schemes<'a> {
    authorizers: Vec<&'a Authorizer>,
    /// The name of the scheme for signed requests, where a route needs them.
    sigv4: Option<String>,
}

impl<'a> Schemes<'a> {
    pub(super) fn of(api: &'a HttpApiDefinition) -> Self {
        let authorizers: Vec<_> = api.authorizers.iter().map(|placed| &placed.noun).collect();
        let mut taken: BTreeSet<&str> = authorizers.iter().filter_map(|one| one.name.as_deref()).collect();
        taken.extend(api.routes.iter().filter_map(|route| route.noun.route.authorizer_id.as_deref()));
        let is_signed = api.routes.iter().any(|route| is_signed(&route.noun.route));
        Self { sigv4: is_signed.then(|| free("sigv4", &taken)), authorizers }
    }

    /// What a route requires.
    pub(super) fn requirement(&self, route: &Route) -> Option<Value> {
        if is_signed(route) {
            return self.sigv4.as_ref().map(|name| json!({name: []}));
        }
        let is_open = route.authorization_type.is_none_or(|kind| kind == AuthorizationType::None);
        let name = route.authorizer_id.as_ref().filter(|_| !is_open)?;
        Some(json!({name: route.authorization_scopes.clone().unwrap_or_default()}))
    }

    /// The schemes themselves.
    pub(super) fn write(&self, plan: &Plan<'_>) -> Object {
        let named = self.authorizers.iter();
        let mut schemes: Object =
            named.map(|one| (one.name.clone().unwrap_or_default(), scheme(plan, one).into())).collect();
        if let Some(name) = &self.sigv4 {
            let mut scheme = in_header("Authorization");
            if plan.shows_extensions {
                scheme.insert(format!("{PREFIX}authtype"), "awsSigv4".into());
            }
            schemes.insert(name.clone(), scheme.into());
        }
        schemes
    }
}

fn is_signed(route: &Route) -> bool {
    route.authorization_type == Some(AuthorizationType::AwsIam)
}

fn scheme(plan: &Plan<'_>, authorizer: &Authorizer) -> Object {
    let sources = authorizer.identity_source.as_deref().unwrap_or_default();
    let mut scheme = if authorizer.authorizer_type == Some(AuthorizerType::Jwt) {
        [("type".to_owned(), "oauth2".into()), ("flows".to_owned(), json!({}))].into_iter().collect()
    } else {
        match sources {
            // Without a source, nothing may be read from the scheme itself.
            [] => [("type", "http"), ("scheme", "custom")]
                .map(|(key, text)| (key.to_owned(), text.into()))
                .into_iter()
                .collect(),
            [one] => in_header(one.strip_prefix(HEADER).unwrap_or("Unused")),
            _ => in_header("Unused"),
        }
    };
    if plan.shows_extensions {
        scheme.insert(format!("{PREFIX}authorizer"), Value::Object(own(authorizer, sources)));
    }
    scheme
}

/// `x-amazon-apigateway-authorizer`.
fn own(authorizer: &Authorizer, sources: &[String]) -> Object {
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let members = [
        ("identitySource", (!sources.is_empty()).then(|| json!(sources.join(", ")))),
        ("authorizerUri", text(&authorizer.authorizer_uri)),
        ("authorizerCredentials", text(&authorizer.authorizer_credentials_arn)),
        ("authorizerPayloadFormatVersion", text(&authorizer.authorizer_payload_format_version)),
        ("authorizerResultTtlInSeconds", authorizer.authorizer_result_ttl_in_seconds.map(Value::from)),
        ("enableSimpleResponses", authorizer.enable_simple_responses.map(Value::from)),
        ("jwtConfiguration", authorizer.jwt_configuration.as_ref().map(|jwt| json!(jwt))),
        ("type", authorizer.authorizer_type.map(|kind| json!(kind.as_str().to_ascii_lowercase()))),
    ];
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let mut own: Object = present.collect();
    own.extend(authorizer.beyond.iter().flat_map(beyond::of_authorizer));
    own
}
