//! Method settings of a stage: for one method (`{resource~1path}/{METHOD}`) or for all (`*/*`).
//!
//! A path may also come without escapes, as Terraform sends it, and each spelling is a setting of its own: AWS keeps what
//! was written (terraform-provider-aws, issue 9738, shows `get-stage` with the key `/tenant/{tenant-name}/…/GET`).

use std::collections::BTreeMap;

use stagegate_model::rest::{HttpMethod, LoggingLevel, MethodSetting, Stage, UnauthorizedCacheControlHeaderStrategy};

use crate::fault::Fault;
use crate::patch::Edit;
use crate::quotas::Quotas;

/// The key of a setting is the path as it was written, escapes and all.
fn key(edit: &Edit<'_>) -> String {
    format!("{}/{}", edit.raw_name(0), edit.raw_name(1))
}

/// The settings that a patch path names; they begin with AWS's defaults.
pub(crate) fn entry<'s>(stage: &'s mut Stage, edit: &Edit<'_>) -> Result<&'s mut MethodSetting, Fault> {
    let verb = edit.raw_name(1);
    if verb != "*" && verb.parse::<HttpMethod>().is_err() {
        return Err(no_setting(edit.path));
    }
    Ok(stage.method_settings.get_or_insert_default().entry(key(edit)).or_insert_with(defaults))
}

fn no_setting(path: &str) -> Fault {
    Fault::bad_request(format!("Invalid method setting path: {path}"))
}

/// What a method has as soon as anything is set for it (fact section 1.5; the level is in the capture named above).
fn defaults() -> MethodSetting {
    MethodSetting {
        metrics_enabled: Some(false),
        logging_level: Some(LoggingLevel::Off),
        data_trace_enabled: Some(false),
        throttling_burst_limit: Some(5_000),
        throttling_rate_limit: Some(10_000.0),
        caching_enabled: Some(false),
        cache_ttl_in_seconds: Some(300),
        cache_data_encrypted: Some(false),
        require_authorization_for_cache_control: Some(true),
        unauthorized_cache_control_header_strategy: Some(
            UnauthorizedCacheControlHeaderStrategy::SucceedWithResponseHeader,
        ),
    }
}

/// `remove /{resourcePath}/{httpMethod}`: fact 120, trailing blank included.
pub(crate) fn remove(stage: &mut Stage, edit: &Edit<'_>) -> Result<(), Fault> {
    let key = key(edit);
    let removed = stage.method_settings.as_mut().and_then(|settings| settings.remove(&key));
    removed.map(drop).ok_or_else(|| {
        Fault::bad_request(format!(
            "Cannot remove method setting {key} because there is no method setting for this method "
        ))
    })
}

/// The fault for a path that looks like a method setting's and is none.
pub(crate) fn misfit(path: &str) -> Option<Fault> {
    let looks_so = path.matches('/').count() >= 4;
    looks_so.then(|| no_setting(path))
}

/// Checks the settings of a stage.
pub(crate) fn check(stage: &Stage, quotas: &Quotas) -> Result<(), Fault> {
    let most_seconds = quotas.enforced("rest_cache_ttl_max_seconds").unwrap_or(u64::MAX);
    for setting in stage.method_settings.iter().flat_map(BTreeMap::values) {
        let seconds = setting.cache_ttl_in_seconds.unwrap_or_default();
        if !u64::try_from(seconds).is_ok_and(|seconds| seconds <= most_seconds) {
            return Err(Fault::bad_request(format!("Invalid cache ttl value, must be between 0 and {most_seconds}")));
        }
        // Minus one is how Terraform and the console write "not limited here".
        let rate = setting.throttling_rate_limit.unwrap_or_default();
        if setting.throttling_burst_limit.is_some_and(|burst| burst < -1) || !rate.is_finite() || rate < -1.0 {
            return Err(Fault::bad_request("Invalid throttling settings, limits must not be negative"));
        }
    }
    Ok(())
}
