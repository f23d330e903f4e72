//! Condition keys with what is stored: the tags of what a call is about, inherited ones included, and
//! `apigateway:Resource/…`.
//!
//! Developer guide, "API Gateway resources that can be tagged": for access control what is below an API, a usage plan or a
//! domain name has the tags of it, and a stage's own tags come before the API's.

use serde_json::Value;
use stagegate_model::keys::{AccountNoun, ApiNoun, ApiScope, Key, is_segment};
use stagegate_model::rest::DomainName;
use stagegate_policy::Context;

use super::request_keys::texts;
use crate::account_verbs::Owned;
use crate::call::Call;
use crate::domain::access_association;
use crate::fault::Fault;
use crate::rest::{method, tagged};
use crate::transaction::Transaction;
use crate::verbs::generation;

/// A noun whose members are condition keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Api,
    Method,
    Authorizer,
    Stage,
    DomainName,
}

impl Seen {
    /// The keys without `apigateway:Resource/`, and the members' pointers.
    fn members(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Api => &[
                ("ApiName", "/name"),
                ("EndpointType", "/endpointConfiguration/types"),
                ("DisableExecuteApiEndpoint", "/disableExecuteApiEndpoint"),
                ("SecurityPolicy", "/securityPolicy"),
            ],
            Self::Method => &[("ApiKeyRequired", "/apiKeyRequired"), ("RouteAuthorizationType", "/authorizationType")],
            Self::Authorizer => &[("AuthorizerType", "/type"), ("AuthorizerUri", "/authorizerUri")],
            Self::Stage => &[
                ("AccessLoggingDestination", "/accessLogSettings/destinationArn"),
                ("AccessLoggingFormat", "/accessLogSettings/format"),
            ],
            Self::DomainName => &[
                ("EndpointType", "/endpointConfiguration/types"),
                ("MtlsTrustStoreUri", "/mutualTlsAuthentication/truststoreUri"),
                ("MtlsTrustStoreVersion", "/mutualTlsAuthentication/truststoreVersion"),
                ("SecurityPolicy", "/securityPolicy"),
                ("RoutingMode", "/routingMode"),
            ],
        }
    }

    /// Whether the row of a key is the noun.
    fn is_in(self, key: &Key) -> bool {
        match key {
            Key::RestApi(_) => self == Self::Api,
            Key::Stage(..) => self == Self::Stage,
            Key::OfAccount(_, AccountNoun::DomainName, _) => self == Self::DomainName,
            _ => false,
        }
    }
}

/// The operations that see the noun they change as it is (Service Authorization Reference: "Available during …").
const ROWS: &[(&str, Seen)] = &[
    ("UpdateRestApi", Seen::Api),
    ("DeleteRestApi", Seen::Api),
    ("PutRestApi", Seen::Api),
    ("PutMethod", Seen::Method),
    ("UpdateMethod", Seen::Method),
    ("DeleteMethod", Seen::Method),
    ("UpdateAuthorizer", Seen::Authorizer),
    ("DeleteAuthorizer", Seen::Authorizer),
    ("UpdateStage", Seen::Stage),
    ("DeleteStage", Seen::Stage),
    ("UpdateDomainName", Seen::DomainName),
    ("DeleteDomainName", Seen::DomainName),
];

/// What is stored and asks for more than what the call says.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// The API has a policy, and the call puts a whole definition in its place.
    pub(super) policy_goes: bool,
}

