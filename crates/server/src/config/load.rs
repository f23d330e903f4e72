//! Loading: defaults, then the file, then the environment, then flags.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::nearest::nearest;
use super::{ConfigError, Settings, all, file};

/// Environment variables of ours that are not settings.
const OTHER_VARIABLES: [&str; 3] =
    ["STAGEGATE_CONFIG", "STAGEGATE_ROOT_ACCESS_KEY_ID", "STAGEGATE_ROOT_SECRET_ACCESS_KEY"];
/// Variables that set a quota start with this.
const QUOTA_PREFIX: &str = "STAGEGATE_QUOTAS_";

/// Where values come from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The TOML file.
    pub(crate) file: Option<PathBuf>,
    /// Environment variables that start with `STAGEGATE_`.
    pub(crate) environment: BTreeMap<String, String>,
    /// Values of flags, by the row's key.
    pub(crate) flags: BTreeMap<&'static str, String>,
}

/// Every setting at its default.
pub(super) fn defaults() -> Settings {
    let mut settings = Settings::blank();
    for row in all().filter(|row| !row.default.is_empty()) {
        (row.set)(&mut settings, row.default).expect("every default is allowed, as a test makes sure");
    }
    settings
}

/// Loads the settings, and the names of environment variables that look like ours and are not.
///
/// # Errors
/// The first value refused, with its origin and what is allowed.
pub(crate) fn load(sources: &Sources) -> Result<(Settings, Vec<String>), ConfigError> {
    let mut settings = defaults();
    if let Some(path) = &sources.file {
        file::read(path, &mut settings)?;
    }
    let strangers = apply_environment(&sources.environment, &mut settings)?;
    for row in all() {
        if let Some(value) = sources.flags.get(row.key) {
            (row.set)(&mut settings, value).ok_or_else(|| refused(format!("--{}", row.flag()), value, row.allowed))?;
        }
    }
    if settings.import.is_some() != settings.stage.is_some() {
        return Err(ConfigError::Together {
            message: "`import` and `stage` go together: one was set without the other".to_owned(),
            help: "serve --import FILE --stage NAME".to_owned(),
        });
    }
    if !settings.regions.is_empty() && !settings.regions.contains(&settings.region) {
        let message = format!("`region` is {}, which `regions` leaves out", settings.region);
        return Err(ConfigError::Together { message, help: format!("allowed: {}", settings.regions.join(", ")) });
    }
    Ok((settings, strangers))
}

fn apply_environment(
    environment: &BTreeMap<String, String>,
    settings: &mut Settings,
) -> Result<Vec<String>, ConfigError> {
    let mut strangers = Vec::new();
    for (name, value) in environment.iter().filter(|(name, _)| !OTHER_VARIABLES.contains(&name.as_str())) {
        if let Some(row) = all().find(|row| row.variable() == *name) {
            (row.set)(settings, value).ok_or_else(|| refused(name, value, row.allowed))?;
        } else if let Some(quota) = name.strip_prefix(QUOTA_PREFIX) {
            let number = value.parse().map_err(|_| refused(name, value, "a whole number"))?;
            if settings.quotas.set(&quota.to_ascii_lowercase(), number).is_none() {
                strangers.push(name.clone());
            }
        } else {
            strangers.push(stranger(name));
        }
    }
    Ok(strangers)
}

/// The variable's name, with the one that was probably meant.
fn stranger(name: &str) -> String {
    let known: Vec<String> = all().map(super::Row::variable).collect();
    let near = nearest(name, known.iter().map(String::as_str));
    near.map_or_else(|| name.to_owned(), |near| format!("{name} (did you mean {near}?)"))
}

fn refused(origin: impl Into<String>, value: &str, allowed: &str) -> ConfigError {
    ConfigError::Value { origin: origin.into(), value: value.to_owned(), allowed: format!("allowed: {allowed}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Sources {
        Sources {
            file: None,
            environment: environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            flags: flags.iter().map(|(n, v)| (*n, (*v).to_owned())).collect(),
        }
    }

    #[test]
    fn a_flag_wins_over_a_variable_which_wins_over_the_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("stagegate.toml");
        std::fs::write(&path, "gateway = '1.1.1.1:1'\ncontrol = '1.1.1.1:1'\nstatus = '1.1.1.1:1'\n").expect("written");
        let variables = [("STAGEGATE_GATEWAY", "2.2.2.2:2"), ("STAGEGATE_CONTROL", "2.2.2.2:2")];
        let mut sources = sources(&variables, &[("gateway", "3.3.3.3:3")]);
        sources.file = Some(path);
        let (settings, strangers) = load(&sources).expect("allowed");
        assert_eq!(settings.gateway.to_string(), "3.3.3.3:3");
        assert_eq!(settings.control.to_string(), "2.2.2.2:2");
        assert_eq!(settings.status.to_string(), "1.1.1.1:1");
        assert!(strangers.is_empty());
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let (settings, _) = load(&Sources::default()).expect("allowed");
        assert_eq!(settings.data_dir, std::path::Path::new("./stagegate-data"));
        assert_eq!(settings.region, "us-east-1");
        assert_eq!(settings.account_id, "000000000000");
        assert_eq!(settings.api_url("abc", "eu-west-1", 8080), "http://abc.execute-api.eu-west-1.localhost:8080");
    }

    #[test]
    fn refusals_name_the_flag_or_the_variable() {
        for (sources, origin) in [
            (sources(&[("STAGEGATE_GATEWAY", "x")], &[]), "STAGEGATE_GATEWAY may not be `x`"),
            (sources(&[], &[("idle_timeout_ms", "0")]), "--idle-timeout-ms may not be `0`"),
            (sources(&[("STAGEGATE_QUOTAS_REST_PAYLOAD_BYTES", "x")], &[]), "STAGEGATE_QUOTAS_REST_PAYLOAD_BYTES may"),
            (sources(&[], &[("import", "a.yaml")]), "`import` and `stage` go together"),
            (sources(&[("STAGEGATE_REGIONS", "eu-west-1")], &[]), "`region` is us-east-1, which `regions` leaves out"),
        ] {
            let error = load(&sources).expect_err(origin);
            assert!(error.to_string().starts_with(origin), "{error}");
        }
    }

    #[test]
    fn variables_that_are_no_settings_are_reported() {
        let sources = sources(&[("STAGEGATE_GATWAY", "1.1.1.1:1"), ("STAGEGATE_ROOT_ACCESS_KEY_ID", "x")], &[]);
        let (_, strangers) = load(&sources).expect("allowed");
        assert_eq!(strangers, ["STAGEGATE_GATWAY (did you mean STAGEGATE_GATEWAY?)"]);
    }
}
