//! `Model`: schemas by name. Every API begins with two (fact section 1.8).

use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::Model;
use stagegate_store::BoxFuture;

use super::{model_schema, model_template, reference, rest_api};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::patch::{PatchRow, SET, row};
use crate::transaction::Transaction;
use crate::verbs::{Create, Listed, Loading, Noun, document, row_at};

/// AWS's page "Patch Operations", `UpdateModel`.
pub(crate) const PATCH: &[PatchRow<Model>] = &[
    row("/description", SET, |model, edit| {
        model.description = edit.optional_text();
        Ok(())
    }),
    row("/schema", SET, |model, edit| {
        model.schema = Some(edit.text()?);
        Ok(())
    }),
];

/// Name, description and schema of the models of a new API.
const BUILT_IN: [(&str, &str, &str); 2] = [
    (
        "Empty",
        "This is a default empty schema model",
        "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \
         \"type\" : \"object\"\n}",
    ),
    (
        "Error",
        "This is a default error schema model",
        "{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \
         \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}",
    ),
];

/// Whether an API begins with a model of this name.
pub(crate) fn is_built_in(name: &str) -> bool {
    BUILT_IN.iter().any(|(built_in, ..)| *built_in == name)
}

/// Writes the models of a new API.
pub(crate) fn put_built_in(api: &ApiScope, call: &Call, transaction: &mut Transaction) -> Result<(), Fault> {
    for (name, description, schema) in BUILT_IN {
        let model = Model {
            id: call.new_noun_id(),
            name: Some(name.to_owned()),
            description: Some(description.to_owned()),
            schema: Some(schema.to_owned()),
            content_type: Some("application/json".to_owned()),
        };
        transaction.put(&api.noun(ApiNoun::Model, name).to_string(), &model)?;
    }
    Ok(())
}

/// A model's name is made of letters and digits.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let well = !name.is_empty() && name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if well { Ok(()) } else { Err(format!("Model name must be alphanumeric: {name}")) }
}

fn missing(name: &str) -> Fault {
    Fault::not_found(format!("Invalid model name specified: {name}"))
}

impl Noun for Model {
    type Row = Self;
    const PATCH: &'static [PatchRow<Self>] = PATCH;

    fn load<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        let name = call.parameter("model_name");
        Box::pin(row_at(transaction, api.noun(ApiNoun::Model, name), move || missing(name)))
    }

    fn settle<'c>(
        before: &'c Self,
        row: &'c mut Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async move {
            if before.schema == row.schema { Ok(()) } else { model_schema::check(row, api, transaction).await }
        })
    }

    fn release<'c>(
        row: &'c Self,
        _call: &'c Call,
        api: &'c ApiScope,
        transaction: &'c mut Transaction,
    ) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(check_unused(row, api, transaction))
    }

    fn show(&self) -> Result<Value, Fault> {
        document(self)
    }
}

impl Create for Model {
    fn make<'c>(call: &'c Call, api: &'c ApiScope, transaction: &'c mut Transaction) -> Loading<'c, Self> {
        Box::pin(async move {
            let mut input = Input::of(call)?;
            let name = input.required_text("name")?;
            let model = Self {
                id: call.new_noun_id(),
                name: Some(name.clone()),
                description: input.text("description")?,
                schema: input.text("schema")?.filter(|schema| !schema.is_empty()),
                content_type: Some(input.required_text("contentType")?),
            };
            input.finish()?;
            check_name(&name).map_err(Fault::bad_request)?;
            if model.content_type.as_deref() == Some("") {
                return Err(Fault::bad_request("Invalid content type specified: "));
            }
            let key = api.noun(ApiNoun::Model, &name);
            if transaction.exists(&key.to_string()).await? {
                return Err(Fault::conflict("Model name already exists for this REST API"));
            }
            model_schema::check(&model, api, transaction).await?;
            Ok((key, model))
        })
    }
}

impl Listed for Model {
    fn prefix(api: &ApiScope) -> String {
        api.nouns_prefix(ApiNoun::Model)
    }

    fn item(row: &Self) -> Result<Value, Fault> {
        row.show()
    }
}

/// Fact 130. A model that another one refers to is in use as well.
async fn check_unused(model: &Model, api: &ApiScope, transaction: &Transaction) -> Result<(), Fault> {
    let name = model.name.as_deref().unwrap_or_default();
    let mut place = reference::find_model(name, api, transaction).await?;
    if place.is_none() {
        let others = transaction.list::<Model>(&Model::prefix(api)).await?;
        let refers = |other: &Model| model_schema::references(other).iter().any(|referred| referred == name);
        let other = others.iter().find(|(other_name, other)| other_name != name && refers(other));
        place = other.map(|(other_name, _)| format!("model: {other_name}"));
    }
    place
        .map_or(Ok(()), |place| Err(Fault::conflict(format!("Cannot delete model '{name}', is referenced in {place}"))))
}

/// `GetModel`, with `flatten=true`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let (_, mut model) = Model::load(call, &api, transaction).await?;
    if call.query("flatten").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        let all = transaction.list::<Model>(&Model::prefix(&api)).await?;
        model.schema = model_schema::flatten(&model, &all).map(|schema| format!("{schema:#}")).or(model.schema);
    }
    Ok(Reply::Document(model.show()?))
}

/// `GetModelTemplate`.
pub(crate) async fn template(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (api, _) = rest_api::load(call, transaction).await?;
    let (_, model) = Model::load(call, &api, transaction).await?;
    let all = transaction.list::<Model>(&Model::prefix(&api)).await?;
    let Some(schema) = model_schema::flatten(&model, &all) else {
        let wanted =
            if model_schema::is_json(&model) { "with a schema" } else { "of the content type application/json" };
        return Err(Fault::bad_request(format!("Templates can only be generated for models {wanted}")));
    };
    Ok(Reply::Document(serde_json::json!({ "value": model_template::write(&schema) })))
}
