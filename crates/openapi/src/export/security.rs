//! Security schemes: authorizers, IAM and API keys, and what each method requires of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stagegate_model::rest::{AuthorizationType, Authorizer, AuthorizerType, DocumentationPartType, Method};

use super::{Extension, Object, Plan};
use crate::definition::ApiDefinition;

/// How identity sources name a header.
const HEADER: &str = "method.request.header.";

/// The schemes of a document.
pub(super) struct Schemes<'a> {
    authorizers: &'a [Authorizer],
    /// The name of the scheme for API keys, where a method needs one.
    api_key: Option<String>,
    /// The name of the scheme for signed requests, where a method needs them.
    sigv4: Option<String>,
}

impl<'a> Schemes<'a> {
    pub(super) fn of(api: &'a ApiDefinition) -> Self {
        let methods = || api.paths.iter().flat_map(|path| &path.methods);
        let authorizers = api.nouns.authorizers.as_slice();
        let mut taken: BTreeSet<&str> = authorizers.iter().filter_map(|one| one.name.as_deref()).collect();
        taken.extend(methods().filter_map(|method| method.authorizer_id.as_deref()));
        let name = |wanted: &str, needed: bool| needed.then(|| free(wanted, &taken));
        Self {
            authorizers,
            api_key: name("api_key", methods().any(|method| method.api_key_required == Some(true))),
            sigv4: name("sigv4", methods().any(needs_signature)),
        }
    }

    /// `security` of an operation. An authorizer that is not there stays a name without a scheme, and the method closed.
    pub(super) fn requirements(&self, method: &Method) -> Vec<Value> {
        let mut all = Vec::new();
        if needs_signature(method) {
            all.extend(self.sigv4.as_ref().map(|name| json!({name: []})));
        } else if let Some(name) = method.authorizer_id.as_ref().filter(|_| is_authorized(method)) {
            all.push(json!({name: method.authorization_scopes.clone().unwrap_or_default()}));
        }
        if method.api_key_required == Some(true) {
            all.extend(self.api_key.as_ref().map(|name| json!({name: []})));
        }
        all
    }

    /// The authorization of a method that names no authorizer, for `x-amazon-apigateway-auth`.
    #[expect(clippy::unused_self, reason = "what a method's security is belongs together")]
    pub(super) fn bare(&self, method: &Method) -> Option<AuthorizationType> {
        let kind = method.authorization_type.filter(|_| is_authorized(method) && !needs_signature(method));
        kind.filter(|_| method.authorizer_id.is_none())
    }

    /// The schemes themselves.
    pub(super) fn write(&self, plan: &Plan<'_>) -> Object {
        let mut schemes = Object::new();
        for authorizer in self.authorizers {
            let name = authorizer.name.clone().unwrap_or_default();
            let mut scheme = scheme(plan, authorizer);
            plan.descriptions.describe(DocumentationPartType::Authorizer, ("/", "*", "*", &name), &mut scheme);
            schemes.insert(name, scheme.into());
        }
        if let Some(name) = &self.api_key {
            schemes.insert(name.clone(), json!({"type": "apiKey", "name": "x-api-key", "in": "header"}));
        }
        if let Some(name) = &self.sigv4 {
            let mut scheme = in_header("Authorization");
            scheme.insert("x-amazon-apigateway-authtype".to_owned(), "awsSigv4".into());
            schemes.insert(name.clone(), scheme.into());
        }
        schemes
    }
}

fn is_authorized(method: &Method) -> bool {
    method.authorization_type.is_some_and(|kind| kind != AuthorizationType::None)
}

fn needs_signature(method: &Method) -> bool {
    method.authorization_type == Some(AuthorizationType::AwsIam)
}

/// The wanted name, or the first of its kind that no authorizer has.
pub(super) fn free(wanted: &str, taken: &BTreeSet<&str>) -> String {
    let mut name = wanted.to_owned();
    while taken.contains(name.as_str()) {
        name.push('_');
    }
    name
}

pub(super) fn in_header(name: &str) -> Object {
    [("type", "apiKey"), ("name", name), ("in", "header")]
        .map(|(key, text)| (key.to_owned(), text.into()))
        .into_iter()
        .collect()
}

fn scheme(plan: &Plan<'_>, authorizer: &Authorizer) -> Object {
    let header = header(authorizer);
    // Only a scheme's extension can say that there is no identity source; the standard requires a name.
    let mut scheme = in_header(header.unwrap_or("Unused"));
    if authorizer.identity_source.is_none() && authorizer.kind != Some(AuthorizerType::Request) {
        scheme.insert("in".to_owned(), "query".into());
    }
    if !plan.shows(Extension::Authorizers) {
        return scheme;
    }
    if let Some(kind) = &authorizer.auth_type {
        scheme.insert("x-amazon-apigateway-authtype".to_owned(), kind.as_str().into());
    }
    let mut own = json!(Authorizer { name: None, auth_type: None, ..authorizer.clone() });
    if let Value::Object(members) = &mut own {
        members.shift_remove("id");
        if header.is_some() {
            members.shift_remove("identitySource");
        }
        if let Some(Value::String(kind)) = members.get_mut("type") {
            kind.make_ascii_lowercase();
        }
    }
    scheme.insert("x-amazon-apigateway-authorizer".to_owned(), own);
    scheme
}

/// The header that is the whole identity source, which a scheme says of itself. REQUEST authorizers name their sources.
fn header(authorizer: &Authorizer) -> Option<&str> {
    let source = authorizer.identity_source.as_deref().filter(|_| authorizer.kind != Some(AuthorizerType::Request));
    source?.strip_prefix(HEADER).filter(|name| !name.contains(','))
}
