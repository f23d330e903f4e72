//! `Authorizer`: created, patched, and deleted when no method refers to it; what each type needs is next door.

use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::{Authorizer, AuthorizerType, Method};
use stagegate_store::BoxFuture;

use super::authorizer_rules::{check, forget_foreign_members};
use super::{authorizer_jwt, reference, rest_api};
use crate::call::{Call, Reply};
use crate::discovery::discover;
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{ITEM, PatchRow, SET, SET_OR_CLEAR, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Listed, Loading, Noun, create, document, row_at};

/// AWS's page "Patch Operations", `UpdateAuthorizer`, and `/jwtConfiguration` (fact section 1.2).
pub(crate) const PATCH: &[PatchRow<Authorizer>] = &[
    row("/authorizerUri", SET, |authorizer, edit| {
        authorizer.authorizer_uri = edit.optional_text();
        Ok(())
    }),
    row("/authorizerCredentials", SET, |authorizer, edit| {
        authorizer.authorizer_credentials = edit.optional_text();
        Ok(())
    }),
    row("/authorizerResultTtlInSeconds", SET, |authorizer, edit| {
        authorizer.authorizer_result_ttl_in_seconds = Some(edit.number()?);
        Ok(())
    }),
    row("/authType", SET, |authorizer, edit| {
        authorizer.auth_type = edit.optional_text();
        Ok(())
    }),
    row("/identitySource", SET_OR_CLEAR, |authorizer, edit| {
        authorizer.identity_source = edit.optional_text();
        Ok(())
    }),
    row("/identityValidationExpression", SET, |authorizer, edit| {
        authorizer.identity_validation_expression = edit.optional_text();
        Ok(())
    }),
    row("/jwtConfiguration", SET, |authorizer, edit| {
        authorizer.jwt_configuration = Some(authorizer_jwt::parse(&edit.text()?)?);
        Ok(())
    }),
    row("/name", SET, |authorizer, edit| {
        authorizer.name = Some(edit.text()?);
        Ok(())
    }),
    row("/providerARNs", ITEM, |authorizer, edit| edit.member(&mut authorizer.provider_arns, edit.text()?)),
    row("/type", SET, |authorizer, edit| {
        authorizer.kind = Some(edit.choice(AuthorizerType::NAMES)?);
        Ok(())
    }),
];

fn missing() -> Fault {
    Fault::not_found("Invalid Authorizer identifier specified")
}

impl Noun for Authorizer {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        let key = api.noun(ApiNoun::Authorizer, call.parameter("authorizer_id"));
        Box::pin(row_at(transaction, key, missing))
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            if before.kind != row.kind {
                forget_foreign_members(row);
                check_methods(row, api, transaction).await?;
            }
            check(row)?;
            check_name(row, api, transaction).await?;
            discover(row, Some(before), call).await
        })
    }

    fn release<'c>(
        row: &'c Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let uses = |method: &Method| method.authorizer_id.as_ref() == Some(&row.id);
            let Some(place) = reference::find_method(api, transaction, uses).await? else { return Ok(()) };
            let name = row.name.as_deref().unwrap_or_default();
            Err(Fault::conflict(format!("Cannot delete authorizer '{name}', is referenced in method: {place}")))
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Create for Authorizer {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let mut authorizer = read(call)?;
            authorizer.id = call.new_noun_id();
            check(&mut authorizer)?;
            check_name(&authorizer, api, transaction).await?;
            let have = transaction.list::<Value>(&Self::prefix(api)).await?.len();
            admit(have, call)?;
            discover(&mut authorizer, None, call).await?;
            Ok((api.noun(ApiNoun::Authorizer, &authorizer.id), authorizer))
        })
    }
}

impl Listed for Authorizer {
    fn prefix(api: &ApiScope) -> String {
        api.nouns_prefix(ApiNoun::Authorizer)
    }

    fn item(row: &Self) -> Result<Value, Fault> {
        row.show()
    }
}

/// Refuses one authorizer more than an API may have.
pub(crate) fn admit(have: usize, call: &Call) -> Result<(), Fault> {
    let message = "Maximum number of Authorizers for this API has been reached. Please contact AWS if you need \
                   additional Authorizers.";
    call.world.quotas.admit("rest_authorizers_per_api_count", have, message)
}

fn read(call: &Call) -> Result<Authorizer, Fault> {
    let mut input = Input::of(call)?;
    let name = input.required_text("name")?;
    let kind = input.required_choice("type", AuthorizerType::NAMES)?;
    let authorizer = Authorizer {
        id: String::new(),
        name: Some(name),
        kind,
        provider_arns: input.texts("providerARNs")?.filter(|arns| !arns.is_empty()),
        auth_type: input.text("authType")?.filter(|text| !text.is_empty()),
        authorizer_uri: input.text("authorizerUri")?.filter(|text| !text.is_empty()),
        authorizer_credentials: input.text("authorizerCredentials")?.filter(|text| !text.is_empty()),
        identity_source: input.text("identitySource")?.filter(|text| !text.is_empty()),
        identity_validation_expression: input.text("identityValidationExpression")?.filter(|text| !text.is_empty()),
        authorizer_result_ttl_in_seconds: input.integer("authorizerResultTtlInSeconds")?,
        jwt_configuration: authorizer_jwt::read(&mut input)?,
    };
    input.finish()?;
    Ok(authorizer)
}

/// Methods keep their authorization type, so an authorizer that they refer to cannot leave it.
async fn check_methods(authorizer: &Authorizer, api: &ApiScope, transaction: &Transaction) -> Result<(), Fault> {
    let wanted = authorizer.kind.map(reference::authorization_of);
    let misfits =
        |method: &Method| method.authorizer_id.as_ref() == Some(&authorizer.id) && method.authorization_type != wanted;
    let Some(place) = reference::find_method(api, transaction, misfits).await? else { return Ok(()) };
    let name = authorizer.name.as_deref().unwrap_or_default();
    Err(Fault::bad_request(format!("Cannot change the type of authorizer '{name}', is referenced in method: {place}")))
}

async fn check_name(authorizer: &Authorizer, api: &ApiScope, transaction: &Transaction) -> Result<(), Fault> {
    let all = transaction.list::<Authorizer>(&Authorizer::prefix(api)).await?;
    if all.iter().any(|(_, other)| other.id != authorizer.id && other.name == authorizer.name) {
        let name = authorizer.name.as_deref().unwrap_or_default();
        let message = format!("Authorizer name must be unique. Authorizer {name} already exists in this RestApi.");
        return Err(Fault::conflict(message));
    }
    Ok(())
}

/// `CreateAuthorizer`. An API that does not exist is a conflict here, and only here (fact 134).
pub(crate) async fn make(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    read(call)?;
    if rest_api::load(call, transaction).await.is_err() {
        return Err(Fault::concurrent_modification());
    }
    create::<Authorizer>(call, transaction).await
}
