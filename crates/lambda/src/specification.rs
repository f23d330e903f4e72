//! The rules of a function's members: names, times, sizes, variables.

use crate::function::{FunctionSpec, SpecError};

/// Bytes of all environment variables together (AWS, "Lambda quotas").
const ENVIRONMENT_BYTES: usize = 4_096;

/// Variables that a function may not set (AWS, "Defined runtime environment variables", reserved).
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// Checks every member but the code.
pub(crate) fn check(spec: &FunctionSpec) -> Result<(), SpecError> {
    let refuse = |member: &'static str, reason: String| {
        Err(SpecError::Member { function: spec.id.name.chars().take(140).collect(), member, reason })
    };
    let is_name = |text: &str| {
        let fits = (1..=140).contains(&text.len());
        fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if !is_name(&spec.id.name) {
        return refuse("name", "allowed are 1 to 140 letters, digits, hyphens and underscores".to_owned());
    }
    let is_number =
        spec.id.version.bytes().all(|byte| byte.is_ascii_digit()) && (1..=20).contains(&spec.id.version.len());
    if &*spec.id.version != "$LATEST" && !is_number {
        return refuse("version", "allowed are $LATEST and numbers".to_owned());
    }
    if spec.handler.len() > 128 || spec.handler.chars().any(|char| char.is_whitespace() || char.is_control()) {
        return refuse("handler", "allowed are up to 128 characters without spaces".to_owned());
    }
    if !(1..=900_000).contains(&spec.timeout_ms) {
        return refuse("timeout_ms", format!("{} is not between 1 and 900000", spec.timeout_ms));
    }
    if !(128..=10_240).contains(&spec.memory_mb) {
        return refuse("memory_mb", format!("{} is not between 128 and 10240", spec.memory_mb));
    }
    match environment_problem(spec) {
        Some(reason) => refuse("environment", reason),
        None => Ok(()),
    }
}

fn environment_problem(spec: &FunctionSpec) -> Option<String> {
    let is_name = |name: &str| {
        name.len() >= 2
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    for (name, value) in &spec.environment {
        let shown: String = name.chars().take(64).collect();
        if RESERVED.contains(&name.as_str()) {
            return Some(format!("`{shown}` is reserved by Lambda"));
        }
        if !is_name(name) {
            return Some(format!("`{shown}` is no name: allowed are a letter, then letters, digits and underscores"));
        }
        if value.contains('\0') {
            return Some(format!("the value of `{shown}` contains a NUL"));
        }
    }
    let bytes: usize = spec.environment.iter().map(|(name, value)| name.len() + value.len()).sum();
    (bytes > ENVIRONMENT_BYTES).then(|| format!("{bytes} bytes are over {ENVIRONMENT_BYTES}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{CodeSource, FunctionId};
    use crate::runtime::Runtime;

    fn spec() -> FunctionSpec {
        let code = CodeSource::Dir("code".into());
        FunctionSpec::new(FunctionId::latest("pets"), Runtime::Python { minor: 12 }, "app.handler", code)
    }

    #[test]
    fn defaults_are_allowed() {
        assert!(check(&spec()).is_ok());
    }

    #[test]
    fn what_is_outside_the_limits_is_refused_by_name() {
        type Change = fn(&mut FunctionSpec);
        let cases: &[(&str, Change)] = &[
            ("name", |spec| spec.id.name = "a/../b".into()),
            ("name", |spec| spec.id.name = "".into()),
            ("version", |spec| spec.id.version = "prod".into()),
            ("handler", |spec| spec.handler = "a b".to_owned()),
            ("handler", |spec| spec.handler = "a".repeat(129)),
            ("timeout_ms", |spec| spec.timeout_ms = 0),
            ("timeout_ms", |spec| spec.timeout_ms = 900_001),
            ("memory_mb", |spec| spec.memory_mb = 64),
            ("environment", |spec| drop(spec.environment.insert("AWS_REGION".into(), "x".into()))),
            ("environment", |spec| drop(spec.environment.insert("1A".into(), "x".into()))),
            ("environment", |spec| drop(spec.environment.insert("A=B".into(), "x".into()))),
            ("environment", |spec| drop(spec.environment.insert("AB".into(), "\0".into()))),
            ("environment", |spec| drop(spec.environment.insert("AB".into(), "x".repeat(4095)))),
        ];
        for (expected, change) in cases {
            let mut spec = spec();
            change(&mut spec);
            let Err(SpecError::Member { member, .. }) = check(&spec) else { panic!("{expected} is allowed") };
            assert_eq!(member, *expected);
        }
    }
}
