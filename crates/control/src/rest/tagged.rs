//! Nouns that have tags, found by their ARNs. Tags are a member of a noun's row, whatever else the row holds.

use serde_json::Value;
use stagegate_model::domain::{ApiArn, partition_of};
use stagegate_model::keys::{AccountNoun, ApiScope, Key, is_segment};
use stagegate_model::rest::StringMap;

use crate::call::{Call, Reply};
use crate::domain::{access_association, domain_name};
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::{bump, document, row_at};

/// A row with tags.
pub(super) struct Tagged {
    key: Key,
    row: Value,
    /// Where in the row the noun is.
    at: &'static str,
    /// The API above the noun.
    api: Option<ApiScope>,
}

/// Where the noun of an ARN is stored.
struct Place {
    key: Key,
    at: &'static str,
    api: Option<ApiScope>,
    missing: Fault,
}

impl Tagged {
    /// Reads the noun that the call's ARN names.
    pub(super) async fn load(call: &Call, transaction: &mut Transaction) -> Result<Self, Fault> {
        let text = call.parameter("resource_arn");
        let invalid = || Fault::bad_request(format!("Invalid ARN specified in the request: {text}"));
        let place = match text.parse::<ApiArn>() {
            Ok(arn) => below_apis(&arn, call, transaction).await?,
            Err(_) => of_account(text, call),
        };
        let Place { key, at, api, missing } = place.ok_or_else(invalid)?;
        let (key, row) = row_at(transaction, key, || missing).await?;
        Ok(Self { key, row, at, api })
    }

    /// The tags, if there are any.
    pub(super) fn tags(&self) -> Result<Option<StringMap>, Fault> {
        let noun = self.row.pointer(self.at).unwrap_or(&Value::Null);
        let tags = noun.get("tags").filter(|tags| !tags.is_null()).cloned();
        tags.map(serde_json::from_value).transpose().map_err(|error| Fault::internal(error.to_string()))
    }

    /// Writes the row with other tags.
    pub(super) async fn store(
        mut self,
        tags: Option<StringMap>,
        transaction: &mut Transaction,
    ) -> Result<Reply, Fault> {
        let noun = self.row.pointer_mut(self.at).and_then(Value::as_object_mut);
        let noun = noun.ok_or_else(|| Fault::internal("a stored noun is no object"))?;
        match tags {
            Some(tags) => drop(noun.insert("tags".to_owned(), document(&tags)?)),
            None => drop(noun.shift_remove("tags")),
        }
        transaction.put(&self.key.to_string(), &self.row)?;
        if let Some(api) = &self.api {
            bump(api, transaction).await?;
        }
        Ok(Reply::Empty)
    }
}

/// An API, or a stage of one that exists.
async fn below_apis(arn: &ApiArn, call: &Call, transaction: &mut Transaction) -> Result<Option<Place>, Fault> {
    let (ApiArn::RestApi { api_id, .. } | ApiArn::Stage { api_id, .. }) = arn;
    if arn.region() != call.scope.region || !is_segment(api_id) {
        return Ok(None);
    }
    let api = call.scope.api(api_id);
    let no_api = call.no_such_api(api_id);
    let (key, missing) = match arn {
        ApiArn::RestApi { .. } => (api.rest_api(), no_api),
        ApiArn::Stage { stage_name, .. } => {
            row_at::<Value>(transaction, api.rest_api(), || no_api).await?;
            (api.stage(stage_name), Fault::not_found("Invalid stage identifier specified"))
        }
    };
    Ok(Some(Place { key, at: "", api: Some(api), missing }))
}

/// The rows with the tags that count for the noun of the call's ARN when access to it is decided, outermost first, and
/// where in the row the noun is.
pub(crate) fn holders(call: &Call) -> Vec<(Key, &'static str)> {
    let text = call.parameter("resource_arn");
    let Ok(arn) = text.parse::<ApiArn>() else {
        return of_account(text, call).map(|place| (place.key, place.at)).into_iter().collect();
    };
    let (ApiArn::RestApi { api_id, .. } | ApiArn::Stage { api_id, .. }) = &arn;
    if arn.region() != call.scope.region || !is_segment(api_id) {
        return Vec::new();
    }
    let api = call.scope.api(api_id);
    let mut holders = vec![(api.rest_api(), "")];
    if let ApiArn::Stage { stage_name, .. } = &arn {
        holders.push((api.stage(stage_name), ""));
    }
    holders
}

/// The nouns of an account. The account part of their ARNs is empty, but for private domain names and what belongs to
/// them; each has one ARN only, since permissions name it.
fn of_account(text: &str, call: &Call) -> Option<Place> {
    let scope = &call.scope;
    let rest = text.strip_prefix(&format!("arn:{}:apigateway:{}:", partition_of(&scope.region), scope.region))?;
    let (account, path) = rest.split_once(':')?;
    let (kind, id) = path.strip_prefix('/')?.split_once('/')?;
    let is_private = kind == "domainnameaccessassociations" || (kind == "domainnames" && id.contains('+'));
    if account != if is_private { scope.account.as_str() } else { "" } {
        return None;
    }
    let noun = |noun, at, missing: &str| {
        is_segment(id).then(|| Place { key: scope.noun(noun, id), at, api: None, missing: Fault::not_found(missing) })
    };
    match kind {
        "apikeys" => noun(AccountNoun::ApiKey, "", "Invalid API Key identifier specified"),
        "usageplans" => noun(AccountNoun::UsagePlan, "", "Invalid Usage Plan ID specified"),
        "vpclinks" => noun(AccountNoun::VpcLink, "", "Invalid Vpc Link identifier specified"),
        "clientcertificates" => {
            noun(AccountNoun::ClientCertificate, "/certificate", "Invalid Client Certificate identifier specified")
        }
        "domainnames" => Some(Place {
            key: Some(id)
                .filter(|id| is_segment(id) && !id.contains('|'))
                .map(|id| domain_name::key_of_path(scope, id))?,
            at: "",
            api: None,
            missing: Fault::not_found("Invalid domain name identifier specified"),
        }),
        "domainnameaccessassociations" => Some(Place {
            key: scope.noun(AccountNoun::DomainNameAccessAssociation, &access_association::id_of_arn(text, scope)?),
            at: "",
            api: None,
            missing: Fault::not_found("Invalid domain name access association identifier specified"),
        }),
        _ => None,
    }
}
