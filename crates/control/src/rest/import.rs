//! `ImportRestApi` and `PutRestApi`: an OpenAPI definition becomes the resources and methods of an API.

use serde_json::{Map, Value};
use stagegate_model::keys::ApiScope;
use stagegate_model::rest::{EndpointConfiguration, EndpointType, RestApi};
use stagegate_openapi::{ApiDefinition, ImportOptions, Imported, ImportedDocumentation};

use super::documentation_import;
use super::graft::Graft;
use super::noun_import;
use super::rest_api;
use super::tree::Tree;
use crate::call::{Call, Reply};
use crate::definition;
use crate::fault::Fault;
use crate::input::choose;
use crate::transaction::Transaction;
use crate::verbs::{Noun, bump};

/// `ImportRestApi`: `POST /restapis?mode=import`.
pub(crate) async fn create(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut imported = read(call).await?;
    let endpoint_configuration = endpoint_types(call)?;
    let mut rest_api = RestApi { endpoint_configuration, ..RestApi::default() };
    describe(&mut rest_api, &imported.api, true);
    let api = rest_api::begin(&mut rest_api, call, transaction).await?;
    rest_api::settle(&mut rest_api, call)?;
    let root = rest_api::put_root(&mut rest_api, &api, call, transaction)?;
    noun_import::plant(&mut imported.api, false, &api, call, transaction).await?;
    let mut graft = Graft::onto(&Tree { resources: [(root.id.clone(), root)].into(), methods: Vec::new() });
    graft.add(&imported.api.paths, call)?;
    graft.write(&api, transaction)?;
    document(&imported, true, &api, call, transaction).await?;
    put_unserved(&api, None, imported.api.unserved.clone(), transaction)?;
    rest_api::store(&rest_api, &api, transaction).await?;
    answer(rest_api, &imported)
}

/// `PutRestApi`: `merge` (AWS's default) or `overwrite`.
pub(crate) async fn put(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut imported = read(call).await?;
    let overwrite = overwrites(call)?;
    let (api, mut rest_api) = rest_api::load(call, transaction).await?;
    bump(&api, transaction).await?;
    // "... only to update an existing API, without changing its endpoint configuration": the types stay what they are, and
    // the parameter of the import is checked and has no effect.
    endpoint_types(call)?;
    if let Some(configuration) = &mut imported.api.endpoint_configuration {
        configuration.types = None;
    }
    describe(&mut rest_api, &imported.api, overwrite);
    rest_api::settle(&mut rest_api, call)?;
    noun_import::plant(&mut imported.api, overwrite, &api, call, transaction).await?;
    let old = Tree::whole(&api, transaction).await?;
    let mut graft = if overwrite { Graft::instead_of(&old) } else { Graft::onto(&old) };
    graft.add(&imported.api.paths, call)?;
    graft.write(&api, transaction)?;
    document(&imported, overwrite, &api, call, transaction).await?;
    let kept: Option<Value> = transaction.get(&api.unserved().to_string()).await?;
    let kept = kept.filter(|_| !overwrite).map(|kept| without_replaced(kept, &imported.api));
    put_unserved(&api, kept, imported.api.unserved.clone(), transaction)?;
    transaction.put(&api.rest_api().to_string(), &rest_api)?;
    answer(rest_api, &imported)
}

/// Writes the definition's documentation parts, unless the call has `ignore=documentation`.
async fn document(
    imported: &Imported,
    overwrite: bool,
    api: &ApiScope,
    call: &Call,
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    if call.query("ignore") != Some("documentation") {
        documentation_import::write(&imported.api.documentation, overwrite, api, call, transaction).await?;
    }
    Ok(())
}

/// `mode`: `merge` (AWS's default) or `overwrite`.
pub(super) fn overwrites(call: &Call) -> Result<bool, Fault> {
    match call.query("mode") {
        None | Some("" | "merge") => Ok(false),
        Some("overwrite") => Ok(true),
        Some(other) => Err(Fault::bad_request(format!("Invalid mode specified: {other}. Must be merge or overwrite"))),
    }
}

/// Warnings are part of the answer, and of nothing else.
fn answer(rest_api: RestApi, imported: &Imported) -> Result<Reply, Fault> {
    let warnings: Vec<String> = imported.warnings.iter().map(ToString::to_string).collect();
    let shown = RestApi { warnings: Some(warnings).filter(|warnings| !warnings.is_empty()), ..rest_api };
    Ok(Reply::Document(shown.show()?))
}

/// The definition that a call carries.
pub(crate) async fn read(call: &Call) -> Result<Imported, Fault> {
    definition::read(call.body.clone(), options(call)?, stagegate_openapi::import).await
}

/// The documentation parts of the definition that a call carries.
pub(super) async fn read_documentation(call: &Call) -> Result<ImportedDocumentation, Fault> {
    definition::read(call.body.clone(), options(call)?, stagegate_openapi::import_documentation).await
}

