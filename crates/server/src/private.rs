//! The private side of VPC links: the settings' targets, and the checks of their health.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use stagegate_gateway::{PrivateLink, PrivateLinks, PrivateTarget};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Answers in a row that change what is thought of a target.
const ANSWERS: u32 = 2;
/// Bytes of an answer that are read: its status line.
const STATUS_LINE_BYTES: usize = 64;

/// The targets of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkSettings {
    /// Hosts and ports.
    pub(crate) targets: Vec<(Box<str>, u16)>,
    /// How their health is checked, if it is.
    pub(crate) check: Option<HealthCheck>,
}

/// How the health of targets is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HealthCheck {
    /// A path that is well when it answers 200 to 399; without one, a connection that is taken is well.
    pub(crate) path: Option<String>,
    /// Between two checks of a target.
    pub(crate) interval: Duration,
    /// For one check.
    pub(crate) timeout: Duration,
}

/// The links' targets for the data plane; tasks of this runtime check their health for as long as the process lives.
pub(crate) fn start(settings: &BTreeMap<String, LinkSettings>) -> PrivateLinks {
    let link = |(name, row): (&String, &LinkSettings)| {
        let link = Arc::new(PrivateLink::new(row.targets.iter().cloned()));
        if let Some(check) = &row.check {
            for target in link.targets() {
                tokio::spawn(watch(Arc::clone(target), check.clone()));
            }
        }
        (name.as_str().into(), link)
    };
    PrivateLinks::new(settings.iter().map(link))
}

/// The names of the links, for the compiler.
pub(crate) fn names(settings: &BTreeMap<String, LinkSettings>) -> Arc<BTreeSet<Box<str>>> {
    Arc::new(settings.keys().map(|name| name.as_str().into()).collect())
}

/// Checks a target without end.
async fn watch(target: Arc<PrivateTarget>, check: HealthCheck) {
    let (mut is_well, mut against) = (true, 0);
    loop {
        let found = tokio::time::timeout(check.timeout, ask(&target, check.path.as_deref())).await.unwrap_or(false);
        against = if found == is_well { 0 } else { against + 1 };
        if against >= ANSWERS {
            (is_well, against) = (found, 0);
            target.set_well(is_well);
            tracing::info!(host = &*target.host, port = target.port, is_well, "the health of a private target changed");
        }
        tokio::time::sleep(check.interval).await;
    }
}

/// Whether a target is well now.
async fn ask(target: &PrivateTarget, path: Option<&str>) -> bool {
    let Ok(mut stream) = TcpStream::connect((&*target.host, target.port)).await else { return false };
    let Some(path) = path else { return true };
    let host = &target.host;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: stagegate-health-check\r\nConnection: close\r\n\r\n"
    );
    if stream.write_all(request.as_bytes()).await.is_err() {
        return false;
    }
    let mut line = Vec::with_capacity(STATUS_LINE_BYTES);
    while line.len() < b"HTTP/1.1 200".len() {
        match stream.read_buf(&mut line).await {
            Ok(count) if count > 0 => {}
            _ => return false,
        }
    }
    let is_http = line.starts_with(b"HTTP/1.");
    is_http && matches!(line[9], b'2' | b'3') && line[8] == b' '
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers every connection with the same bytes.
    async fn answering(answer: &'static [u8]) -> PrivateLink {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(answer).await;
            }
        });
        PrivateLink::new([("127.0.0.1".into(), port)])
    }

    #[tokio::test]
    async fn a_status_says_whether_a_target_is_well() {
        for (answer, is_well) in [
            (&b"HTTP/1.1 200 OK\r\n\r\n"[..], true),
            (b"HTTP/1.0 302 Found\r\n\r\n", true),
            (b"HTTP/1.1 503 Busy\r\n\r\n", false),
            (b"HTTP/1.1", false),
            (b"SSH-2.0-OpenSSH_9.2\r\n", false),
        ] {
            let link = answering(answer).await;
            assert_eq!(ask(&link.targets()[0], Some("/health")).await, is_well, "{answer:?}");
            assert!(ask(&link.targets()[0], None).await, "a connection is enough");
        }
        let gone = PrivateLink::new([("127.0.0.1".into(), 1)]);
        assert!(!ask(&gone.targets()[0], None).await);
    }
}
