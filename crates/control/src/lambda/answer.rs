//! How versions are shown.

use serde_json::{Value, json};
use stagegate_model::lambda::{FunctionConfiguration, FunctionVersion};
use time::OffsetDateTime;

use crate::call::Call;
use crate::fault::Fault;
use crate::verbs::document;

/// Nanoseconds in a millisecond.
const NANOS: u128 = 1_000_000;

/// A version as `GetFunctionConfiguration` shows it: it can be invoked at once, which is what clients wait for.
pub(super) fn shown(version: &FunctionVersion) -> Result<Value, Fault> {
    let mut shown = document(&version.configuration)?;
    if let Some(members) = shown.as_object_mut() {
        members.insert("State".to_owned(), json!("Active"));
        members.insert("LastUpdateStatus".to_owned(), json!("Successful"));
        for (member, value) in defaults(&version.configuration) {
            members.entry(member).or_insert(value);
        }
    }
    Ok(shown)
}

/// Members that Lambda always shows.
fn defaults(configuration: &FunctionConfiguration) -> [(&'static str, Value); 4] {
    let group = format!("/aws/lambda/{}", configuration.function_name);
    [
        ("TracingConfig", json!({"Mode": "PassThrough"})),
        ("EphemeralStorage", json!({"Size": 512})),
        ("SnapStart", json!({"ApplyOn": "None", "OptimizationStatus": "Off"})),
        ("LoggingConfig", json!({"LogFormat": "Text", "LogGroup": group})),
    ]
}

/// Now in the form of `LastModified`, `2026-11-22T17:40:11.123+0000`.
pub(super) fn now(call: &Call) -> String {
    let time = OffsetDateTime::from(call.world.clock.now());
    let milliseconds = time.unix_timestamp_nanos().unsigned_abs() / NANOS % 1_000;
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{milliseconds:03}+0000",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
