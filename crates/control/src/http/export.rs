//! `ExportApi`: what a stage serves, or an HTTP API as it is now, as an `OpenAPI` document.

use std::collections::HashMap;

use stagegate_model::http::frozen::FrozenHttpApi;
use stagegate_model::http::{Api, DeploymentRow, Stage};
use stagegate_model::keys::HttpNoun;
use stagegate_openapi::{DocumentLanguage, HttpApiDefinition, HttpExportOptions, Placed, RouteDefinition};

use super::deployment;
use super::edit::Place;
use super::stage::{DEFAULT, no_such_stage};
use crate::call::{Call, Reply};
use crate::definition;
use crate::fault::Fault;
use crate::transaction::Transaction;

/// The only document there is.
const SPECIFICATION: &str = "OAS30";
/// The only version of the algorithm.
const VERSION: &str = "1.0";

/// `GET /v2/apis/{apiId}/exports/{specification}`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (language, without_extensions) = read(call)?;
    let mut place = Place::read(call, transaction).await?;
    let stage = call.query("stageName").filter(|name| !name.is_empty());
    let frozen = match stage {
        Some(name) => deployed(name, &mut place).await?,
        None => deployment::current(&place).await?,
    };
    let below = stage.filter(|name| *name != DEFAULT).map(|name| format!("/{name}")).unwrap_or_default();
    let server = definition::server(call, &place.scope.api_id, &below);
    let options = HttpExportOptions { without_extensions, server };
    let exported = definition_of(frozen, place.api);
    let body = definition::write(move || stagegate_openapi::export_http(&exported, &options), language).await?;
    let content_type = match language {
        DocumentLanguage::Json => "application/json",
        DocumentLanguage::Yaml => "application/yaml",
    };
    Ok(Reply::Answer { status: 200, headers: vec![("content-type", content_type.to_owned())], body })
}

/// The language, and whether extensions are left out.
fn read(call: &Call) -> Result<(DocumentLanguage, bool), Fault> {
    let specification = call.parameter("specification");
    if specification != SPECIFICATION {
        let message = format!("Invalid specification {specification}: it must be {SPECIFICATION}");
        return Err(Fault::bad_request(message));
    }
    let language = match call.query("outputType") {
        Some("JSON") => DocumentLanguage::Json,
        Some("YAML") => DocumentLanguage::Yaml,
        other => {
            let other = other.unwrap_or_default();
            return Err(Fault::bad_request(format!("Invalid outputType {other}: it must be one of YAML, JSON")));
        }
    };
    if let Some(version) = call.query("exportVersion").filter(|version| *version != VERSION && !version.is_empty()) {
        return Err(Fault::bad_request(format!("Invalid exportVersion {version}: it must be {VERSION}")));
    }
    let extensions = call.query("includeExtensions").unwrap_or_default();
    match extensions.to_ascii_lowercase().as_str() {
        "" | "true" => Ok((language, false)),
        "false" => Ok((language, true)),
        _ => Err(Fault::bad_request(format!("Invalid includeExtensions {extensions}: it must be true or false"))),
    }
}

/// What the deployment of a stage froze.
async fn deployed(name: &str, place: &mut Place<'_>) -> Result<FrozenHttpApi, Fault> {
    let stage: Stage = place.noun(HttpNoun::Stage, name, || no_such_stage(name)).await?;
    let Some(id) = stage.deployment_id else {
        return Err(Fault::bad_request(format!("Stage {name} has no deployment that could be exported")));
    };
    let row: DeploymentRow = place.noun(HttpNoun::Deployment, &id, || deployment::missing(&id)).await?;
    let lost = || Fault::internal("what a deployment froze is not there");
    let bytes = place.transaction.blob(&row.frozen).await?.ok_or_else(lost)?;
    FrozenHttpApi::from_bytes(&bytes).map_err(|error| Fault::internal(error.to_string()))
}

/// The definition: ids become names and numbers. What a deployment does not freeze is as it is now.
fn definition_of(frozen: FrozenHttpApi, api: Api) -> HttpApiDefinition {
    let names: HashMap<String, String> = frozen
        .authorizers
        .iter()
        .map(|one| (one.authorizer_id.clone(), one.name.clone().unwrap_or_default()))
        .collect();
    let numbers: HashMap<String, usize> = frozen
        .integrations
        .iter()
        .enumerate()
        .map(|(index, one)| (format!("integrations/{}", one.integration_id), index))
        .collect();
    let routes = frozen.routes.into_iter().map(|mut route| {
        route.authorizer_id = route.authorizer_id.map(|id| names.get(&id).cloned().unwrap_or(id));
        let integration = route.target.take().and_then(|target| numbers.get(&target).copied());
        Placed::nowhere(RouteDefinition { route, integration })
    });
    // The standard requires a version; AWS writes the date of an API that has none.
    let date = api.created_date.map(|date| date.0.replace('T', " ").replace('Z', "UTC"));
    HttpApiDefinition {
        routes: routes.collect(),
        name: api.name.unwrap_or_default(),
        description: api.description,
        version: api.version.or(date),
        cors: frozen.cors_configuration,
        // What every API has is not said.
        disable_execute_api_endpoint: api.disable_execute_api_endpoint.filter(|flag| *flag),
        ip_address_type: None,
        tags: api.tags.unwrap_or_default(),
        authorizers: frozen.authorizers.into_iter().map(Placed::nowhere).collect(),
        integrations: frozen.integrations.into_iter().map(Placed::nowhere).collect(),
        beyond: frozen.beyond,
    }
}
