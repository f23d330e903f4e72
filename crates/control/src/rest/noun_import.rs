//! Nouns of a definition become rows, and the names by which its methods refer to them become ids.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use stagegate_model::keys::{ApiNoun, ApiScope};
use stagegate_model::rest::{Authorizer, Model, RequestValidator};
use stagegate_openapi::{ApiDefinition, NounDefinitions};

use super::{authorizer, authorizer_rules, gateway_response, model, model_schema};
use crate::call::Call;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// Writes a definition's models, validators, authorizers and gateway responses, and gives its methods their ids.
///
/// A noun that is there already under its name is replaced and keeps its id; an overwrite deletes those that the
/// definition does not mention.
pub(crate) async fn plant(
    definition: &mut ApiDefinition,
    overwrite: bool,
    api: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    let NounDefinitions { models, request_validators, authorizers, gateway_responses } =
        std::mem::take(&mut definition.nouns);
    check_models(&models)?;
    let mut bed = Bed { api, overwrite, stored: 0, transaction };
    let models = models.into_iter().map(|new| Ok(settled_model(new, api)));
    bed.put(ApiNoun::Model, models, |new: &mut Model, id| new.id = id, || call.new_noun_id()).await?;
    let set = |new: &mut RequestValidator, id| new.id = id;
    let new_id = || call.new_noun_id();
    let named = request_validators.into_iter().map(|new| Ok((new.name.clone().unwrap_or_default(), new)));
    let validators = bed.put(ApiNoun::RequestValidator, named, set, new_id).await?;
    let named = authorizers.into_iter().map(settled_authorizer);
    let set = |new: &mut Authorizer, id| new.id = id;
    let authorizers = bed.put(ApiNoun::Authorizer, named, set, || call.new_noun_id()).await?;
    authorizer::admit(bed.stored.saturating_sub(1), call)?;
    let types = gateway_responses.into_iter().map(|mut new| {
        gateway_response::settle(&mut new, call)?;
        Ok((new.response_type.to_string(), new))
    });
    bed.put(ApiNoun::GatewayResponse, types, |_, _| {}, String::new).await?;
    for method in definition.paths.iter_mut().flat_map(|path| path.methods.iter_mut()) {
        rename(&mut method.request_validator_id, &validators);
        rename(&mut method.authorizer_id, &authorizers);
    }
    Ok(())
}

/// A name that no noun has stays: such a method is closed.
fn rename(name: &mut Option<String>, ids: &BTreeMap<String, String>) {
    if let Some(id) = name.as_ref().and_then(|name| ids.get(name)) {
        *name = Some(id.clone());
    }
}

/// Where nouns are written.
struct Bed<'t> {
    api: &'t ApiScope,
    overwrite: bool,
    /// How many nouns of the last kind there are with what was written.
    stored: usize,
    transaction: &'t mut Transaction,
}

impl Bed<'_> {
    /// Writes nouns by name, and answers their ids by name.
    async fn put<T: Serialize>(
        &mut self,
        noun: ApiNoun,
        named: impl Iterator<Item = Result<(String, T), Fault>>,
        set_id: impl Fn(&mut T, String),
        new_id: impl Fn() -> String,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let old = self.transaction.list::<Value>(&self.api.nouns_prefix(noun)).await?;
        let text = |row: &Value, member: &str| row.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let old_ids: BTreeMap<String, String> =
            old.iter().map(|(_, row)| (text(row, "name"), text(row, "id"))).collect();
        // In a merge a definition may name what only the API has.
        let mut ids = if self.overwrite { BTreeMap::new() } else { old_ids.clone() };
        let mut written = BTreeSet::new();
        for item in named {
            let (name, mut new) = item?;
            let id = old_ids.get(&name).cloned().unwrap_or_else(&new_id);
            set_id(&mut new, id.clone());
            // Models and gateway responses are found by name or type, the others by id.
            let by_name = matches!(noun, ApiNoun::Model | ApiNoun::GatewayResponse);
            let segment = if by_name { name.clone() } else { id.clone() };
            self.transaction.put(&self.api.noun(noun, &segment).to_string(), &new)?;
            written.insert(segment);
            ids.insert(name, id);
        }
        self.stored = written.len();
        for (segment, _) in old {
            let stays = noun == ApiNoun::Model && model::is_built_in(&segment);
            if self.overwrite && !stays && !written.contains(&segment) {
                self.transaction.delete(&self.api.noun(noun, &segment).to_string());
            } else if !written.contains(&segment) {
                self.stored += 1;
            }
        }
        Ok(ids)
    }
}

/// AWS tells every model whose name it does not take.
fn check_models(models: &[Model]) -> Result<(), Fault> {
    let errors: String = models
        .iter()
        .filter_map(|new| {
            let name = new.name.as_deref().unwrap_or_default();
            let error = model::check_name(name).err()?;
            Some(format!("\n\tUnable to create model for '{name}': {error}"))
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Fault::bad_request(format!("Errors found during import:{errors}"))) }
}

/// References within the document become references to models of the API.
fn settled_model(mut new: Model, api: &ApiScope) -> (String, Model) {
    let canonical = |reference: &str| {
        let local =
            reference.strip_prefix("#/components/schemas/").or_else(|| reference.strip_prefix("#/definitions/"));
        local.filter(|name| model::check_name(name).is_ok()).map(|name| model_schema::uri(api, name))
    };
    if let Some(mut schema) = new.schema.as_deref().and_then(|schema| serde_json::from_str::<Value>(schema).ok()) {
        model_schema::rewrite(&mut schema, &canonical);
        new.schema = Some(format!("{schema:#}"));
    }
    (new.name.clone().unwrap_or_default(), new)
}

fn settled_authorizer(mut new: Authorizer) -> Result<(String, Authorizer), Fault> {
    authorizer_rules::check(&mut new).map_err(|fault| {
        let name = new.name.as_deref().unwrap_or_default();
        let message = format!("Errors found during import:\n\tUnable to create authorizer '{name}': {}", fault.message);
        Fault::bad_request(message)
    })?;
    Ok((new.name.clone().unwrap_or_default(), new))
}
