//! `CreateFunction`, `GetFunction`, `ListFunctions`, `DeleteFunction`.

use serde_json::{Value, json};
use stagegate_model::lambda::{FunctionConfiguration, FunctionRow, FunctionVersion, LATEST, function_arn};

use super::answer::{now, shown};
use super::configuration::Given;
use super::fault::{conflict, constraint, invalid, not_found};
use super::name::Named;
use super::{code, page, row, tags, version};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::input::Input;
use crate::transaction::Transaction;

/// What holds of a function when nothing was said (API reference, `CreateFunction`).
const TIMEOUT_SECONDS: u64 = 3;
const MEMORY_MB: u64 = 128;

/// `CreateFunction`.
pub(super) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut input = Input::of(call)?;
    let named = Named::parse(&input.text("FunctionName")?.unwrap_or_default(), &call.scope)?;
    if input.text("PackageType")?.is_some_and(|kind| kind != "Zip") {
        return Err(invalid("PackageType Image is not served by this version of Stagegate: give the code as ZipFile"));
    }
    if input.text("PublishTo")?.is_some_and(|place| place != LATEST) {
        return Err(constraint("…", "publishTo", "Member must satisfy enum value set: [$LATEST]"));
    }
    let given = Given::read(&mut input, call)?;
    given.check_complete()?;
    let mut source = input.structure("Code")?.ok_or_else(|| invalid("Please provide a source for function code."))?;
    let code = code::Given::read(&mut source)?;
    let architectures = code::architectures(&mut input)?.unwrap_or_else(|| vec!["x86_64".to_owned()]);
    let publish = input.flag("Publish")?.unwrap_or_default();
    let tags = tags::settle(input.text_map("Tags")?)?;
    input.finish()?;
    let arn = function_arn(&call.scope, &named.name, None);
    if row::exists(&named.name, call, transaction).await? {
        return Err(conflict(format!("Function already exist: {}", named.name)));
    }
    let mut configuration = FunctionConfiguration {
        function_name: named.name,
        function_arn: arn,
        timeout: TIMEOUT_SECONDS,
        memory_size: MEMORY_MB,
        last_modified: now(call),
        version: LATEST.to_owned(),
        revision_id: row::new_revision(call),
        package_type: "Zip".to_owned(),
        architectures,
        ..FunctionConfiguration::default()
    };
    given.apply(&mut configuration);
    let mut latest = FunctionVersion { configuration, code: String::new() };
    code.apply(&mut latest);
    let mut row = FunctionRow { latest, tags, ..FunctionRow::default() };
    code::try_out(&row, code.archive.clone(), call).await?;
    code.store(transaction);
    let answer = if publish { version::add(&mut row, None, call) } else { row.latest.clone() };
    row::store(&row, call, transaction)?;
    Ok(Reply::Document(shown(&answer)?))
}

/// `GetFunction`. The code is in this server's store and at no address.
pub(super) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let row = row::load(&named, call, transaction).await?;
    let configuration = shown(row::version(&row, &named, call)?)?;
    let mut answer = json!({"Configuration": configuration, "Code": {"RepositoryType": "Stagegate"}});
    if !row.tags.is_empty() {
        answer["Tags"] = json!(row.tags);
    }
    if let Some(reserved) = row.reserved_concurrency {
        answer["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
    }
    Ok(Reply::Document(answer))
}

/// `ListFunctions`.
pub(super) async fn list(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let with_versions = match call.query("FunctionVersion") {
        None => false,
        Some("ALL") => true,
        Some(other) => {
            return Err(constraint(other, "functionVersion", "Member must satisfy enum value set: [ALL]"));
        }
    };
    if call.query("MasterRegion").is_some_and(|region| region != "ALL" && region != call.scope.region) {
        return Ok(Reply::Document(json!({"Functions": []})));
    }
    let mut rows = row::all(call, transaction).await?;
    let operators = call.world.functions.operators(&call.scope);
    rows.retain(|row| !operators.iter().any(|other| name_of(other) == name_of(row)));
    rows.extend(operators);
    rows.sort_by(|one, other| name_of(one).cmp(name_of(other)));
    let mut items: Vec<(String, Value)> = Vec::new();
    for row in &rows {
        for one in row.all_versions().take(if with_versions { usize::MAX } else { 1 }) {
            let key = format!("{}:{}", name_of(row), version::sort_key(&one.configuration.version));
            items.push((key, shown(one)?));
        }
    }
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Reply::Document(page::page(call, "Functions", items)?))
}

fn name_of(row: &FunctionRow) -> &str {
    &row.latest.configuration.function_name
}

/// `DeleteFunction`: the whole function, or one published version.
pub(super) async fn delete(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let named = Named::of(call)?;
    let mut row = row::load_own(&named, call, transaction).await?;
    let Some(qualifier) = named.qualifier.as_deref() else {
        row::erase(&named.name, call, transaction);
        row::let_go(row.all_versions(), transaction);
        return Ok(Reply::Empty);
    };
    if qualifier == LATEST {
        return Err(invalid("$LATEST version cannot be deleted without deleting the function."));
    }
    if row.aliases.contains_key(qualifier) {
        return Err(invalid("Aliases are deleted with DeleteAlias, not with DeleteFunction."));
    }
    if row.version(qualifier).is_none() {
        return Err(not_found(format!("Function not found: {}", named.arn(&call.scope))));
    }
    let uses = |alias: &&stagegate_model::lambda::Alias| {
        let weights = alias.routing_config.iter().flat_map(|routing| routing.additional_version_weights.keys());
        weights.chain([&alias.function_version]).any(|version| version == qualifier)
    };
    let aliases: Vec<&str> = row.aliases.values().filter(uses).map(|alias| alias.name.as_str()).collect();
    if !aliases.is_empty() {
        let aliases = aliases.join(", ");
        return Err(conflict(format!(
            "Unable to delete version because the following aliases reference it: [{aliases}]"
        )));
    }
    let (gone, kept) = row.versions.into_iter().partition::<Vec<_>, _>(|one| one.configuration.version == qualifier);
    row.versions = kept;
    row.policies.remove(qualifier);
    row::store(&row, call, transaction)?;
    row::let_go(gone.iter(), transaction);
    Ok(Reply::Empty)
}
