//! A raw client that knows how a message ended: whole, cut off, or not at all.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long anything is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Status line and fields.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether its framing says that it is complete.
    pub(crate) is_whole: bool,
}

impl Reply {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The values of a field, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(field, _)| *field == name).map(|(_, value)| value).collect()
    }

    /// The only value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} came {} times", all.len());
        all.first().copied()
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
    Open,
}

/// A client connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    ahead: Vec<u8>,
}

impl Client {
    /// Connects.
    pub(crate) fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("a listener");
        stream.set_read_timeout(Some(PATIENCE)).expect("a live socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("a live socket");
        stream.set_nodelay(true).expect("a live socket");
        Self { stream, ahead: Vec::new() }
    }

    /// Sends bytes; a connection that is gone shows when something is read.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let _sent = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Reads one response to a request that was not a HEAD.
    pub(crate) fn reply(&mut self) -> Reply {
        self.reply_to(false)
    }

    /// Reads one response.
    pub(crate) fn reply_to(&mut self, is_head: bool) -> Reply {
        let mut end = None;
        let at = loop {
            if let Some(at) = find(&self.ahead, b"\r\n\r\n") {
                break at + 4;
            }
            assert_eq!(end, None, "no response: {:?}", String::from_utf8_lossy(&self.ahead));
            end = self.more();
        };
        let head = String::from_utf8_lossy(&self.ahead[..at]).into_owned();
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).expect("a status line");
        let is_empty = is_head || matches!(status, 100..=199 | 204 | 304);
        let has_framing = head.contains("\r\nContent-Length: ") || head.contains("\r\nTransfer-Encoding: ");
        let mut is_whole = true;
        let until = loop {
            let framed = if is_empty { Some(at) } else { framed(&self.ahead, at).filter(|_| has_framing) };
            if let Some(until) = framed {
                break until;
            }
            if let Some(end) = end {
                is_whole = !has_framing && end == End::Closed;
                break self.ahead.len();
            }
            end = self.more();
        };
        let rest = self.ahead.split_off(until);
        let body = std::mem::replace(&mut self.ahead, rest).split_off(at);
        let body = if head.contains("\r\nTransfer-Encoding: chunked") { unchunk(&body) } else { body };
        Reply { status, head, body, is_whole }
    }

    /// Reads until the connection ends; nothing but the end may come.
    pub(crate) fn end(&mut self) -> End {
        loop {
            if let Some(end) = self.more() {
                assert!(self.ahead.is_empty(), "unexpected {:?}", String::from_utf8_lossy(&self.ahead));
                return end;
            }
        }
    }

    /// Whether nothing comes for a while.
    pub(crate) fn is_quiet(&mut self, ms: u64) -> bool {
        self.stream.set_read_timeout(Some(Duration::from_millis(ms))).expect("a live socket");
        let quiet = self.ahead.is_empty() && self.more() == Some(End::Open);
        self.stream.set_read_timeout(Some(PATIENCE)).expect("a live socket");
        quiet
    }

    fn more(&mut self) -> Option<End> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => Some(End::Closed),
            Ok(count) => {
                self.ahead.extend_from_slice(&piece[..count]);
                None
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Some(End::Open),
            Err(_) => Some(End::Reset),
        }
    }
}

/// Where a text starts within another.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Where the message whose head ends at `at` ends, once it is complete. Without framing it ends with its head.
pub(crate) fn framed(bytes: &[u8], at: usize) -> Option<usize> {
    let head = String::from_utf8_lossy(&bytes[..at]).to_ascii_lowercase();
    if head.contains("\r\ntransfer-encoding: chunked") {
        let mut next = at;
        loop {
            let line = find(bytes.get(next..)?, b"\r\n")?;
            let size = std::str::from_utf8(&bytes[next..next + line]).ok()?;
            let size = usize::from_str_radix(size, 16).expect("a chunk size");
            next += line + 2 + size + 2;
            if bytes.len() < next {
                return None;
            }
            if size == 0 {
                return Some(next);
            }
        }
    }
    let length = head.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.lines().next());
    let end = at + length.map_or(0, |digits| digits.parse().expect("a length"));
    (bytes.len() >= end).then_some(end)
}

/// The content of chunks, as far as they came.
pub(crate) fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(line) = find(bytes, b"\r\n") {
        let size = std::str::from_utf8(&bytes[..line]).expect("a chunk size");
        let size = usize::from_str_radix(size, 16).expect("a chunk size");
        let data = &bytes[line + 2..];
        content.extend_from_slice(&data[..size.min(data.len())]);
        if size == 0 || data.len() < size + 2 {
            break;
        }
        bytes = &data[size + 2..];
    }
    content
}
