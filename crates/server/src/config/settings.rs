//! The settings as types. Defaults are not here but in the rows.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use stagegate_control::{Root, User};
use stagegate_gateway::NetworkConfig;
use stagegate_lambda::FunctionSpec;

use super::{CacheSettings, Quotas};
use crate::aws::AwsSettings;
use crate::feed::StickyCanaries;
use crate::functions::{FunctionLimits, LambdaEndpoint};
use crate::jwks::TokenSettings;
use crate::logs::LogSettings;
use crate::metrics::MetricsSettings;
use crate::otlp::OtlpSettings;
use crate::private::LinkSettings;
use crate::tls::TlsSettings;
use crate::traces::TraceSettings;

/// How log lines are written to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// Everything that can be set.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own that a row sets")]
pub(crate) struct Settings {
    pub(crate) data_dir: PathBuf,
    pub(crate) gateway: SocketAddr,
    pub(crate) control: SocketAddr,
    pub(crate) status: SocketAddr,
    pub(crate) tls: TlsSettings,
    pub(crate) import: Option<PathBuf>,
    pub(crate) stage: Option<String>,

    pub(crate) region: String,
    pub(crate) regions: Vec<String>,
    pub(crate) account_id: String,
    pub(crate) suffix: String,
    pub(crate) public_url: String,
    pub(crate) trusted_hosts: Vec<String>,
    pub(crate) discover_issuers: bool,
    /// Whether API Gateway needs the leave of a function's resource policy.
    pub(crate) check_function_policies: bool,
    pub(crate) explain: bool,
    pub(crate) users: Vec<User>,
    /// Further accounts beside `account_id`.
    pub(crate) accounts: Vec<Root>,
    pub(crate) aws_quotas: bool,
    pub(crate) rate_limit_headers: bool,
    pub(crate) quotas: Quotas,

    pub(crate) cores: Option<u64>,
    pub(crate) control_connections_max: u64,
    pub(crate) connections_max: u64,
    pub(crate) requests_max: u64,
    pub(crate) buffered_bytes_max: Option<u64>,
    pub(crate) buffer_bytes: u64,
    pub(crate) headers_max: u64,
    pub(crate) upstream_head_bytes: u64,
    pub(crate) upstream_headers_max: u64,
    pub(crate) authorizer_cache_entries_max: u64,
    pub(crate) authorizer_cache_bytes_max: u64,
    pub(crate) authorizer_calls_max: u64,
    /// Response caches.
    pub(crate) caches: CacheSettings,

    pub(crate) head_timeout_ms: u64,
    pub(crate) body_timeout_ms: u64,
    pub(crate) idle_timeout_ms: u64,
    pub(crate) write_timeout_ms: u64,
    pub(crate) request_hold_ms: u64,
    pub(crate) stream_idle_timeout_ms: u64,
    pub(crate) drain_timeout_ms: u64,
    pub(crate) upstream_connect_timeout_ms: u64,
    pub(crate) authorizer_timeout_ms: u64,
    pub(crate) upstream_idle_timeout_ms: u64,
    pub(crate) upstream_idle_connections_max: u64,

    pub(crate) logs_dir: Option<PathBuf>,
    pub(crate) log_groups: BTreeMap<String, PathBuf>,
    pub(crate) logs: LogSettings,
    pub(crate) lambda_endpoints: Vec<LambdaEndpoint>,
    pub(crate) aws: AwsSettings,
    /// Tokens and their issuers.
    pub(crate) tokens: TokenSettings,
    /// The OpenTelemetry receiver.
    /// What is kept of what was measured.
    pub(crate) metrics: MetricsSettings,
    pub(crate) otlp: OtlpSettings,
    /// X-Ray, and which requests are traced.
    pub(crate) traces: TraceSettings,
    pub(crate) vpc_links: BTreeMap<String, LinkSettings>,
    pub(crate) sticky_canaries: StickyCanaries,
    /// Trusted proxies and VPC endpoints.
    pub(crate) network: NetworkConfig,
    pub(crate) functions: Vec<FunctionSpec>,
    pub(crate) function_limits: FunctionLimits,
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
}

