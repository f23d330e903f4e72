//! Who is at the other end of a connection, and by which way it came.

use std::net::{IpAddr, SocketAddr};

use super::tls::TlsSession;

/// The other end of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// The address of ours that it called, IPv4 as such.
    pub(crate) local: IpAddr,
    /// The port of ours that it called.
    pub(crate) port: u16,
    /// What its handshake agreed on; `None` without TLS.
    pub(crate) tls: Option<Box<TlsSession>>,
}

impl Peer {
    /// Its IP address, IPv4 as such.
    pub(crate) fn ip(&self) -> IpAddr {
        self.address.ip().to_canonical()
    }
}