fn options(call: &Call) -> Result<ImportOptions, Fault> {
    let fail_on_warnings = call.query("failonwarnings").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let basepath = call.query("basepath");
    Ok(ImportOptions { fail_on_warnings, ..definition::options(call, basepath, "rest_integration_timeout_max_ms")? })
}

/// `endpointConfigurationTypes=REGIONAL`, a parameter of the import calls.
fn endpoint_types(call: &Call) -> Result<Option<EndpointConfiguration>, Fault> {
    let Some(text) = call.query("endpointConfigurationTypes").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let kinds: Option<Vec<EndpointType>> = text.split(',').map(choose).collect();
    let types = kinds.ok_or_else(|| {
        Fault::bad_request(format!(
            "Invalid endpointConfigurationTypes specified: {text}. Must be EDGE, REGIONAL or PRIVATE"
        ))
    })?;
    Ok(Some(EndpointConfiguration { types: Some(types), ..EndpointConfiguration::default() }))
}

/// Puts what the definition says of the API itself in its place. An overwrite also clears what it does not mention;
/// a merge appends binary media types (fact 133).
fn describe(rest_api: &mut RestApi, definition: &ApiDefinition, overwrite: bool) {
    rest_api.name = Some(definition.name.clone()).filter(|name| !name.is_empty()).or(rest_api.name.take());
    let old_types = rest_api.binary_media_types.take();
    if overwrite {
        clear(rest_api);
    } else if let Some(mut types) = old_types {
        let new = definition.binary_media_types.iter().flatten().filter(|new| !types.contains(new)).cloned();
        let new: Vec<String> = new.collect();
        types.extend(new);
        rest_api.binary_media_types = Some(types);
    }
    if rest_api.binary_media_types.is_none() {
        rest_api.binary_media_types.clone_from(&definition.binary_media_types);
    }
    let given = definition.clone();
    rest_api.description = given.description.or(rest_api.description.take());
    rest_api.version = given.version.or(rest_api.version.take());
    rest_api.policy = given.policy.or(rest_api.policy.take());
    rest_api.minimum_compression_size = given.minimum_compression_size.or(rest_api.minimum_compression_size);
    rest_api.api_key_source = given.api_key_source.or(rest_api.api_key_source);
    rest_api.disable_execute_api_endpoint =
        given.disable_execute_api_endpoint.or(rest_api.disable_execute_api_endpoint);
    rest_api.security_policy = given.security_policy.or(rest_api.security_policy);
    rest_api.endpoint_access_mode = given.endpoint_access_mode.or(rest_api.endpoint_access_mode);
    if let Some(configuration) = given.endpoint_configuration {
        let have = rest_api.endpoint_configuration.take().unwrap_or_default();
        rest_api.endpoint_configuration = Some(EndpointConfiguration {
            types: configuration.types.or(have.types),
            vpc_endpoint_ids: configuration.vpc_endpoint_ids.or(have.vpc_endpoint_ids),
            ip_address_type: configuration.ip_address_type.or(have.ip_address_type),
        });
    }
    if !given.tags.is_empty() {
        rest_api.tags.get_or_insert_default().extend(given.tags);
    }
}

/// Forgets what an overwrite takes away unless the definition mentions it.
fn clear(rest_api: &mut RestApi) {
    rest_api.description = None;
    rest_api.version = None;
    rest_api.policy = None;
    rest_api.minimum_compression_size = None;
    rest_api.api_key_source = None;
    rest_api.disable_execute_api_endpoint = None;
    if let Some(configuration) = &mut rest_api.endpoint_configuration {
        configuration.vpc_endpoint_ids = None;
    }
}

/// What was kept, but for the methods that a definition replaces.
fn without_replaced(mut kept: Value, definition: &ApiDefinition) -> Value {
    if let Some(Value::Object(operations)) = kept.get_mut("operations") {
        for path in &definition.paths {
            for verb in path.methods.iter().filter_map(|method| method.http_method) {
                operations.shift_remove(&format!("{verb} {}", path.path));
            }
        }
    }
    kept
}

/// Keeps the parts of a definition that are not served. A merge adds to what was kept before, family by family.
fn put_unserved(api: &ApiScope, kept: Option<Value>, new: Value, transaction: &mut Transaction) -> Result<(), Fault> {
    let mut all = match kept {
        Some(Value::Object(kept)) => kept,
        _ => Map::new(),
    };
    if let Value::Object(new) = new {
        merge(&mut all, new);
    }
    let key = api.unserved().to_string();
    if all.is_empty() {
        transaction.delete(&key);
        return Ok(());
    }
    transaction.put(&key, &all)
}

fn merge(kept: &mut Map<String, Value>, new: Map<String, Value>) {
    for (family, parts) in new {
        match (kept.get_mut(&family), parts) {
            (Some(Value::Object(have)), Value::Object(parts)) => have.extend(parts),
            (_, parts) => drop(kept.insert(family, parts)),
        }
    }
}