impl Settings {
    /// Nothing set yet; the rows' defaults come next.
    pub(crate) fn blank() -> Self {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Self {
            data_dir: PathBuf::new(),
            gateway: nowhere,
            control: nowhere,
            status: nowhere,
            tls: TlsSettings::default(),
            import: None,
            stage: None,
            region: String::new(),
            regions: Vec::new(),
            account_id: String::new(),
            suffix: String::new(),
            public_url: String::new(),
            trusted_hosts: Vec::new(),
            discover_issuers: false,
            check_function_policies: false,
            explain: false,
            users: Vec::new(),
            accounts: Vec::new(),
            aws_quotas: false,
            rate_limit_headers: false,
            quotas: Quotas::default(),
            cores: None,
            control_connections_max: 0,
            connections_max: 0,
            requests_max: 0,
            buffered_bytes_max: None,
            buffer_bytes: 0,
            headers_max: 0,
            upstream_head_bytes: 0,
            upstream_headers_max: 0,
            authorizer_cache_entries_max: 0,
            authorizer_cache_bytes_max: 0,
            authorizer_calls_max: 0,
            caches: CacheSettings::default(),
            head_timeout_ms: 0,
            body_timeout_ms: 0,
            idle_timeout_ms: 0,
            write_timeout_ms: 0,
            request_hold_ms: 0,
            stream_idle_timeout_ms: 0,
            drain_timeout_ms: 0,
            upstream_connect_timeout_ms: 0,
            authorizer_timeout_ms: 0,
            upstream_idle_timeout_ms: 0,
            upstream_idle_connections_max: 0,
            logs_dir: None,
            log_groups: BTreeMap::new(),
            logs: LogSettings::default(),
            lambda_endpoints: Vec::new(),
            aws: AwsSettings::default(),
            tokens: TokenSettings::default(),
            metrics: MetricsSettings::default(),
            otlp: OtlpSettings::default(),
            traces: TraceSettings::default(),
            vpc_links: BTreeMap::new(),
            sticky_canaries: StickyCanaries::default(),
            network: NetworkConfig::default(),
            functions: Vec::new(),
            function_limits: FunctionLimits::default(),
            log_level: String::new(),
            log_format: LogFormat::Text,
        }
    }

    /// Where access logs go: `logs` in the data directory unless set.
    pub(crate) fn logs_dir(&self) -> PathBuf {
        self.logs_dir.clone().unwrap_or_else(|| self.data_dir.join("logs"))
    }

    /// The most bytes of a definition that is imported.
    pub(crate) fn import_limit_bytes(&self) -> usize {
        let bytes = self.quotas.value_of("rest_openapi_import_bytes").expect("the quota is in the table");
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// The URL at which an API of a region is reached, without a stage. `port` is the gateway's, as bound.
    pub(crate) fn api_url(&self, api_id: &str, region: &str, port: u16) -> String {
        self.public_url
            .replace("{id}", api_id)
            .replace("{region}", region)
            .replace("{suffix}", &self.suffix)
            .replace("{port}", &port.to_string())
    }

    /// The URL of a custom domain name: the public URL with another host.
    pub(crate) fn domain_url(&self, name: &str, port: u16) -> String {
        let (scheme, rest) = self.public_url.split_once("://").unwrap_or(("http", &self.public_url));
        let authority = rest.split('/').next().unwrap_or_default();
        let port = authority
            .split_once(':')
            .map_or_else(String::new, |(_, written)| format!(":{}", written.replace("{port}", &port.to_string())));
        format!("{scheme}://{name}{port}")
    }

    /// The URL of a function that has one, with `{id}` and `{region}` in it. `port` is the gateway's, as bound.
    pub(crate) fn function_url(&self, port: u16) -> String {
        let api_url = self.api_url("{id}", "{region}", port);
        if api_url.contains("{id}.execute-api.") {
            return format!("{}/", api_url.replacen(".execute-api.", ".lambda-url.", 1));
        }
        format!("http://{{id}}.lambda-url.{{region}}.{}:{port}/", self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_names_have_the_scheme_and_port_of_the_public_url() {
        for (public_url, expected) in [
            ("http://{id}.execute-api.{region}.{suffix}:{port}", "http://api.example.com:8080"),
            ("https://{id}.execute-api.example.com", "https://api.example.com"),
            ("https://{id}.example.com:8443/x", "https://api.example.com:8443"),
            ("http://gateway/{id}:1", "http://api.example.com"),
        ] {
            let settings = Settings { public_url: public_url.to_owned(), ..Settings::blank() };
            assert_eq!(settings.domain_url("api.example.com", 8080), expected, "{public_url}");
        }
    }
}
