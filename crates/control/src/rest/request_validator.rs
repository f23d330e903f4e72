//! `RequestValidator`: which checks methods can ask for.

use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::RequestValidator;
use stagegate_store::BoxFuture;

use super::reference;
use crate::call::Call;
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Listed, Loading, Noun, document, row_at};

/// AWS's page "Patch Operations", `UpdateRequestValidator`.
pub(crate) const PATCH: &[PatchRow<RequestValidator>] = &[
    row("/name", SET, |validator, edit| {
        validator.name = Some(edit.text()?);
        Ok(())
    }),
    row("/validateRequestBody", SET, |validator, edit| {
        validator.validate_request_body = Some(edit.flag()?);
        Ok(())
    }),
    row("/validateRequestParameters", SET, |validator, edit| {
        validator.validate_request_parameters = Some(edit.flag()?);
        Ok(())
    }),
];

fn missing() -> Fault {
    Fault::not_found("Invalid Request Validator identifier specified")
}

impl Noun for RequestValidator {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        let key = api.noun(ApiNoun::RequestValidator, call.parameter("requestvalidator_id"));
        Box::pin(row_at(transaction, key, missing))
    }

    fn settle<'c>(
        _before: &'c Self,
        row: &'c mut Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(check_name(row, api, transaction))
    }

    fn release<'c>(
        row: &'c Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            let uses = |method: &stagegate_model::rest::Method| method.request_validator_id.as_ref() == Some(&row.id);
            let Some(place) = reference::find_method(api, transaction, uses).await? else { return Ok(()) };
            let name = row.name.as_deref().unwrap_or(&row.id);
            Err(Fault::conflict(format!("Cannot delete request validator '{name}', is referenced in method: {place}")))
        })
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Create for RequestValidator {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let mut input = Input::of(call)?;
            let validator = Self {
                id: call.new_noun_id(),
                name: input.text("name")?.filter(|name| !name.is_empty()),
                validate_request_body: Some(input.flag("validateRequestBody")?.unwrap_or(false)),
                validate_request_parameters: Some(input.flag("validateRequestParameters")?.unwrap_or(false)),
            };
            input.finish()?;
            check_name(&validator, api, transaction).await?;
            Ok((api.noun(ApiNoun::RequestValidator, &validator.id), validator))
        })
    }
}

impl Listed for RequestValidator {
    fn prefix(api: &ApiScope) -> String {
        api.nouns_prefix(ApiNoun::RequestValidator)
    }

    fn item(row: &Self) -> Result<Value, Fault> {
        row.show()
    }
}

async fn check_name(validator: &RequestValidator, api: &ApiScope, transaction: &Transaction) -> Result<(), Fault> {
    let all = transaction.list::<RequestValidator>(&RequestValidator::prefix(api)).await?;
    let taken = |other: &RequestValidator| other.id != validator.id && other.name == validator.name;
    if validator.name.is_some() && all.iter().any(|(_, other)| taken(other)) {
        return Err(Fault::conflict("Request Validator name must be unique"));
    }
    Ok(())
}
