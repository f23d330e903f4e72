//! Definitions of APIs in calls: read with the limits of the operator, off the thread that other calls need, and written there, too.

use bytes::Bytes;
use serde_json::Value;
use stagegate_model::domain::partition_of;
use stagegate_openapi::{
    AwsVariables, BasePathMode, DocumentLanguage, ExportServer, ImportError, ImportErrorKind, ImportLimits,
    ImportOptions,
};
use tokio::sync::Semaphore;

use crate::call::Call;
use crate::fault::Fault;

/// What a call says of its import, and what the operator allows; `timeout` is the quota of integrations' timeouts.
pub(crate) fn options(call: &Call, basepath: Option<&str>, timeout: &str) -> Result<ImportOptions, Fault> {
    let quotas = &call.world.quotas;
    let bytes = |name| quotas.enforced(name).map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let timeout = quotas.chosen(timeout);
    let limits = ImportLimits {
        source_bytes: bytes("rest_openapi_import_bytes"),
        integration_timeout_ms: timeout.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX)),
        ..ImportLimits::default()
    };
    let basepath = match basepath {
        None | Some("") => BasePathMode::default(),
        Some(text) => {
            text.parse().map_err(|error| Fault::bad_request(format!("Invalid basepath specified: {error}")))?
        }
    };
    let region = call.scope.region.clone();
    let partition = partition_of(&region).to_owned();
    let variables = AwsVariables { account_id: call.scope.account.clone(), partition, region };
    Ok(ImportOptions { basepath, fail_on_warnings: false, variables, limits })
}

/// A definition of 6 MB takes long enough to hold up other calls of the same thread.
pub(crate) async fn read<T: Send + 'static>(
    body: Bytes,
    options: ImportOptions,
    import: fn(&[u8], &ImportOptions) -> Result<T, ImportError>,
) -> Result<T, Fault> {
    let import = tokio::task::spawn_blocking(move || import(&body, &options));
    import
        .await
        .map_err(|error| Fault::internal(format!("The import was cut off: {error}")))?
        .map_err(|error| Fault::bad_request(refusal(&error)))
}

/// Why a definition is refused, in AWS's three forms.
fn refusal(error: &ImportError) -> String {
    let ImportError { line, column, path, message, expected, .. } = error;
    match error.kind {
        ImportErrorKind::Warnings => message.clone(),
        ImportErrorKind::Entity => {
            let expected = if expected.is_empty() { String::new() } else { format!("; expected {expected}") };
            format!("Errors found during import:\n\t{message} (line {line}, column {column}, at {path}{expected})")
        }
        _ => format!("Invalid OpenAPI input. {error}"),
    }
}

/// How many exports are written at once; the others wait. A definition of 6 MB takes twenty times as much memory.
const AT_ONCE: usize = 4;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Large definitions take long enough to hold up other calls of the same thread.
pub(crate) async fn write(
    export: impl FnOnce() -> Value + Send + 'static,
    language: DocumentLanguage,
) -> Result<Bytes, Fault> {
    let _turn = TURNS.acquire().await.map_err(|error| Fault::internal(error.to_string()))?;
    let written = tokio::task::spawn_blocking(move || language.write(&export())).await;
    let text = written
        .map_err(|error| Fault::internal(format!("The export was cut off: {error}")))?
        .map_err(|error| Fault::internal(format!("The export cannot be written: {error}")))?;
    Ok(Bytes::from(text))
}

/// Where clients reach what is `below` an API: the host of its URL, and the path.
pub(crate) fn server(call: &Call, api_id: &str, below: &str) -> Option<ExportServer> {
    let url = call.world.api_url.replace("{id}", api_id).replace("{region}", &call.scope.region);
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let above = if path.is_empty() { String::new() } else { format!("/{}", path.trim_end_matches('/')) };
    let base_path = format!("{above}{below}");
    Some(ExportServer { scheme: scheme.to_owned(), host: host.to_owned(), base_path })
}