/// Adds the keys of what is stored.
pub(super) async fn fill(context: &mut Context, call: &Call, transaction: &mut Transaction) -> Result<Stored, Fault> {
    let seen = ROWS.iter().find(|(operation, _)| *operation == call.operation.name).map(|(_, seen)| *seen);
    let overwrites = call.operation.name == "PutRestApi" && call.query("mode") == Some("overwrite");
    let mut stored = Stored::default();
    for (key, at) in holders(call) {
        let Some(row) = transaction.get::<Value>(&key.to_string()).await? else { continue };
        let noun = row.pointer(at).unwrap_or(&Value::Null);
        for (name, value) in noun["tags"].as_object().into_iter().flatten() {
            context.set_all(&format!("aws:ResourceTag/{name}"), texts(value));
        }
        if let Some(seen) = seen.filter(|seen| seen.is_in(&key)) {
            add(context, seen, [noun]);
        }
        stored.policy_goes |= overwrites && noun["policy"].is_string();
    }
    if let (Some(seen), Ok(api)) = (seen, call.api()) {
        fill_below(context, seen, &api, call, transaction).await?;
    }
    Ok(stored)
}

/// The rows with the tags of what a call is about, outermost first, and where in the row the noun is.
fn holders(call: &Call) -> Vec<(Key, &'static str)> {
    let path = call.operation.path;
    let mut holders = Vec::new();
    if let Ok(api) = call.api() {
        holders.push((api.rest_api(), ""));
        let stage = call.parameter("stage_name");
        holders.extend(is_segment(stage).then(|| (api.stage(stage), "")));
    }
    let mut of_account = |noun, id: &str, at| {
        holders.extend(is_segment(id).then(|| (call.scope.noun(noun, id), at)));
    };
    of_account(AccountNoun::ApiKey, call.parameter("api_Key"), "");
    of_account(AccountNoun::UsagePlan, call.parameter("usageplanId"), "");
    of_account(AccountNoun::VpcLink, call.parameter("vpclink_id"), "");
    of_account(AccountNoun::ClientCertificate, call.parameter("clientcertificate_id"), "/certificate");
    if path.contains("{domain_name}") {
        of_account(AccountNoun::DomainName, &DomainName::id(call), "");
    }
    let association = call.parameter("domain_name_access_association_arn");
    let association = access_association::id_of_arn(association, &call.scope).unwrap_or_default();
    of_account(AccountNoun::DomainNameAccessAssociation, &association, "");
    if path.contains("{resource_arn}") {
        holders.extend(tagged::holders(call));
    }
    holders
}

/// Adds what is not read for its tags: the method or the authorizer of the call, or all of them where a definition is put
/// over an API.
async fn fill_below(
    context: &mut Context,
    seen: Seen,
    api: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let key = match seen {
        Seen::Method => method::verb(call).map(|verb| api.method(call.parameter("resource_id"), verb)),
        Seen::Authorizer => {
            let id = Some(call.parameter("authorizer_id")).filter(|id| is_segment(id));
            id.map(|id| api.noun(ApiNoun::Authorizer, id))
        }
        Seen::Api if call.operation.name == "PutRestApi" => return fill_all(context, api, transaction).await,
        Seen::Api | Seen::Stage | Seen::DomainName => None,
    };
    let Some(key) = key else { return Ok(()) };
    let row = transaction.get::<Value>(&key.to_string()).await?.unwrap_or_default();
    add(context, seen, [&row]);
    Ok(())
}

async fn fill_all(context: &mut Context, api: &ApiScope, transaction: &mut Transaction) -> Result<(), Fault> {
    // Of two writers only one commits: what the lists show is what the definition is put over.
    generation(api, transaction).await?;
    let authorizers = api.nouns_prefix(ApiNoun::Authorizer);
    for (seen, prefix) in [(Seen::Method, api.methods_prefix()), (Seen::Authorizer, authorizers)] {
        let rows = transaction.list::<Value>(&prefix).await?;
        add(context, seen, rows.iter().map(|(_, row)| row));
    }
    Ok(())
}

/// Adds the members of nouns; what several have is several values.
fn add<'v>(context: &mut Context, seen: Seen, nouns: impl IntoIterator<Item = &'v Value>) {
    let nouns: Vec<&Value> = nouns.into_iter().collect();
    for (key, pointer) in seen.members() {
        let values = nouns.iter().filter_map(|noun| noun.pointer(pointer)).flat_map(texts);
        context.set_all(&format!("apigateway:Resource/{key}"), values);
    }
}
