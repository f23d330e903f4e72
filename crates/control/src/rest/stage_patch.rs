//! The patch rows of `Stage`: its own members, its canary, its method settings.

use stagegate_model::rest::{CacheClusterSize, LoggingLevel, Stage, UnauthorizedCacheControlHeaderStrategy};

use super::{canary, method_setting};
use crate::patch::{Edit, Op, PatchRow, SET, SET_OR_CLEAR, row};

/// The row of one method setting: the rest of its path, its member, how its value is read.
macro_rules! setting {
    ($path:literal, $member:ident, $read:expr) => {
        row(concat!("/{resourcePath+}/{httpMethod}/", $path), SET, |stage, edit| {
            let read = $read;
            method_setting::entry(stage, edit)?.$member = Some(read(edit)?);
            Ok(())
        })
    };
}

/// The operations of variables: there is no `add` for them.
const SET_OR_REMOVE: &[Op] = &[Op::Replace, Op::Remove];

/// AWS's page "Patch Operations", `UpdateStage`.
pub(crate) const PATCH: &[PatchRow<Stage>] = &[
    row("/deploymentId", SET, |stage, edit| {
        stage.deployment_id = edit.text()?;
        Ok(())
    }),
    row("/deploymentId", &[Op::Copy], canary::promote_deployment),
    row("/description", SET, |stage, edit| {
        stage.description = edit.optional_text();
        Ok(())
    }),
    row("/clientCertificateId", SET, |stage, edit| {
        stage.client_certificate_id = edit.optional_text();
        Ok(())
    }),
    row("/documentationVersion", SET, |stage, edit| {
        stage.documentation_version = edit.optional_text();
        Ok(())
    }),
    row("/tracingEnabled", SET, |stage, edit| {
        stage.tracing_enabled = Some(edit.flag()?);
        Ok(())
    }),
    row("/cacheClusterEnabled", SET, |stage, edit| {
        stage.cache_cluster_enabled = Some(edit.flag()?);
        Ok(())
    }),
    row("/cacheClusterSize", SET, |stage, edit| {
        stage.cache_cluster_size = Some(edit.choice(CacheClusterSize::NAMES)?);
        Ok(())
    }),
    row("/variables", &[Op::Copy], canary::promote_variables),
    row("/variables/{name}", SET_OR_REMOVE, |stage, edit| {
        edit.entry(&mut stage.variables, edit.name(0), |edit| Ok(edit.optional_text().unwrap_or_default()))
    }),
    row("/accessLogSettings", &[Op::Remove], |stage, _| {
        stage.access_log_settings = None;
        Ok(())
    }),
    row("/accessLogSettings/destinationArn", SET_OR_CLEAR, |stage, edit| {
        stage.access_log_settings.get_or_insert_default().destination_arn = edit.optional_text();
        Ok(())
    }),
    row("/accessLogSettings/format", SET_OR_CLEAR, |stage, edit| {
        // A line end at the end is harmless and common: files end so.
        let format = edit.optional_text().map(|format| format.trim_end_matches(['\r', '\n']).to_owned());
        stage.access_log_settings.get_or_insert_default().format = format;
        Ok(())
    }),
    row("/canarySettings", &[Op::Remove], |stage, _| {
        stage.canary_settings = None;
        Ok(())
    }),
    row("/canarySettings/percentTraffic", SET, canary::patch_percent),
    row("/canarySettings/deploymentId", SET, canary::patch_deployment),
    row("/canarySettings/useStageCache", SET, canary::patch_cache),
    row("/canarySettings/stageVariableOverrides", &[Op::Remove], canary::patch_remove_overrides),
    row("/canarySettings/stageVariableOverrides/{name}", SET_OR_REMOVE, canary::patch_override),
    setting!("metrics/enabled", metrics_enabled, Edit::flag),
    setting!("logging/loglevel", logging_level, |edit: &Edit<'_>| edit.choice(LoggingLevel::NAMES)),
    setting!("logging/dataTrace", data_trace_enabled, Edit::flag),
    setting!("throttling/burstLimit", throttling_burst_limit, Edit::number),
    setting!("throttling/rateLimit", throttling_rate_limit, Edit::number),
    setting!("caching/enabled", caching_enabled, Edit::flag),
    setting!("caching/ttlInSeconds", cache_ttl_in_seconds, Edit::number),
    setting!("caching/dataEncrypted", cache_data_encrypted, Edit::flag),
    setting!("caching/requireAuthorizationForCacheControl", require_authorization_for_cache_control, Edit::flag),
    setting!(
        "caching/unauthorizedCacheControlHeaderStrategy",
        unauthorized_cache_control_header_strategy,
        |edit: &Edit<'_>| edit.choice(UnauthorizedCacheControlHeaderStrategy::NAMES)
    ),
    row("/{resourcePath+}/{httpMethod}", &[Op::Remove], method_setting::remove),
];
