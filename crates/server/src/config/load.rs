//! Loading: defaults, then the file, then the environment, then flags.

use std::collections::BTreeMap;
use std::path::PathBuf;

use stagegate_model::limits;

use super::nearest::nearest;
use super::{ConfigError, Settings, all, file, users};

/// Environment variables of ours that are not settings; the last one names the program that our tests run.
const OTHER_VARIABLES: [&str; 5] = [
    "STAGEGATE_CONFIG",
    "STAGEGATE_ROOT_ACCESS_KEY_ID",
    "STAGEGATE_ROOT_SECRET_ACCESS_KEY",
    "STAGEGATE_SECRET_KEY",
    "STAGEGATE_BIN",
];
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
pub(crate) fn defaults() -> Settings {
    let mut settings = Settings::blank();
    for row in all().filter(|row| !row.default.is_empty()) {
        (row.set)(&mut settings, row.default).expect("every default is allowed, as a test makes sure");
    }
    settings
}

/// Loads the settings, and warnings about them.
///
/// # Errors
/// The first value refused, with its origin and what is allowed, or the first name that is no setting's.
pub(crate) fn load(sources: &Sources) -> Result<(Settings, Vec<String>), ConfigError> {
    let mut settings = defaults();
    let mut warnings = Vec::new();
    if let Some(path) = &sources.file {
        file::read(path, &mut settings)?;
        let has_secrets =
            !settings.users.is_empty() || !settings.accounts.is_empty() || !settings.otlp.headers.is_empty();
        if has_secrets && users::is_open_to_others(path) {
            warnings.push(format!("{} holds secrets and is open to others; `chmod 600` closes it", path.display()));
        }
    }
    apply_environment(&sources.environment, &mut settings)?;
    for row in all() {
        if let Some(value) = sources.flags.get(row.key) {
            (row.set)(&mut settings, value).ok_or_else(|| refused(format!("--{}", row.flag()), value, row.allowed))?;
        }
    }
    check_together(&settings)?;
    let has_tls_files = settings.tls.default_key.is_some() || !settings.tls.certificates.is_empty();
    if has_tls_files && settings.tls.listen.is_none() {
        warnings.push("certificates are set and nothing listens for TLS: `tls` is not set".to_owned());
    }
    Ok((settings, warnings))
}

fn check_together(settings: &Settings) -> Result<(), ConfigError> {
    if settings.import.is_some() != settings.stage.is_some() {
        return Err(ConfigError::Together {
            message: "`import` and `stage` go together: one was set without the other".to_owned(),
            help: "serve --import FILE --stage NAME".to_owned(),
        });
    }
    if settings.tls.default_certificate.is_some() != settings.tls.default_key.is_some() {
        return Err(ConfigError::Together {
            message: "`tls_certificate` and `tls_key` go together: one was set without the other".to_owned(),
            help: "serve --tls 127.0.0.1:8443 --tls-certificate FILE --tls-key FILE".to_owned(),
        });
    }
    if !settings.regions.is_empty() && !settings.regions.contains(&settings.region) {
        let message = format!("`region` is {}, which `regions` leaves out", settings.region);
        return Err(ConfigError::Together { message, help: format!("allowed: {}", settings.regions.join(", ")) });
    }
    Ok(())
}

fn apply_environment(environment: &BTreeMap<String, String>, settings: &mut Settings) -> Result<(), ConfigError> {
    for (name, value) in environment.iter().filter(|(name, _)| !OTHER_VARIABLES.contains(&name.as_str())) {
        if let Some(row) = all().find(|row| row.variable() == *name) {
            (row.set)(settings, value).ok_or_else(|| refused(name, value, row.allowed))?;
        } else if let Some(quota) = name.strip_prefix(QUOTA_PREFIX) {
            let number = value.parse().map_err(|_| refused(name, value, "a whole number"))?;
            settings.quotas.set(&quota.to_ascii_lowercase(), number).ok_or_else(|| stranger(name))?;
        } else if !is_of_kubernetes(name, value) {
            return Err(stranger(name));
        }
    }
    Ok(())
}

