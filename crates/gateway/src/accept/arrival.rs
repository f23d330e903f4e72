//! A request that has arrived: its head and what is known before any room looks at it.

use std::net::{IpAddr, Ipv4Addr};

use smallvec::SmallVec;
use stagegate_http1::{Known, RequestHead, Version};
use tokio::time::Instant;

use super::peer::Peer;
use super::tls::TlsSession;
use crate::core::Core;
use crate::observe::{RequestIds, WallClock, write_ip};

/// The protocol a request came by, as `$context.protocol` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http10,
    Http11,
    Http2,
}

impl Protocol {
    /// The protocol of an HTTP/1 head.
    pub(crate) fn of(version: Version) -> Self {
        match version {
            Version::Http10 => Self::Http10,
            Version::Http11 => Self::Http11,
        }
    }

    /// `$context.protocol`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2.0",
        }
    }
}

/// A request at the door.
#[derive(Debug)]
pub(crate) struct Arrival<'c> {
    /// Its head.
    pub(crate) head: &'c RequestHead,
    /// Who connected: the client, or a proxy before the gateway.
    pub(crate) peer: IpAddr,
    /// The address of ours that it came to.
    pub(crate) local: IpAddr,
    /// The port of ours that it came to.
    pub(crate) port: u16,
    /// What the connection's handshake agreed on; `None` without TLS.
    pub(crate) tls: Option<&'c TlsSession>,
    /// The client, as far as proxies that are trusted say: what policies, events and logs see.
    pub(crate) client: IpAddr,
    /// Whether it came by TLS, to the gateway or to a trusted proxy.
    pub(crate) is_secure: bool,
    /// How it came.
    pub(crate) protocol: Protocol,
    /// Its identifiers.
    pub(crate) ids: RequestIds,
    /// When its head was complete, by the wall clock.
    pub(crate) wall: WallClock,
    /// The same moment on the monotonic clock.
    pub(crate) started: Instant,
    /// Nobody sent it: a method is tried out.
    pub(crate) is_simulated: bool,
}

impl<'c> Arrival<'c> {
    /// An arrival at this moment.
    pub(crate) fn now(core: &Core, head: &'c RequestHead, peer: &'c Peer, protocol: Protocol) -> Self {
        let client_id = head.find(Known::XAmznRequestId).map(|field| field.value);
        Self {
            client: client(core, head, peer.ip()),
            is_secure: peer.tls.is_some() || is_forwarded_from_tls(core, head, peer.ip()),
            protocol,
            ids: core.ids.request_ids(client_id),
            ..Self::refused(core, head, peer)
        }
    }

    /// The same request with another head, which mappings have made of its own.
    pub(crate) fn with_head<'h>(&'h self, head: &'h RequestHead) -> Arrival<'h> {
        Arrival { head, ids: self.ids.clone(), ..*self }
    }

    /// A request that nobody sent.
    pub(crate) fn simulated(core: &Core, head: &'c RequestHead) -> Self {
        let nobody = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self { is_simulated: true, ..Self::bare(core, head, (nobody, nobody), core.port) }
    }

    /// The scheme that the client used.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    /// Appends `$context.identity.sourceIp`.
    pub(crate) fn write_source_ip(&self, out: &mut Vec<u8>) {
        if self.is_simulated {
            return out.extend_from_slice(b"test-invoke-source-ip");
        }
        write_ip(self.client, out);
    }

    /// Appends the value of `X-Forwarded-For`: what the client sent, and the client.
    pub(crate) fn write_forwarded_for(&self, out: &mut Vec<u8>) {
        for field in self.head.fields().filter(|field| field.known == Known::XForwardedFor) {
            out.extend_from_slice(field.value);
            out.extend_from_slice(b", ");
        }
        write_ip(self.peer, out);
    }

    /// What stands in for an arrival when the head could not be read: only the answer's ids are of use.
    pub(crate) fn refused(core: &Core, head: &'c RequestHead, peer: &'c Peer) -> Self {
        Self {
            tls: peer.tls.as_deref(),
            is_secure: peer.tls.is_some(),
            ..Self::bare(core, head, (peer.ip(), peer.local), peer.port)
        }
    }

    fn bare(core: &Core, head: &'c RequestHead, (peer, local): (IpAddr, IpAddr), port: u16) -> Self {
        Self {
            head,
            peer,
            local,
            port,
            tls: None,
            client: peer,
            is_secure: false,
            protocol: Protocol::Http11,
            ids: core.ids.request_ids(None),
            wall: WallClock::now(),
            started: Instant::now(),
            is_simulated: false,
        }
    }
}

/// The client of a request, which a trusted proxy names in `X-Forwarded-For`.
fn client(core: &Core, head: &RequestHead, peer: IpAddr) -> IpAddr {
    let network = &core.config.network;
    if !network.trusts(peer) {
        return peer;
    }
    let fields = head.fields().filter(|field| field.known == Known::XForwardedFor);
    let values: SmallVec<[&[u8]; 4]> = fields.map(|field| field.value).collect();
    network.client(peer, values.into_iter().rev())
}

/// Whether a trusted proxy says that its client came by TLS: the last value of `X-Forwarded-Proto`, which is the proxy's own.
fn is_forwarded_from_tls(core: &Core, head: &RequestHead, peer: IpAddr) -> bool {
    if !core.config.network.trusts(peer) {
        return false;
    }
    let last = head.fields().filter(|field| field.name.eq_ignore_ascii_case(b"x-forwarded-proto")).last();
    let scheme = last.and_then(|field| field.value.rsplit(|byte| *byte == b',').next());
    scheme.is_some_and(|scheme| scheme.trim_ascii().eq_ignore_ascii_case(b"https"))
}
