//! Who we are: account, regions, names and URLs.

use std::sync::Arc;

use stagegate_model::domain::Scope;
use stagegate_policy::Network;

use crate::config::row::{Row, parts, put, put_list};

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::text("region", "REGION", |s, v| {
        v.clone_into(&mut s.region);
        is_region(v).then_some(())
    })
    .for_everyone()
    .default("us-east-1")
    .allows("an AWS region name, such as us-east-1")
    .help("The region that imports go to; other regions exist as soon as a client signs for them."),
    Row::list("regions", "REGION,…", |s, v| put_list(&mut s.regions, v, is_region))
        .allows("AWS region names; none allows every region")
        .help("The regions that may be used; by default all of them."),
    Row::text("account_id", "DIGITS", |s, v| {
        v.clone_into(&mut s.account_id);
        Scope::new(v, "us-east-1").map(|_| ())
    })
    .for_everyone()
    .default("000000000000")
    .allows("twelve digits")
    .help("The AWS account id that ARNs show."),
    Row::text("suffix", "DOMAIN", |s, v| {
        s.suffix = v.to_ascii_lowercase();
        is_host_name(v).then_some(())
    })
    .default("localhost")
    .allows("a domain name, such as localhost or example.com")
    .help("What follows {id}.execute-api.{region} in the host names of APIs."),
    Row::text("public_url", "URL", |s, v| {
        v.trim_end_matches('/').clone_into(&mut s.public_url);
        is_url_template(v).then_some(())
    })
    .default("http://{id}.execute-api.{region}.{suffix}:{port}")
    .allows("an http:// or https:// URL that contains {id}; {region}, {suffix} and {port} are filled in, too")
    .help("The URL that clients use to reach an API, as it is printed and shown."),
    Row::list("trusted_hosts", "NAME,…", |s, v| put_list(&mut s.trusted_hosts, v, is_host_name))
        .allows("host names without ports")
        .help("Names, besides loopback ones and the bound address, that the control plane may be called by."),
    Row::list("trusted_proxies", "CIDR,…", |s, v| {
        let networks: Option<Arc<[Network]>> = parts(v).map(Network::parse).collect();
        s.network.trusted_proxies = networks?;
        Some(())
    })
    .allows("IP addresses and CIDR ranges, such as 10.0.0.0/8")
    .help(
        "Proxies before the gateway whose X-Forwarded-For and X-Forwarded-Proto are believed: the source address is the \
         rightmost one that none of them has. Without them it is the address that connects.",
    ),
    Row::switch("explain", |s, v| put(&mut s.explain, v)).help(
        "Whether callers who may perform stagegate:Explain can ask why the gateway answers as it does: `stagegate explain`.",
    ),
    Row::switch("discover_issuers", |s, v| put(&mut s.discover_issuers, v))
        .default("true")
        .help("Whether the issuers of JWT authorizers are looked up when an authorizer is created or updated."),
    Row::switch("check_function_policies", |s, v| put(&mut s.check_function_policies, v)).default("true").help(
        "Whether API Gateway needs the leave of a local function's resource policy, as on AWS; functions of the \
         configuration give it.",
    ),
    Row::text("aws_endpoint_url", "URL", |s, v| {
        s.aws.endpoint_url = Some(v.parse().ok()?);
        Some(())
    })
    .allows(crate::aws::URL_ALLOWED)
    .help("Where AWS's services are for integrations, Lambda excepted; unset means AWS itself."),
];

fn is_region(text: &str) -> bool {
    Scope::new("000000000000", text).is_some()
}

/// Letters, digits, dashes and dots, no empty label.
fn is_host_name(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn is_url_template(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else { return false };
    let mut filled = rest.to_owned();
    for name in ["{id}", "{region}", "{suffix}", "{port}"] {
        filled = filled.replace(name, "");
    }
    rest.contains("{id}") && !filled.contains(['{', '}', ' ', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_has_an_id_and_no_unknown_placeholder() {
        for (text, allowed) in [
            ("http://{id}.execute-api.{region}.{suffix}:{port}", true),
            ("https://api.example.com/{id}", true),
            ("https://api.example.com", false),
            ("ftp://{id}", false),
            ("http://{id}.{zone}", false),
        ] {
            assert_eq!(is_url_template(text), allowed, "{text}");
        }
    }
}