/// Whether a variable is one of those that Kubernetes gives every container for a service that is named `stagegate…`.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_port = parts
        .windows(3)
        .any(|three| three[0] == "PORT" && is_number(three[1]) && matches!(three[2], "TCP" | "UDP" | "SCTP"));
    let is_url = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    has_port
        || name.ends_with("_SERVICE_HOST")
        || (name.contains("_SERVICE_PORT") && is_number(value))
        || (name.ends_with("_PORT") && is_url)
}

/// The refusal of a variable, with the one that was probably meant.
fn stranger(name: &str) -> ConfigError {
    let quotas = limits::all().map(|limit| format!("{QUOTA_PREFIX}{}", limit.name.to_ascii_uppercase()));
    let known: Vec<String> = all().map(super::Row::variable).chain(quotas).collect();
    let help = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => "`stagegate settings` lists all of them".to_owned(),
    };
    ConfigError::Stranger { name: name.to_owned(), help }
}

fn refused(origin: impl Into<String>, value: &str, allowed: &str) -> ConfigError {
    ConfigError::Value { origin: origin.into(), value: value.to_owned(), allowed: format!("allowed: {allowed}") }
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic as _;

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
        let (settings, warnings) = load(&sources).expect("allowed");
        assert_eq!(settings.gateway.to_string(), "3.3.3.3:3");
        assert_eq!(settings.control.to_string(), "2.2.2.2:2");
        assert_eq!(settings.status.to_string(), "1.1.1.1:1");
        assert!(warnings.is_empty());
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
    fn variables_that_are_no_settings_are_refused_with_the_nearest_one() {
        for (name, value, near) in [
            ("STAGEGATE_GATWAY", "1.1.1.1:1", "did you mean STAGEGATE_GATEWAY?"),
            ("STAGEGATE_QUOTAS_REST_PAYLOAD_BYTE", "1", "did you mean STAGEGATE_QUOTAS_REST_PAYLOAD_BYTES?"),
            ("STAGEGATE_SOMETHING_ELSE_ALTOGETHER", "1", "`stagegate settings` lists all of them"),
        ] {
            let error = load(&sources(&[(name, value)], &[])).expect_err(name);
            assert_eq!(error.to_string(), format!("there is no setting for the environment variable {name}"));
            assert_eq!(error.help().expect("help").to_string(), near);
        }
    }

    #[test]
    fn variables_that_others_set_are_left_alone() {
        for (name, value) in [
            ("STAGEGATE_ROOT_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("STAGEGATE_BIN", "/usr/bin/stagegate"),
            ("STAGEGATE_SERVICE_HOST", "10.0.0.1"),
            ("STAGEGATE_SERVICE_PORT", "8080"),
            ("STAGEGATE_SERVICE_PORT_HTTP", "8080"),
            ("STAGEGATE_PORT", "tcp://10.0.0.1:8080"),
            ("STAGEGATE_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("STAGEGATE_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("STAGEGATE_CONTROL_PORT_8081_TCP_PROTO", "tcp"),
        ] {
            load(&sources(&[(name, value)], &[])).expect(name);
        }
        assert!(load(&sources(&[("STAGEGATE_GATEWAY_PORT", "8080")], &[])).is_err(), "no setting, and nobody else's");
    }

    #[test]
    fn a_file_with_secrets_that_is_open_to_others_is_reported() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("stagegate.toml");
        let ann = "[users.ann]\naccess_key_id = 'AKIAIOSFODNN7EXAMPLE'\nsecret_access_key = '0123456789abcdef'\n";
        for (text, mode, count) in [(ann, 0o644, 1), (ann, 0o600, 0), ("cores = 1\n", 0o644, 0)] {
            std::fs::write(&path, text).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
            let (_, warnings) = load(&Sources { file: Some(path.clone()), ..Sources::default() }).expect("allowed");
            assert_eq!(warnings.len(), count, "{text} {mode:o} {warnings:?}");
        }
    }
}
