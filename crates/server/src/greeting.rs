//! What `stagegate serve` says once it serves: where everything is, and a line to try it.

use std::net::SocketAddr;

use crate::credentials;
use crate::feed::ApiReport;
use crate::served::Served;

/// An imported API and the stage it was deployed to.
pub(crate) struct Invited {
    pub(crate) report: ApiReport,
    pub(crate) stage: String,
    /// What the import did, in a word.
    pub(crate) outcome: &'static str,
}

/// Where everything listens, as bound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) gateway: SocketAddr,
    pub(crate) tls: Option<SocketAddr>,
    pub(crate) control: SocketAddr,
    pub(crate) status: SocketAddr,
}

/// The greeting.
pub(crate) fn text(served: &Served, at: &Addresses, invited: Option<&Invited>) -> String {
    let settings = &served.settings;
    let mut lines = vec!["Stagegate serves.".to_owned()];
    if let Some(Invited { report, stage, outcome }) = invited {
        let url = served.invoke_url(report, stage);
        lines.push(format!("  {:<14} {} ({outcome})", "API", report.name));
        lines.push(format!("  {:<14} {url}", "invoke URL"));
    }
    lines.push(format!("  {:<14} http://{}", "gateway", at.gateway));
    if let Some(tls) = at.tls {
        lines.push(format!("  {:<14} https://{tls}", "gateway, TLS"));
    }
    lines.push(format!("  {:<14} http://{}", "control plane", at.control));
    lines.push(format!("  {:<14} http://{}/metrics", "status", at.status));
    lines.push(format!("  {:<14} {}", "credentials", credentials::path(&settings.data_dir).display()));
    if let Some(Invited { report, stage, .. }) = invited {
        lines.push(String::new());
        lines.push(format!("  curl -i {}/", served.invoke_url(report, stage)));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};
    use crate::feed::Reports;

    #[test]
    fn the_curl_line_names_the_stage() {
        let (settings, _) = load(&Sources::default()).expect("defaults");
        let credentials = stagegate_sigv4::Credentials {
            access_key_id: "A".into(),
            secret: stagegate_sigv4::Secret::new("s"),
            session_token: None,
        };
        let served = Served { reports: Reports::default(), credentials, settings, gateway_port: 8080, explain: None };
        let [gateway, control, status] = [8080, 8081, 8082].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let report = ApiReport {
            id: "abc".into(),
            name: "Pets".into(),
            account_id: "000000000000".into(),
            region: "us-east-1".into(),
            stages: Vec::new(),
        };
        let invited = Invited { report, stage: "dev".into(), outcome: "created" };
        let text = text(&served, &Addresses { gateway, tls: None, control, status }, Some(&invited));
        for expected in [
            "invoke URL     http://abc.execute-api.us-east-1.localhost:8080/dev\n",
            "control plane  http://127.0.0.1:8081\n",
            "credentials    ./stagegate-data/credentials\n",
            "  curl -i http://abc.execute-api.us-east-1.localhost:8080/dev/\n",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }
}
