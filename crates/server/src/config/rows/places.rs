//! Where things are: directories, addresses, what to import.

use std::path::PathBuf;

use crate::config::row::{Row, put, put_some};

const ADDRESS: &str = "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::text("data_dir", "DIR", |s, v| put(&mut s.data_dir, v))
        .for_everyone()
        .default("./stagegate-data")
        .allows("a directory, made if it is not there")
        .help("Where the database, the root credential and the logs are kept."),
    Row::text("gateway", "ADDR", |s, v| put(&mut s.gateway, v))
        .default("127.0.0.1:8080")
        .allows(ADDRESS)
        .help("The address that serves APIs."),
    Row::text("control", "ADDR", |s, v| put(&mut s.control, v))
        .for_everyone()
        .default("127.0.0.1:8081")
        .allows(ADDRESS)
        .help("The address of the control plane, the endpoint of AWS clients."),
    Row::text("status", "ADDR", |s, v| put(&mut s.status, v))
        .default("127.0.0.1:8082")
        .allows(ADDRESS)
        .help("The address of /metrics, /healthz and /readyz."),
    Row::text("tls", "ADDR", |s, v| put_some(&mut s.tls.listen, v))
        .allows(ADDRESS)
        .help("The address that serves APIs over TLS, besides `gateway`; unset means none."),
    Row::text("tls_certificate", "FILE", |s, v| put_some(&mut s.tls.default_certificate, v))
        .allows("a PEM file, with `tls_key`")
        .help(
            "The certificate, and the chain above it, of hosts that have none of their own; without it one is made at every \
             start, for {id}.execute-api.{region}.{suffix}.",
        ),
    Row::text("tls_key", "FILE", |s, v| put_some(&mut s.tls.default_key, v))
        .allows("a PEM file, with `tls_certificate`")
        .help("The private key of that certificate."),
    Row::switch("mutual_tls_terminated", |s, v| put(&mut s.tls.mutual_is_terminated, v)).help(
        "Whether `trusted_proxies` ask for client certificates themselves, so that domain names with mutual TLS take their \
         requests without TLS, too.",
    ),
    Row::text("import", "FILE", |s, v| put_some::<PathBuf>(&mut s.import, v))
        .allows("an OpenAPI 3.0 or Swagger 2.0 file, with `stage`")
        .help("An OpenAPI file to import and deploy at every start; nothing happens when it is unchanged."),
    Row::text("stage", "NAME", |s, v| {
        s.stage = Some(v.to_owned());
        is_stage_name(v).then_some(())
    })
    .allows("1 to 128 of the characters a-z, A-Z, 0-9, _ and -, with `import`")
    .help("The stage that `import` deploys to."),
];

/// Whether a name can be a stage's.
pub(crate) fn is_stage_name(name: &str) -> bool {
    (1..=128).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
