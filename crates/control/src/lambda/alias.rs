//! `CreateAlias`, `GetAlias`, `UpdateAlias`, `DeleteAlias`, `ListAliases`.

use std::collections::BTreeMap;

use stagegate_model::lambda::{Alias, AliasRouting, FunctionRow, LATEST, function_arn};

use super::configuration::check_description;
use super::fault::{conflict, invalid, not_found};
use super::name::{Named, check_alias, check_qualifier};
use super::{page, row};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;
use crate::verbs::document;

/// What a call says of an alias.
struct Given {
    version: Option<String>,
    description: Option<String>,
    routing: Option<AliasRouting>,
}

impl Given {
    fn read(input: &mut Input) -> Result<Self, Fault> {
        let version = input.text("FunctionVersion")?;
        if let Some(version) = &version {
            check_qualifier(version, "functionVersion")?;
        }
        let description = input.text("Description")?.map(check_description).transpose()?;
        let routing = match input.structure("RoutingConfig")? {
            Some(mut routing) => Some(read_routing(&mut routing)?),
            None => None,
        };
        Ok(Self { version, description, routing })
    }

    /// Writes what is given into an alias whose versions are there.
    fn apply(self, alias: &mut Alias, row: &FunctionRow, call: &Call) -> Result<(), Fault> {
        if let Some(version) = self.version {
            alias.function_version = version;
        }
        if let Some(description) = self.description {
            alias.description = description;
        }
        if let Some(routing) = self.routing {
            alias.routing_config = Some(routing).filter(|routing| !routing.additional_version_weights.is_empty());
        }
        let weights = alias.routing_config.iter().flat_map(|routing| routing.additional_version_weights.keys());
        for version in weights.clone().chain([&alias.function_version]) {
            if row.version(version).is_none() {
                let arn = function_arn(&call.scope, &row.latest.configuration.function_name, Some(version));
                return Err(not_found(format!("Function not found: {arn}")));
            }
        }
        let is_latest = alias.function_version == LATEST || weights.clone().any(|version| version == LATEST);
        if weights.count() > 0 && is_latest {
            return Err(invalid("$LATEST is not supported for an alias pointing to more than 1 version"));
        }
        alias.revision_id = row::new_revision(call);
        Ok(())
    }
}

/// One version besides, with a share from 0 to 1.
fn read_routing(input: &mut Input) -> Result<AliasRouting, Fault> {
    let mut weights = BTreeMap::new();
    let Some(mut given) = input.structure("AdditionalVersionWeights")? else { return Ok(AliasRouting::default()) };
    for version in given.names() {
        let weight = given.number(&version)?.unwrap_or_default();
        if !(0.0..=1.0).contains(&weight) {
            return Err(invalid("Invalid weight: a share of an alias's invocations is between 0.0 and 1.0"));
        }
        weights.insert(version, weight);
    }
    if weights.len() > 1 {
        return Err(invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"));
    }
    Ok(AliasRouting { additional_version_weights: weights })
}

fn name_of(call: &Call) -> &str {
    call.parameter("Name")
}

fn missing(named: &Named, call: &Call) -> Fault {
    let arn = function_arn(&call.scope, &named.name, Some(name_of(call)));
    not_found(format!("Cannot find alias arn: {arn}"))
}

/// `CreateAlias`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut input = Input::of(call)?;
    let name = input.text("Name")?.unwrap_or_default();
    check_alias(&name)?;
    let given = Given::read(&mut input)?;
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    let alias_arn = function_arn(&call.scope, &named.name, Some(&name));
    if row.aliases.contains_key(&name) {
        return Err(conflict(format!("Alias already exists: {alias_arn}")));
    }
    let mut alias = Alias { alias_arn, name: name.clone(), ..Alias::default() };
    given.apply(&mut alias, &row, call)?;
    let answer = document(&alias)?;
    row.aliases.insert(name, alias);
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(answer))
}

/// `GetAlias`.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let row = row::load(&named, call, transaction).await?;
    let alias = row.aliases.get(name_of(call)).ok_or_else(|| missing(&named, call))?;
    Ok(Reply::Document(document(alias)?))
}

/// `UpdateAlias`.
pub(super) async fn update(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut input = Input::of(call)?;
    let given = Given::read(&mut input)?;
    let revision = input.text("RevisionId")?;
    input.finish()?;
    let mut row = row::load_own(&named, call, transaction).await?;
    let mut alias = row.aliases.get(name_of(call)).cloned().ok_or_else(|| missing(&named, call))?;
    row::check_revision(revision.as_deref(), &alias.revision_id)?;
    given.apply(&mut alias, &row, call)?;
    let answer = document(&alias)?;
    row.aliases.insert(alias.name.clone(), alias);
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(answer))
}

/// `DeleteAlias`; one that is not there is no error.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut row = row::load_own(&named, call, transaction).await?;
    if row.aliases.remove(name_of(call)).is_some() {
        row.policies.remove(name_of(call));
        row.urls.remove(name_of(call));
        row::store(&row, call, transaction)?;
    }
    Ok(Reply::Empty)
}

/// `ListAliases`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let row = row::load(&Named::of(call)?, call, transaction).await?;
    let of = call.query("FunctionVersion");
    let mut items = Vec::new();
    for (name, alias) in row.aliases.iter().filter(|(_, alias)| of.is_none_or(|of| alias.function_version == of)) {
        items.push((name.clone(), document(alias)?));
    }
    Ok(Reply::Document(page::page(call, "Aliases", items)?))
}
