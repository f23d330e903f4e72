//! `GetExport`: what a stage serves, as an OpenAPI or a Swagger document.

use stagegate_model::keys::{ApiNoun, ApiScope, segment_of};
use stagegate_model::rest::{DeploymentRow, DocumentationVersionRow, Stage, Timestamp};
use stagegate_openapi::{
    ApiDefinition, DocumentLanguage, DocumentationPartDefinition, ExportFormat, ExportOptions, Extension,
    PublishedDocumentation,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{freeze, frozen_definition, rest_api};
use crate::call::{Call, Reply};
use crate::definition;
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::{Noun, row_at};

/// `GET /restapis/{restapi_id}/stages/{stage_name}/exports/{export_type}`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let (mut options, language) = read(call)?;
    let (api, mut rest_api) = rest_api::load(call, transaction).await?;
    let (_, stage) = Stage::load(call, &api, transaction).await?;
    let absent = || Fault::not_found("Invalid Deployment identifier specified");
    let (_, row) = row_at::<DeploymentRow>(transaction, api.deployment(&stage.deployment_id), absent).await?;
    let made = iso(rest_api.created_date);
    let deployed = iso(row.deployment.created_date).or_else(|| made.clone());
    // Both standards require a version; AWS writes the date of an API that has none.
    rest_api.version = rest_api.version.filter(|version| !version.is_empty()).or(made);
    let mut exported = frozen_definition::of(freeze::thaw(&row.frozen, transaction).await?, rest_api);
    check_bodies(&exported)?;
    document(&stage, &api, transaction, &mut exported, &mut options).await?;
    options.server = definition::server(call, &api.api_id, &format!("/{}", stage.stage_name));
    let name = format!("{}_{}", call.parameter("export_type"), deployed.unwrap_or_default());
    write(exported, options, language, &name).await
}

fn read(call: &Call) -> Result<(ExportOptions, DocumentLanguage), Fault> {
    let refuse =
        |what: &str, error: &dyn std::fmt::Display| Fault::bad_request(format!("Invalid {what} specified: {error}"));
    let format: ExportFormat = call.parameter("export_type").parse().map_err(|error| refuse("export type", &error))?;
    let mut options = ExportOptions::new(format);
    let given = call.query.iter().filter(|(name, _)| name == "extensions").flat_map(|(_, value)| value.split(','));
    for name in given.map(str::trim).filter(|name| !name.is_empty()) {
        options.extensions.insert(name.parse::<Extension>().map_err(|error| refuse("extensions", &error))?);
    }
    Ok((options, language(call.accept.as_deref())?))
}

/// The first language of an `Accept` header that there is.
fn language(accept: Option<&str>) -> Result<DocumentLanguage, Fault> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Ok(DocumentLanguage::Json) };
    let ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    let known = |range: &str| match range.to_ascii_lowercase().as_str() {
        "application/json" | "application/*" | "*/*" => Some(DocumentLanguage::Json),
        "application/yaml" => Some(DocumentLanguage::Yaml),
        _ => None,
    };
    ranges.into_iter().find_map(known).ok_or_else(|| {
        Fault::bad_request(format!("Invalid accepts specified: {accept} is none of application/json, application/yaml"))
    })
}

/// The documentation is that of the version which the stage publishes, and of no other.
async fn document(
    stage: &Stage,
    api: &ApiScope,
    transaction: &mut Transaction,
    definition: &mut ApiDefinition,
    options: &mut ExportOptions,
) -> Result<(), Fault> {
    let Some(version) = &stage.documentation_version else { return Ok(()) };
    let key = api.noun(ApiNoun::DocumentationVersion, &segment_of(version)).to_string();
    let Some(row) = transaction.get::<DocumentationVersionRow>(&key).await? else { return Ok(()) };
    let parts = row.parts.into_iter();
    definition.documentation = parts
        .map(|part| DocumentationPartDefinition { location: part.location, properties: part.properties })
        .collect();
    options.documentation =
        Some(PublishedDocumentation { version: version.clone(), created_date: iso(row.version.created_date) });
    Ok(())
}

/// "You cannot export an API if its payloads are not of the `application/json` type" (AWS: "Export a REST API").
fn check_bodies(definition: &ApiDefinition) -> Result<(), Fault> {
    let is_json = |content_type: &String| {
        let essence = content_type.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/json")
    };
    for path in &definition.paths {
        for method in &path.methods {
            let mut types = method.request_models.iter().flat_map(|models| models.keys()).peekable();
            if types.peek().is_some() && !types.any(is_json) {
                let verb = method.http_method.map_or("", |verb| verb.as_str());
                let message = format!("Only found non-JSON body models for {verb} {}", path.path);
                return Err(Fault::bad_request(message));
            }
        }
    }
    Ok(())
}

async fn write(
    definition: ApiDefinition,
    options: ExportOptions,
    language: DocumentLanguage,
    name: &str,
) -> Result<Reply, Fault> {
    let body = definition::write(move || stagegate_openapi::export(&definition, &options), language).await?;
    let (content_type, suffix) = match language {
        DocumentLanguage::Json => ("application/json", "json"),
        DocumentLanguage::Yaml => ("application/yaml", "yaml"),
    };
    let disposition = format!("attachment; filename=\"{name}.{suffix}\"");
    Ok(Reply::File { content_type, disposition, body })
}

fn iso(at: Option<Timestamp>) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(at?.epoch_seconds()).ok()?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_range_of_the_accept_header_counts() {
        for (accept, expected) in [
            (None, Some(DocumentLanguage::Json)),
            (Some(""), Some(DocumentLanguage::Json)),
            (Some("*/*"), Some(DocumentLanguage::Json)),
            (Some("application/json"), Some(DocumentLanguage::Json)),
            (Some("Application/YAML; q=1"), Some(DocumentLanguage::Yaml)),
            (Some("text/html, application/yaml, */*"), Some(DocumentLanguage::Yaml)),
            (Some("text/html"), None),
        ] {
            assert_eq!(language(accept).ok(), expected, "{accept:?}");
        }
    }
}
