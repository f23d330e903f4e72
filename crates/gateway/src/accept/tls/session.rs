//! What a handshake agreed on.

use stagegate_tls::CipherNames;
use tokio_rustls::rustls::ServerConnection;

use super::certificate::ClientCertificate;

/// TLS of one connection.
#[derive(Debug)]
pub(crate) struct TlsSession {
    /// The name that the client asked for, in lower case.
    pub(crate) server_name: Option<Box<str>>,
    /// Version and cipher suite.
    pub(crate) names: CipherNames,
    /// The client's certificate, where it was asked for one.
    pub(crate) client: Option<ClientCertificate>,
}

impl TlsSession {
    /// The session of a connection whose handshake is done.
    pub(super) fn of(connection: &ServerConnection, server_name: Option<Box<str>>) -> Self {
        let names = match (connection.protocol_version(), connection.negotiated_cipher_suite()) {
            (Some(version), Some(suite)) => CipherNames::of(version, suite.suite()),
            _ => CipherNames { version: "", suite: "" },
        };
        let client = connection.peer_certificates().and_then(<[_]>::first).and_then(ClientCertificate::read);
        Self { server_name, names, client }
    }
}
