//! `GetSdk`: a client of what a stage serves, as source files in an archive.

use bytes::Bytes;
use stagegate_model::rest::{DeploymentRow, Stage, Timestamp};
use stagegate_sdk::{Client, Language, SdkError, Settings, Target};
use time::OffsetDateTime;
use time::macros::format_description;

use super::{freeze, rest_api};
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;
use crate::verbs::{Noun, row_at};

/// `GET /restapis/{restapi_id}/stages/{stage_name}/sdks/{sdk_type}`.
pub(crate) async fn get(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let language: Language = call.parameter("sdk_type").parse().map_err(|error: SdkError| refusal(&error))?;
    let (api, rest_api) = rest_api::load(call, transaction).await?;
    let (_, stage) = Stage::load(call, &api, transaction).await?;
    let absent = || Fault::not_found("Invalid Deployment identifier specified");
    let (_, row) = row_at::<DeploymentRow>(transaction, api.deployment(&stage.deployment_id), absent).await?;
    let frozen = freeze::thaw(&row.frozen, transaction).await?;
    let url = call.world.api_url.replace("{id}", &api.api_id).replace("{region}", &call.scope.region);
    let target = Target {
        title: rest_api.name.unwrap_or_default(),
        endpoint: format!("{}/{}", url.trim_end_matches('/'), stage.stage_name),
        stage: stage.stage_name,
        region: call.scope.region.clone(),
    };
    // Large APIs take long enough to hold up other calls of the same thread.
    let settings = Settings::new(call.query.clone());
    let work = move || {
        let files = stagegate_sdk::generate(&Client::new(&frozen, target), language, &settings);
        files.map(|files| stagegate_sdk::archive(&files))
    };
    let made = tokio::task::spawn_blocking(work).await;
    let made = made.map_err(|error| Fault::internal(format!("The client was cut off: {error}")))?;
    let body = made.map_err(|error| refusal(&error))?;
    let disposition = format!("attachment; filename=\"{}_{}.zip\"", language.as_str(), minute(call.now()));
    Ok(Reply::File { content_type: "application/octet-stream", disposition, body: Bytes::from(body) })
}

fn refusal(error: &SdkError) -> Fault {
    Fault::bad_request(error.to_string())
}

/// AWS CLI reference, `get-sdk`, example: `android_2016-02-22_23-52Z.zip`.
fn minute(at: Timestamp) -> String {
    let form = format_description!("[year]-[month]-[day]_[hour]-[minute]Z");
    let time = OffsetDateTime::from_unix_timestamp(at.epoch_seconds()).ok();
    time.and_then(|time| time.format(form).ok()).unwrap_or_default()
}
